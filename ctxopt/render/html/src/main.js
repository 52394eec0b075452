// The page: its state, and what changes with it.

import { byId, h } from "./dom.js";
import { count, size } from "./format.js";
import { TreeMap } from "./map.js";
import { Model } from "./model.js";
import * as panels from "./panels.js";
import { byInstruction, byStatus, readers } from "./schemes.js";
import * as verdict from "./verdict.js";

const COLOURS = ["status", "instruction"];
const { builds, made } = JSON.parse(byId("data").textContent);
const models = builds.map(() => null);
const state = { build: -1, builder: 0, after: 0, colour: 0, top: 0, hidden: new Set(), query: "", shown: null, picked: -1 };
let model = null;
let data = null;
let view = null;
let hovered = null;

const map = new TreeMap(byId("map"), { open, pick, up, hover });

// -- what is shown of a build ---------------------------------------------------------------------

/** Take another of the builds, as it is. */
function choose(build) {
  if (models[build] === null) models[build] = new Model(builds[build]);
  model = models[build];
  data = model.data;
  Object.assign(state, { build, builder: 0, after: 0, colour: 0, top: 0, hidden: new Set(), shown: null, picked: -1 });
  // What is excluded mostly is none of the context: where it is the larger part, it is shown on request.
  const ignored = byStatus(model, 0);
  const out = model.sum((node) => (!model.isDirectory(node) && ignored.of(node) === ignored.hidden ? model.sizes[node] : 0))[0];
  if (out > model.total[0] / 2 && out < model.total[0]) state.hidden.add("ignored");
  byId("name").replaceChildren(h("bdi", {}, data.name));
  byId("meta").replaceChildren(...data.meta.map(([label, text]) => h("div", {}, h("dt", {}, label), h("dd", {}, h("bdi", {}, text)))));
  byId("notes").replaceChildren(...panels.notes(data.notes));
  section("instructions-section", data.instructions.length);
  section("findings-section", data.findings.length);
  section("rules-panel", data.findings.length);
  section("notes-section", data.notes.length);
}

/** Work out the colours and sums again: for another build, builder, state or meaning of the colours. */
function recolour() {
  const look = state.builder + state.after * data.builders.length;
  const scheme = state.colour ? byInstruction(model, look) : byStatus(model, look);
  const width = scheme.categories.length;
  const categories = model.fates.map((fate, node) => (fate < 0 ? -1 : scheme.of(node)));
  const shown = { ...scheme, of: (node) => categories[node] };
  view = { look, scheme: shown, width, sums: model.sumsBy(shown.of, width), hidden: state.hidden };
  view.present = new Set(scheme.categories.filter((_, i) => view.sums[i]).map((category) => category.key));
  for (const key of state.hidden) view.present.add(key);
  controls();
  const best = state.after || verdict.best(data);
  byId("verdict").replaceChildren(...verdict.verdict(data));
  byId("figures").replaceChildren(...panels.figures(model, best, reveal));
  byId("proposal").replaceChildren(...panels.proposal(data, best, copy));
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
  const found = query ? search(query) : chosen();
  let lit = null;
  if (found) lit = model.around(found.nodes);
  else if (state.shown?.kind === "instruction") {
    const reads = (node) => !model.isDirectory(node) && readers(model.fate(node), view.look).includes(state.shown.number);
    lit = model.withParents(reads);
  }
  hovered = null;
  byId("tip").hidden = true;
  Object.assign(view, { top: state.top, value, lit, picked: state.picked });
  map.draw(model, view);
  byId("crumbs").replaceChildren(...panels.crumbs(model, state.top, open));
  byId("up").disabled = state.top === 0;
  byId("legend").replaceChildren(...panels.legend(view, toggle).filter(Boolean));
  const nodes = found ? [...found.nodes] : (model.children[state.top] ?? []);
  byId("contents-title").textContent = found ? found.title(nodes.filter((node) => value(node) > 0)) : "Contents";
  byId("contents").replaceChildren(...panels.contents(model, view, nodes, { open, pick: reveal }, Boolean(found), query ? model.unnamed : 0));
  byId("instructions").replaceChildren(...panels.instructions(data, selected("instruction"), show("instruction")));
  byId("rules").replaceChildren(...panels.rules(data, selected("rule"), show("rule")));
  byId("findings").replaceChildren(...panels.findings(data, selected("finding"), show("finding")));
  byId("map-title").textContent = `${data.looks[view.look].label}: ${size(value(state.top))} shown`;
  describe(state.picked >= 0 ? state.picked : state.top);
}

/** The nodes whose path contains the text: of a directory that does, not also all that is in it. */
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
  return { nodes: found, title: (nodes) => `${count(nodes.length)} found, ${total(nodes)}` };
}

/** The nodes of the finding, or of the findings of the rule, that was pressed; null if none was. */
function chosen() {
  if (state.shown === null || state.shown.kind === "instruction") return null;
  const { kind, number } = state.shown;
  const findings = kind === "rule" ? data.findings.filter((one) => one.rule === number) : [data.findings[number]];
  const nodes = new Set(findings.flatMap((one) => one.nodes));
  // What names no file is about all that its instruction reads.
  const reads = new Set(findings.filter((one) => !one.nodes.length).flatMap((one) => one.reads));
  for (let node = 0; reads.size && node < model.length; node += 1) {
    if (!model.isDirectory(node) && model.fate(node).readers.some((reader) => reads.has(reader))) nodes.add(node);
  }
  const outer = new Set([...nodes].filter((node) => !model.line(node).slice(0, -1).some((above) => nodes.has(above))));
  return { nodes: outer, title: (shown) => `${findings[0].rule}: ${total(shown)}` };
}

function total(nodes) {
  return size(nodes.reduce((sum, node) => sum + value(node), 0));
}

function describe(node) {
  byId("details").replaceChildren(...panels.details(model, view, node));
}

// -- what is pressed ------------------------------------------------------------------------------

function open(node) {
  state.top = node;
  state.picked = -1;
  redraw();
  remember(true);
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
  remember(true);
  map.focus(node);
}

function selected(kind) {
  return state.shown?.kind === kind ? state.shown.number : null;
}

/** What shows the files of an instruction, a rule or a finding in the map, or no more. */
function show(kind) {
  return (number, event) => {
    const key = event.currentTarget.dataset.key;
    state.shown = selected(kind) === number ? null : { kind, number };
    state.query = byId("search").value = "";
    if (state.shown) state.top = 0;
    redraw();
    document.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
    if (state.shown && kind === "finding") byId("map-heading").scrollIntoView({ block: "start" });
  };
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

/** The groups of buttons of which one is pressed. */
function controls() {
  const { builders, looks, states } = data;
  choice("builder", builders.map(({ label }) => ({ label })), state.builder, (i) => {
    state.builder = i;
    if (looks[i + state.after * builders.length].broken) state.after = 0;
  });
  const options = states.map((label, i) => {
    const look = looks[state.builder + i * builders.length];
    return { label: i ? `Proposed: ${label}` : "Current", more: size(look.sent.bytes), refused: verdict.refused(data, i) };
  });
  choice("time", options, state.after, (i) => {
    state.after = i;
  });
  const colours = data.instructions.length ? ["Status", "Instruction"] : ["Status"];
  choice("colour", colours.map((label) => ({ label })), state.colour, (i) => {
    state.colour = i;
  });
}

function choice(id, options, pressed, change) {
  const group = byId(id);
  const buttons = options.map(({ label, more, refused }, i) =>
    h(
      "button",
      {
        type: "button",
        "aria-pressed": String(i === pressed),
        disabled: Boolean(refused),
        title: refused || undefined,
        onclick() {
          change(i);
          recolour();
          group.children[i]?.focus();
          remember(false);
        },
      },
      label,
      more && !refused ? h("span", { className: "amount" }, ` ${more}`) : null,
    ),
  );
  group.replaceChildren(...buttons);
  group.parentElement.hidden = options.length < 2;
}

// -- the address ----------------------------------------------------------------------------------

/** The address of what is shown. */
function address() {
  const parts = new URLSearchParams();
  if (state.build) parts.set("build", String(state.build + 1));
  if (state.top) parts.set("path", model.path(state.top));
  if (state.builder) parts.set("builder", data.builders[state.builder].label.toLowerCase());
  if (state.after) parts.set("state", data.states[state.after]);
  if (state.colour) parts.set("color", COLOURS[state.colour]);
  if (state.query) parts.set("find", state.query);
  return `#${parts}`;
}

/** Put what is shown into the address: as a step back and forth, or in place of the present one. */
function remember(step) {
  const now = address();
  if (now === (location.hash || "#")) return;
  if (step) history.pushState(null, "", now);
  else history.replaceState(null, "", now);
}

/** Show what the address names; what it does not name, or what is not there, is as at first. */
function recall() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const build = Math.min(Math.max((Number.parseInt(parts.get("build") ?? "1", 10) || 1) - 1, 0), builds.length - 1);
  if (build !== state.build) choose(build);
  const place = (list, name) => Math.max(list.indexOf(parts.get(name)), 0);
  state.builder = place(data.builders.map(({ label }) => label.toLowerCase()), "builder");
  state.after = place(data.states, "state");
  if (verdict.refused(data, state.after)) state.after = 0;
  state.colour = data.instructions.length ? place(COLOURS, "color") : 0;
  state.query = byId("search").value = parts.get("find") ?? "";
  state.top = model.directory(parts.get("path") ?? "");
  state.picked = -1;
  byId("build").value = String(build);
  recolour();
}

function section(id, there) {
  byId(id).hidden = !there;
}

function theme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
}

byId("made").textContent = made;
byId("build").replaceChildren(...builds.map((one, i) => h("option", { value: String(i) }, panels.named(one))));
section("builds", builds.length > 1);
byId("build").addEventListener("change", (event) => {
  choose(Number(event.target.value));
  state.query = byId("search").value = "";
  recolour();
  remember(true);
});
byId("theme").addEventListener("click", theme);
byId("up").addEventListener("click", up);
byId("search").addEventListener("input", (event) => {
  state.query = event.target.value;
  state.shown = null;
  redraw();
  remember(false);
});
byId("search").addEventListener("keydown", (event) => {
  if (event.key === "Enter") byId("contents").querySelector("button")?.click();
  if (event.key === "Escape") {
    event.target.value = state.query = "";
    redraw();
    remember(false);
  }
});
// Back and forth, and an address that is typed; the link past the map is no such address.
window.addEventListener("popstate", () => {
  if (location.hash !== "#contents-title") recall();
});
recall();
let drawn = "";
new ResizeObserver(() => {
  const now = `${byId("map").clientWidth} ${byId("map").clientHeight}`;
  if (drawn && drawn !== now) redraw();
  drawn = now;
}).observe(byId("map"));
