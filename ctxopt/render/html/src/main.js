// The page: its state, and what changes with it.

import { byId, h } from "./dom.js";
import { count, size } from "./format.js";
import { TreeMap } from "./map.js";
import { Model } from "./model.js";
import * as panels from "./panels.js";
import { byInstruction, byStatus, readers } from "./schemes.js";

const model = new Model(JSON.parse(byId("data").textContent));
const { data } = model;
const state = { builder: 0, after: 0, colour: "status", top: 0, hidden: new Set(), query: "", highlighted: -1, picked: -1 };
let view = null;
let hovered = null;

const map = new TreeMap(byId("map"), model, { open, pick, up, hover });

/** Work out the colours and sums anew: for another builder, time or meaning of the colours. */
function recolour() {
  const look = state.builder + state.after * data.builders.length;
  const scheme = state.colour === "status" ? byStatus(model, look) : byInstruction(model, look);
  const width = scheme.categories.length;
  const categories = model.fates.map((fate, node) => (fate < 0 ? -1 : scheme.of(node)));
  const shown = { ...scheme, of: (node) => categories[node] };
  view = { look, scheme: shown, width, sums: model.sumsBy(shown.of, width), hidden: state.hidden };
  view.present = new Set(scheme.categories.filter((_, i) => view.sums[i]).map((category) => category.key));
  for (const key of state.hidden) view.present.add(key);
  redraw();
}

function value(node) {
  let sum = 0;
  for (let i = 0; i < view.width; i += 1) {
    if (!state.hidden.has(view.scheme.categories[i].key)) sum += view.sums[node * view.width + i];
  }
  return sum;
}

function redraw() {
  const query = state.query.trim().toLowerCase();
  const found = query ? search(query) : null;
  let lit = null;
  if (found) lit = model.withParents((node) => found.has(node));
  else if (state.highlighted >= 0) {
    lit = model.withParents((node) => !model.isDirectory(node) && readers(model.fate(node), view.look).includes(state.highlighted));
  }
  hovered = null;
  byId("tip").hidden = true;
  Object.assign(view, { top: state.top, value, lit, picked: state.picked });
  map.draw(view);
  byId("crumbs").replaceChildren(...panels.crumbs(model, state.top, open));
  byId("up").disabled = state.top === 0;
  byId("legend").replaceChildren(...panels.legend(view, toggle).filter(Boolean));
  const nodes = found ? [...found] : (model.children[state.top] ?? []);
  byId("contents-title").textContent = found ? `${count(found.size)} found` : "Contents";
  byId("contents").replaceChildren(...panels.contents(model, view, nodes, { open, pick: reveal }, Boolean(found)));
  byId("instructions").replaceChildren(...panels.instructions(data, state.highlighted, highlight));
  byId("map-title").textContent = `${data.looks[view.look].label}: ${size(value(state.top))} shown`;
  describe(state.picked >= 0 ? state.picked : state.top);
}

/** The nodes whose path holds the text: of a directory that does, not also all that is in it. */
function search(query) {
  const found = new Set();
  const within = new Uint8Array(model.length);
  for (let node = 1; node < model.length; node += 1) {
    const above = model.parents[node];
    if (within[above]) {
      within[node] = 1;
    } else if (!model.isRest(node) && (query.includes("/") ? model.path(node) : model.label(node)).toLowerCase().includes(query)) {
      found.add(node);
      within[node] = 1;
    }
  }
  return found;
}

function describe(node) {
  byId("details").replaceChildren(...panels.details(model, view, node));
}

function open(node) {
  state.top = node;
  state.picked = -1;
  redraw();
}

function up() {
  if (state.top === 0) return;
  const from = state.top;
  // Out through the directories that hold nothing but this one, as the map went in.
  let above = model.parents[from];
  while (above > 0 && model.lone(above, (node) => value(node) > 0) === from) above = model.parents[above];
  open(Math.max(above, 0));
  map.focus(from);
}

function pick(node) {
  state.picked = state.picked === node ? -1 : node;
  redraw();
  map.focus(node);
}

/** Show a file in its directory. */
function reveal(node) {
  state.top = model.parents[node];
  state.picked = node;
  redraw();
  map.focus(node);
}

function highlight(number) {
  state.highlighted = state.highlighted === number ? -1 : number;
  redraw();
  byId("instructions").querySelectorAll("button")[number]?.focus({ preventScroll: true });
}

function toggle(key) {
  if (state.hidden.has(key)) state.hidden.delete(key);
  else state.hidden.add(key);
  redraw();
  byId("legend").querySelector(`[data-key="${key}"]`)?.focus();
}

function hover(cell, event) {
  const tip = byId("tip");
  if (cell !== hovered) {
    hovered = cell;
    if (cell === null) describe(state.picked >= 0 ? state.picked : state.top);
    else describe(cell.node < 0 ? cell.within : cell.inner);
    tip.replaceChildren(...(cell === null ? [] : panels.tip(model, view, cell)));
  }
  tip.hidden = cell === null || event.type === "focusin";
  if (tip.hidden) return;
  const room = 16;
  const x = Math.min(event.clientX + room, document.documentElement.clientWidth - tip.offsetWidth - 8);
  const below = event.clientY + room + tip.offsetHeight < window.innerHeight;
  tip.style.left = `${Math.max(x, 8)}px`;
  tip.style.top = `${below ? event.clientY + room : Math.max(event.clientY - room - tip.offsetHeight, 0)}px`;
}

async function copy(text, said) {
  let done = false;
  try {
    await navigator.clipboard.writeText(text);
    done = true;
  } catch {
    const area = h("textarea", { value: text });
    document.body.append(area);
    area.select();
    done = document.execCommand("copy");
    area.remove();
  }
  said.textContent = done ? "Copied" : "Could not be copied: select the text";
}

/** Buttons of which one is pressed. */
function choice(id, options, chosen, choose) {
  const group = byId(id);
  group.replaceChildren(
    ...options.map((label, i) =>
      h(
        "button",
        {
          type: "button",
          "aria-pressed": String(i === chosen),
          onclick(event) {
            for (const other of group.children) other.setAttribute("aria-pressed", String(other === event.currentTarget));
            choose(i);
          },
        },
        label,
      ),
    ),
  );
  group.parentElement.hidden = options.length < 2;
}

function theme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
}

function section(id, there) {
  byId(id).hidden = !there;
}

byId("name").replaceChildren(h("bdi", {}, data.name));
byId("meta").replaceChildren(...data.meta.map(([label, text]) => h("div", {}, h("dt", {}, label), h("dd", {}, h("bdi", {}, text)))));
byId("figures").replaceChildren(...panels.figures(model, reveal));
byId("findings").replaceChildren(...panels.findings(data));
byId("proposal").replaceChildren(...panels.proposal(data, copy));
byId("notes").replaceChildren(...data.notes.map((note) => h("li", {}, h("bdi", {}, note))));
byId("made").textContent = data.made;
section("instructions-section", data.instructions.length);
section("findings-section", data.findings.length);
section("notes-section", data.notes.length);
choice("builder", data.builders.map((builder) => builder.label), 0, (i) => {
  state.builder = i;
  recolour();
});
choice("time", data.looks.length > data.builders.length ? ["Current", "Proposed"] : ["Current"], 0, (i) => {
  state.after = i;
  recolour();
});
choice("colour", data.instructions.length ? ["Status", "Instruction"] : ["Status"], 0, (i) => {
  state.colour = i ? "instruction" : "status";
  recolour();
});
byId("theme").addEventListener("click", theme);
byId("up").addEventListener("click", up);
byId("search").addEventListener("input", (event) => {
  state.query = event.target.value;
  redraw();
});
byId("search").addEventListener("keydown", (event) => {
  if (event.key === "Enter") byId("contents").querySelector("button")?.click();
  if (event.key === "Escape") {
    event.target.value = state.query = "";
    redraw();
  }
});
// What is excluded mostly is none of the context: where it is the larger part, it is shown on request.
const ignored = byStatus(model, 0).of;
const out = model.sum((node) => (!model.isDirectory(node) && ignored(node) === 5 ? model.sizes[node] : 0))[0];
if (out > model.total[0] / 2 && out < model.total[0]) state.hidden.add("ignored");
recolour();
let drawn = "";
new ResizeObserver(() => {
  const now = `${byId("map").clientWidth} ${byId("map").clientHeight}`;
  if (drawn && drawn !== now) redraw();
  drawn = now;
}).observe(byId("map"));
