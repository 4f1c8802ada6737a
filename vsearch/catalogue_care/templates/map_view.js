"use strict";
// The picture: where things are, what of it is drawn how, and nothing about who asks for it.
const MapView = (() => {
  const LEVELS = 16;        // each halves the cells of the one before
  const CELL = 28;          // a cell is drawn 28 to 56 pixels wide, and shows one thumbnail
  const FEW = 600;          // so many products show as thumbnails even far out
  const NEAR = 2.2;         // otherwise they do from this multiple of the whole map's scale
  const ROUND = 500;        // so many dots of one colour are round
  const GRID_CELL = 13;     // a grid shows thumbnails from so many pixels a cell

  const decode = (text, type) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    return new type(bytes.buffer);
  };

  // The level from which each product is shown as a picture: from where none that was chosen
  // before is within a cell's width. So pictures don't overlap, and zooming in only adds some.
  const firstLevels = (x, y) => {
    const first = new Uint8Array(x.length).fill(LEVELS);
    for (let level = 0; level < LEVELS; level++) {
      const cells = 2 ** level, width = cells + 2, taken = new Map();
      const cellOf = (i) => Math.floor(y[i] * cells + 1) * width + Math.floor(x[i] * cells + 1);
      const isFree = (i) => {
        const cell = cellOf(i);
        for (const row of [-width, 0, width]) for (const column of [-1, 0, 1]) {
          const j = taken.get(cell + row + column);
          if (j !== undefined && Math.max(Math.abs(x[i] - x[j]), Math.abs(y[i] - y[j])) * cells < 1) return false;
        }
        return true;
      };
      for (let i = 0; i < x.length; i++) if (first[i] < level) taken.set(cellOf(i), i);
      for (let i = 0; i < x.length; i++) if (first[i] === LEVELS && isFree(i)) {
        first[i] = level;
        taken.set(cellOf(i), i);
      }
    }
    return first;
  };

  return class {
    constructor(canvas, data) {
      this.canvas = canvas;
      this.context = canvas.getContext("2d", { alpha: false });
      this.data = data;
      this.count = data.sku.length;
      const scale = (values) => Float32Array.from(values, (value) => value / 65535);
      this.x = scale(decode(data.x, Uint16Array));
      this.y = scale(decode(data.y, Uint16Array));
      this.group = decode(data.group, Uint8Array);
      this.level = firstLevels(this.x, this.y);
      this.sheets = [];
      this.shown = new Uint8Array(this.count).fill(1);
      this.matches = null;      // a Uint8Array while something is searched for
      this.marked = -1;         // the product under the pointer
      this.view = { x: 0.5, y: 0.5, scale: 1 };
      this.drawn = { dots: 0, thumbnails: 0 };
      this.asked = false;
    }

    recolour() {
      const style = getComputedStyle(document.documentElement);
      const read = (name) => style.getPropertyValue(name).trim();
      this.colours = { page: read("--page"), faint: read("--faint"), ink: read("--ink"), accent: read("--accent") };
      this.redraw();
    }

    resize() {
      const ratio = Math.min(window.devicePixelRatio || 1, 2);
      this.width = this.canvas.clientWidth;
      this.height = this.canvas.clientHeight;
      this.canvas.width = Math.round(this.width * ratio);
      this.canvas.height = Math.round(this.height * ratio);
      this.ratio = ratio;
      this.redraw();
    }

    // The space that the panel leaves: [left, width].
    get room() { return this.width > 720 ? [264, this.width - 280] : [0, this.width]; }
    get fitScale() { return 0.86 * Math.min(this.room[1] / this.data.width, this.height / this.data.height); }
    get maxScale() { return Math.max(this.fitScale * 4, CELL * 4 * (this.data.cell ? 1 / this.data.cell : 2 ** 8)); }

    fitted() {
      const scale = this.fitScale;
      const shift = this.room[0] + this.room[1] / 2 - this.width / 2;
      return { x: this.data.width / 2 - shift / scale, y: this.data.height / 2, scale };
    }

    // Whether nobody has moved since everything was shown; then a turned phone shows it all, too.
    get showsAll() {
      const fitted = this.fitted();
      return ["x", "y", "scale"].every((name) => Math.abs(fitted[name] - this.view[name]) < 1e-9);
    }

    setView(x, y, scale) {
      this.view.scale = Math.min(this.maxScale, Math.max(this.fitScale / 2, scale));
      this.view.x = Math.min(1.2, Math.max(-0.2, x));
      this.view.y = Math.min(1.2, Math.max(-0.2, y));
      this.redraw();
    }

    zoomAt(factor, px, py) {
      const [x, y] = this.toMap(px, py);
      const scale = Math.min(this.maxScale, Math.max(this.fitScale / 2, this.view.scale * factor));
      this.setView(x - (px - this.width / 2) / scale, y - (py - this.height / 2) / scale, scale);
    }

    toMap(px, py) {
      return [this.view.x + (px - this.width / 2) / this.view.scale, this.view.y + (py - this.height / 2) / this.view.scale];
    }

    toScreen(i) {
      return [(this.x[i] - this.view.x) * this.view.scale + this.width / 2, (this.y[i] - this.view.y) * this.view.scale + this.height / 2];
    }

    // What is drawn at this scale: a thumbnail's side in pixels (0: none), and from which level on.
    detail() {
      const scale = this.view.scale;
      if (this.data.cell) {
        const side = this.data.cell * scale;
        return { side: side >= GRID_CELL || this.count <= FEW ? side * 0.94 : 0, level: LEVELS };
      }
      if (this.count > FEW && scale < this.fitScale * NEAR) return { side: 0, level: -1 };
      const level = Math.max(0, Math.floor(Math.log2(scale / CELL)));
      return { side: Math.min(scale / 2 ** level, 2 * CELL) * 0.92, level: Math.min(level, LEVELS) };
    }

    isLit(i) { return this.shown[i] && (!this.matches || this.matches[i]); }

    redraw() {
      if (this.asked) return;
      this.asked = true;
      requestAnimationFrame(() => { this.asked = false; this.draw(); });
    }

    draw() {
      const { context, view } = this;
      const { side, level } = this.detail();
      const margin = side / 2 + 4;
      context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
      context.fillStyle = this.colours.page;
      context.fillRect(0, 0, this.width, this.height);
      const dots = this.data.groups.map(() => []);
      const faint = [], pictures = [];
      for (let i = 0; i < this.count; i++) {
        if (!this.shown[i]) continue;
        const px = (this.x[i] - view.x) * view.scale + this.width / 2;
        const py = (this.y[i] - view.y) * view.scale + this.height / 2;
        if (px < -margin || py < -margin || px > this.width + margin || py > this.height + margin) continue;
        if (this.matches && !this.matches[i]) faint.push(px, py);
        else if (side && (this.level[i] <= level || this.matches)) pictures.push(i, px, py);
        else dots[this.group[i]].push(px, py);
      }
      const radius = Math.min(5, Math.max(1.6, Math.sqrt(view.scale / this.fitScale) * (this.count > 3000 ? 1.8 : 2.6)));
      this.fillDots(faint, this.colours.faint, radius);
      dots.forEach((places, group) => this.fillDots(places, this.data.groups[group].colour, this.matches ? radius * 1.8 : radius));
      for (let at = 0; at < pictures.length; at += 3) this.drawPicture(pictures[at], pictures[at + 1], pictures[at + 2], side);
      if (this.marked >= 0 && this.shown[this.marked]) {
        const [px, py] = this.toScreen(this.marked);
        this.drawPicture(this.marked, px, py, Math.max(side, 72), this.colours.accent);
      }
      this.drawn = { dots: (faint.length + dots.reduce((sum, places) => sum + places.length, 0)) / 2, thumbnails: pictures.length / 3 };
    }

    fillDots(places, colour, radius) {
      if (!places.length) return;
      const { context } = this;
      const square = radius < 2.4 || places.length > 2 * ROUND;  // Squares are drawn ten times as fast.
      context.fillStyle = colour;
      if (square) {
        const side = Math.round(2 * radius);
        for (let at = 0; at < places.length; at += 2) context.fillRect(Math.round(places[at] - radius), Math.round(places[at + 1] - radius), side, side);
        return;
      }
      context.beginPath();
      for (let at = 0; at < places.length; at += 2) {
        context.moveTo(places[at] + radius, places[at + 1]);
        context.arc(places[at], places[at + 1], radius, 0, 7);
      }
      context.fill();
    }

    drawPicture(i, px, py, side, frame) {
      const { context, data } = this;
      const perSheet = data.columns * data.columns;
      const sheet = this.sheets[Math.floor(i / perSheet)];
      const place = i % perSheet;
      const edge = frame ? 3 : side > 30 ? 2 : 1;
      context.fillStyle = frame || data.groups[this.group[i]].colour;
      context.fillRect(px - side / 2 - edge, py - side / 2 - edge, side + 2 * edge, side + 2 * edge);
      if (!sheet) return;
      context.drawImage(sheet, (place % data.columns) * data.tile, Math.floor(place / data.columns) * data.tile, data.tile, data.tile, px - side / 2, py - side / 2, side, side);
    }

    // The product that is drawn at a place on the screen, or -1.
    at(px, py) {
      const { side, level } = this.detail();
      let best = -1, least = Infinity;
      for (let i = 0; i < this.count; i++) {
        if (!this.isLit(i)) continue;
        const [x, y] = this.toScreen(i);
        const isPicture = side && (this.level[i] <= level || this.matches);
        const distance = Math.max(Math.abs(x - px), Math.abs(y - py)) - (isPicture ? side / 2 : 0);
        if (distance < 8 && distance < least) { best = i; least = distance; }
      }
      return best;
    }

    nearest(px, py) {
      let best = -1, least = Infinity;
      for (let i = 0; i < this.count; i++) {
        if (!this.isLit(i)) continue;
        const [x, y] = this.toScreen(i);
        const distance = (x - px) ** 2 + (y - py) ** 2;
        if (distance < least) { best = i; least = distance; }
      }
      return best;
    }
  };
})();
