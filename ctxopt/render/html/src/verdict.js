// What the page leads with: what can be saved, the largest reasons, and what to type.

import { h, name } from "./dom.js";
import { share, size } from "./format.js";

/** Why what is proposed in a state must not be shown as a saving: a builder fails with it. "" if none does. */
export function refused(data, state) {
  if (!state) return "";
  const looks = data.builders.map((_, i) => data.looks[i + state * data.builders.length]);
  const broken = looks.findIndex((look) => look.broken);
  return broken < 0 ? "" : `${data.builders[broken].label} would fail: ${looks[broken].broken}`;
}

/** The bytes that a builder is sent as it is, and in a state. */
function sent(data, builder, state) {
  return [data.looks[builder].sent.bytes, data.looks[builder + state * data.builders.length].sent.bytes];
}

function saves(data, builder, state) {
  const [now, then] = sent(data, builder, state);
  return then < now && !refused(data, state);
}

/** The surest state that saves something for a builder, as `ctxopt analyze` has it; else the first that is proposed; 0 for none. */
export function best(data) {
  return leading(data)?.state ?? (data.states.length > 1 && !refused(data, 1) ? 1 : 0);
}

function leading(data) {
  for (let state = 1; state < data.states.length; state += 1) {
    for (let builder = 0; builder < data.builders.length; builder += 1) {
      if (saves(data, builder, state)) return { builder, state };
    }
  }
  return null;
}

function command(data, state) {
  const level = data.states[state] === "likely" ? " --level likely" : "";
  return h("code", {}, name(`${data.command}${level}`));
}

export function verdict(data) {
  const lead = leading(data);
  const made = [];
  if (data.failure) made.push(h("p", { className: "lead bad" }, "The build fails: ", name(data.failure, "span")));
  else if (lead === null) made.push(h("p", { className: "lead" }, data.states.length > 1 ? "Nothing to drop" : data.why));
  if (lead !== null) {
    const { builder, state } = lead;
    const [now, then] = sent(data, builder, state);
    const legacy = builder ? " (legacy builder)" : "";
    made.push(
      h(
        "p",
        { className: "lead" },
        "You can drop ",
        h("strong", {}, size(now - then)),
        ` of ${size(now)}${legacy}`,
        h("span", { className: "numbers" }, `${size(now)} → ${size(then)} (−${share(now - then, now)})`),
      ),
    );
    const key = builder ? "classic" : "buildkit";
    // What is no hundredth of it is no reason to lead with.
    const reasons = data.proposals[state - 1].reasons.filter((one) => one[key] * 100 >= now - then);
    const items = reasons.map((one) =>
      h("li", {}, h("b", { className: "number" }, size(one[key])), h("code", {}, name(one.pattern)), name(one.evidence, "span")),
    );
    made.push(h("ol", { className: "reasons" }, items));
    made.push(h("p", { className: "next" }, command(data, state), " shows all of it; ", h("code", {}, "--write"), " writes it.", further(data, lead)));
  }
  for (let state = 1; state < data.states.length; state += 1) {
    const why = refused(data, state);
    if (why) made.push(h("p", { className: "bad" }, `What is proposed (${data.states[state]}) counts as no saving. `, name(why, "span")));
  }
  return made;
}

/** What a less sure level would save beyond what the page leads with. */
function further(data, { builder, state }) {
  const next = state + 1;
  if (next >= data.states.length || refused(data, next)) return null;
  const more = sent(data, builder, state)[1] - sent(data, builder, next)[1];
  return more > 0 ? h("span", {}, ` ${size(more)} more with `, command(data, next), ".") : null;
}
