import { describe, expect, it } from "vitest";
import { importsOf, roomOf, sourceFiles } from "./source.ts";

/** Who may import whom, beside itself and `contracts`. Rooms that are not named here may import nothing else. */
const allowed: Record<string, string[]> = {
  contracts: [],
  core: [],
  language: [],
  music: [],
  skills: [],
  "music/providers/*": ["net"],
  "adapters/*": [],
  accounts: ["store", "jobs", "net"],
  listening: ["store", "jobs", "net"],
  web: ["core", "accounts", "listening"],
  net: ["store"],
  jobs: ["store"],
  store: [],
  tools: [],
  rehearsal: [],
};
/** Only the composition root and the command line stand outside the rooms. */
const roots = ["src/main.ts", "src/cli.ts", "src/config.ts", "src/log.ts", "src/clock.ts", "src/metrics.ts"];

function brokenWalls(files: { path: string; text: string }[]): string[] {
  return files.flatMap((file) => {
    const room = roomOf(file.path);
    if (roots.includes(file.path)) return [];
    const rule = allowed[room] ?? allowed[room.replace(/\/[^/]+$/, "/*")];
    if (!rule) return [`${file.path} stands in a room without a rule`];
    return importsOf(file).flatMap((target) => {
      const ours = /^(src|skills|adapters|locales)\//.test(target);
      if (!ours)
        return room === "contracts" && target !== "zod" && !target.startsWith("node:")
          ? [`${file.path} imports ${target}`]
          : [];
      const to = roomOf(target);
      const free = to === room || to === "contracts" || target.startsWith("locales/") || rule.includes(to);
      return free ? [] : [`${file.path} imports ${target}`];
    });
  });
}

describe("walls between the rooms", () => {
  it("hold in every file", () => {
    expect(brokenWalls(sourceFiles())).toEqual([]);
  });

  it("would be seen broken", () => {
    const file = (path: string, text: string) => ({ path, text });
    expect(brokenWalls([file("skills/x.ts", 'import { a } from "../src/core/bot.ts";')])).toHaveLength(1);
    expect(brokenWalls([file("src/music/a.ts", 'const m = await import("../store/index.ts");')])).toHaveLength(1);
    expect(brokenWalls([file("src/music/providers/a/x.ts", 'import type { B } from "../b/y.ts";')])).toHaveLength(1);
    expect(brokenWalls([file("adapters/a/x.ts", 'export { b } from "../b/y.ts";')])).toHaveLength(1);
    expect(brokenWalls([file("src/contracts/x.ts", 'import axios from "axios";')])).toHaveLength(1);
    expect(brokenWalls([file("src/core/x.ts", 'import { y } from "../main.ts";')])).toHaveLength(1);
    expect(brokenWalls([file("src/music/providers/a/x.ts", 'import { y } from "../../../net/http.ts";')])).toEqual([]);
  });
});

describe("names of platforms and providers", () => {
  const names = ["spotify", "discord", "slack", "telegram"];
  /** Files that may name them: their own folders, the composition root, settings, the false service, the command line. */
  const free = (path: string, name: string) =>
    path.includes(`/${name}/`) || roots.includes(path) || path.startsWith("src/rehearsal/");

  it("stay in their own folders", () => {
    const strays = sourceFiles().flatMap((file) =>
      file.text
        .split("\n")
        .flatMap((line, index) =>
          names
            .filter(
              (name) => !free(file.path, name) && line.toLowerCase().includes(name) && !/^\s*(\*|\/\/|\/\*)/.test(line),
            )
            .map((name) => `${file.path}:${index + 1} names ${name}`),
        ),
    );
    expect(strays).toEqual([]);
  });
});

describe("time", () => {
  it("comes from the Clock alone", () => {
    const own = /\bDate\.now\(|\bnew Date\(\)|\bsetTimeout\(|\bsetInterval\(|performance\.now\(/;
    const strays = sourceFiles()
      .filter((file) => file.path !== "src/clock.ts" && !file.path.startsWith("adapters/web/browser/"))
      .flatMap((file) =>
        file.text
          .split("\n")
          .flatMap((line, index) =>
            own.test(line) && !/^\s*(\*|\/\/|\/\*)/.test(line) ? [`${file.path}:${index + 1}`] : [],
          ),
      );
    expect(strays).toEqual([]);
  });
});

describe("the environment", () => {
  it("is read in config.ts alone", () => {
    const strays = sourceFiles().filter((file) => file.path !== "src/config.ts" && /process\.env\b/.test(file.text));
    expect(strays.map((file) => file.path)).toEqual([]);
  });
});
