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
  "adapters/shared": [],
  "adapters/*": ["adapters/shared"],
  accounts: ["store", "jobs", "net"],
  listening: ["store", "jobs", "net"],
  web: ["core", "accounts", "listening"],
  net: ["store"],
  jobs: ["store"],
  store: [],
  tools: [],
  doctor: [],
  setup: [],
  rehearsal: [],
};
/** Small things that every room may use, and that know nothing but contracts. */
const leaves = ["src/safe-file.ts", "src/steady.ts", "src/trace.ts", "src/within.ts"];
/** Only the composition root and the command line stand outside the rooms. */
const roots = ["src/main.ts", "src/cli.ts", "src/config.ts", "src/log.ts", "src/clock.ts", "src/metrics.ts"];
const isRoot = (path: string) => roots.includes(path) || path.startsWith("src/main/");

function brokenWalls(files: { path: string; text: string }[]): string[] {
  return files.flatMap((file) => {
    const room = roomOf(file.path);
    if (isRoot(file.path)) return [];
    const leaf = leaves.includes(file.path);
    const rule = leaf ? [] : (allowed[room] ?? allowed[room.replace(/\/[^/]+$/, "/*")]);
    if (!rule) return [`${file.path} stands in a room without a rule`];
    return importsOf(file).flatMap((target) => {
      const ours = /^(src|skills|adapters|locales)\//.test(target);
      if (!ours)
        return room === "contracts" && target !== "zod" && !target.startsWith("node:")
          ? [`${file.path} imports ${target}`]
          : [];
      const to = roomOf(target);
      const small = leaves.includes(target) && !leaf && room !== "contracts";
      const free = small || to === room || to === "contracts" || target.startsWith("locales/") || rule.includes(to);
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
    expect(brokenWalls([file("src/contracts/x.ts", 'import { y } from "../within.ts";')])).toHaveLength(1);
    expect(brokenWalls([file("src/safe-file.ts", 'import { y } from "./within.ts";')])).toHaveLength(1);
    expect(brokenWalls([file("src/trace.ts", 'import { y } from "./core/bot.ts";')])).toHaveLength(1);
    expect(brokenWalls([file("src/core/x.ts", 'import { y } from "../within.ts";')])).toEqual([]);
    expect(brokenWalls([file("src/music/providers/a/x.ts", 'import { y } from "../../../net/http.ts";')])).toEqual([]);
  });
});

describe("names of platforms and providers", () => {
  const names = ["spotify", "mpd", "discord", "slack", "telegram", "listenbrainz", "lastfm"];
  /** The composition root, settings, the false service, the command line. */
  const knowsAll = (path: string) => isRoot(path) || path.startsWith("src/rehearsal/");
  /** Files that people bring are of the services that wrote them. */
  const formats = "src/listening/import/formats/";
  const ownFolder = (path: string, name: string) =>
    path.startsWith(`src/music/providers/${name}/`) ||
    path.startsWith(`adapters/${name}/`) ||
    path.startsWith(`src/listening/diaries/${name}/`) ||
    path.startsWith(formats);
  const comment = /^\s*(\*|\/\/|\/\*)/;

  /** A long name in any spelling, and inside other words too; a short one where it is a word or a part of a joined one. */
  function namesIn(text: string, name: string): boolean {
    if (name.length > 4) return text.toLowerCase().includes(name);
    const upper = name.toUpperCase();
    const capital = upper.charAt(0) + name.slice(1);
    return [`(?<![A-Za-z])${name}(?![a-z])`, `${capital}(?![a-z])`, `(?<![A-Z])${upper}(?![A-Z])`].some((form) =>
      new RegExp(form).test(text),
    );
  }

  function strays(files: { path: string; text: string }[]): string[] {
    return files
      .filter(({ path }) => !knowsAll(path))
      .flatMap(({ path, text }) =>
        names
          .filter((name) => !ownFolder(path, name))
          .flatMap((name) => [
            ...(namesIn(path, name) ? [`${path} is called ${name}`] : []),
            ...text
              .split("\n")
              .flatMap((line, index) =>
                !comment.test(line) && namesIn(line, name) ? [`${path}:${index + 1} names ${name}`] : [],
              ),
          ]),
      );
  }

  it("stay in their own folders", () => {
    expect(strays(sourceFiles())).toEqual([]);
  });

  it("are looked for in every room", () => {
    const rooms = new Set(sourceFiles().map(({ path }) => roomOf(path)));
    for (const room of ["contracts", "core", "skills", "language", "music", "accounts", "net", "jobs", "store", "web"])
      expect(rooms).toContain(room);
    for (const room of ["adapters/web", "adapters/terminal"]) expect(rooms).toContain(room);
  });

  it("would be seen in any spelling", () => {
    const rooms = ["src/core/x.ts", "src/contracts/x.ts", "skills/x.ts", "src/language/x.ts", "src/web/x.ts"];
    for (const path of [...rooms, "src/music/x.ts", "adapters/web/x.ts", "src/music/providers/other/x.ts"])
      for (const name of names) {
        const [upper, capital] = [name.toUpperCase(), name.charAt(0).toUpperCase() + name.slice(1)];
        for (const line of [
          `if (id === "${name}")`,
          `"${upper}"`,
          `is${capital}`,
          `${name}State()`,
          `env.${upper}_URL`,
        ])
          expect(strays([{ path, text: line }]), `${path}: ${line}`).toEqual([`${path}:1 names ${name}`]);
      }
    expect(strays([{ path: "skills/mpd.ts", text: "" }])).toEqual(["skills/mpd.ts is called mpd"]);
    expect(strays([{ path: "src/core/mpd/x.ts", text: 'const id = "mpd";' }])).toHaveLength(2);
    expect(strays([{ path: "src/core/x.ts", text: "const dampdeck = tempdir;" }])).toEqual([]);
    expect(strays([{ path: "src/music/providers/mpd/x.ts", text: 'const id = "mpd";' }])).toEqual([]);
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
