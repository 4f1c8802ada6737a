"use strict";
// Pointer, keys, search and legend, all of them by way of the view.
(() => {
  const get = (id) => document.getElementById(id);
  const data = JSON.parse(get("data").textContent);
  const canvas = get("map"), card = get("card"), search = get("search");
  const view = new MapView(canvas, data);
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let flight = 0;

  const fly = (to) => {
    cancelAnimationFrame(flight);
    if (still.matches) return view.setView(to.x, to.y, to.scale);
    const from = { ...view.view }, start = performance.now();
    const step = (now) => {
      const t = Math.min(1, Math.max(0, (now - start) / 350)), ease = t * t * (3 - 2 * t);
      const mix = (a, b) => a + (b - a) * ease;
      view.setView(mix(from.x, to.x), mix(from.y, to.y), Math.exp(mix(Math.log(from.scale), Math.log(to.scale))));
      if (t < 1) flight = requestAnimationFrame(step);
    };
    flight = requestAnimationFrame(step);
  };
  const flyBy = (factor) => fly({ ...view.view, scale: view.view.scale * factor });

  const line = (tag, text, name) => {
    const element = document.createElement(tag);
    element.textContent = text;
    if (name) element.className = name;
    return element;
  };
  const mark = (i, px, py) => {
    if (i === view.marked && i < 0) return;
    view.marked = i;
    view.redraw();
    canvas.classList.toggle("over", i >= 0 && Boolean(data.url[i]));
    card.hidden = i < 0;
    if (i < 0) return;
    card.replaceChildren(line("strong", data.title[i] || data.sku[i]), line("span", data.sku[i], "soft"));
    if (data.label[i] >= 0) card.append(document.createElement("br"), line("span", data.labels[data.label[i]], "soft"));
    if (data.price[i]) card.append(line("span", data.price[i], "price"));
    const box = card.getBoundingClientRect();
    const left = px + 52 + box.width > innerWidth ? px - 52 - box.width : px + 52;
    card.style.left = `${Math.max(8, left)}px`;
    card.style.top = `${Math.min(Math.max(8, py - box.height / 2), innerHeight - box.height - 8)}px`;
  };
  const markMiddle = () => {
    const i = view.nearest(view.width / 2, view.height / 2);
    if (i >= 0) mark(i, ...view.toScreen(i));
  };
  const open = (i) => { if (i >= 0 && /^https?:/.test(data.url[i])) window.open(data.url[i], "_blank", "noopener"); };

  // Pointers: one moves, two zoom, a tap asks what is there.
  const down = new Map();
  let travelled = 0;
  canvas.addEventListener("pointerdown", (event) => {
    cancelAnimationFrame(flight);
    canvas.setPointerCapture(event.pointerId);
    down.set(event.pointerId, [event.clientX, event.clientY]);
    travelled = 0;
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = down.get(event.pointerId), now = [event.clientX, event.clientY];
    if (!before) { if (event.pointerType === "mouse") mark(view.at(...now), ...now); return; }
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
    down.set(event.pointerId, now);
    travelled += Math.hypot(now[0] - before[0], now[1] - before[1]);
    if (travelled > 4) { canvas.classList.add("moving"); mark(-1); }
    const share = other ? 0.5 : 1;
    view.setView(view.view.x - share * (now[0] - before[0]) / view.view.scale, view.view.y - share * (now[1] - before[1]) / view.view.scale, view.view.scale);
    if (other) {
      const span = (point) => Math.hypot(point[0] - other[0], point[1] - other[1]) || 1;
      view.zoomAt(span(now) / span(before), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
    }
  });
  const release = (event) => {
    if (!down.delete(event.pointerId)) return;
    canvas.classList.remove("moving");
    if (event.type !== "pointerup" || travelled > 4) return;
    const i = view.at(event.clientX, event.clientY);
    if (event.pointerType === "mouse" || i === view.marked) open(i);
    mark(i, event.clientX, event.clientY);
  };
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", release);
  canvas.addEventListener("pointerleave", () => mark(-1));
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    cancelAnimationFrame(flight);
    const lines = event.deltaMode === 1 ? 20 : 1;
    view.zoomAt(Math.exp(-Math.max(-80, Math.min(80, event.deltaY * lines)) * 0.004), event.clientX, event.clientY);
  }, { passive: false });

  const keys = {
    ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
  };
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = 0.12 * Math.min(view.width, view.height) / view.view.scale;
    if (keys[event.key]) view.setView(view.view.x + keys[event.key][0] * step, view.view.y + keys[event.key][1] * step, view.view.scale);
    else if (event.key === "+" || event.key === "=") view.zoomAt(1.3, view.width / 2, view.height / 2);
    else if (event.key === "-") view.zoomAt(1 / 1.3, view.width / 2, view.height / 2);
    else if (event.key === "0") fly(view.fitted());
    else if (event.key === "Enter") return open(view.marked);
    else if (event.key === "/") search.focus();
    else if (event.key === "Escape") return mark(-1);
    else return;
    event.preventDefault();
    if (event.key !== "/") markMiddle();
  });
  get("in").onclick = () => flyBy(1.6);
  get("out").onclick = () => flyBy(1 / 1.6);
  get("fit").onclick = () => fly(view.fitted());

  // Search: what matches keeps its colour, Enter goes from one to the next.
  const plain = (text) => text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
  const texts = data.title.map((title, i) => plain(`${title} ${data.sku[i]}`));
  let found = [], next = 0;
  const look = () => {
    const words = plain(search.value).split(/\s+/).filter(Boolean);
    found = [];
    next = 0;
    view.matches = words.length ? new Uint8Array(view.count) : null;
    if (words.length) texts.forEach((text, i) => {
      if (words.every((word) => text.includes(word))) { view.matches[i] = 1; if (view.shown[i]) found.push(i); }
    });
    get("matches").textContent = words.length ? `${found.length.toLocaleString("en")} found${found.length ? " · Enter goes to the next" : ""}` : "";
    mark(-1);
    view.redraw();
  };
  search.addEventListener("input", look);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { search.value = ""; look(); canvas.focus(); }
    if (event.key !== "Enter" || !found.length) return;
    const i = found[next++ % found.length];
    fly({ x: view.x[i], y: view.y[i], scale: Math.max(view.view.scale, view.fitScale * 4) });
    mark(i, view.width / 2, view.height / 2);
  });

  // Legend: each entry shows and hides its products.
  const hidden = new Set();
  const filter = () => {
    for (let i = 0; i < view.count; i++) view.shown[i] = hidden.has(view.group[i]) ? 0 : 1;
    [...get("legend").querySelectorAll("button")].forEach((button, group) => button.setAttribute("aria-pressed", String(!hidden.has(group))));
    get("reset").hidden = !hidden.size;
    look();
  };
  data.groups.forEach((group, number) => {
    const button = document.createElement("button");
    button.type = "button";
    button.style.setProperty("--colour", group.colour);
    button.append(document.createElement("i"), line("span", group.name), line("b", group.count.toLocaleString("en")));
    button.title = `${group.name}: click to show or hide, double-click for it alone`;
    button.onclick = () => { hidden.has(number) ? hidden.delete(number) : hidden.add(number); filter(); };
    button.ondblclick = () => { data.groups.forEach((_, other) => hidden.add(other)); hidden.delete(number); filter(); };
    const item = document.createElement("li");
    item.append(button);
    get("legend").append(item);
  });
  get("reset").firstElementChild.onclick = () => { hidden.clear(); filter(); };
  get("fold").onclick = () => {
    const folded = !get("folded").hidden;
    get("folded").hidden = folded;
    get("fold").setAttribute("aria-expanded", String(!folded));
  };
  if (innerWidth < 620) get("fold").onclick();

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => view.recolour());
  addEventListener("resize", () => {
    const whole = view.showsAll;
    view.resize();
    if (whole) Object.assign(view.view, view.fitted());
  });
  view.recolour();
  view.resize();
  Object.assign(view.view, view.fitted());
  filter();
  const sheets = [...document.querySelectorAll("script.sheet")];
  window.catalogueMap = { view, ready: Promise.all(sheets.map(async (sheet, number) => {
    const picture = new Image();
    picture.src = sheet.textContent.trim();
    await picture.decode();
    // A bitmap stays decoded; an image may be decoded anew at any frame.
    view.sheets[number] = await createImageBitmap(picture);
    sheet.remove();
    view.redraw();
  })) };
})();
