/* The receivables by age as bars, drawn from the table below them, in the colours of the theme. */
"use strict";

{
  const canvas = document.querySelector("canvas[data-ages]");
  const rows = [...document.querySelectorAll("tr[data-age]")];
  const symbol = canvas?.dataset.symbol ?? "";
  let drawn;

  function colours() {
    const probe = document.createElement("i");
    document.body.append(probe);
    const read = (token) => {
      probe.style.color = `var(${token})`;
      return getComputedStyle(probe).color;
    };
    const found = { text: read("--b-muted"), line: read("--b-line"), ages: rows.map((_, age) => read(`--b-age-${age}`)) };
    probe.remove();
    return found;
  }

  const exact = (value) => symbol + value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const short = (value) => symbol + value.toLocaleString("en-US", { notation: "compact", maximumFractionDigits: 1 });

  function draw() {
    const { text, line, ages } = colours();
    const font = { family: getComputedStyle(document.body).fontFamily, size: 12 };
    drawn?.destroy();
    drawn = new Chart(canvas, {
      type: "bar",
      data: {
        labels: rows.map((row) => row.dataset.age),
        datasets: [{ data: rows.map((row) => Number(row.dataset.amount)), backgroundColor: ages, borderRadius: 4, maxBarThickness: 72 }],
      },
      options: {
        maintainAspectRatio: false,
        animation: false,
        onClick: (_, [bar]) => bar && rows[bar.index].querySelector("a").click(),
        onHover: (event, bars) => { event.native.target.style.cursor = bars.length ? "pointer" : ""; },
        plugins: { legend: { display: false }, tooltip: { callbacks: { label: ({ parsed }) => exact(parsed.y) } } },
        scales: {
          x: { grid: { display: false }, border: { color: line }, ticks: { color: text, maxRotation: 0, font } },
          y: { beginAtZero: true, grid: { color: line }, border: { display: false }, ticks: { color: text, maxTicksLimit: 5, font, callback: short } },
        },
      },
    });
  }

  if (canvas) {
    draw();
    document.addEventListener("buddy:theme", draw);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => requestAnimationFrame(draw));
  }
}
