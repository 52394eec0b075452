import { euros } from "../../packages/money/index.js";

console.log(euros(1250));
