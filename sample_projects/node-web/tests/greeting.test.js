import test from "node:test";
import assert from "node:assert";
import { greeting } from "../src/greeting.js";

test("greets", () => assert.equal(greeting(), "hello"));
