import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { listenerOf } from "../../src/contracts/listening.ts";
import type { Store } from "../../src/contracts/store.ts";
import { lockDataDir } from "../../src/store/lock.ts";
import { openStore } from "../../src/store/open.ts";
import { root } from "../house/source.ts";
import { extendedRows } from "../support/listening-files.ts";
import { silentLog as log } from "../support/log.ts";

/** `segue import` and `segue export` as people type them. */
let folder: string;
const running = new Set<ChildProcess>();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "segue-files-"));
});
afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

const dataDir = () => join(folder, "data", "rehearsal");
async function withStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore({ url: `sqlite:${join(dataDir(), "segue.db")}`, clock: systemClock, log });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
const person = (name: string) =>
  withStore(async ({ people }) => (await people.ensure({ platform: "web", tenant: "", id: name }, name, 1)).id);
const imported = (personId: string) => withStore(({ imports }) => imports.of(listenerOf.person(personId)));

function segue(...args: string[]) {
  const child = spawn(process.execPath, [join(root, "bin/segue.js"), ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? "", HOME: folder, DATA_DIR: join(folder, "data") },
  });
  running.add(child);
  let [out, err] = ["", ""];
  child.stdout.on("data", (text: Buffer) => {
    out += text;
  });
  child.stderr.on("data", (text: Buffer) => {
    err += text;
  });
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    child.on("close", (code) => {
      running.delete(child);
      resolve({ code, out, err });
    });
  });
  return { child, ended };
}

function history(rows: number): string {
  const path = join(folder, "Streaming_History_Audio_2023_0.json");
  writeFileSync(path, JSON.stringify(extendedRows(rows)));
  return path;
}

describe("files of history on the command line", () => {
  it("are imported with a table that adds up, and written out and imported again", async () => {
    await person("Anna");
    const path = history(1_500);
    const { code, out, err } = await segue("import", path).ended;
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^Imported, [\d.]+ s\.\n {2}read +1,500\n {2}kept +1,500\n/);
    expect(out).toContain("Streaming_History_Audio_2023_0.json: 1,500 rows (spotify-extended)");

    const lines = join(folder, "mine.jsonl");
    const table = join(folder, "mine.csv");
    expect(await segue("export", "--out", lines).ended).toMatchObject({ code: 0, err: `1,500 plays in ${lines}\n` });
    // That it was exported is an act, too, which the next one tells of.
    const withoutActs = (text: string) => text.split("\n").filter((line) => !line.startsWith('{"about":"act"'));
    const printed = (await segue("export", "--format", "jsonl").ended).out;
    expect(withoutActs(printed)).toEqual(withoutActs(readFileSync(lines, "utf8")));
    expect((await segue("export", "--out", table).ended).code).toBe(0);
    expect(readFileSync(table, "utf8").split("\n", 1)[0]).toMatch(/^started_at,ended_at,/);
    const nowhere = await segue("export", "--out", join(folder, "nowhere", "x.csv")).ended;
    expect(nowhere).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^\S+x\.csv cannot be written: ENOENT[^\n]*\n$/),
    });
    const enough = segue("export");
    enough.child.stdout.once("data", () => enough.child.stdout.destroy());
    expect(await enough.ended).toMatchObject({ code: 0, err: "" });
    for (const file of [lines, table])
      expect((await segue("import", file).ended).out).toMatch(/ {2}kept +0\n.*\n {2}known already +1,500\n/);
    const kept = readFileSync(lines, "utf8");
    const again = await segue("export", "--out", lines, "--format", "csv").ended;
    expect(again).toMatchObject({ code: 1, err: expect.stringMatching(/is there already: .* add --force/) });
    expect(readFileSync(lines, "utf8")).toBe(kept);
    expect((await segue("export", "--out", lines, "--force").ended).code).toBe(0);
    const other = join(folder, "package.json");
    writeFileSync(other, '{"name":"other"}');
    expect(await segue("import", other).ended).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^Nothing imported: no listening was found, /),
    });
  });

  it("lose and double nothing when the import is killed, wherever it is", async () => {
    const id = await person("Anna");
    const path = history(20_000);
    let kills = 0;
    for (let wanted = 1; wanted <= 12_000; wanted += 5_000) {
      const { child, ended } = segue("import", path);
      while (((await imported(id))[0]?.counts.read ?? 0) < wanted && child.exitCode === null)
        await new Promise<void>((resolve) => setImmediate(resolve));
      if (child.kill("SIGKILL")) kills++;
      await ended;
    }
    expect(kills).toBe(3);
    const [killed] = await imported(id);
    expect(killed?.status).toBe("running");
    expect(killed?.counts.read).toBeLessThan(20_000);
    const { code } = await segue("import", path).ended;
    expect(code).toBe(0);
    const [row] = await imported(id);
    expect(row).toMatchObject({ status: "done", counts: { read: 20_000, failed: 0, skipped: {} } });
    expect((row?.counts.kept ?? 0) + (row?.counts.duplicate ?? 0)).toBe(20_000);
    const lines = (await segue("export").ended).out.trim().split("\n");
    expect(lines.filter((line) => !line.startsWith('{"about":'))).toHaveLength(20_000);
  }, 120_000);

  it("are refused while another Segue has the data", async () => {
    await person("Anna");
    const lock = lockDataDir(dataDir());
    try {
      for (const args of [["import", history(1)], ["export"]]) {
        const { code, err } = await segue(...args).ended;
        expect(err).toMatch(/^Another Segue \(process \d+\) is using .*\n$/);
        expect(code).toBe(1);
      }
    } finally {
      lock.release();
    }
  });

  it("are somebody's, whom it must be told where there are several", async () => {
    const path = history(2);
    expect((await segue("import", path).ended).err).toMatch(/--person/);
    const [anna, ben] = [await person("Anna"), await person("Ben")];
    expect((await segue("import", path).ended).err).toMatch(/--person/);
    expect((await segue("import", path, "--person", "Zoe").ended).err).toBe(
      'Nobody is called "Zoe". People are known once they have written to Segue.\n',
    );
    expect((await segue("import", path, "--person", "ben").ended).code).toBe(0);
    expect((await segue("import", path, "--person", anna).ended).code).toBe(0);
    expect([(await imported(anna)).length, (await imported(ben)).length]).toEqual([1, 1]);
  });

  it.each([
    ["nothing", ["import"], /needs one PATH/],
    ["too much", ["import", "a", "b"], /needs one PATH/],
    ["an unknown option", ["import", "a", "--fast"], /--fast/],
    [
      "an unknown format",
      ["import", "a", "--format", "scrolls"],
      /There is no format "scrolls"; there is: segue, spotify-extended/,
    ],
    [
      "a path that is not there",
      ["import", "/nowhere/at/all", "--person", "Anna"],
      /\/nowhere\/at\/all cannot be read/,
    ],
    ["an unknown form", ["export", "--format", "xml"], /There is no format "xml"; there is: jsonl, csv/],
    [
      "a place where nothing can be written",
      ["export", "--out", "/nowhere/x.csv"],
      /\/nowhere\/x\.csv cannot be written/,
    ],
  ])("say in one line what is wrong with %s", async (_what, args, message) => {
    await person("Anna");
    const { code, err } = await segue(...args).ended;
    expect(err).toMatch(message);
    expect(err.trim().split("\n")).toHaveLength(1);
    expect(code).toBe(1);
  });

  it("say of a file that holds no listening that it does not", async () => {
    await person("Anna");
    const path = join(folder, "Userdata.json");
    writeFileSync(path, '{"email":"anna@example.org"}');
    const { code, out } = await segue("import", path).ended;
    expect(out).toContain("Userdata.json: holds no listening that Segue knows");
    expect(code).toBe(1);
  });
});
