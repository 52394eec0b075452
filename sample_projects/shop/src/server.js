import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { order } from "./orders.js";

const page = new URL("../public/index.html", import.meta.url);

createServer(async (request, response) => {
  response.end(request.url === "/order" ? JSON.stringify(order(1)) : await readFile(page));
}).listen(process.env.PORT ?? 3000);
