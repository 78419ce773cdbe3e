import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { methods } from "../../adapters/slack/limits.ts";
import { routes } from "../../src/music/providers/spotify/routes.ts";
import type { FakeClock } from "../fakes/clock.ts";
import { type Cell, type Operation, strikeWith, type World } from "./cell.ts";
import { openCoverFaults } from "./covers.ts";
import { openDiaryFaults } from "./diaries.ts";
import type { Front } from "./front.ts";
import { breakLine, clockFaults, type Line, type LineCell, type LineFault } from "./line.ts";
import { discordFaults, openDiscordLine } from "./line-discord.ts";
import { openSlackLine, slackFaults } from "./line-slack.ts";
import { openTelegramLine, telegramFaults } from "./line-telegram.ts";
import { openDiscordFaults, openSlackFaults, openTelegramFaults } from "./platforms.ts";
import { render, renderLines } from "./render.ts";
import { watchRequests } from "./settle.ts";
import { openSpotify } from "./spotify.ts";
import { strikeNames } from "./strikes.ts";

/*
 * Every fault against every call, each over a real socket. What came of it is docs/faults.md, which is written anew by
 * `npx vitest run test/faults -u` and has to be as it is.
 */

const cells: Cell[] = [];
const lines: LineCell[] = [];
const lost: unknown[] = [];
const onLost = (error: unknown) => void lost.push(error);
let end = () => {};
beforeAll(() => {
  end = watchRequests();
  process.on("unhandledRejection", onLost);
});
afterEach(() => {
  expect(lost, "rejections that nobody handled").toEqual([]);
});
afterAll(() => {
  end();
  process.off("unhandledRejection", onLost);
});

type Stand<W extends World> = {
  front: Front;
  open(clock: FakeClock): W | Promise<W>;
  operations: readonly Operation<W>[];
  close(): Promise<unknown>;
};

async function all<W extends World>(stand: Stand<W>): Promise<void> {
  const mine: Cell[] = [];
  for (const operation of stand.operations)
    for (const strike of strikeNames)
      if (!operation.except?.includes(strike)) mine.push(await strikeWith(operation, strike, stand.front, stand.open));
  await stand.close();
  cells.push(...mine);
  expect(mine.filter(({ faults }) => faults.length > 0)).toEqual([]);
  // What is struck in no way at all must work, or nothing is shown by the others.
  const honest = mine.filter(
    ({ strike, told }) => strike === "clock a day off" && told !== "as if nothing had happened",
  );
  expect(honest).toEqual([]);
}
const names = ({ operations }: { operations: readonly { name: string }[] }) =>
  operations.map(({ name }) => name).sort();
const patience = 600_000;

describe("a call of", () => {
  it("Spotify", { timeout: patience }, async () => {
    const stand = await openSpotify();
    const tokens = ["token: app", "token: link", "token: refresh"];
    expect(names(stand)).toEqual([...Object.keys(routes), ...tokens].sort());
    await all(stand);
  });

  it("Spotify gets over one bad answer, where asking again can do no harm", { timeout: patience }, async () => {
    const stand = await openSpotify();
    for (const operation of stand.operations.filter(({ act }) => !act)) {
      const cell = await strikeWith(operation, "HTTP 503", stand.front, stand.open, 1);
      expect(cell).toMatchObject({ told: "as if nothing had happened", sent: 2, faults: [] });
    }
    await stand.close();
  });

  it.each(["listenbrainz", "lastfm"] as const)("%s", { timeout: patience }, async (id) => {
    const stand = await openDiaryFaults(id);
    expect(names(stand)).toEqual(stand.doings);
    await all(stand);
  });

  it("cover art", { timeout: patience }, async () => all(await openCoverFaults()));

  it("Discord", { timeout: patience }, async () => {
    const stand = await openDiscordFaults();
    expect(names(stand)).toContain("POST channelMessages");
    await all(stand);
  });

  it("Slack", { timeout: patience }, async () => {
    const stand = await openSlackFaults();
    expect(names(stand)).toEqual(Object.keys(methods).sort());
    await all(stand);
  });

  it("Telegram", { timeout: patience }, async () => {
    const stand = await openTelegramFaults();
    expect(names(stand)).toContain("sendMessage");
    await all(stand);
  });
});

/** A platform's own packets are read by its library, which waits by chance. */
const chance = 0.999_999;

describe("the standing connection to", () => {
  async function each<L extends Line>(service: string, faults: readonly LineFault<L>[], open: () => Promise<L>) {
    const random = vi.spyOn(Math, "random").mockReturnValue(chance);
    const all: readonly LineFault<L>[] = [...faults, ...clockFaults];
    // Each has a world of its own, and most of what they do is to wait.
    const mine = await Promise.all(all.map((fault) => breakLine(service, fault, open)));
    random.mockRestore();
    lines.push(...mine);
    expect(mine.filter((cell) => cell.faults.length > 0)).toEqual([]);
  }
  it("Discord", { timeout: patience }, () => each("Discord", discordFaults, openDiscordLine));
  it("Slack", { timeout: patience }, () => each("Slack", slackFaults, openSlackLine));
  it("Telegram", { timeout: patience }, () => each("Telegram", telegramFaults, openTelegramLine));
});

it("docs/faults.md says what comes of each", async () => {
  await expect(render(cells) + renderLines(lines)).toMatchFileSnapshot(
    join(import.meta.dirname, "../../docs/faults.md"),
  );
});
