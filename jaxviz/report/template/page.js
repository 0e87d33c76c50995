"use strict";
(function () {
  const SVG = "http://www.w3.org/2000/svg";
  const box = { left: 70, right: 700, top: 12, bottom: 262 };
  const words = (x) => x.toLocaleString("en", { maximumSignificantDigits: 4 });

  function sortBy(table, column, button) {
    const head = button.parentElement;
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => [row.cells[column].dataset.value, row]);
    const named = body.rows[0].cells[column].classList.contains("name");
    rows.sort(([a], [b]) => {
      if (a === "" || b === "") return (a === "") - (b === "");  // undefined ones stand last either way
      const order = named ? a.localeCompare(b, "en", { numeric: true }) : Number(a) - Number(b);
      return down ? -order : order;
    });
    body.append(...rows.map(([, row]) => row));
  }

  function element(parent, name, attributes, text) {
    const made = document.createElementNS(SVG, name);
    for (const key in attributes) made.setAttribute(key, attributes[key]);
    if (text !== undefined) made.textContent = text;
    parent.append(made);
    return made;
  }

  function draw(svg, data, runs) {
    svg.replaceChildren();
    const points = runs.flatMap((run) => run.points);
    if (!points.length) {
      element(svg, "text", { x: box.left, y: 140 }, "no finite value to draw");
      return [];
    }
    const span = (k, more) => {
      let low = Infinity, high = -Infinity;
      for (const value of [...points.map((p) => p[k]), ...more]) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
      return low < high ? [low, high] : [low - 0.5, high + 0.5];
    };
    const xs = span(0, []), ys = span(1, data.target === null ? [] : [data.target]);
    const px = (x) => box.left + (box.right - box.left) * (x - xs[0]) / (xs[1] - xs[0]);
    const py = (y) => box.bottom - (box.bottom - box.top) * (y - ys[0]) / (ys[1] - ys[0]);
    for (const y of ticks(ys)) {
      element(svg, "line", { class: "axis", x1: box.left, x2: box.right, y1: py(y), y2: py(y) });
      element(svg, "text", { x: box.left - 6, y: py(y) + 5, "text-anchor": "end" }, compact(y));
    }
    for (const x of ticks(xs)) {
      element(svg, "line", { class: "axis", x1: px(x), x2: px(x), y1: box.bottom, y2: box.bottom + 5 });
      element(svg, "text", { x: px(x), y: box.bottom + 24, "text-anchor": "middle" }, compact(x));
    }
    element(svg, "text", { x: (box.left + box.right) / 2, y: box.bottom + 48, "text-anchor": "middle" }, data.x);
    if (data.target !== null) {
      element(svg, "line", { class: "target", x1: box.left, x2: box.right, y1: py(data.target), y2: py(data.target) });
    }
    return runs.map((run) => {
      const at = run.points.map(([x, y]) => [px(x), py(y)]);
      const line = element(svg, "polyline", { points: at.map((p) => p.join(",")).join(" ") });
      element(line, "title", {}, "seed " + run.seed);
      return { run, at, line };
    });
  }

  const compact = (x) => x.toLocaleString("en", { notation: "compact", maximumSignificantDigits: 4 })
    .replace("K", "k").replace("-", "\u2212");

  function ticks([low, high]) {
    const rough = (high - low) / 5, power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 2.5, 5, 10].find((s) => s * power >= rough * 0.999) * power;
    const first = Math.ceil(low / step), count = Math.floor(high / step) - first + 1;
    return Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(12)));
  }

  function nearest(lines, x, y) {
    let best = null, least = Infinity;
    for (const entry of lines) {
      entry.at.forEach(([px, py], i) => {
        const away = (px - x) ** 2 + (py - y) ** 2;
        if (away < least) { least = away; best = { entry, i }; }
      });
    }
    return best;
  }

  function showCurves(figure) {
    const data = JSON.parse(document.getElementById(figure.dataset.island).textContent);
    const svg = figure.querySelector("svg"), select = figure.querySelector("select"), out = figure.querySelector("output");
    data.labels.forEach((label, i) => select.append(new Option(label, i)));
    const perLabel = data.runs.length / data.labels.length;
    let lines = [];
    const redraw = () => {
      const first = Number(select.value) * perLabel;
      lines = draw(svg, data, data.runs.slice(first, first + perLabel));
    };
    select.addEventListener("change", redraw);
    const point = (event) => {
      const area = svg.getBoundingClientRect(), scale = 720 / area.width;
      const found = nearest(lines, (event.clientX - area.left) * scale, (event.clientY - area.top) * scale);
      if (!found) return;
      for (const entry of lines) entry.line.classList.toggle("near", entry === found.entry);
      svg.append(found.entry.line);
      const [x, y] = found.entry.run.points[found.i];
      out.textContent = "seed " + found.entry.run.seed + ": " + data.metric + " " + words(y) + " at " + data.x + " " + x.toLocaleString("en");
    };
    svg.addEventListener("pointermove", point);
    svg.addEventListener("pointerdown", point);
    redraw();
  }

  document.querySelectorAll("table").forEach((table) => {
    table.querySelectorAll("th button").forEach((button, column) => {
      button.addEventListener("click", () => sortBy(table, column, button));
    });
  });
  document.querySelectorAll("figure.curves").forEach(showCurves);
})();
