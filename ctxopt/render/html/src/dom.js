// Elements made from text only: nothing that comes from the data is ever read as markup.

/** An element with properties, attributes (names with a dash, and role) and children (nodes, or text). */
export function h(tag, options = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null) continue;
    if (name.includes("-") || name === "role" || name === "for" || name === "colspan" || name === "scope") {
      made.setAttribute(name, String(value));
    } else if (name.startsWith("on")) {
      made.addEventListener(name.slice(2), value);
    } else {
      made[name] = value;
    }
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

/** A name from the context: isolated, so that its letters turn around nothing beside it. */
export function name(text, tag = "bdi") {
  return h(tag, { className: "name", dir: "ltr" }, text);
}

export function byId(id) {
  return document.getElementById(id);
}
