import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { freePort } from "../../src/main/addresses.ts";
import { createOffsetClock } from "../../src/rehearsal/index.ts";
import { createProgram, type Program } from "../kill/program.ts";
import { openWorld } from "../kill/world.ts";
import { startPostgres } from "../support/postgres.ts";

const withinMs = 120_000;
const here = (name: string) => pathToFileURL(join(import.meta.dirname, name)).href;

let folder: string;
let port: string;
const programs: Program[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "segue-storage-"));
  port = String(await freePort("127.0.0.1"));
});
afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => program.kill()));
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true, force: true });
});

function rehearsing(more: Record<string, string> = {}, imports: string[] = []): Program {
  const settings = { DATA_DIR: folder, PORT: port, ...more };
  const program = createProgram({ settings, imports, clock: createOffsetClock(systemClock) });
  programs.push(program);
  return program;
}
const database = () => join(folder, "rehearsal", "segue.db");

function soundness(): unknown {
  const file = new DatabaseSync(database());
  try {
    return file.prepare("pragma integrity_check").get();
  } finally {
    file.close();
  }
}

/** The answer, or undefined where there was none. */
async function say(text: string, id: string): Promise<string | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/chat/messages`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ user: "anna", text, id }),
    });
    const { replies = [] } = (await response.json()) as { replies?: { text: string }[] };
    return response.ok ? replies.map((reply) => reply.text).join("\n") : undefined;
  } catch {
    return undefined;
  }
}

/** What it said at its end, without what it had logged. */
const lastWords = (program: Program) =>
  program
    .output()
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("{") && !line.startsWith("lived "))
    .at(-1);

describe("a disk that is full", () => {
  const full = [here("full-disk.ts")];

  it(
    "ends the program with what is wrong, and nothing of what was answered is lost",
    async () => {
      const before = rehearsing();
      await before.start();
      await before.kill("SIGTERM");
      const program = rehearsing({ PAGES_LEFT: "12" }, full);
      await program.start();
      const answered: [id: string, text: string][] = [];
      for (let at = 0; at < 500 && program.alive(); at++) {
        const text = await say("help", `m${at}`);
        if (text) answered.push([`m${at}`, text]);
      }
      expect(await program.ended()).toBe(1);
      expect(lastWords(program)).toMatch(/^The database \S+ can no longer be used: the disk is full/);
      expect(answered.length).toBeGreaterThan(0);
      expect(soundness()).toEqual({ integrity_check: "ok" });

      const after = rehearsing();
      await after.start();
      for (const [id, text] of answered) expect(await say("help", id)).toBe(text);
    },
    withinMs,
  );

  it(
    "is told of at the first start, which may be made again once there is room",
    async () => {
      const program = rehearsing({ PAGES_LEFT: "6" }, full);
      await expect(program.start()).rejects.toThrow(/ended at its start/);
      expect(await program.ended()).toBe(1);
      expect(lastWords(program)).toMatch(/disk is full/);
      expect(soundness()).toEqual({ integrity_check: "ok" });
      await rehearsing().start();
    },
    withinMs,
  );
});

describe("a data folder that cannot be written", () => {
  it(
    "is named at the start, and left as it is",
    async () => {
      const program = rehearsing({}, [here("read-only.ts")]);
      chmodSync(folder, 0o555);
      await expect(program.start()).rejects.toThrow(/ended at its start/);
      expect(await program.ended()).toBe(1);
      expect(lastWords(program)).toMatch(/^The data folder \S+ cannot be written/);
    },
    withinMs,
  );
});

describe("a database server that goes away", () => {
  it(
    "ends the program with what is wrong",
    async ({ skip }) => {
      const server = await startPostgres();
      if (!server.available) return skip(server.reason);
      const { url } = await server.fresh();
      const program = rehearsing({ DATABASE_URL: url });
      await program.start();
      expect(await say("help", "m1")).toBeTruthy();
      await server.stop();
      const lostAt = performance.now();
      expect(await say("help", "m2")).toBeUndefined();
      expect(await program.ended()).toBe(1);
      expect(performance.now() - lostAt).toBeLessThan(30_000);
      expect(lastWords(program)).toBe("The PostgreSQL server of DATABASE_URL cannot be reached any more.");
    },
    withinMs,
  );
});

describe("SIGTERM", () => {
  it(
    "lets an answer that is under way be given, and ends within ten seconds",
    async () => {
      const world = await openWorld();
      try {
        await world.begin();
        const { mia } = world.people;
        world.hums(mia);
        const { faults } = world.spotify.control;
        const slow = faults.add({ match: { path: "/v1/tracks/*" }, count: 1, effect: { delayMs: 1_500 } });
        await mia.says(`play ${world.song().url}`);
        await world.until(() => faults.list().find(({ id }) => id === slow)?.harmed === 1, "the slow call");
        const from = performance.now();
        await world.program.kill("SIGTERM");
        expect(await world.program.ended()).toBe(0);
        expect(performance.now() - from).toBeLessThan(10_000);
        expect(mia.seen().at(-1)).toMatch(/^Playing /);
        expect(world.offences()).toEqual([]);
      } finally {
        await world.close();
      }
    },
    withinMs,
  );
});
