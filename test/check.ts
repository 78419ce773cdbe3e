import { spawn } from "node:child_process";
import { join } from "node:path";

/** `npm run check`: types, lint and format, unused code. Dependency rules are a test (test/house/walls.test.ts), run here too. */
const bin = (name: string) => join(import.meta.dirname, "..", "node_modules", ".bin", name);
const steps: [name: string, command: string, args: string[]][] = [
  ["types", bin("tsc"), ["--noEmit", "-p", "."]],
  ["types of browser tests", bin("tsc"), ["--noEmit", "-p", "test/browser"]],
  ["types in the browser", bin("tsc"), ["--noEmit", "-p", "adapters/web/browser"]],
  ["lint and format", bin("biome"), ["check", "--error-on-warnings", "."]],
  ["unused code", bin("knip"), []],
  ["house rules", process.execPath, [bin("vitest"), "run", "test/house"]],
];

let failed = 0;
for (const [name, command, args] of steps) {
  const code = await new Promise<number>((resolve) => {
    spawn(command, args, { stdio: "inherit" }).on("close", (status) => resolve(status ?? 1));
  });
  process.stdout.write(`${code === 0 ? "ok    " : "FAILED"} ${name}\n`);
  if (code !== 0) failed += 1;
}
process.exit(failed === 0 ? 0 : 1);
