/* Search from everywhere: Ctrl-K or ⌘K, or / on a page without a search of its own. What was opened lately is kept in
   this browser alone, for each person in each organization. */
"use strict";

{
  const finder = document.getElementById("finder");
  const field = document.getElementById("finder-q");
  const answers = document.getElementById("finder-answers");
  const KEPT = 6;
  const kept = finder ? `buddy-recent-${finder.dataset.finder}` : "";

  function recent() {
    try {
      return JSON.parse(localStorage.getItem(kept)) ?? [];
    } catch {
      return []; // a browser that keeps nothing
    }
  }

  function remember(link) {
    const opened = { url: new URL(link.href).pathname, title: link.querySelector(".b-finder-title").textContent };
    const others = recent().filter(({ url }) => url !== opened.url);
    try {
      localStorage.setItem(kept, JSON.stringify([opened, ...others].slice(0, KEPT)));
    } catch { /* as above */ }
  }

  function showRecent() {
    answers.replaceChildren();
    const opened = recent();
    if (!opened.length) return;
    const group = document.getElementById("finder-recent").content.firstElementChild.cloneNode(true);
    for (const { url, title } of opened) {
      const link = document.createElement("a");
      link.className = "b-answer b-quiet";
      link.href = url;
      link.textContent = title;
      group.append(link);
    }
    answers.append(group);
  }

  function open() {
    if (document.querySelector(".modal.show")) return;
    if (!finder.open) finder.showModal();
    field.select();
    if (!field.value) showRecent();
  }

  function walk(event) {
    const stops = [field, ...answers.querySelectorAll("a")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const next = stops.indexOf(document.activeElement) + step;
      stops[Math.max(0, Math.min(next, stops.length - 1))].focus();
    } else if (event.key === "Enter" && document.activeElement === field) {
      event.preventDefault();
      if (field.value && field.value === answers.dataset.of) stops[1]?.click();
      else answers.dataset.first = field.value; // opened as soon as the answers to these letters are there
    }
  }

  if (finder) {
    if (/Mac|iPhone|iPad/.test(navigator.userAgent)) {
      document.querySelectorAll("[data-search-open] kbd").forEach((key) => { key.textContent = "⌘ K"; });
    }
    document.addEventListener("keydown", (event) => {
      const anywhere = (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k";
      const bare = !event.ctrlKey && !event.metaKey && !event.altKey && event.key === "/" && !typing(event.target);
      if (anywhere || (bare && !document.querySelector("[data-search]"))) {
        event.preventDefault();
        open();
      }
    });
    document.addEventListener("click", (event) => {
      if (event.target.closest("[data-search-open]") && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        open();
      }
    });
    finder.addEventListener("keydown", walk);
    finder.addEventListener("click", ({ target }) => {
      if (target === finder) finder.close();
      const hit = target.closest("a[data-hit]");
      if (hit) remember(hit);
    });
    field.addEventListener("input", () => { if (!field.value) showRecent(); });
    finder.addEventListener("htmx:afterSwap", ({ detail }) => {
      answers.dataset.of = detail.requestConfig.parameters.q ?? field.value;
      if (!field.value) showRecent();
      if (answers.dataset.first === field.value && field.value) answers.querySelector("a")?.click();
      delete answers.dataset.first;
    });
  }
}
