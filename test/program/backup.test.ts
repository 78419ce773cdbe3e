import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import type { Store } from "../../src/contracts/store.ts";
import { lockDataDir } from "../../src/store/lock.ts";
import { openStore } from "../../src/store/open.ts";
import { requireSound } from "../../src/store/sql/backup.ts";
import { incoming } from "../contract/store-rows.ts";
import { extendedRows } from "../support/listening-files.ts";
import { silentLog as log } from "../support/log.ts";
import { createPrograms, type Programs } from "../support/program.ts";

let programs: Programs;
let dataDir: string;
const closing: (() => void | Promise<void>)[] = [];
beforeEach(() => {
  programs = createPrograms("backup");
  dataDir = join(programs.folder, "data", "rehearsal");
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  programs.close();
});

async function open(dir = dataDir): Promise<Store> {
  const store = await openStore({ url: `sqlite:${join(dir, "segue.db")}`, clock: systemClock, log });
  closing.push(() => store.close());
  return store;
}
const elsewhere = () => ({ DATA_DIR: join(programs.folder, "restored") });
const restored = () => join(programs.folder, "restored", "rehearsal");
const segue = (args: string[], env?: Record<string, string>) => programs.segue(args, env).ended;
const put = (store: Store, key: string) =>
  store.outbox.put({ key, platform: "web", body: { place: { platform: "web", tenant: "", id: "room" } }, dueAt: 0 });

describe("segue backup and restore", () => {
  it("copy what is there while it is written to, and give the same history back", { timeout: 120_000 }, async () => {
    const first = await open();
    const { id } = await first.people.ensure({ platform: "web", tenant: "", id: "anna" }, "Anna", 1);
    const file = join(programs.folder, "Streaming_History_Audio_2023_0.json");
    writeFileSync(file, JSON.stringify(extendedRows(2_000)));
    expect((await segue(["import", file, "--person", id])).code).toBe(0);
    const { out: history } = await segue(["export", "--person", id]);
    expect(history.trim().split("\n").length).toBeGreaterThan(1_500);

    // As a Segue that runs has it: the folder is held, and rows come in without a pause.
    const lock = lockDataDir(dataDir);
    closing.push(() => lock.release());
    let writes = 0;
    let stop = false;
    const writing = (async () => {
      while (!stop) {
        await put(first, `post-${writes}`);
        await first.events.accept(incoming(`event-${writes}`), { untilAt: 1, owner: "o" });
        writes += 1;
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    const timer = (owner: string, dueAt: number) => first.timers.put({ name: "music.sleep", owner, dueAt, data: {} });
    await timer("over", systemClock.now());
    await timer("to come", systemClock.now() + 3_600_000);
    const copy = join(programs.folder, "copy.sqlite");
    const before = writes;
    const { code, out, err } = await segue(["backup", copy]);
    const after = writes;
    stop = true;
    await writing;
    expect(err).toBe("");
    expect(code).toBe(0);
    expect(out).toMatch(/copy\.sqlite: [\d,]+ kB, 1 people, found sound\.\n.*keys are not in it/);
    expect(after).toBeGreaterThan(before + 10);
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    expect(existsSync(`${copy}.part`)).toBe(false);

    const { out: told, code: well, err: fault } = await segue(["restore", copy], elsewhere());
    expect(fault).toBe("");
    expect(told).toMatch(/neither posted nor done again/);
    expect(well).toBe(0);
    // That it was exported and backed up are acts, too.
    const withoutActs = (text: string) => text.split("\n").filter((line) => !line.startsWith('{"about":"act"'));
    const heard = (await segue(["export", "--person", id], elsewhere())).out;
    expect(withoutActs(heard)).toEqual(withoutActs(history));
    const second = await open(restored());
    // Each of the two is written in turn, so that a copy of one moment holds as many of one as of the other.
    const given = await second.outbox.count("dead");
    expect(given).toBeGreaterThanOrEqual(before);
    expect(given).toBeLessThanOrEqual(after);
    expect(await second.outbox.count("waiting")).toBe(0);
    const timers = ["over", "to come"].map((owner) => second.timers.get("music.sleep", owner));
    expect((await Promise.all(timers)).map((row) => row?.owner)).toEqual([undefined, "to come"]);
    expect(await second.events.takeAbandoned(systemClock.now(), { untilAt: 1, owner: "o" }, 10_000)).toEqual([]);
    expect((await second.events.find("web", `event-${given - 2}`))?.finished).toBe(true);
    expect(await second.events.find("web", `event-${given}`)).toBeUndefined();
  });

  it("never take the place of anything, and leave nothing half done", { timeout: 120_000 }, async () => {
    await open();
    const copy = join(programs.folder, "copy.sqlite");
    writeFileSync(copy, "precious");
    const taken = await segue(["backup", copy]);
    expect([taken.code, taken.err]).toEqual([1, `${copy} is there already, and is left as it is.\n`]);
    expect(readFileSync(copy, "utf8")).toBe("precious");
    const into = join(programs.folder, "usb");
    mkdirSync(into);
    const { out } = await segue(["backup", into]);
    const made = /^(\S+segue-\d{8}T\d{9}Z\.sqlite): /.exec(out)?.[1] ?? "";
    expect(requireSound(made).length).toBeGreaterThan(5);

    const there = await segue(["restore", made]);
    expect(there.err).toMatch(/segue\.db is there already: move the old database away first/);
    expect(there.code).toBe(1);
    expect((await segue(["restore", copy], elsewhere())).err).toMatch(/is not a sound database of Segue/);
    const damaged = join(programs.folder, "damaged.sqlite");
    const bytes = readFileSync(made);
    bytes.fill(0x5a, 8_192, 40_960);
    writeFileSync(damaged, bytes);
    expect((await segue(["restore", damaged], elsewhere())).err).toMatch(/is not a sound database of Segue/);
    const newer = join(programs.folder, "newer.sqlite");
    copyFileSync(made, newer);
    const database = new DatabaseSync(newer);
    database.exec("insert into migrations values ('999-later', 1)");
    database.close();
    expect((await segue(["restore", newer], elsewhere())).err).toMatch(/written by a newer version.*999-later/);
    expect(existsSync(join(restored(), "segue.db"))).toBe(false);
    // What an old database left beside it would be laid over the copy.
    writeFileSync(join(restored(), "segue.db-wal"), "");
    expect((await segue(["restore", made], elsewhere())).err).toMatch(/segue\.db-wal is there already/);
    rmSync(join(restored(), "segue.db-wal"));
    // As a start that failed leaves it: there is nothing in it to lose.
    writeFileSync(join(restored(), "segue.db"), "");
    expect(await segue(["restore", made], elsewhere())).toMatchObject({ code: 0, err: "" });
    expect(requireSound(join(restored(), "segue.db")).length).toBeGreaterThan(5);
  });

  it("says what PostgreSQL has for it", async () => {
    const env = { DATABASE_URL: "postgres://u:p4ssw0rd@127.0.0.1:1/x" };
    const { code, err } = await segue(["backup", "x"], env);
    expect(err).toMatch(/PostgreSQL's.*pg_dump/);
    expect(err).not.toContain("p4ssw0rd");
    expect(code).toBe(1);
  });
});
