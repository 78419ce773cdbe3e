import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const folder = new URL("../../src/music/providers/", import.meta.url);
const providers = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

/** Where a provider's own run of the suite is expected. */
const testOf = (name: string) => new URL(`providers-${name.replace(/^_/, "")}.test.ts`, import.meta.url);

describe("every provider", () => {
  it("is seen", () => {
    expect(providers).toEqual(expect.arrayContaining(["_template", "spotify"]));
  });

  it.each(providers)("%s passes the contract of all providers", (name) => {
    expect(existsSync(testOf(name)), `test/contract/providers-${name.replace(/^_/, "")}.test.ts is missing`).toBe(true);
    const test = readFileSync(testOf(name), "utf8");
    expect(test).toMatch(/^await providerSuite\(\{$/m);
    expect(test).not.toMatch(/\.(?:skip|only|todo)\b/);
    // It is this provider that the suite is given: its world, or the test itself, opens it.
    const opened = [...test.matchAll(/from "(\.\/[\w-]+\.ts)"/g)].map(([, file = ""]) =>
      readFileSync(new URL(file, import.meta.url), "utf8"),
    );
    expect([test, ...opened].join("\n")).toContain(`/src/music/providers/${name}/`);
  });

  it.each(providers)("%s says its limits", (name) => {
    const readme = new URL(`${name}/README.md`, folder);
    expect(existsSync(readme), `${name} has no README.md`).toBe(true);
    expect(readFileSync(readme, "utf8")).toMatch(/limit/i);
  });
});
