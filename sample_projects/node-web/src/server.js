import Fastify from "fastify";
import { greeting } from "./greeting.js";

const app = Fastify({ logger: true });
app.get("/", async () => ({ message: greeting() }));
app.listen({ port: 3000, host: "0.0.0.0" });
