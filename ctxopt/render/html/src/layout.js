// Where the cells lie: a squarified treemap (d3-hierarchy) of what is large enough to be seen.

import { hierarchy, treemap, treemapSquarify } from "d3-hierarchy";

/** Pixels: less than that is not drawn by itself, and a directory is not opened. */
const LEAF = 60;
const OPEN = 2600;
const HEADER = 20;
const MOST_CELLS = 1800;

/**
 * The cells of a directory, those of directories before those of what is in them. `value` gives the bytes of a
 * node that count. A cell has the node, its place and size in pixels, and whether it is opened; cells of `node` -1
 * stand for several small entries of the directory `within`.
 */
export function cells(model, top, value, width, height) {
  for (let scale = 1; ; scale *= 2) {
    const found = attempt(model, top, value, width, height, scale);
    if (found.length <= MOST_CELLS || scale > 64) return found;
  }
}

function attempt(model, top, value, width, height, scale) {
  const whole = value(top);
  if (!whole) return [];
  const area = (bytes) => (bytes / whole) * width * height;
  const visible = (node) => value(node) > 0;

  function children(item) {
    if (item.node < 0 || !model.isDirectory(item.node)) return undefined;
    if (item.node !== top && area(value(item.node)) < OPEN * scale) return undefined;
    const inside = (model.children[item.inner] ?? []).filter(visible).sort((a, b) => value(b) - value(a));
    const shown = [];
    let small = 0;
    let entries = 0;
    for (const node of inside) {
      if (area(value(node)) >= LEAF * scale || inside.length === 1) {
        shown.push({ node, inner: model.isDirectory(node) ? model.lone(node, visible) : node, bytes: value(node) });
      } else {
        small += value(node);
        entries += 1;
      }
    }
    if (entries) shown.push({ node: -1, inner: -1, within: item.inner, bytes: small, entries });
    return shown;
  }

  const root = hierarchy({ node: top, inner: model.lone(top, visible), bytes: whole }, children);
  root.each((one) => {
    one.value = one.data.bytes;
  });
  treemap()
    .tile(treemapSquarify.ratio(1.3))
    .size([width, height])
    .round(true)
    .paddingInner(2)
    .paddingOuter((one) => (one.depth ? 3 : 0))
    .paddingTop((one) => (one.depth ? HEADER : 0))(root);
  return root
    .descendants()
    .filter((one) => one.depth && one.x1 - one.x0 > 1 && one.y1 - one.y0 > 1)
    .map((one) => ({
      ...one.data,
      x: one.x0,
      y: one.y0,
      width: one.x1 - one.x0,
      height: one.y1 - one.y0,
      opened: Boolean(one.children),
      depth: one.depth,
    }));
}
