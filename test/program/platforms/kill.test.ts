import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Person } from "../../doubles/discord/person.ts";
import { linkOnDiscord } from "./discord-link.ts";
import { aWhile, linkByPaste, openStand, type Stand, soon } from "./stand.ts";

const program = join(import.meta.dirname, "../../../bin/segue.js");

/** The program as a process of its own, killed without a word between taking an event and answering it. */
describe("kill -9 between a wish and its answer", () => {
  let stand: Stand;
  let person: Person;
  let child: ChildProcess | undefined;
  const player = () => stand.spotify.control.player.look("mia.rehearsal");

  async function start(): Promise<void> {
    child = spawn(process.execPath, [program, "serve"], {
      stdio: "ignore",
      env: { PATH: process.env.PATH, HOME: process.env.HOME, LOG_LEVEL: "silent", ...stand.settings },
    });
    const status = () =>
      fetch(`${stand.local}/readyz`).then(
        (response) => response.status,
        () => 0,
      );
    await soon(status).toBe(200);
    await soon(() => stand.discord.gateway.connected()).toBe(1);
  }
  async function kill(): Promise<void> {
    const running = child;
    child = undefined;
    if (running?.exitCode !== null || running.signalCode !== null) return;
    const gone = once(running, "exit");
    running.kill("SIGKILL");
    await gone;
  }
  /** Kills it while that call of its is on the way: it was made, and its answer never came. */
  async function killedAt(path: string, act: () => void): Promise<void> {
    const { faults } = stand.spotify.control;
    const id = faults.add({ match: { path }, count: 1, effect: { delayMs: 60_000 } });
    act();
    await soon(() => faults.list().find((each) => each.id === id)?.harmed).toBe(1);
    await kill();
    faults.clear();
  }

  beforeAll(async () => {
    stand = await openStand({ discord: true });
    person = stand.discord.person("mia");
  });
  afterAll(async () => {
    await kill();
    try {
      stand.expectClean();
    } finally {
      await stand?.close();
    }
  });

  it("keeps the link of whoever linked", async () => {
    await start();
    person.says(person.direct(), "link");
    await soon(() => person.seen().join()).toContain("authorize?");
    const pasted = await linkByPaste(stand.browser(), linkOnDiscord(person), "Mia Lindqvist", stand.local);
    person.says(person.direct(), pasted);
    await soon(() => person.seen().join()).toContain("Connected to Spotify");
    await kill();
    await start();
    person.says(person.direct(), "play hello by adele on the kitchen speaker");
    await soon(() => player()?.playing).toBe(true);
  });

  it("does what it took and had not done, and says so once", async () => {
    await soon(() => person.seen().at(-1)).toMatch(/Playing Hello/);
    const before = person.seen().length;
    await killedAt("/v1/search", () => person.says(person.direct(), "play yesterday by the beatles"));
    await start();
    await soon(() => person.seen().slice(before).join()).toMatch(/Playing Yesterday/);
    await aWhile();
    expect(person.seen()).toHaveLength(before + 1);
  });

  it("repeats no act whose outcome it does not know without looking, and answers a slash command all the same", async () => {
    const before = person.seen().length;
    const song = player()?.uri;
    await killedAt("/v1/me/player/next", () => person.runs(person.direct(), "next"));
    expect(player()?.uri).toBe(song);
    await start();
    await soon(() => person.seen().length).toBe(before + 1);
    await aWhile();
    expect(person.seen()).toHaveLength(before + 1);
    expect(person.seen().at(-1)).toMatch(/^(Skipped|Now playing|That was the last song|I was interrupted)/);
  });
});
