import { expect } from "vitest";
import type { Clock } from "../../src/contracts/clock.ts";
import { type ErrorCode, isSegueError, type SegueError } from "../../src/contracts/errors.ts";
import type { Item, ItemType, MusicProvider, MusicSession, PlayerState } from "../../src/contracts/music.ts";

export type ProviderWorld = {
  provider: MusicProvider;
  /** Opened with every need granted. */
  session: MusicSession;
  clock: Clock;
  /** Lets time pass for the player. */
  pass(ms: number): Promise<void>;
  /** Waits for an answer while the world's time runs as it needs to; the promise itself where it needs nothing. */
  settle<T>(promise: Promise<T>): Promise<T>;
  known: {
    /** A search that has `track` among its hits. */
    query: string;
    track: string;
    /** Something of at least three tracks, each longer than a minute, in their order. */
    context: { uri: string; type: ItemType; tracks: string[] };
    /** Two tracks outside the context. */
    others: [string, string];
    /** Of the right form, and naming nothing. */
    missing: string;
    /** A podcast, where there are any. */
    show?: string;
    /** Words around a link to `track`. */
    pasted: { before: string; link: string; after: string };
  };
  /** While it runs, writes are carried out and their answers lost; absent where nothing stands between that could lose one. */
  losing?<T>(run: () => Promise<T>): Promise<T>;
  /** Where to play at first. */
  deviceId?: string;
  /** A second one, to move to. */
  otherDeviceId?: string;
  close(): Promise<void>;
};

export type ProviderCase = {
  name: string;
  /** Contract methods that this provider does not offer: listed, so that none gets lost unseen. */
  absent: readonly string[];
  open(): Promise<ProviderWorld>;
};

export const hostile: { what: string; text: string }[] = [
  { what: "a statement", text: "'; DROP TABLE plays; --" },
  { what: "a path", text: "../../../me" },
  { what: "escapes and parameters", text: "%2e%2e%2f?x=1#frag&type=track" },
  { what: "control and direction marks", text: "\u202Eevil\u202C \u0000\u0007\u001b[31m" },
  { what: "markup", text: "@everyone <script>alert(1)</script> [a](javascript:b)" },
  { what: "search operators", text: "artist:* OR NOT year:0-9999 tag:new" },
  { what: "400 emoji", text: "🎵".repeat(400) },
  { what: "10,000 letters", text: "a".repeat(10_000) },
  { what: "header lines", text: "\r\nHost: evil.example\r\n\r\n" },
  { what: "half a character", text: "\ud800 lone surrogate" },
];

/** What the tests of the suite work with: the world of the running test, and ways to ask it something. */
export type Tools = {
  world(): ProviderWorld;
  session(): MusicSession;
  settle<T>(promise: Promise<T>): Promise<T>;
  refusal(promise: Promise<unknown>): Promise<SegueError>;
  done(promise: Promise<unknown>, allowed: readonly ErrorCode[]): Promise<"done" | ErrorCode>;
  state(): Promise<PlayerState>;
  start(from?: { uri: string } | { position: number }): Promise<PlayerState>;
  /** Declares tests of what the provider offers; those of what is absent are not declared, as there is nothing to run. */
  feature(path: string, title: string, tests: () => void): void;
};

export function createTools(world: () => ProviderWorld): Omit<Tools, "feature"> {
  const settle = <T>(promise: Promise<T>): Promise<T> => world().settle(promise);
  const outcome = (promise: Promise<unknown>): Promise<unknown> =>
    settle(promise).then(
      () => undefined,
      (reason: unknown) => reason ?? new Error("refused with nothing"),
    );
  const state = async (): Promise<PlayerState> => {
    const now = await settle(world().session.state());
    if (now === undefined) throw new Error("nothing is active");
    expectSane(now, world().clock.now());
    return now;
  };
  return {
    world,
    session: () => world().session,
    settle,
    /** What a call is refused with: always one of the coded errors. */
    async refusal(promise) {
      const error = await outcome(promise);
      if (isSegueError(error)) return error;
      throw new Error(error === undefined ? "it was not refused" : "refused with an error without a code", {
        cause: error,
      });
    },
    /** Tells whether it was done or refused, and that a refusal was one of those. */
    async done(promise, allowed) {
      const error = await outcome(promise);
      if (error === undefined) return "done";
      if (!isSegueError(error)) throw new Error("refused with an error without a code", { cause: error });
      expect(allowed).toContain(error.code);
      return error.code;
    },
    state,
    /** Starts the known context. */
    async start(from) {
      const { known, deviceId, session } = world();
      const target = { context: known.context.uri, ...(from === undefined ? {} : { from }) };
      await settle(session.play(target, deviceId === undefined ? {} : { deviceId }));
      return state();
    },
  };
}

/** What a test of a feature works with: it is declared only where the feature is there. */
export function offered<T>(feature: T | undefined): T {
  if (feature === undefined) throw new Error("not offered, though it was a moment ago");
  return feature;
}

export function expectSane(state: PlayerState, now: number): void {
  expect(Math.abs(state.at - now)).toBeLessThan(60_000);
  expect(state.progressMs).toBeGreaterThanOrEqual(0);
  if (state.item !== undefined) {
    expect(state.progressMs).toBeLessThanOrEqual(state.item.durationMs);
    expect(state.other).toBeUndefined();
    expectItems([state.item]);
  }
  expect(new Set(state.refused).size).toBe(state.refused.length);
}

/** Domain models only: plain data, named, with addresses that a person can open. */
export function expectItems(items: readonly Item[]): void {
  for (const item of items) {
    expect(structuredClone(item)).toEqual(item);
    expect("title" in item ? item.title : item.name).not.toBe("");
    expect(item.uri).not.toBe("");
    if (item.url !== undefined) expect(item.url).toMatch(/^https?:\/\//);
    for (const art of item.art) expect(art.url).toMatch(/^https?:\/\//);
    expect(JSON.stringify(item)).not.toMatch(/"(?:href|external_urls|available_markets)"/);
  }
}
