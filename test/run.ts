import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

// npm test [-- vitest arguments]. One place, so that `npm test` and `.ci/run` cannot drift apart.
const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
const run = spawnSync(process.execPath, [vitest, "run", ...process.argv.slice(3)], { stdio: "inherit" });
process.exit(run.status ?? 1);
