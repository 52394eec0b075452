import assert from "node:assert/strict";
import test from "node:test";
import { order } from "../src/orders.js";

test("an order is open at first", () => assert.equal(order(1).state, "open"));
