import { z } from "zod";
import { gapReasons } from "../../contracts/listening.ts";

/*
 * What is in hand of one player between two pieces of news, as it is kept: small enough to be written at each, so that a
 * program that dies loses no more than the news that it was about to write.
 */

const named = z.object({ name: z.string(), uri: z.string().optional(), url: z.string().optional() });
const heardSchema = z.object({
  kind: z.enum(["track", "episode"]),
  uri: z.string().optional(),
  isrc: z.string().optional(),
  title: z.string(),
  artists: z.array(named),
  album: named.extend({ releaseYear: z.number().optional() }).optional(),
  durationMs: z.number().optional(),
  url: z.string().optional(),
  art: z.array(z.object({ url: z.string(), width: z.number().optional(), height: z.number().optional() })).optional(),
});

const openPlaySchema = z.object({
  heard: heardSchema,
  startedAt: z.number(),
  /** It was seen that something else was heard just before. */
  startSeen: z.boolean(),
  /** Part of it may have been heard before it was seen. */
  partial: z.literal(true).optional(),
  /** Up to `at`, without pauses. */
  listenedMs: z.number(),
  /** When sound last came out of it, as far as is known. */
  heardUntilAt: z.number(),
  /** When it was last seen, and how it stood then. */
  at: z.number(),
  progressMs: z.number(),
  playing: z.boolean(),
  /** As it stood still before a command of ours let it go on, until somebody sees that it does. */
  stood: z
    .object({ at: z.number(), progressMs: z.number(), listenedMs: z.number(), heardUntilAt: z.number() })
    .optional(),
  device: z.string().optional(),
  context: z.string().optional(),
});
export type OpenPlay = z.output<typeof openPlaySchema>;

/** In between, something may have been heard that nobody saw. */
const doubtSchema = z.object({ fromAt: z.number(), untilAt: z.number(), why: z.enum(gapReasons) });
export type Doubt = z.output<typeof doubtSchema>;

const sightingSchema = z.object({
  source: z.object({ origin: z.string(), way: z.enum(["push", "observed", "presence", "playing"]) }),
  key: z.string(),
  heard: heardSchema,
  startedAt: z.number(),
  endedAt: z.number(),
  exact: z.enum(["both", "start", "end", "neither"]),
  listenedMs: z.number().optional(),
  skipped: z.boolean().optional(),
  device: z.string().optional(),
  context: z.string().optional(),
});

/** What was seen at the player up to then, the same for as long as it was: nothing where nothing was. */
const lookSchema = z.object({ at: z.number(), uri: z.string().optional(), title: z.string().optional() });
export type LookSeen = z.output<typeof lookSchema>;

export const traceSchema = z.object({
  open: openPlaySchema.optional(),
  /** Of the time before it all is known that can be: recording began, or the list of recent plays was read. */
  sinceAt: z.number(),
  /** Of the last news, whatever it said. */
  seenAt: z.number().optional(),
  /** Ended plays on their way to the ledger: they may have arrived already, which does no harm. */
  pending: z.array(sightingSchema).default([]),
  doubts: z.array(doubtSchema).default([]),
  /** In order of time. */
  looks: z.array(lookSchema).default([]),
  /** Plays seen since the list of recent plays was last read: they push older ones out of it. */
  playsSince: z.number().default(0),
  /** When the list of recent plays was last read, and the latest play it showed. */
  readAt: z.number().optional(),
  lastPlayedAt: z.number().optional(),
  /** Why the list cannot be read at present. */
  blind: z.enum(gapReasons).optional(),
});
export type Trace = z.output<typeof traceSchema>;

/** Beyond it the oldest run together, which only makes them longer. */
const MOST_DOUBTS = 100;

/** Lists of recent plays tell of no more than these. */
const MOST_LOOKS = 40;

/** Adds what was seen; as long as it stays the same, it is one. */
export function withLook(looks: readonly LookSeen[], look: LookSeen): LookSeen[] {
  const last = looks.at(-1);
  const same = last && last.uri === look.uri && last.title === look.title;
  return [...(same ? looks.slice(0, -1) : looks), look].slice(-MOST_LOOKS);
}

/** Adds what is not seen, in the order of time; what touches and has one reason is one. */
export function withDoubt(doubts: readonly Doubt[], doubt: Doubt): Doubt[] {
  if (doubt.untilAt <= doubt.fromAt) return [...doubts];
  const last = doubts.at(-1);
  if (last && doubt.fromAt <= last.untilAt && last.why === doubt.why)
    return [...doubts.slice(0, -1), { ...last, untilAt: Math.max(last.untilAt, doubt.untilAt) }];
  const all = [...doubts, doubt];
  const [first, second, ...rest] = all;
  if (all.length <= MOST_DOUBTS || !first || !second) return all;
  return [{ ...second, fromAt: first.fromAt }, ...rest];
}
