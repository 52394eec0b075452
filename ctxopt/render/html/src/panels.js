// All that stands beside and below the map.

import { h, name } from "./dom.js";
import { count, files, share, size } from "./format.js";
import { isRisky, isUnused, readers, STATUSES } from "./schemes.js";

const SHOWN = 100;
const NAMED = 3;
const READERS = 12;

function swatch(key) {
  return h("span", { className: `swatch c-${key}`, "aria-hidden": "true" });
}

/** A thin bar of what a directory holds, by category. */
function bar(view, node, parts = portions(view, node)) {
  const whole = parts.reduce((sum, one) => sum + one.bytes, 0) || 1;
  return h(
    "span",
    { className: "bar", "aria-hidden": "true" },
    parts.map((one) => {
      const part = h("span", { className: `c-${one.category.key}` });
      part.style.width = `${(100 * one.bytes) / whole}%`;
      return part;
    }),
  );
}

function portions(view, node) {
  return view.scheme.categories
    .map((category, i) => ({ category, bytes: view.sums[node * view.width + i] }))
    .filter((one) => one.bytes > 0);
}

/** A build among several, in one line. */
export function named(build) {
  return `${build.title || build.name} (${size(build.looks[0].sent.bytes)})`;
}

/** The figures at the top: what each builder is sent, and what is read, beside what that is in the state `after`. */
export function figures(model, after, reveal) {
  const { data } = model;
  const level = data.states[after];
  const cards = data.builders.map((builder, i) => {
    const then = after ? data.looks[i + after * data.builders.length] : undefined;
    return card(builder.figure, data.looks[i].sent, saving(data.looks[i].sent, then?.sent, level));
  });
  if (data.refusal) cards.push(h("div", { className: "card bad" }, h("h3", {}, "Legacy builder"), h("p", {}, data.refusal)));
  const then = after ? { bytes: left(model, after * data.builders.length) } : undefined;
  cards.push(card("Used by the Dockerfile", data.used));
  cards.push(card("Unused", data.unused, data.unused.bytes ? saving(data.unused, then, level) : null));
  const risky = (fate) => data.builders.some((_, look) => isRisky(fate, look));
  const secrets = [...model.names.keys()].filter((node) => !model.isDirectory(node) && risky(model.fate(node)));
  if (secrets.length) cards.push(warning(model, secrets, reveal));
  return cards;
}

function card(label, totals, more = null) {
  return h(
    "div",
    { className: "card" },
    h("h3", {}, label),
    h("p", { className: "figure" }, size(totals.bytes)),
    h("p", { className: "sub" }, files(totals.files)),
    more,
  );
}

/** The bytes that no instruction reads, for one look. */
function left(model, look) {
  const unused = (node) => !model.isDirectory(node) && isUnused(model.fate(node), look);
  return model.sum((node) => (unused(node) ? model.sizes[node] : 0))[0];
}

/** Files that should not be there, each with a button that shows it in the map. */
function warning(model, nodes, reveal) {
  const sum = (values) => nodes.reduce((total, node) => total + values[node], 0);
  const named = nodes.filter((node) => !model.isRest(node)).slice(0, NAMED);
  return h(
    "div",
    { className: "card bad" },
    h("h3", {}, "Secrets in the context"),
    h("p", { className: "figure" }, files(sum(model.files))),
    h(
      "p",
      { className: "sub" },
      named.map((node) => h("button", { type: "button", className: "link", onclick: () => reveal(node) }, name(model.path(node)))),
      nodes.length > named.length ? ` and ${count(nodes.length - named.length)} more` : "",
    ),
  );
}

function saving(now, then, level) {
  if (!then) return null;
  if (then.bytes >= now.bytes) return h("p", { className: "sub" }, `Unchanged (${level})`);
  return h(
    "p",
    { className: "saving" },
    h("b", {}, `→ ${size(then.bytes)}`),
    ` ${level} (−${share(now.bytes - then.bytes, now.bytes)})`,
  );
}

/** The legend, whose entries show and hide what they stand for. */
export function legend(view, toggle) {
  return view.scheme.categories.map((category, i) => {
    const bytes = view.sums[i];
    if (!bytes && !view.present.has(category.key)) return null;
    return h(
      "button",
      {
        type: "button",
        className: "chip",
        "aria-pressed": String(!view.hidden.has(category.key)),
        title: category.help,
        "data-key": category.key,
        onclick: () => toggle(category.key),
      },
      swatch(category.key),
      h("span", {}, category.label),
      h("span", { className: "sub" }, size(bytes)),
    );
  });
}

export function crumbs(model, top, open) {
  const line = model.line(top);
  return line.map((node, i) => {
    const label = node === 0 ? model.data.name : model.names[node];
    const last = i === line.length - 1;
    return h(
      "li",
      {},
      last
        ? h("span", { "aria-current": "location" }, name(label))
        : h("button", { type: "button", className: "link", onclick: () => open(node) }, name(label)),
    );
  });
}

/** What is known of a node: for the panel, and in short for the tip beside the pointer. */
export function details(model, view, node) {
  const { data } = model;
  const directory = model.isDirectory(node);
  const rows = [];
  const row = (label, ...value) => rows.push(h("dt", {}, label), h("dd", {}, ...value));
  row("Size", size(model.total[node]), ` · ${files(model.totalFiles[node])}`);
  if (directory) {
    const parts = portions(view, node);
    rows.push(h("dd", { className: "wide" }, bar(view, node)));
    for (const { category, bytes } of parts) {
      rows.push(
        h("dt", { className: "keyed" }, swatch(category.key), category.label),
        h("dd", {}, `${size(bytes)} · ${share(bytes, model.total[node])}`),
      );
    }
  } else {
    const fate = model.fate(node);
    const status = fate.statuses[view.look];
    row("Status", swatch(isRisky(fate, view.look) ? "risky" : STATUSES[status].key), sentence(STATUSES[status].help));
    const pattern = decider(data, fate, view.look);
    if (pattern) row("Pattern", h("code", {}, name(pattern.text)), ` ${pattern.file}:${pattern.line}`);
    const reading = readers(fate, view.look);
    for (const reader of reading.slice(0, READERS)) row("Read by", instruction(data.instructions[reader]));
    if (reading.length > READERS) row("", `and ${count(reading.length - READERS)} more`);
    if (fate.risk >= 0) row("Risk", h("strong", { className: "risk" }, data.risks[fate.risk]));
    for (const [other, look] of data.looks.entries()) {
      if (other !== view.look && fate.statuses[other] !== status) {
        row(look.label, STATUSES[fate.statuses[other]].label.toLowerCase(), after(decider(data, fate, other)));
      }
    }
  }
  return [h("h3", {}, name(model.path(node))), h("dl", { className: directory ? "sums" : "" }, rows)];
}

function sentence(text) {
  return text[0].toUpperCase() + text.slice(1);
}

function after(pattern) {
  return pattern ? h("span", {}, " by ", h("code", {}, name(pattern.text))) : null;
}

function decider(data, fate, look) {
  const place = fate.deciders[look];
  return place < 0 ? null : data.looks[look].patterns[place];
}

function instruction(one) {
  return h("span", {}, `line ${one.line} `, h("code", {}, `${one.kind} `, name(one.text)));
}

/** The tip beside the pointer. */
export function tip(model, view, cell) {
  if (cell.node < 0) {
    return [h("b", {}, `${count(cell.entries)} more entries`), h("div", {}, size(cell.bytes), " · press to open the directory")];
  }
  const node = cell.inner;
  const lines = [h("b", {}, name(model.path(node))), h("div", {}, `${size(model.total[node])} · ${files(model.totalFiles[node])}`)];
  if (model.isDirectory(node)) {
    for (const { category, bytes } of portions(view, node)) {
      lines.push(h("div", { className: "keyed" }, swatch(category.key), `${category.label} ${size(bytes)}`));
    }
  } else {
    const fate = model.fate(node);
    const category = view.scheme.categories[view.scheme.of(node)];
    lines.push(h("div", { className: "keyed" }, swatch(category.key), category.label));
    const pattern = decider(model.data, fate, view.look);
    if (pattern) lines.push(h("div", {}, "by ", h("code", {}, name(pattern.text)), ` ${pattern.file}:${pattern.line}`));
    for (const reader of readers(fate, view.look).slice(0, 3)) lines.push(h("div", {}, instruction(model.data.instructions[reader])));
    if (fate.risk >= 0) lines.push(h("div", { className: "risk" }, model.data.risks[fate.risk]));
  }
  return lines;
}

/**
 * The rows of a table of nodes, the largest first: what the map shows, and no more, to be read.
 * Of a search so many files are `unnamed`: small ones, which it cannot find.
 */
export function contents(model, view, nodes, { open, pick }, full, unnamed = 0) {
  const sorted = nodes.filter((node) => view.value(node) > 0).sort((a, b) => view.value(b) - view.value(a));
  const whole = view.value(full ? 0 : view.top);
  const rows = sorted.slice(0, SHOWN).map((node) => {
    const directory = model.isDirectory(node);
    const parts = directory ? portions(view, node).filter((one) => !view.hidden.has(one.category.key)) : [];
    const status = directory
      ? parts.map((one) => one.category.label).join(", ")
      : view.scheme.categories[view.scheme.of(node)].label;
    return h(
      "tr",
      {},
      h(
        "th",
        { scope: "row" },
        h(
          "button",
          { type: "button", className: "link", onclick: () => (directory ? open(node) : pick(node)) },
          name(full ? model.path(node) : model.label(node)),
        ),
        directory
          ? h("span", { className: "status" }, bar(view, node, parts), h("span", { className: "hidden" }, status))
          : h("span", { className: "status" }, swatch(view.scheme.categories[view.scheme.of(node)].key), status),
      ),
      h("td", { className: "number" }, size(view.value(node)), h("span", { className: "sub" }, share(view.value(node), whole))),
    );
  });
  if (sorted.length > SHOWN) {
    rows.push(h("tr", {}, h("td", { colspan: 2, className: "sub" }, `and ${count(sorted.length - SHOWN)} more`)));
  }
  if (!rows.length) rows.push(h("tr", {}, h("td", { colspan: 2, className: "sub" }, "Nothing.")));
  if (unnamed) {
    const said = `Not searched: the ${count(unnamed)} smallest files, which the map sums up. `;
    rows.push(h("tr", {}, h("td", { colspan: 2, className: "sub unnamed" }, said, h("code", {}, "ctxopt ls"), " lists all.")));
  }
  return rows;
}

/** The rows of the instructions; pressing one shows in the map what it reads. */
export function instructions(data, highlighted, highlight) {
  return data.instructions.map((one, i) =>
    h(
      "tr",
      { className: one.error ? "bad" : "" },
      h("td", { className: "number" }, String(one.line)),
      h("td", {}, name(one.stage)),
      h(
        "td",
        {},
        h(
          "button",
          {
            type: "button",
            className: "link code",
            "aria-pressed": String(highlighted === i),
            "data-key": `instruction ${i}`,
            title: "Show in the map what it reads",
            onclick: (event) => highlight(i, event),
          },
          h("span", { className: "kind" }, one.kind),
          " ",
          name(one.text),
        ),
        one.note ? h("div", { className: "sub" }, name(one.note)) : null,
        one.error ? h("div", { className: "risk" }, name(one.error)) : null,
      ),
      h("td", { className: "number" }, count(one.files)),
      h("td", { className: "number" }, size(one.bytes)),
      h("td", {}, one.fate),
    ),
  );
}

const SEVERITIES = ["error", "warning", "note", "info"];

/** The findings by rule: `[rule, findings with their numbers]`, the gravest first, then those with the most bytes. */
function groups(data) {
  const byRule = new Map();
  for (const [number, one] of data.findings.entries()) {
    if (!byRule.has(one.rule)) byRule.set(one.rule, []);
    byRule.get(one.rule).push({ number, one });
  }
  const rank = (found) => Math.min(...found.map(({ one }) => SEVERITIES.indexOf(one.severity)));
  const bytes = (found) => found.reduce((sum, { one }) => sum + one.bytes, 0);
  return [...byRule].sort(([, a], [, b]) => rank(a) - rank(b) || bytes(b) - bytes(a)).map(([rule, found]) => ({
    rule,
    found,
    severity: SEVERITIES[rank(found)],
    bytes: bytes(found),
  }));
}

/** The rules that found something, beside the map; pressing one shows its files there. */
export function rules(data, selected, show) {
  return groups(data).map(({ rule, found, severity, bytes }) => {
    const places = found.some(({ one }) => one.nodes.length || one.reads.length);
    return h(
      "li",
      {},
      h(
        "button",
        {
          type: "button",
          className: "rule-group",
          disabled: !places,
          "aria-pressed": String(selected === rule),
          "data-key": `rule ${rule}`,
          title: places ? "Show its files in the map" : "It is about no file",
          onclick: (event) => show(rule, event),
        },
        h("span", { className: `mark ${severity}`, "aria-hidden": "true" }),
        h("span", { className: "what" }, h("span", { className: "rule" }, rule), ` ${data.rules[rule] ?? ""}`),
        h("span", { className: "number sub" }, [found.length > 1 ? `${count(found.length)}×` : "", bytes ? size(bytes) : ""].filter(Boolean).join(" ")),
      ),
    );
  });
}

/** All findings, under the titles of their rules. */
export function findings(data, selected, show) {
  return groups(data).map(({ rule, found }) =>
    h(
      "li",
      {},
      h("h3", {}, h("span", { className: "rule" }, rule), ` ${data.rules[rule] ?? ""}`),
      h("ul", { className: "group-findings" }, found.map(({ number, one }) => finding(number, one, selected, show))),
    ),
  );
}

function finding(number, one, selected, show) {
  const places = one.nodes.length || one.reads.length;
  return h(
    "li",
    { className: `finding ${one.severity}` },
    h(
      "p",
      { className: "head" },
      h("span", { className: `badge ${one.severity}` }, one.severity),
      h("code", {}, name(one.place)),
      one.cost ? h("span", { className: "sub" }, one.cost) : null,
      places
        ? h(
            "button",
            {
              type: "button",
              className: "link",
              "aria-pressed": String(selected === number),
              "data-key": `finding ${number}`,
              onclick: (event) => show(number, event),
            },
            "Show in the map",
          )
        : null,
    ),
    h("p", {}, name(one.message, "span")),
    h("p", { className: "fix" }, h("b", {}, "Fix: "), name(one.fix, "span")),
    one.evidence.length ? h("ul", { className: "evidence" }, one.evidence.map((line) => h("li", {}, name(line)))) : null,
  );
}

/** The notes; of those that are alike the first, and the others folded below it. */
export function notes(all) {
  return all.map(([first, ...more]) =>
    h(
      "li",
      {},
      h("bdi", {}, first),
      more.length
        ? h(
            "details",
            {},
            h("summary", {}, `${count(more.length)} more like this`),
            h("ul", {}, more.map((note) => h("li", {}, h("bdi", {}, note)))),
          )
        : null,
    ),
  );
}

/** The files that are proposed in a state, each with a button that copies it. */
export function proposal(data, after, copy) {
  const proposed = after ? data.proposals[after - 1] : null;
  if (proposed === null || !proposed.files.length) return [h("p", {}, data.why)];
  const level = proposed.level === "likely" ? " --level likely" : "";
  return [
    h("p", { className: "sub level" }, `Level ${proposed.level}: `, h("code", {}, name(`${data.command}${level} --write`)), " writes it."),
    ...proposed.files.map((file) => proposedFile(file, copy)),
  ];
}

function proposedFile(file, copy) {
  const said = h("span", { className: "sub", role: "status" });
  return h(
    "div",
    { className: "file" },
    h(
      "div",
      { className: "filehead" },
      h("code", {}, name(file.name)),
      h("span", { className: "sub" }, file.state),
      said,
      file.text === null
        ? null
        : h("button", { type: "button", className: "copy", onclick: () => copy(file.text, said) }, "Copy"),
    ),
    h("pre", { tabIndex: 0, "aria-label": `Proposed ${file.name}` }, ...lines(file)),
    file.rows.length
      ? h(
          "table",
          { className: "rows" },
          h(
            "thead",
            {},
            h(
              "tr",
              {},
              ["Pattern", "Evidence"].map((label) => h("th", { scope: "col" }, label)),
              ["Files", "BuildKit", "Legacy"].map((label) => h("th", { scope: "col", className: "number" }, label)),
            ),
          ),
          h(
            "tbody",
            {},
            file.rows.map((row) =>
              h(
                "tr",
                {},
                h("td", {}, h("code", {}, name(row.pattern))),
                h("td", {}, row.evidence),
                h("td", { className: "number" }, count(row.files)),
                h("td", { className: "number" }, row.buildkit === null ? "–" : size(row.buildkit)),
                h("td", { className: "number" }, row.classic === null ? "–" : size(row.classic)),
              ),
            ),
          ),
        )
      : null,
    file.more ? h("p", { className: "sub more" }, `and ${count(file.more)} more patterns`) : null,
  );
}

/** The lines of a file, the new ones marked. */
function lines(file) {
  return file.lines.map(([text, isNew]) => h("span", { className: isNew ? "line new" : "line" }, name(text, "span")));
}
