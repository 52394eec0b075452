// Sizes and counts, written as the rest of ctxopt writes them.

const UNITS = ["kB", "MB", "GB", "TB"];

/** Bytes in decimal units, as Docker prints them. */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(value >= 99.95 ? 0 : 1)} ${UNITS[unit]}`;
}

export function count(number) {
  return number.toLocaleString("en-US");
}

export function files(number) {
  return `${count(number)} ${number === 1 ? "file" : "files"}`;
}

export function share(part, whole) {
  if (!whole) return "0\u00a0%";
  const percent = (100 * part) / whole;
  if (percent > 0 && percent < 0.1) return "<\u00a00.1\u00a0%";
  if (percent < 100 && percent > 99.9) return ">\u00a099.9\u00a0%";
  const exact = (percent < 10 || percent > 99) && percent !== 100;
  return `${percent.toFixed(exact ? 1 : 0)}\u00a0%`;
}
