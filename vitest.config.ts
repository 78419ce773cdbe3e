import { statfsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** Databases of tests live in memory where there is room for them: what is tested is not the disk. */
function memoryFolder(): Record<string, string> {
  try {
    const { bavail, bsize } = statfsSync("/dev/shm");
    return bavail * bsize > 2e9 ? { TMPDIR: "/dev/shm" } : {};
  } catch {
    return {};
  }
}

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/bench/**", "node_modules/**"],
    pool: "forks",
    // Left alone, one core is spared, which is half of a small machine.
    maxWorkers: availableParallelism(),
    setupFiles: ["test/support/no-network.ts"],
    reporters: ["default", "./test/support/reporter.ts"],
    env: memoryFolder(),
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
