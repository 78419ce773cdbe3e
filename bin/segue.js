#!/usr/bin/env node
import "./require-node-24.js";
import module from "node:module";
import { fileURLToPath } from "node:url";

// Compiled code and stripped types are kept between starts: a third off the start, and the stripper need not be loaded.
// Beside the code and not in the shared temporary folder, where anybody could lay something for us to run.
module.enableCompileCache(fileURLToPath(new URL("../node_modules/.cache/segue", import.meta.url)));

await import("../src/cli.ts");
