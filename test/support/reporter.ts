import type { Reporter, TestModule } from "vitest/node";

/**
 * Closes the run with what counts: every test that was not run, by name, and one line `N passed, M failed, K skipped`.
 * With REQUIRE_ALL=1 a test that was not run fails the run.
 */
export default class ClosingReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandled.length;
    const notRun: string[] = [];
    for (const module of modules) {
      if (module.errors().length > 0) failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") passed += 1;
        else if (state === "failed") failed += 1;
        else notRun.push(`${module.relativeModuleId} > ${test.fullName}`);
      }
    }
    const lines = notRun.map((name) => `not run: ${name}`);
    if (notRun.length > 0 && process.env.REQUIRE_ALL === "1") {
      lines.push("REQUIRE_ALL=1: a test that was not run counts as failed.");
      failed += notRun.length;
      process.exitCode = 1;
    }
    lines.push(`${passed} passed, ${failed} failed${notRun.length > 0 ? `, ${notRun.length} skipped` : ""}`);
    // The default reporter writes its summary after this hook; ours must be the last line.
    process.on("exit", () => process.stdout.write(`\n${lines.join("\n")}\n`));
  }
}
