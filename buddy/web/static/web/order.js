/* Writing an order without a mouse: Enter goes on to the next product, from an empty search to the button that saves;
   Ctrl+Enter saves from anywhere. Enter in a filled search takes its first answer (app.js). */
"use strict";

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("#order-form");
  if (!form || event.key !== "Enter" || event.defaultPrevented) return;
  const save = form.querySelector("[data-save]");
  if (event.ctrlKey || event.metaKey) {
    event.preventDefault();
    save.click();
  } else if (event.target.matches("input")) {
    event.preventDefault();
    const next = form.querySelector("#product_q");
    (event.target === next ? save : next).focus();
  }
});
