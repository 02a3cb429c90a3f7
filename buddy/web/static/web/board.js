/* The board of orders: a card that is dragged, or moved by Shift and an arrow, asks the server; what it refuses goes back
   to where it was. Columns keep their own order, so a card lands on top. */
"use strict";

(() => {
  const board = () => document.querySelector("[data-board][data-move]");
  const columns = () => [...board().querySelectorAll("[data-column]")];
  const home = new Map(); // by order, where its card was before the server was asked: [column, the card after it]
  let focused; // the order whose card gets the focus back when it is drawn anew

  function ask(card, column, event) {
    focused = card.contains(document.activeElement) ? card.dataset.card : undefined;
    const values = { order: card.dataset.card, status: column.dataset.column, filter: location.search.slice(1) };
    htmx.ajax("POST", board().dataset.move, { source: board(), event, swap: "none", values });
  }

  function goBack(order) {
    const card = document.querySelector(`[data-card="${CSS.escape(order)}"]`);
    const [column, next] = home.get(order) ?? [];
    home.delete(order);
    if (!card || !column) return;
    column.insertBefore(card, next?.parentElement === column ? next : null);
    if (focused === order) card.querySelector("a").focus();
  }

  function step(card, by, event) {
    const all = columns();
    const from = card.parentElement;
    const to = all[all.indexOf(from) + by];
    if (!to) return;
    home.set(card.dataset.card, [from, card.nextElementSibling]);
    ask(card, to, event); // while it still has the focus
    to.prepend(card);
    card.querySelector("a").focus();
    card.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  function makeSortable() {
    if (!board()) return;
    for (const column of columns()) {
      if (Sortable.get(column)) continue;
      new Sortable(column, {
        group: "orders",
        sort: false,
        draggable: "[data-card]",
        delay: 150,
        delayOnTouchOnly: true,
        onStart: ({ item }) => { home.set(item.dataset.card, [item.parentElement, item.nextElementSibling]); },
        onEnd: ({ item, from, to, originalEvent }) => {
          if (from === to) return;
          to.prepend(item);
          ask(item, to, originalEvent);
        },
      });
    }
  }

  document.addEventListener("keydown", (event) => {
    const card = event.target.closest?.("[data-card]");
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!card || !by || !event.shiftKey || !board()) return;
    event.preventDefault();
    step(card, by, event);
  });
  document.addEventListener("buddy:stays", ({ detail }) => goBack(String(detail.order)));
  for (const type of ["htmx:sendError", "htmx:responseError"]) {
    document.addEventListener(type, ({ detail }) => {
      if (detail.pathInfo.requestPath === board()?.dataset.move) goBack(String(detail.requestConfig.parameters.order));
    });
  }
  document.addEventListener("htmx:oobAfterSwap", ({ target }) => {
    const card = focused && document.getElementById(`card-${focused}`);
    if (card && target.closest?.("[data-card]")?.dataset.card === focused) card.querySelector("a").focus();
  });
  document.addEventListener("htmx:afterSettle", makeSortable);
  makeSortable();
})();
