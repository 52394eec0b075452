import { price } from "../lib/price";

export default function Page() {
  return <p>{price(1250)}</p>;
}
