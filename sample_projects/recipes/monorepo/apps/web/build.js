import { mkdirSync, writeFileSync } from "node:fs";
import { euros } from "../../packages/money/index.js";

const dist = new URL("./dist/", import.meta.url);
mkdirSync(dist, { recursive: true });
writeFileSync(new URL("index.html", dist), `<p>${euros(1250)}</p>\n`);
