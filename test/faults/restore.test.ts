import { spawn } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { lockDataDir } from "../../src/store/lock.ts";
import { openStore } from "../../src/store/open.ts";
import { requireSound } from "../../src/store/sql/backup.ts";
import { root } from "../house/source.ts";
import { silentLog } from "../support/log.ts";
import { createPrograms, type Ended, type Programs } from "../support/program.ts";

const withinMs = 120_000;
const dying = pathToFileURL(join(import.meta.dirname, "die-at.ts")).href;

let programs: Programs;
let folder: string;
let copy: string;
beforeEach(async () => {
  programs = createPrograms("restore");
  folder = join(programs.folder, "data", "rehearsal");
  copy = join(programs.folder, "copy.sqlite");
  const store = await openStore({
    url: `sqlite:${join(folder, "segue.db")}`,
    clock: systemClock,
    log: silentLog,
  });
  for (let at = 0; at < 40; at++) await store.settings.put(`owner ${at}`, "much", "x".repeat(10_000));
  await store.close();
});
afterEach(() => programs.close());

const elsewhere = () => join(programs.folder, "restored");
const database = () => join(elsewhere(), "rehearsal", "segue.db");
const segue = (args: string[], env: Record<string, string> = {}, nodeArgs: string[] = []) =>
  programs.segue(args, env, nodeArgs).ended;
const restore = (path = copy, env: Record<string, string> = {}, nodeArgs: string[] = []) =>
  segue(["restore", path], { DATA_DIR: elsewhere(), ...env }, nodeArgs);

/** With room for files of so many kilobytes, and no more. */
function cramped(kilobytes: number, args: string[], dataDir: string): Promise<Ended> {
  const line = `ulimit -f ${kilobytes}; exec "$0" "$@"`;
  const child = spawn("bash", ["-c", line, process.execPath, join(root, "bin/segue.js"), ...args], {
    cwd: programs.folder,
    env: { PATH: process.env.PATH ?? "", HOME: programs.folder, PORT: "0", DATA_DIR: dataDir },
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    err += chunk.toString();
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, out, err })));
}

function muchIn(path: string): unknown {
  const file = new DatabaseSync(path, { readOnly: true });
  try {
    return file.prepare("select count(*) as many from settings where name = 'much'").get()?.many;
  } finally {
    file.close();
  }
}

describe("a copy that is cut off", () => {
  it.each([0, 50, 4_096, 0.5, 0.99])(
    "at %s is refused, and nothing is put in its place",
    async (at) => {
      await segue(["backup", copy]);
      const { size } = statSync(copy);
      truncateSync(copy, at < 1 && at > 0 ? Math.floor(size * at) : at);
      const { code, err } = await restore();
      expect(err).toMatch(/copy\.sqlite is not a sound database of Segue\.\n$/);
      expect(code).toBe(1);
      expect(existsSync(database())).toBe(false);
      expect(existsSync(`${database()}.part`)).toBe(false);
    },
    withinMs,
  );
});

describe("a disk that fills up", () => {
  it(
    "in the middle of a backup is told of, leaves nothing of it, and the database as it was",
    async () => {
      const { code, err } = await cramped(200, ["backup", copy], join(programs.folder, "data"));
      expect(err).toMatch(
        /^The database could not be copied to \S+copy\.sqlite: check the folder, its owner and the disk\.\n$/,
      );
      expect(code).toBe(1);
      expect(readdirSync(programs.folder).filter((name) => name.startsWith("copy"))).toEqual([]);
      expect(muchIn(join(folder, "segue.db"))).toBe(40);
      expect((await segue(["backup", copy])).code).toBe(0);
    },
    withinMs,
  );

  it(
    "in the middle of a restore is told of, and the next try finishes",
    async () => {
      await segue(["backup", copy]);
      const { code, err } = await cramped(200, ["restore", copy], elsewhere());
      expect(err).toMatch(
        /^The database could not be copied to \S+segue\.db: check the folder, its owner and the disk\.\n$/,
      );
      expect(code).toBe(1);
      expect(existsSync(database())).toBe(false);
      expect(existsSync(`${database()}.part`)).toBe(false);
      expect(await restore()).toMatchObject({ code: 0, err: "" });
      expect(muchIn(database())).toBe(40);
    },
    withinMs,
  );
});

describe("a restore that is killed", () => {
  it.each([
    ["halfway copyFileSync", "segue\\.db\\.part$"],
    ["after copyFileSync", "segue\\.db\\.part$"],
    ["after chmodSync", "segue\\.db\\.part$"],
    ["before renameSync", "segue\\.db$"],
  ])(
    "%s leaves no database, and the next try finishes",
    async (moment, on) => {
      await segue(["backup", copy]);
      const dead = await restore(copy, { DIE_AT: moment, DIE_ON: on }, ["--import", dying]);
      expect(dead.code).toBeNull();
      expect(existsSync(database())).toBe(false);
      expect(await restore()).toMatchObject({ code: 0, err: "" });
      expect(requireSound(database()).length).toBeGreaterThan(5);
      expect(muchIn(database())).toBe(40);
      expect(readdirSync(join(elsewhere(), "rehearsal")).filter((name) => name.includes("part"))).toEqual([]);
    },
    withinMs,
  );

  it(
    "in the midst of a write leaves a journal, which is not laid over the next try's copy",
    async () => {
      await segue(["backup", copy]);
      const first = join(programs.folder, "first.sqlite");
      const dead = new DatabaseSync(first);
      dead.exec("pragma cache_size = 2; create table t(x)");
      const insert = dead.prepare("insert into t values (?)");
      for (let row = 0; row < 50; row++) insert.run("y".repeat(3_000));
      dead.exec("begin; update t set x = x || 'z'");
      mkdirSync(join(elsewhere(), "rehearsal"), { recursive: true });
      copyFileSync(first, `${database()}.part`);
      copyFileSync(`${first}-journal`, `${database()}.part-journal`);
      dead.close();
      expect(await restore()).toMatchObject({ code: 0, err: "" });
      expect(muchIn(database())).toBe(40);
      expect(readdirSync(join(elsewhere(), "rehearsal")).filter((name) => name.includes("part"))).toEqual([]);
    },
    withinMs,
  );

  it(
    "once it has its name is whole, and the next try says that it is there",
    async () => {
      await segue(["backup", copy]);
      const dead = await restore(copy, { DIE_AT: "after renameSync", DIE_ON: "segue\\.db$" }, ["--import", dying]);
      expect(dead.code).toBeNull();
      expect(muchIn(database())).toBe(40);
      const again = await restore();
      expect(again.err).toMatch(/segue\.db is there already: move the old database away first/);
      expect(again.code).toBe(1);
      expect(muchIn(database())).toBe(40);
    },
    withinMs,
  );
});

describe("a restore beside a Segue that runs", () => {
  it(
    "is refused, and changes nothing",
    async () => {
      await segue(["backup", copy]);
      const lock = lockDataDir(join(elsewhere(), "rehearsal"));
      try {
        const { code, err } = await restore();
        expect(err).toMatch(
          /^Another Segue \(process \d+\) is using \S+\. Stop it first, or choose another DATA_DIR\.\n$/,
        );
        expect(code).toBe(1);
        expect(existsSync(database())).toBe(false);
      } finally {
        lock.release();
      }
      expect((await restore()).code).toBe(0);
    },
    withinMs,
  );
});

describe("a file that is no copy, or is not there", () => {
  it(
    "is refused, and left as it is",
    async () => {
      const other = join(programs.folder, "other.txt");
      writeFileSync(other, "precious");
      const { code, err } = await restore(other);
      expect(err).toMatch(/other\.txt is not a sound database of Segue/);
      expect(code).toBe(1);
      expect(readFileSync(other, "utf8")).toBe("precious");
      const missing = join(programs.folder, "nowhere.sqlite");
      expect(await restore(missing)).toMatchObject({ code: 1, err: expect.stringContaining("nowhere.sqlite") });
      expect(existsSync(missing)).toBe(false);
    },
    withinMs,
  );
});
