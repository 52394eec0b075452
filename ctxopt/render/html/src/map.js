// The map: cells as buttons, so that they can be focused, read out and pressed.

import { h } from "./dom.js";
import { count, files, size } from "./format.js";
import { cells } from "./layout.js";

/** Pixels: beside a label on each side, with the frame of what shows several categories, and between name and size. */
const INSET = 10;
const GAP = 12;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class TreeMap {
  /** `events` are functions: `open(node)`, `pick(node)`, `up()`, `hover(node or null, event)`. */
  constructor(element, events) {
    this.element = element;
    this.model = null;
    this.events = events;
    this.cells = [];
    this.ruler = document.createElement("canvas").getContext("2d");
    element.addEventListener("keydown", (event) => this.#key(event));
    element.addEventListener("click", (event) => this.#click(event));
    for (const type of ["pointermove", "focusin"]) {
      element.addEventListener(type, (event) => this.#hover(event));
    }
    for (const type of ["pointerleave", "focusout"]) {
      element.addEventListener(type, (event) => events.hover(null, event));
    }
  }

  /** Draw a view of a model: `{top, value, sums, scheme, lit, picked}`. */
  draw(model, view) {
    const { width, height } = this.element.getBoundingClientRect();
    this.model = model;
    this.view = view;
    this.font = getComputedStyle(this.element).fontFamily;
    const given = cells(this.model, view.top, view.value, Math.max(width, 50), Math.max(height, 50));
    const focused = this.element.contains(document.activeElement);
    this.cells = given.map((cell) => ({ ...cell, button: this.#button(cell, width, height) }));
    this.element.replaceChildren(...this.cells.map((cell) => cell.button));
    if (!this.cells.length) {
      this.element.append(h("p", { className: "empty" }, "Nothing to show: all that is here is hidden by the legend, or empty."));
    }
    this.#rove(this.cells[0]);
    if (focused && this.cells.length) this.cells[0].button.focus({ preventScroll: true });
  }

  /** Focus the cell of a node, or of what it is drawn in. */
  focus(node) {
    for (let at = node; at >= 0; at = this.model.parents[at]) {
      const cell = this.cells.find((one) => one.node === at);
      if (cell) {
        this.#rove(cell);
        cell.button.focus({ preventScroll: true });
        return;
      }
    }
  }

  /** The line for a cell, for those who hear it. */
  describe(cell) {
    const { model, view } = this;
    if (cell.node < 0) return `${count(cell.entries)} more entries, ${size(cell.bytes)}`;
    const parts = [model.path(cell.inner), size(view.value(cell.node))];
    if (model.isDirectory(cell.node)) {
      const here = view.scheme.categories
        .map((category, i) => ({ label: category.label, bytes: view.sums[cell.node * view.width + i] }))
        .filter((one) => one.bytes > 0)
        .sort((a, b) => b.bytes - a.bytes);
      parts.push(files(model.totalFiles[cell.node]), ...here.map((one) => `${one.label.toLowerCase()} ${size(one.bytes)}`));
    } else {
      parts.push(view.scheme.categories[view.scheme.of(cell.node)].label.toLowerCase());
    }
    return parts.join(", ");
  }

  #button(cell, width, height) {
    const { model, view } = this;
    const directory = cell.node >= 0 && model.isDirectory(cell.node);
    const button = h("button", {
      type: "button",
      className: `cell ${directory ? "dir" : "leaf"}${cell.opened ? " opened" : ""}${cell.depth % 2 ? "" : " even"}`,
      "aria-label": this.describe(cell),
      tabIndex: -1,
    });
    // Percentages, so that the map keeps its form on paper.
    button.style.left = `${(100 * cell.x) / width}%`;
    button.style.top = `${(100 * cell.y) / height}%`;
    button.style.width = `${(100 * cell.width) / width}%`;
    button.style.height = `${(100 * cell.height) / height}%`;
    if (!cell.opened) this.#paint(button, cell);
    if (view.lit && !this.#isLit(cell)) button.classList.add("dim");
    if (cell.node >= 0 && cell.node === view.picked) button.classList.add("picked");
    this.#label(button, cell);
    return button;
  }

  /** The name, which may be cut, and the size, which is there as a whole or not at all, as is a number of files. */
  #label(button, cell) {
    if (cell.opened ? cell.width <= 46 : cell.width <= 44 || cell.height <= 20) return;
    const label = cell.node < 0 ? `${count(cell.entries)} more` : this.#name(cell);
    const width = this.#wide(label, cell.opened || (cell.node >= 0 && this.model.isDirectory(cell.node)));
    const room = cell.width - 2 * INSET;
    const counted = cell.node < 0 || (cell.inner >= 0 && this.model.isRest(cell.inner));
    if (counted && width > room) return;
    button.classList.add("told");
    button.append(h("span", { className: "label", "aria-hidden": "true", dir: "ltr" }, label));
    const bytes = size(cell.bytes);
    const fits = cell.opened ? width + GAP + this.#wide(bytes, false) <= room : cell.height > 36 && this.#wide(bytes, false) <= room;
    if (fits) button.append(" ", h("span", { className: "bytes", "aria-hidden": "true" }, bytes));
  }

  /** The width of a text in the map, in pixels. */
  #wide(text, bold) {
    this.ruler.font = `${bold ? "600 " : ""}12px ${this.font}`;
    return Math.ceil(this.ruler.measureText(text).width);
  }

  #name(cell) {
    const { model } = this;
    if (cell.inner === cell.node) return model.label(cell.node);
    return model.line(cell.inner).slice(model.line(cell.node).length - 1).map((node) => model.label(node)).join("");
  }

  #isLit(cell) {
    return this.view.lit[cell.node < 0 ? cell.within : cell.node] === 1;
  }

  /** The colour of a cell: that of its category, or stripes in proportion where there are several. */
  #paint(button, cell) {
    const { view, model } = this;
    if (cell.node >= 0 && !model.isDirectory(cell.node)) {
      button.classList.add(`c-${view.scheme.categories[view.scheme.of(cell.node)].key}`);
      return;
    }
    const at = (cell.node < 0 ? cell.within : cell.node) * view.width;
    const parts = view.scheme.categories
      .map((category, i) => ({ key: category.key, bytes: view.hidden.has(category.key) ? 0 : view.sums[at + i] }))
      .filter((one) => one.bytes > 0)
      .sort((a, b) => b.bytes - a.bytes);
    if (parts.length) button.classList.add(`c-${parts[0].key}`);
    if (parts.length > 1) {
      button.classList.add("mixed");
      const whole = parts.reduce((sum, one) => sum + one.bytes, 0);
      let from = 0;
      const stops = parts.map((one) => {
        const to = from + (100 * one.bytes) / whole;
        const stop = `var(--${one.key}) ${from.toFixed(1)}% ${to.toFixed(1)}%`;
        from = to;
        return stop;
      });
      button.style.backgroundImage = `linear-gradient(90deg, ${stops.join(", ")})`;
    }
  }

  #cellOf(event) {
    const button = event.target instanceof Element ? event.target.closest(".cell") : null;
    return button ? this.cells.find((cell) => cell.button === button) : undefined;
  }

  #click(event) {
    const cell = this.#cellOf(event);
    if (cell) this.#press(cell);
  }

  #press(cell) {
    if (cell.node < 0) this.events.open(cell.within);
    else if (this.model.isDirectory(cell.node)) this.events.open(cell.inner);
    else this.events.pick(cell.node);
  }

  #hover(event) {
    const cell = this.#cellOf(event);
    if (cell) {
      if (event.type === "focusin") this.#rove(cell);
      this.events.hover(cell, event);
    }
  }

  #rove(cell) {
    if (!cell) return;
    for (const other of this.element.querySelectorAll('.cell[tabindex="0"]')) other.tabIndex = -1;
    cell.button.tabIndex = 0;
  }

  #key(event) {
    if (event.key === "Escape" || event.key === "Backspace") {
      event.preventDefault();
      this.events.up();
      return;
    }
    const arrow = ARROWS[event.key];
    const from = this.#cellOf(event);
    if (!arrow || !from || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const next = this.#nearest(from, arrow);
    if (next) {
      this.#rove(next);
      next.button.focus();
    }
  }

  /** The nearest cell in a direction; an opened directory counts as its header. */
  #nearest(from, [right, down]) {
    const centre = (cell) => [cell.x + cell.width / 2, cell.y + (cell.opened ? 10 : cell.height / 2)];
    const [x, y] = centre(from);
    let best = null;
    let least = Infinity;
    for (const cell of this.cells) {
      if (cell === from) continue;
      const [cx, cy] = centre(cell);
      const along = (cx - x) * right + (cy - y) * down;
      const across = Math.abs((cx - x) * down) + Math.abs((cy - y) * right);
      if (along > 1 && along + 2 * across < least) {
        least = along + 2 * across;
        best = cell;
      }
    }
    return best;
  }
}
