import assert from "node:assert/strict";
import test from "node:test";
import { price } from "../lib/price.js";

test("a price in euros", () => assert.equal(price(1250), "12.50 €"));
