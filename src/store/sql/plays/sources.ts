import { type RawBuilder, sql } from "kysely";
import type { Chart, Period } from "../../../contracts/listening.ts";
import { type Cover, coverOf } from "./cover.ts";
import { kinds, sums } from "./numbers.ts";

/** A number per thing of one kind; the same thing may come in several rows, some of which take away. */
export type Source = RawBuilder<unknown>;

/** No sums are kept under it. */
const NO_SPAN = -1;

const list = (values: readonly number[]): RawBuilder<unknown> => sql.join(values.map((value) => sql`${value}`));

/** Plays that charts and sums are made of. */
export const counting = (kind: (typeof kinds)[number]): RawBuilder<unknown> =>
  sql`counts = 1 and hidden is null and kind = ${kinds.indexOf(kind)}`;

type What = keyof typeof sums;

/** Rows of (listener, ref, plays, ms) as the sums of whole spans have them. */
function sumsOf(what: What, listeners: readonly number[], spans: readonly number[], only?: readonly number[]): Source {
  const refs = only ? sql` and ref in (${list(only)})` : sql``;
  return sql`select listener, ref, plays, ms from play_sums where listener in (${list(listeners)})
    and what = ${sums[what]} and span in (${list(spans)})${refs}`;
}

/** The same of single plays, that come to the sums or are taken from them. */
function edgeOf(
  what: What,
  listeners: readonly number[],
  edge: Cover["edges"][number],
  only?: readonly number[],
): Source {
  const kind = what === "episode" ? "episode" : "track";
  const counted = sql`cast(${edge.sign} as integer) as plays, cast(${edge.sign} as integer) * listened_ms as ms`;
  const plays = sql`plays where listener in (${list(listeners)}) and started_at >= ${edge.fromAt}
    and started_at < ${edge.untilAt} and ${counting(kind)}`;
  if (what === "music") return sql`select listener, 0 as ref, ${counted} from ${plays}`;
  if (what === "artist") {
    const artists = only ? sql` and tracks.artist in (${list(only)})` : sql``;
    return sql`select listener, tracks.artist as ref, ${counted} from (select listener, track, listened_ms from ${plays}) edge
      join tracks on tracks.id = edge.track where tracks.artist is not null${artists}`;
  }
  const tracks = only ? sql` and track in (${list(only)})` : sql``;
  return sql`select listener, track as ref, ${counted} from ${plays}${tracks}`;
}

const together = (parts: readonly Source[]): Source => sql.join(parts, sql` union all `);

/** Rows of (listener, ref, plays, ms) of the listeners in the period; `only` narrows it to some things. */
export function sourceOf(
  what: What,
  listeners: readonly number[],
  period: Period,
  now: number,
  only?: readonly number[],
): Source {
  const { spans, edges } = coverOf(period, now);
  return together([
    sumsOf(what, listeners, spans.length > 0 ? spans : [NO_SPAN], only),
    ...edges.map((edge) => edgeOf(what, listeners, edge, only)),
  ]);
}

/** How many different things each of the listeners heard. */
export function distinctOf(
  what: What,
  listeners: readonly number[],
  period: Period,
  now: number,
): RawBuilder<{ listener: number; things: number }> {
  const { spans, edges } = coverOf(period, now);
  const [span, ...others] = spans;
  if (span === undefined || others.length > 0)
    return sql`select listener, count(*) as things from (select listener from (${sourceOf(what, listeners, period, now)}) parts
      group by listener, ref having sum(plays) > 0) heard group by listener`;
  // In one span each thing is one row: those are counted as they lie, and only what the edges change is looked at.
  const counted = sql`select listener, count(*) as things from play_sums where listener in (${list(listeners)})
    and what = ${sums[what]} and span = ${span} group by listener`;
  if (edges.length === 0) return sql`${counted}`;
  return sql`select listener, cast(sum(things) as bigint) as things from (${counted} union all
    select edge.listener, case when coalesce(whole.plays, 0) + edge.plays > 0 then 1 else 0 end
      - case when whole.plays is null then 0 else 1 end as things
    from (select listener, ref, sum(plays) as plays
      from (${together(edges.map((edge) => edgeOf(what, listeners, edge)))}) parts group by listener, ref) edge
    left join play_sums whole on whole.listener = edge.listener and whole.what = ${sums[what]} and whole.span = ${span}
      and whole.ref = edge.ref) counts group by listener`;
}

/** The source added up: rows of (ref, plays, ms) of what is left. */
export function summed(source: Source): RawBuilder<unknown> {
  return sql`select ref, cast(sum(plays) as bigint) as plays, cast(sum(ms) as bigint) as ms
    from (${source}) parts group by ref having sum(plays) > 0`;
}

/** What a chart is made of: rows of (ref, plays, ms), the ref being of the chart's own kind. */
export function chartOf(
  chart: Chart,
  allArtists: boolean,
  listeners: readonly number[],
  period: Period,
  now: number,
): RawBuilder<unknown> {
  const of = (what: What) => sourceOf(what, listeners, period, now);
  const regrouped = (ref: RawBuilder<unknown>, join: RawBuilder<unknown>) =>
    sql`select ${ref} as ref, cast(sum(plays) as bigint) as plays, cast(sum(ms) as bigint) as ms
      from (${summed(of("track"))}) heard ${join} group by ${ref}`;
  if (chart === "tracks") return summed(of("track"));
  if (chart === "episodes") return summed(of("episode"));
  if (chart === "albums")
    return regrouped(sql.ref("tracks.album"), sql`join tracks on tracks.id = heard.ref and tracks.album is not null`);
  if (!allArtists) return summed(of("artist"));
  return regrouped(sql.ref("by_artist.artist"), sql`join track_artists by_artist on by_artist.track = heard.ref`);
}
