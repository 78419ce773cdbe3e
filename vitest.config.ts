import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/bench/**", "node_modules/**"],
    pool: "forks",
    setupFiles: ["test/support/no-network.ts"],
    reporters: ["default", "./test/support/reporter.ts"],
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
