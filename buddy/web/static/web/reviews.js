/* The review page: one letter per answer, J and K to move, and the focus goes along (ui: reviews). */
"use strict";

(() => {
  const OFF = "buddy-keys-off"; // kept per browser: a shared machine may want them, a screen reader may not

  const typing = (element) => element.matches("input:not([type=radio]), textarea, select");

  const answer = (key, element) => {
    if (key === "enter" && element.closest("a, button, form")) return; // the browser's own Enter does it
    document.querySelector(`#reviews [data-key="${CSS.escape(key)}"]`)?.click();
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target)) return;
    if (document.querySelector(".modal.show") || localStorage.getItem(OFF)) return;
    answer(event.key.toLowerCase(), event.target);
  });

  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-keys-on]")) return;
    if (event.target.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
  });

  const show = () => document.querySelectorAll("[data-keys-on]").forEach((box) => { box.checked = !localStorage.getItem(OFF); });

  document.addEventListener("htmx:afterSettle", (event) => {
    show();
    if (event.detail.target.id === "reviews") document.querySelector("#reviews [data-review]")?.focus();
  });
  show();
})();
