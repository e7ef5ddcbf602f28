"use strict";
(() => {
  const all = (query, root = document) => [...root.querySelectorAll(query)];
  const root = document.documentElement;
  const said = document.getElementById("said");

  // Theme: as the system has it until someone chooses.
  const toggle = document.getElementById("theme");
  const systemDark = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : systemDark.matches);
  const name = () => { toggle.textContent = dark() ? "Light" : "Dark"; };
  toggle.hidden = false;
  name();
  systemDark.addEventListener("change", name);
  toggle.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; name(); });

  // Charts: read values under the pointer or with the arrow keys.
  const make = (tag, cls, svg) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    element.setAttribute("class", cls);
    element.setAttribute("aria-hidden", "true");
    element.style.display = "none";
    svg.append(element);
    return element;
  };
  const place = (element, attributes) => {
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.style.display = "";
  };
  const clock = (s, digits) => {
    const minutes = Math.floor(s / 60);
    const rest = (Math.floor((s - 60 * minutes) * 10 ** digits + 1e-6) / 10 ** digits).toFixed(digits);
    return minutes + ":" + rest.padStart(digits ? 4 : 2, "0");
  };
  const hertz = (f) => (f >= 1000 ? +(f / 1000).toFixed(2) + " kHz" : f + " Hz");
  const figure = (value, unit) =>
    value === null || value === undefined ? "–" : (value.toFixed(unit ? 1 : 2) + " " + unit).replace("-", "−").trim();

  const charts = all("figure[data-chart]").map((box) => {
    const text = document.getElementById("data-" + box.dataset.chart);
    const data = text ? JSON.parse(text.textContent) : null;
    const readout = box.querySelector(".readout");
    const views = all("svg[data-frame]", box).map((svg) => {
      const [left, right, top, bottom, from, to, octaves] = svg.dataset.frame.split(",").map(Number);
      const view = { svg, left, right, top, bottom, from, to, octaves };
      view.cursor = make("line", "cursor", svg);
      view.spot = make("rect", "spot", svg);
      view.head = make("line", "head", svg);
      view.x = (value) => {
        const share = octaves ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from);
        return left + Math.min(1, Math.max(0, share)) * (right - left);
      };
      view.value = (x) => {
        const share = Math.min(1, Math.max(0, (x - left) / (right - left)));
        return octaves ? from * (to / from) ** share : from + (to - from) * share;
      };
      return view;
    });
    return { box, data, readout, views, at: -1 };
  }).filter((chart) => chart.data);

  const count = (chart) => Math.max(...chart.data.series.map((series) => series.values.length));
  const position = (chart, index) => {
    const data = chart.data;
    if (data.kind === "name") return index;
    return data.kind === "time" ? data.start + data.step * index : data.x[index] + (data.kind === "level" ? 0.5 : 0);
  };
  const nearest = (chart, value) => {
    if (chart.data.kind === "time") return Math.round((value - chart.data.start) / chart.data.step);
    let best = 0;
    const far = (index) => {
      const x = position(chart, index);
      return chart.data.kind === "hz" ? Math.abs(Math.log(x / value)) : Math.abs(x - value);
    };
    for (let index = 1; index < chart.data.x.length; index++) if (far(index) < far(best)) best = index;
    return best;
  };
  const title = (chart, index) => {
    const { kind, x, parts, names } = chart.data;
    if (kind === "name") return x[index];
    if (names) return names[index];
    if (kind === "time") {
      const at = position(chart, index), part = (parts || []).filter((part) => part[0] <= at).pop();
      return clock(at, 1) + (part ? ", " + part[1] : "");
    }
    return kind === "hz" ? hertz(x[index]) : figure(x[index], "") + " to " + figure(x[index] + 1, "LUFS");
  };
  const show = (chart, index, leader) => {
    index = Math.min(count(chart) - 1, Math.max(0, index));
    chart.at = index;
    const at = position(chart, index);
    const rows = chart.data.kind === "name";
    for (const view of chart.views) {
      const y = view.top + ((index + 0.5) / count(chart)) * (view.bottom - view.top);
      place(view.cursor, rows ? { x1: view.left, x2: view.right, y1: y, y2: y } : { x1: view.x(at), x2: view.x(at), y1: view.top, y2: view.bottom });
    }
    if (!leader) return;
    const lines = chart.data.series.map((s) => s.name + " " + figure(s.values[index], s.unit));
    const head = document.createElement("b");
    head.textContent = title(chart, index);
    chart.readout.replaceChildren(head, ...lines.flatMap((line) => [document.createElement("br"), line]));
    chart.readout.hidden = false;
    const view = chart.views.find((view) => view.svg.clientWidth > 0) || chart.views[0];
    const x = ((rows ? view.left : view.x(at)) / view.svg.viewBox.baseVal.width) * chart.readout.parentElement.clientWidth;
    chart.readout.style.top = (rows ? (view.cursor.y1.baseVal.value / view.svg.viewBox.baseVal.height) * view.svg.clientHeight + 8 : 0) + "px";
    const room = chart.readout.parentElement.clientWidth - chart.readout.offsetWidth;
    const right = x + 14;
    chart.readout.style.left = Math.max(0, right <= room ? right : x - 14 - chart.readout.offsetWidth) + "px";
    return [title(chart, index), ...lines].join(", ");
  };
  const hide = (chart) => {
    chart.readout.hidden = true;
    for (const other of charts) for (const view of other.views) view.cursor.style.display = "none";
  };
  const read = (chart, index) => {
    const words = show(chart, index, true);
    if (chart.data.kind === "time")
      for (const other of charts)
        if (other !== chart && other.data.kind === "time") show(other, nearest(other, position(chart, chart.at)), false);
    return words;
  };

  for (const chart of charts) {
    for (const view of chart.views) {
      view.svg.addEventListener("pointermove", (event) => {
        const box = view.svg.getBoundingClientRect();
        const size = view.svg.viewBox.baseVal;
        const x = ((event.clientX - box.left) / box.width) * size.width;
        const y = ((event.clientY - box.top) / box.height) * size.height;
        const row = Math.floor(((y - view.top) / (view.bottom - view.top)) * count(chart));
        read(chart, chart.data.kind === "name" ? row : nearest(chart, view.value(x)));
      });
      if (chart.data.kind === "time") view.svg.addEventListener("click", () => seek(position(chart, chart.at)));
      view.svg.addEventListener("pointerleave", () => hide(chart));
      view.svg.addEventListener("blur", () => hide(chart));
      view.svg.setAttribute("tabindex", "0");
      view.svg.addEventListener("keydown", (event) => {
        const big = Math.max(1, Math.round(count(chart) / 40));
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, PageUp: big, PageDown: -big }[event.key];
        let index = chart.at < 0 ? Math.round(count(chart) / 2) : chart.at;
        if (event.key === "Enter" && chart.data.kind === "time") return seek(position(chart, index));
        if (step) index += event.shiftKey ? step * big : step;
        else if (event.key === "Home") index = 0;
        else if (event.key === "End") index = count(chart) - 1;
        else if (event.key === "Escape") return hide(chart);
        else return;
        event.preventDefault();
        said.textContent = read(chart, index);
      });
    }
  }

  // The player listens to this, and answers where it is.
  const seek = (at) => document.dispatchEvent(new CustomEvent("mixproof:seek", { detail: at }));
  document.addEventListener("mixproof:at", (event) => {
    for (const chart of timed)
      for (const view of chart.views) {
        const x = view.x(event.detail);
        place(view.head, { x1: x, x2: x, y1: view.top, y2: view.bottom });
      }
  });

  // A place of a finding: show it in every time chart and bring the nearest one into view.
  const timed = charts.filter((chart) => chart.data.kind === "time");
  for (const button of all("button.at")) {
    if (!timed.length) break;
    button.title = "Show in the charts and the player";
    button.addEventListener("click", () => {
      const from = Number(button.dataset.from), to = Number(button.dataset.to);
      for (const chart of timed)
        for (const view of chart.views) {
          const x = view.x(from), width = Math.max(16, view.x(to) - x);
          place(view.spot, { x: Math.min(x, view.right - width), y: view.top, width, height: view.bottom - view.top });
        }
      const chart = timed[0];
      chart.box.scrollIntoView({ block: "center" });
      const view = chart.views.find((view) => view.svg.clientWidth > 0) || chart.views[0];
      view.svg.focus({ preventScroll: true });
      said.textContent = read(chart, nearest(chart, (from + to) / 2));
      seek(from);
    });
  }

  // Explanations go away on Escape and come back with the next one.
  for (const term of all(".term")) {
    term.addEventListener("keydown", (event) => { if (event.key === "Escape") term.classList.add("quiet"); });
    for (const event of ["blur", "mouseleave"]) term.addEventListener(event, () => term.classList.remove("quiet"));
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") for (const term of all(".term:hover")) term.classList.add("quiet");
  });

  // On paper nothing can be unfolded.
  addEventListener("beforeprint", () => { for (const fold of all("details.fold:not(.long)")) fold.open = true; });
})();
