// The tree of the context, from the columns in which it comes.

export class Model {
  constructor(data) {
    this.data = data;
    const { names, parents, files, sizes, fates } = data.nodes;
    this.names = names;
    this.parents = parents;
    this.files = files;
    this.sizes = sizes;
    this.fates = fates;
    this.length = names.length;
    this.children = Array.from({ length: this.length }, () => null);
    for (let node = 1; node < this.length; node += 1) {
      const above = parents[node];
      if (this.children[above] === null) this.children[above] = [];
      this.children[above].push(node);
    }
    this.total = this.sum((node) => sizes[node]);
    this.totalFiles = this.sum((node) => files[node]);
    /** The number of files without a node of their own, and so without a name to find. */
    this.unnamed = this.sum((node) => (this.isRest(node) ? files[node] : 0))[0];
  }

  isDirectory(node) {
    return this.fates[node] < 0;
  }

  /** Whether a node stands for files that are not told apart. */
  isRest(node) {
    return this.fates[node] >= 0 && this.names[node] === "";
  }

  fate(node) {
    return this.data.fates[this.fates[node]];
  }

  /** For each node the sum of a value over it and all below it; parents come before their children. */
  sum(value) {
    const sums = new Float64Array(this.length);
    for (let node = this.length - 1; node >= 0; node -= 1) {
      sums[node] += value(node);
      if (node) sums[this.parents[node]] += sums[node];
    }
    return sums;
  }

  /** For each node, and each category, the bytes below it that are in the category: rows of `width` numbers. */
  sumsBy(categoryOf, width) {
    const sums = new Float64Array(this.length * width);
    for (let node = this.length - 1; node >= 0; node -= 1) {
      if (!this.isDirectory(node)) sums[node * width + categoryOf(node)] += this.sizes[node];
      if (node) {
        const above = this.parents[node] * width;
        for (let i = 0; i < width; i += 1) sums[above + i] += sums[node * width + i];
      }
    }
    return sums;
  }

  /** The nodes that pass a test, with all directories above them, as a mask. */
  withParents(test) {
    const lit = new Uint8Array(this.length);
    for (let node = this.length - 1; node >= 0; node -= 1) {
      if (lit[node] || test(node)) {
        lit[node] = 1;
        if (node) lit[this.parents[node]] = 1;
      }
    }
    return lit;
  }

  /** These nodes with all above and all below them, as a mask. */
  around(nodes) {
    const lit = this.withParents((node) => nodes.has(node));
    const within = new Uint8Array(this.length);
    for (let node = 0; node < this.length; node += 1) {
      within[node] = nodes.has(node) || (node && within[this.parents[node]]) ? 1 : 0;
      if (within[node]) lit[node] = 1;
    }
    return lit;
  }

  /** The directory of a path, or the root where there is none. */
  directory(path) {
    if (!path) return 0;
    for (let node = 1; node < this.length; node += 1) {
      if (this.isDirectory(node) && path.endsWith(`${this.names[node]}/`) && this.path(node) === path) return node;
    }
    return 0;
  }

  /** The nodes from the root down to a node, the root included. */
  line(node) {
    const found = [];
    for (let at = node; at >= 0; at = this.parents[at]) found.push(at);
    return found.reverse();
  }

  /** What a node is called in its directory. */
  label(node) {
    if (node === 0) return this.data.name;
    if (this.isRest(node)) {
      const alone = this.children[this.parents[node]].length === 1;
      return `${this.files[node].toLocaleString("en-US")} ${alone ? "" : "more "}${this.files[node] === 1 ? "file" : "files"}`;
    }
    return this.isDirectory(node) ? `${this.names[node]}/` : this.names[node];
  }

  /** The path of a node in the context, with a slash at the end of a directory's. */
  path(node) {
    if (node === 0) return "/";
    const parts = this.line(node).slice(1).map((at) => this.label(at));
    return parts.join("");
  }

  /** The directory that is really shown for one: down through those that hold nothing but one directory. */
  lone(node, visible) {
    let at = node;
    for (;;) {
      const inside = (this.children[at] ?? []).filter(visible);
      if (inside.length !== 1 || !this.isDirectory(inside[0])) return at;
      at = inside[0];
    }
  }
}
