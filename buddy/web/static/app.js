/* What pages do by themselves. Everything hangs on data attributes; pages work without it where a form can do the job.
   Tabler's script is `tabler`; htmx swaps parts, so listeners stand on the document. */
"use strict";

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const typing = (element) => element.matches("input:not([type=checkbox], [type=radio]), textarea, select");

/* ---- Selection: table[data-select] with a box per row, and the bar [data-bar] at the foot ---- */

const money = (cents) => (cents / 100).toLocaleString("en-US", { minimumFractionDigits: 2 });
const boxes = () => all("table[data-select] tbody .k-check input");

function showSelection() {
  const bar = document.querySelector("[data-bar]");
  const table = document.querySelector("table[data-select]");
  if (!bar || !table) return;
  const on = boxes().filter((box) => box.checked);
  const everything = bar.querySelector("[data-bar-everything]");
  const head = table.querySelector("thead .k-check input");
  boxes().forEach((box) => box.closest("tr").classList.toggle("is-on", box.checked));
  head.checked = on.length > 0 && on.length === boxes().length;
  head.indeterminate = on.length > 0 && !head.checked;
  if (everything && !head.checked) everything.checked = false;
  bar.hidden = on.length === 0;
  bar.querySelectorAll("[data-bar-offer]").forEach((offer) => { offer.hidden = !head.checked; });
  const sums = new Map();
  for (const { dataset } of on.map((box) => box.closest("tr"))) {
    sums.set(dataset.currency, (sums.get(dataset.currency) ?? 0) + Math.round(Number(dataset.total) * 100));
  }
  const sum = [...sums].map(([currency, cents]) => `${money(cents)} ${currency}`).join(" + ");
  const text = everything?.checked ? everything.dataset.says : `${on.length} selected · ${sum}`;
  bar.querySelector("[data-bar-text]").textContent = text;
}

function clearSelection() {
  boxes().forEach((box) => { box.checked = false; });
  showSelection();
}

document.addEventListener("change", ({ target }) => {
  if (target.matches("table[data-select] thead .k-check input")) {
    boxes().forEach((box) => { box.checked = target.checked; });
  }
  if (target.closest("table[data-select], [data-bar]")) showSelection();
});

/* ---- Keys ---- */

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/" && !typing(event.target)) {
    const search = document.querySelector("[data-search]");
    if (search) { event.preventDefault(); search.focus(); search.select(); }
  }
  if (event.key === "Escape" && !document.querySelector(".modal.show, dialog[open]") && !typing(event.target)) clearSelection();
  const picker = event.target.closest?.("[data-picker]");
  if (picker) moveInPicker(event, picker);
});

let eager; // a picker in which Enter was pressed before its answers were there: it takes the first of them

document.addEventListener("input", () => { eager = undefined; });
document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (!eager?.contains(target)) return;
  const first = eager.querySelector("[data-picker-answers] button");
  eager = undefined;
  first?.click();
});

/* A picker is a search field with its answers below it as buttons: arrows walk through them, Enter takes the first,
   Escape closes. */
function moveInPicker(event, picker) {
  const stops = [picker.querySelector("input[type=search]"), ...all("[data-picker-answers] button", picker)];
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.key === "Enter" && event.target === stops[0] && stops[0].value.trim()) {
    event.preventDefault();
    if (picker.querySelector("[data-asked]")?.dataset.asked === stops[0].value.trim()) stops[1]?.click();
    else eager = picker;
  }
  if (step) {
    event.preventDefault();
    const next = stops.indexOf(document.activeElement) + step;
    stops[Math.max(0, Math.min(next, stops.length - 1))].focus();
  }
  if (event.key === "Escape") {
    picker.querySelector("[data-picker-answers]").replaceChildren();
    stops[0].focus();
  }
}

/* ---- Theme: changes at once; the server remembers it ---- */

document.addEventListener("submit", ({ target, submitter }) => {
  if (!target.matches("[data-theme-form]")) return;
  const root = document.documentElement;
  const chosen = root.dataset.bsTheme === "dark" ? "light" : "dark";
  submitter.value = chosen;
  delete root.dataset.themeOfSystem;
  root.dataset.bsTheme = chosen;
  document.dispatchEvent(new CustomEvent("buddy:theme"));
}, { capture: true });

/* ---- Dialog: whatever htmx puts into #dialog opens it; the event buddy:close closes it ---- */

const dialog = document.getElementById("dialog");
const modal = () => tabler.Modal.getOrCreateInstance(dialog);
let opener; // gets the focus back when the dialog closes

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target !== dialog || !dialog.childElementCount) return;
  if (!dialog.classList.contains("show")) opener = detail.requestConfig.elt;
  modal().show();
});
document.addEventListener("buddy:close", () => modal().hide());
dialog?.addEventListener("hidden.bs.modal", () => {
  if (dialog.querySelector("[data-stale]")) location.reload(); // what lies under it was changed
  dialog.replaceChildren();
  opener?.focus();
});

/* ---- Toasts: gone after 6 seconds, unless looked at ---- */

function startToast(toast) {
  let timer;
  const start = () => { timer = setTimeout(() => toast.remove(), 6000); };
  const stop = () => clearTimeout(timer);
  for (const type of ["mouseenter", "focusin"]) toast.addEventListener(type, stop);
  for (const type of ["mouseleave", "focusout"]) toast.addEventListener(type, start);
  toast.querySelector(".btn-close").addEventListener("click", () => { stop(); toast.remove(); });
  toast.dataset.started = "";
  start();
}

const startToasts = () => all(".toast:not([data-started])").forEach(startToast);

function toast(text, detail = "") {
  const made = document.getElementById("toast").content.firstElementChild.cloneNode(true);
  made.querySelector("[data-text]").textContent = text;
  made.querySelector("[data-detail]").textContent = detail;
  document.getElementById("toasts").append(made);
  startToasts();
}

document.addEventListener("buddy:toast", ({ detail }) => toast(detail.text, detail.detail));
document.addEventListener("htmx:sendError", ({ detail }) => {
  if (!detail.requestConfig.triggeringEvent) return; // a refresh of its own accord: the next one tries again
  toast("Buddy’s server didn’t answer", "Nothing was changed. Try again in a moment.");
});
document.addEventListener("htmx:responseError", ({ detail }) => {
  if (detail.xhr.status >= 500) toast("That didn’t work", "Nothing half-done was written. Try again.");
});

/* ---- Unsaved changes: form[data-guard] asks before it is left ---- */

let unsaved = false;
document.addEventListener("input", ({ target }) => { if (target.closest("form[data-guard]")) unsaved = true; });
document.addEventListener("submit", ({ target }) => { if (target.matches("form[data-guard]")) unsaved = false; });
window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });

/* ---- Other ---- */

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-bar-clear]")) clearSelection();
  if (target.closest("[data-print]")) window.print();
});
document.addEventListener("htmx:afterSettle", () => {
  showSelection();
  startToasts();
  if (document.querySelector("form[data-guard] [data-unsaved]")) unsaved = true;
  if (document.activeElement.matches("input[autofocus]")) document.activeElement.select();
});
if (document.querySelector("form[data-guard] :is(.is-invalid, [data-unsaved])")) unsaved = true;
showSelection();
startToasts();

/* ---- Copying: a button [data-copy=id of a field]; without the clipboard's permission the field is selected ---- */

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    button.querySelector("[data-copied]").textContent = "Copied";
  } catch {
    field.focus();
  }
});
