// Bundles the page: `node build.mjs DESTINATION` writes what is embedded there, and the hashes of all of it.

import { createHash } from "node:crypto";
import { build } from "esbuild";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const destination = process.argv[2];
const bundled = ["d3-hierarchy"];
const targets = ["chrome123", "firefox120", "safari17.5"];

const licenses = [];
for (const name of bundled) {
  const directory = join("node_modules", name);
  const { version } = JSON.parse(await readFile(join(directory, "package.json"), "utf8"));
  licenses.push(`Contains ${name} ${version}.\n\n${await readFile(join(directory, "LICENSE"), "utf8")}`);
}
const notice = licenses.join("\n");
await writeFile(join(destination, "LICENSES.txt"), notice);

const common = { bundle: true, minify: true, charset: "utf8", target: targets, outdir: destination };
await build({ ...common, entryPoints: { page: "main.js" }, format: "iife", banner: { js: `/*\n${notice}*/` } });
await build({ ...common, entryPoints: { page: "page.css" } });

// The form is that of sha256sum, so that a change of a source without a new bundle is seen.
const sources = (await readdir(".")).filter((name) => name !== "node_modules").sort();
const files = [
  ...sources.map((name) => [name, `src/${name}`]),
  ...["LICENSES.txt", "page.css", "page.js"].map((name) => [join(destination, name), `assets/${name}`]),
];
let sums = "";
for (const [path, name] of files) {
  sums += `${createHash("sha256").update(await readFile(path)).digest("hex")}  ${name}\n`;
}
await writeFile(join(destination, "SHA256SUMS"), sums);
