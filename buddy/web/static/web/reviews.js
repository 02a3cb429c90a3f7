/* The review page: one letter per answer, J and K to move; the focus lies on the open card (ui: reviews). */
"use strict";

(() => {
  const OFF = "buddy-keys-off"; // kept per browser: letters as keys disturb speech input
  const typing = (element) => element.matches("input:not([type=radio]), textarea, select");

  const press = (key, element) => {
    if (key === "enter" && element.closest("a, button, input")) return; // there Enter has its own meaning
    document.querySelector(`[data-key="${CSS.escape(key)}"]`)?.click();
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target)) return;
    if (document.querySelector(".modal.show, dialog[open]") || localStorage.getItem(OFF)) return;
    press(event.key.toLowerCase(), event.target);
  });

  const box = document.querySelector("[data-keys-on]");
  if (box) {
    box.checked = !localStorage.getItem(OFF);
    box.addEventListener("change", () => {
      if (box.checked) localStorage.removeItem(OFF);
      else localStorage.setItem(OFF, "1");
    });
  }

  document.querySelector(".b-queue [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  if (/\/\d+\/$/.test(location.pathname)) document.querySelector("[data-review]")?.focus();
})();
