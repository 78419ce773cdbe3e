import { z } from "zod";
import type { WholePlay } from "../../contracts/imports.ts";
import { type Heard, heardKinds, playWays, type Sighting } from "../../contracts/listening.ts";

/**
 * A play as Segue writes it out: what people and programs want to read first, then what each source saw of it. The sources
 * alone are read again: from them the ledger makes the same play.
 */
const LONGEST_TEXT = 2_000;
const LONGEST_LABEL = 300;
/** Nobody sees one play that often. */
const MOST_SOURCES = 200;

const text = z.string().transform((value) => value.slice(0, LONGEST_TEXT).replaceAll("\0", "").toWellFormed());
const label = text.transform((value) => value.slice(0, LONGEST_LABEL));
const moment = z.iso.datetime().transform((value) => Date.parse(value));
const ms = z.number().int().nonnegative();
const named = { name: text, uri: label.optional(), url: text.optional() };

const sourceSchema = z.object({
  origin: label,
  way: z.enum(playWays),
  key: label,
  startedAt: moment,
  endedAt: moment,
  exact: z.enum(["both", "start", "end", "neither"]),
  listenedMs: ms.optional(),
  durationMs: ms.optional(),
  skipped: z.boolean().optional(),
  device: label.optional(),
  context: label.optional(),
});
export const ownRowSchema = z.object({
  startedAt: moment,
  endedAt: moment,
  listenedMs: ms,
  counts: z.boolean(),
  kind: z.enum(heardKinds),
  title: text,
  artists: z.array(z.object(named)).max(100),
  album: z.object({ ...named, releaseYear: z.number().int().optional() }).optional(),
  durationMs: ms.optional(),
  uri: label.optional(),
  isrc: label.optional(),
  url: text.optional(),
  skipped: z.boolean().optional(),
  device: label.optional(),
  context: label.optional(),
  sources: z.array(sourceSchema).min(1).max(MOST_SOURCES),
});
/** As it stands in a line: moments as ISO 8601 in UTC. */
export type OwnRow = z.input<typeof ownRowSchema>;

const iso = (at: number): string => new Date(at).toISOString();

export function ownRowOf({ play, heard }: WholePlay): OwnRow {
  const { kind, title, artists, album, uri, isrc, url } = heard;
  // How long it is according to those who heard it: the same whoever else named it.
  const durationMs = play.evidence.find((each) => each.durationMs !== undefined)?.durationMs;
  return {
    startedAt: iso(play.startedAt),
    endedAt: iso(play.endedAt),
    listenedMs: play.listenedMs,
    counts: play.counts,
    kind,
    title,
    artists,
    ...(album && { album }),
    ...(durationMs !== undefined && { durationMs }),
    ...(uri !== undefined && { uri }),
    ...(isrc !== undefined && { isrc }),
    ...(url !== undefined && { url }),
    ...(play.skipped !== undefined && { skipped: play.skipped }),
    ...(play.device !== undefined && { device: play.device }),
    ...(play.context !== undefined && { context: play.context }),
    sources: play.evidence
      .map(({ trackId: _, namedBy: __, agreed: ___, source, startedAt, endedAt, ...rest }) => ({
        ...source,
        ...rest,
        startedAt: iso(startedAt),
        endedAt: iso(endedAt),
      }))
      // The order in which a database gives them means nothing.
      .sort(
        (a, b) =>
          orderOf(a) - orderOf(b) ||
          (a.origin < b.origin ? -1 : a.origin > b.origin ? 1 : 0) ||
          (a.key < b.key ? -1 : 1),
      ),
  };
}

const orderOf = ({ way }: OwnRow["sources"][number]): number => playWays.indexOf(way);

const keptKey = /^[\w-]{12}$/;

export function sightingsOfOwn(row: z.output<typeof ownRowSchema>): Sighting[] {
  const { kind, title, artists, album, uri, isrc, url } = row;
  const heard: Heard = {
    kind,
    title,
    artists: artists.map((each) => present(each)),
    ...(album && { album: present(album) }),
    ...present({ uri, isrc, url }),
  };
  return row.sources.map(
    ({ origin, way, key, startedAt, endedAt, exact, durationMs, listenedMs, skipped, device, context }) => ({
      source: { origin, way },
      key: keptKey.test(key) ? `kept:${key}` : key,
      heard: { ...heard, ...present({ durationMs }) },
      startedAt,
      endedAt,
      exact,
      ...present({ listenedMs, skipped, device, context }),
    }),
  );
}

type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};
/** Without what is not there. */
function present<T extends object>(value: T): Present<T> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Present<T>;
}
