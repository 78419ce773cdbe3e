import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {
  Heard,
  HistoryDesk,
  Ledger,
  ListenerKey,
  Period,
  Played,
  Sighting,
} from "../../src/contracts/listening.ts";
import type { Store } from "../../src/contracts/store.ts";
import { createHistoryDesk } from "../../src/listening/ledger/desk.ts";
import { createLedger } from "../../src/listening/ledger/ledger.ts";
import { createReviews, type Reviews } from "../../src/listening/ledger/review.ts";
import { openStore } from "../../src/store/open.ts";
import { createFakeClock, type FakeClock } from "../fakes/clock.ts";
import { silentLog as log } from "./log.ts";

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** Yesterday morning by the fake clock. */
export const MORNING = Date.UTC(2026, 10, 20, 8);

export type LedgerStand = {
  store: Store;
  /** The database's file. */
  path: string;
  clock: FakeClock;
  ledger: Ledger;
  desk: HistoryDesk;
  reviews: Reviews;
  /** Times in which nothing may be recorded. */
  privately: Period[];
  close(): Promise<void>;
};

/** A ledger over a database of its own. */
export async function openLedger(): Promise<LedgerStand> {
  const folder = mkdtempSync(join(tmpdir(), "segue-ledger-"));
  const clock = createFakeClock();
  const path = join(folder, "segue.sqlite");
  const store = await openStore({ url: `sqlite:${path}`, clock, log });
  const privately: Period[] = [];
  const reviews = createReviews({ store, clock });
  return {
    reviews,
    desk: createHistoryDesk({ store, clock, reviews }),
    store,
    path,
    clock,
    privately,
    ledger: createLedger({ store, clock, privateTimes: async () => privately }),
    async close() {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

let listeners = 0;
export const somebody = (): ListenerKey => `person:somebody-${++listeners}`;

/** A song as a service names it; `number` tells songs apart. */
export function song(number: number, change: Partial<Heard> = {}): Heard {
  return {
    kind: "track",
    uri: `memory:track:${number}`,
    isrc: `QM0000000${String(number).padStart(3, "0")}`,
    title: `Song ${number}`,
    artists: [{ name: `Band ${number % 7}`, uri: `memory:artist:${number % 7}` }],
    album: { name: `Album ${number % 11}`, uri: `memory:album:${number % 11}` },
    durationMs: 3 * MINUTE,
    ...change,
  };
}

/** Nothing but words, as a diary has it. */
export function inWords({ kind, title, artists }: Heard): Heard {
  return { kind, title, artists: artists.map(({ name }) => ({ name })) };
}

let keys = 0;
/** A play that was watched from its start to its end. */
export function watched(heard: Heard, startedAt: number, endedAt: number, change: Partial<Sighting> = {}): Sighting {
  return {
    source: { origin: "memory", way: "observed" },
    key: `watched ${++keys}`,
    heard,
    startedAt,
    endedAt,
    exact: "both",
    listenedMs: endedAt - startedAt,
    ...change,
  };
}

/** A play from a list of the latest ones, of which the time is taken to be its end. */
export function listed(heard: Heard, at: number, change: Partial<Sighting> = {}): Sighting {
  return {
    source: { origin: "memory", way: "recent" },
    key: `${heard.uri} ${at}`,
    heard,
    startedAt: at - (heard.durationMs ?? 3 * MINUTE),
    endedAt: at,
    exact: "end",
    ...change,
  };
}

/** An entry of a diary: words, and the start. */
export function noted(heard: Heard, at: number, change: Partial<Sighting> = {}): Sighting {
  return {
    source: { origin: "diary", way: "history" },
    key: `${heard.title} ${at}`,
    heard: inWords(heard),
    startedAt: at,
    endedAt: at + (heard.durationMs ?? 3 * MINUTE),
    exact: "start",
    ...change,
  };
}

export type Kept = Pick<Played, "startedAt" | "endedAt" | "listenedMs" | "counts"> & {
  trackId: number;
  hidden: boolean;
  seenBy: string[];
};
/** The listener's plays as they are kept, in order. */
export async function kept({ store }: Pick<LedgerStand, "store">, listener: ListenerKey): Promise<Kept[]> {
  const always = [{ fromAt: 0, untilAt: Number.MAX_SAFE_INTEGER }];
  let plays: Kept[] = [];
  await store.plays.revise(listener, { periods: always }, (near) => {
    plays = near.plays.map(({ trackId, startedAt, endedAt, listenedMs, counts, hiddenBy, evidence }) => ({
      trackId,
      hidden: hiddenBy !== undefined,
      startedAt,
      endedAt,
      listenedMs,
      counts,
      seenBy: evidence.map(({ source: { way }, agreed }) => (agreed ? `${way} ${agreed}` : way)).sort(),
    }));
    return { put: [], gone: [] };
  });
  return plays;
}

/** What charts are made of, as it is kept, and as it would be if it were worked out anew: they must not differ. */
export async function sumsOf({ store }: Pick<LedgerStand, "store">, listener: ListenerKey) {
  const period = { fromAt: 0, untilAt: Date.UTC(2030, 0, 1) };
  const [totals] = await store.playStats.totals([listener], period);
  const plays = (await kept({ store }, listener)).filter(({ hidden, counts }) => counts && !hidden);
  const summed = {
    plays: plays.length,
    listenedMs: plays.reduce((sum, { listenedMs }) => sum + listenedMs, 0),
    tracks: new Set(plays.map(({ trackId }) => trackId)).size,
  };
  return { kept: totals && { plays: totals.plays, listenedMs: totals.listenedMs, tracks: totals.tracks }, summed };
}
