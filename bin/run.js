// Runs a TypeScript entry point of the project: `node bin/run.js path/from/root.ts [arguments]`.
import "./require-node-24.js";

await import(new URL(`../${process.argv[2]}`, import.meta.url).href);
