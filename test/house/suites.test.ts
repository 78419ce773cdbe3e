import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./source.ts";

const folders = (path: string) =>
  readdirSync(join(root, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("_"))
    .map((entry) => entry.name);

const testFiles = readdirSync(join(root, "test"), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".test.ts"))
  .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));

/** Whether a test file imports this implementation and hands it to the suite. */
function runs(suite: string, implementation: string): boolean {
  return testFiles.some((text) => text.includes(`${suite}(`) && text.includes(implementation));
}

describe("contract suites", () => {
  it.each(folders("adapters").filter((name) => name !== "shared"))("adapter %s runs the adapter suite", (name) => {
    expect(runs("adapterSuite", `adapters/${name}/`) || runs("adapterSuite", `support/${name}-chat.ts`)).toBe(true);
  });

  it.each(folders("src/music/providers"))("provider %s runs the provider suite", (name) => {
    expect(runs("providerSuite", name)).toBe(true);
  });

  it("would miss an adapter that runs none", () => {
    expect(runs("adapterSuite", "adapters/carrier-pigeon/")).toBe(false);
  });
});

describe("documentation", () => {
  const pages = [
    "README.md",
    "CHANGELOG.md",
    ...readdirSync(join(root, "docs"))
      .filter((name) => name.endsWith(".md"))
      .map((name) => `docs/${name}`),
  ];

  it.each(pages)("%s links only to what exists", (page) => {
    const text = readFileSync(join(root, page), "utf8");
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map((match) => match[1] ?? "");
    const missing = links.filter((link) => {
      try {
        readFileSync(join(root, page, "..", link));
        return false;
      } catch (error) {
        return (error as NodeJS.ErrnoException).code !== "EISDIR";
      }
    });
    expect(missing).toEqual([]);
  });
});
