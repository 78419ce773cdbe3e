import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type CacheOptions, openCache, type PersistentCache } from "../../src/store/kv/cache.ts";
import { createFakeClock, type FakeClock } from "../fakes/clock.ts";
import { capturedLog } from "../support/log.ts";

describe("the cache", () => {
  let folder: string;
  let file: string;
  let clock: FakeClock;
  let cache: PersistentCache;
  let lines: string[];

  async function open(more: Partial<CacheOptions> = {}): Promise<PersistentCache> {
    const { log, lines: captured } = capturedLog();
    lines = captured;
    return openCache({ file, clock, log, ...more });
  }
  /** Forgets the front, as a restart does. */
  async function reopen(more: Partial<CacheOptions> = {}): Promise<void> {
    await cache.close();
    cache = await open(more);
  }
  function rows(): number {
    const reader = new DatabaseSync(file, { readOnly: true });
    const { n } = reader.prepare("select count(*) as n from keyv").get() as { n: number };
    reader.close();
    return n;
  }

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "segue-cache-"));
    file = join(folder, "sub", "cache.sqlite");
    clock = createFakeClock();
    cache = await open();
  });
  afterEach(async () => {
    await cache.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("forgets all that has somebody in its key, in memory and on disk, and nobody else's", async () => {
    for (const key of ["talk:ada_1:hall", "music.why:ada_1", "talk:adax1:hall", "talk:ben:hall"])
      await cache.set(key, key, 60_000);
    await reopen();
    await cache.get("music.why:ada_1");
    await cache.set("late:ada_1", "not on disk yet", 60_000);
    await cache.forget("ada_1");
    for (const again of [false, true]) {
      if (again) await reopen();
      expect(await cache.get("talk:ada_1:hall")).toBeUndefined();
      expect(await cache.get("music.why:ada_1")).toBeUndefined();
      expect(await cache.get("late:ada_1")).toBeUndefined();
      expect(await cache.get("talk:adax1:hall")).toBe("talk:adax1:hall");
      expect(await cache.get("talk:ben:hall")).toBe("talk:ben:hall");
    }
  });

  it("gives back what was put, also after a restart", async () => {
    const values: [string, unknown][] = [
      ["object", { a: [1, { b: "ü💥" }], n: null }],
      ["zero", 0],
      ["null", null],
      ["empty", ""],
      [`a key with 'quotes' and %_ ${"x".repeat(400)}`, "ok"],
    ];
    for (const [key, value] of values) await cache.set(key, value, 1000);
    for (const [key, value] of values) expect(await cache.get(key)).toEqual(value);
    await reopen();
    for (const [key, value] of values) expect(await cache.get(key)).toEqual(value);
    expect(await cache.get("unknown")).toBeUndefined();
  });

  it("ends by the clock of the program, on disk as in memory", async () => {
    await cache.set("a", 1, 1000);
    await clock.advance(999);
    expect(await cache.get("a")).toBe(1);
    await clock.advance(1);
    expect(await cache.get("a")).toBeUndefined();
    await reopen();
    expect(await cache.get("a")).toBeUndefined();
  });

  it("replaces and deletes", async () => {
    await cache.set("a", 1, 1000);
    await cache.set("a", 2, 5000);
    await clock.advance(1000);
    expect(await cache.get("a")).toBe(2);
    await cache.delete("a");
    expect(await cache.get("a")).toBeUndefined();
    await reopen();
    expect(await cache.get("a")).toBeUndefined();
    await cache.set("b", 1, 1000);
    await cache.set("b", 2, 0);
    expect(await cache.get("b")).toBeUndefined();
    await cache.set("c", undefined, 1000);
    expect(await cache.get("c")).toBeUndefined();
  });

  it("hands out copies: a caller cannot change what others get", async () => {
    const value = { list: [1] };
    await cache.set("a", value, 1000);
    value.list.push(2);
    const got = await cache.get<{ list: number[] }>("a");
    got?.list.push(3);
    expect(await cache.get("a")).toEqual({ list: [1] });
  });

  it("does not let a slow read from disk cover a newer write", async () => {
    await cache.set("a", "old", 1000);
    await reopen();
    const reading = cache.get("a");
    const writing = cache.set("a", "new", 1000);
    await Promise.all([reading, writing]);
    expect(await cache.get("a")).toBe("new");
  });

  it("asks the disk once for what is not there", async () => {
    expect(await cache.get("a")).toBeUndefined();
    const other = new DatabaseSync(file);
    const row = JSON.stringify({ value: { text: "1", expiresAt: clock.now() + 1000 } });
    other.prepare("insert into keyv (key, value) values ('a', ?), ('b', ?)").run(row, row);
    other.close();
    // The data folder is locked: nobody but this process writes the file.
    expect(await cache.get("a")).toBeUndefined();
    expect(await cache.get("b")).toBe(1);
    await reopen();
    expect(await cache.get("a")).toBe(1);
  });

  it("never hides what is put behind a miss", async () => {
    expect(await cache.get("a")).toBeUndefined();
    await cache.set("a", 1, 1000);
    expect(await cache.get("a")).toBe(1);
    await reopen();
    expect(await cache.get("a")).toBe(1);
    await cache.delete("a");
    expect(await cache.get("a")).toBeUndefined();
    await cache.set("a", 2, 1000);
    expect(await cache.get("a")).toBe(2);
    const [missed] = await Promise.all([cache.get("b"), cache.set("b", 3, 1000)]);
    expect([undefined, 3]).toContain(missed);
    expect(await cache.get("b")).toBe(3);
  });

  it("stays within its bound and sweeps what is over", async () => {
    await reopen({ maxEntries: 100 });
    for (let index = 0; index < 250; index++) await cache.set(`short ${index}`, index, 10);
    await clock.advance(10);
    for (let index = 0; index < 250; index++) await cache.set(`long ${index}`, index, 1000 + index);
    await cache.close();
    expect(rows()).toBe(100);
    cache = await open();
    expect(await cache.get("long 249")).toBe(249);
    expect(await cache.get("long 0")).toBeUndefined();
    expect(await cache.get("short 249")).toBeUndefined();
  });

  it("writes to the disk together what comes within a quarter of a second, the newest of each", async () => {
    await cache.set("a", 1, 10_000);
    await cache.set("b", 1, 10_000);
    await clock.advance(200);
    expect(rows()).toBe(0);
    await cache.set("a", 2, 10_000);
    await cache.delete("b");
    await clock.advance(50);
    await vi.waitFor(() => expect(rows()).toBe(1));
    await reopen();
    expect(await cache.get("a")).toBe(2);
    expect(await cache.get("b")).toBeUndefined();
  });

  it("does not keep what is too large", async () => {
    await cache.set("a", "small", 1000);
    await cache.set("a", "x".repeat(600_000), 1000);
    expect(await cache.get("a")).toBeUndefined();
  });

  it("throws a broken file away and goes on", async () => {
    await cache.close();
    writeFileSync(file, "this is no database, only some text that is long enough to be read as one".repeat(100));
    cache = await open();
    await cache.set("a", 1, 1000);
    await reopen();
    expect(await cache.get("a")).toBe(1);
  });

  it("goes on in memory where there is no disk, and says so", async () => {
    await cache.close();
    cache = await open({ file: "/dev/null/cache.sqlite" });
    await cache.set("a", 1, 1000);
    expect(await cache.get("a")).toBe(1);
    expect(lines.some((line) => line.includes("the cache file cannot be used"))).toBe(true);
  });

  it("is a miss, not a failure, when the disk fails later", async () => {
    await cache.set("a", 1, 1000);
    await cache.close();
    expect(await cache.get("a")).toBeUndefined();
    await cache.set("b", 1, 1000);
    await cache.delete("b");
    expect(lines.filter((line) => line.includes("the cache on disk failed"))).toHaveLength(1);
  });
});
