export function order(number) {
  return { number, state: "open" };
}
