import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openStore } from "../../../src/store/open.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { silentLog } from "../../support/log.ts";

const child = fileURLToPath(new URL("./forgetting-child.ts", import.meta.url));
const PLAYS = 1_500;
const TOMBSTONES = 1_700;
const listener = "player:kitchen";
let folder: string;
let path: string;
const open = () => openStore({ url: `sqlite:${path}`, clock: createFakeClock(), log: silentLog });

/** Many plays, and as many deletions, of one listener; one play of somebody else. */
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "segue-forgetting-"));
  path = join(folder, "segue.sqlite");
  await (await open()).close();
  const file = new DatabaseSync(path);
  const play = file.prepare(
    `insert into plays (id, listener, track, kind, started_at, ended_at, listened_ms, counts, source, exact)
     values (?, ?, 1, 0, ?, ?, 900, 1, 1, 0)`,
  );
  const evidence = file.prepare(
    `insert into play_evidence (play, source, key, named_by, started_at, ended_at, exact) values (?, 1, ?, 0, ?, ?, 0)`,
  );
  const tombstone = file.prepare(
    "insert into play_tombstones (listener, track, from_at, until_at, only) values (1, 1, ?, ?, 1)",
  );
  file.exec(`begin; insert into listeners (id, key) values (1, '${listener}'), (2, 'player:bedroom')`);
  for (let id = 1; id <= PLAYS + 1; id++) {
    play.run(id, id > PLAYS ? 2 : 1, id * 1_000, id * 1_000 + 900);
    evidence.run(id, `key ${id}`, id * 1_000, id * 1_000 + 900);
  }
  for (let at = 0; at < TOMBSTONES; at++) tombstone.run(at * 1_000, at * 1_000 + 900);
  file.exec("commit");
  file.close();
});
afterEach(() => rmSync(folder, { recursive: true }));

function counted(): Record<string, unknown> {
  const file = new DatabaseSync(path);
  const of = (table: string) => `(select count(*) from ${table}) as ${table}`;
  const tables = ["plays", "play_evidence", "play_tombstones", "listeners"];
  const row = file.prepare(`select ${tables.map(of).join(", ")}`).get();
  file.close();
  return { ...row };
}

/** Whether it died on the way. */
async function forgetAndDie(table: string, rows: number): Promise<boolean> {
  const process_ = spawn(process.execPath, [child, path, listener, table, String(rows)], { stdio: "inherit" });
  const [, signal] = await once(process_, "close");
  return signal === "SIGKILL";
}

it.each([
  ["plays", PLAYS / 2],
  ["play_tombstones", TOMBSTONES - 1],
])("killed among the %s, a forgetting is nowhere to be seen, and goes on with the next sweep", async (table, rows) => {
  expect(await forgetAndDie(table, rows)).toBe(true);
  const left = Number(counted()[table]);
  // In parts: neither all of it nor nothing.
  expect(left).toBeLessThanOrEqual(rows);
  expect(left).toBeGreaterThan(1);
  const store = await open();
  expect(await store.plays.bounds(listener)).toBeUndefined();
  expect(await store.plays.rules(listener)).toEqual([]);
  expect(await store.plays.bounds("player:bedroom")).toBeDefined();
  await store.sweep(10);
  await store.close();
  expect(counted()).toEqual({ plays: 1, play_evidence: 1, play_tombstones: 0, listeners: 1 });
});

it("tells of all that went, however many parts that took", async () => {
  const store = await open();
  expect(await store.plays.erase(listener)).toEqual({
    plays: PLAYS,
    evidence: PLAYS,
    rules: 0,
    tombstones: TOMBSTONES,
    gaps: 0,
    imports: 0,
  });
  await store.close();
});
