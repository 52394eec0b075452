// What the colours mean: categories of files, for one look at the context.

const BUILD = 1;
const UNUSED = 3;
const IDLE = 4;
const IGNORED = 5;

/** The statuses in the order in which the legend names them; their places are the numbers in the data. */
export const STATUSES = [
  { key: "image", label: "In the image", help: "read by an instruction, and it gets into the image" },
  { key: "build", label: "Build only", help: "read by an instruction, but it does not get into the image" },
  { key: "builder", label: "Dockerfile and .dockerignore", help: "read by the builder itself" },
  { key: "unused", label: "Sent, unused", help: "sent, though no instruction reads it" },
  { key: "idle", label: "Unused", help: "in the context, but no instruction reads it, so it is not sent" },
  { key: "ignored", label: "Ignored", help: "excluded by the ignore file" },
  { key: "risky", label: "Secret", help: "named like a file with secrets, and not excluded" },
];
const RISKY = 6;
const HUES = 8;

/** Whether a file is one that should be excluded, and is not. */
export function isRisky(fate, look) {
  return fate.risk >= 0 && fate.statuses[look] !== IGNORED;
}

/** Whether no instruction reads a file that is in the context. */
export function isUnused(fate, look) {
  return fate.statuses[look] === UNUSED || fate.statuses[look] === IDLE;
}

/** The instructions that read a file, as one look sees it. */
export function readers(fate, look) {
  return fate.statuses[look] <= BUILD ? fate.readers : [];
}

/** Files by what the builder does with them. */
export function byStatus(model, look) {
  return {
    categories: STATUSES,
    hidden: IGNORED,
    of(node) {
      const fate = model.fate(node);
      return isRisky(fate, look) ? RISKY : fate.statuses[look];
    },
  };
}

/** Files by the instruction that reads them. */
export function byInstruction(model, look) {
  const own = model.data.instructions.slice(0, HUES).map((one, i) => ({
    key: `hue${i}`,
    label: `Line ${one.line}: ${one.kind}`,
    help: `read by ${one.kind} ${one.text} in line ${one.line}`,
  }));
  const several = { key: "several", label: "Several", help: "read by several instructions, or by one further down" };
  const rest = STATUSES.slice(2, RISKY);
  return {
    categories: [...own, several, ...rest],
    hidden: own.length + 1 + IGNORED - 2,
    of(node) {
      const fate = model.fate(node);
      const status = fate.statuses[look];
      if (status > BUILD) return own.length + 1 + status - 2;
      const [first, ...more] = fate.readers;
      return more.length || first === undefined || first >= own.length ? own.length : first;
    },
  };
}
