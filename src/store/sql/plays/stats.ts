import { type Kysely, type RawBuilder, sql } from "kysely";
import type { Clock } from "../../../contracts/clock.ts";
import type { Chart, ChartRow, ListenerKey, Period } from "../../../contracts/listening.ts";
import type { PlayStatStore, Shift } from "../../../contracts/plays.ts";
import { lists } from "../bulk.ts";
import type { Tables } from "../tables.ts";
import { always } from "./listener.ts";
import { namesOf, playedQuery, toPlayed } from "./names.ts";
import { sums } from "./numbers.ts";
import { chartOf, counting, distinctOf, sourceOf } from "./sources.ts";

type Summed = { ref: number; plays: number; ms: number };

const DAY_MS = 24 * 60 * 60_000;
/** Of what can be heard at all. */
const FIRST_AT = 0;
const HOUR_MS = 60 * 60_000;
const WEEK_HOURS = 7 * 24;
/** 1 January 1970 was a Thursday. */
const MONDAY_AHEAD_HOURS = 3 * 24;

/** The listener's local time, for a time of which we know by how much it is ahead. */
function localTime(at: RawBuilder<unknown>, shifts: readonly Shift[]): RawBuilder<unknown> {
  const [first, ...later] = shifts;
  const turns = later.map(({ fromAt, aheadMs }) => sql`when ${at} >= ${fromAt} then ${aheadMs}`).reverse();
  const base = sql`${first?.aheadMs ?? 0}`;
  const ahead = turns.length === 0 ? base : sql`case ${sql.join(turns, sql` `)} else ${base} end`;
  return sql`(${at} + cast(${ahead} as bigint))`;
}

/** `%` and `_` in what people look for are themselves. */
const containing = (word: string): string => `%${word.replace(/[\\%_]/g, "\\$&")}%`;

/** Reads of `db`, which does not stand in the way of the main thread. */
export function playStatStore(db: Kysely<Tables>, clock: Clock): PlayStatStore {
  async function idsOf(keys: readonly ListenerKey[]): Promise<Map<ListenerKey, number>> {
    const ids = new Map<ListenerKey, number>();
    for (const part of lists(keys))
      for (const { id, key } of await db
        .selectFrom("listeners")
        .select(["id", "key"])
        .where("key", "in", part)
        .execute())
        ids.set(key, id);
    return ids;
  }
  const idOf = async (key: ListenerKey): Promise<number | undefined> => (await idsOf([key])).get(key);
  const rowsOf = async <T>(query: RawBuilder<T>): Promise<T[]> => (await query.execute(db)).rows;

  async function charted(chart: Chart, rows: readonly Summed[], listeners: ReadonlyMap<number, number>) {
    const names = await namesOf(
      db,
      chart,
      rows.map(({ ref }) => ref),
    );
    return rows.flatMap(({ ref, plays, ms }): ChartRow[] => {
      const named = names.get(ref);
      return named ? [{ id: ref, ...named, plays, listenedMs: ms, listeners: listeners.get(ref) ?? 1 }] : [];
    });
  }

  return {
    async top(keys, chart, period, { limit, offset, allArtists }) {
      const listeners = [...(await idsOf(keys)).values()];
      if (listeners.length === 0) return [];
      const now = clock.now();
      const rows = await rowsOf(sql<Summed>`select ref, plays, ms from (
        ${chartOf(chart, allArtists, listeners, period, now)}) chart
        order by plays desc, ms desc, ref limit ${limit} offset ${offset}`);
      const heardBy = new Map<number, number>();
      const refs = rows.map(({ ref }) => ref);
      const direct = ({ tracks: "track", episodes: "episode", artists: "artist", albums: undefined } as const)[chart];
      if (listeners.length > 1 && refs.length > 0 && direct && !(chart === "artists" && allArtists)) {
        const each = sourceOf(direct, listeners, period, now, refs);
        const counts = await rowsOf(sql<{ ref: number; listeners: number }>`select ref, count(*) as listeners from (
          select ref, listener from (${each}) parts group by ref, listener having sum(plays) > 0) heard group by ref`);
        for (const { ref, listeners: count } of counts) heardBy.set(ref, count);
      }
      return charted(chart, rows, heardBy);
    },

    async totals(keys, period) {
      const ids = await idsOf(keys);
      const listeners = [...ids.values()];
      const now = clock.now();
      type Total = { listener: number; plays: number; ms: number };
      const byListener = sql<Total>`select listener, cast(sum(plays) as bigint) as plays, cast(sum(ms) as bigint) as ms
        from (${sourceOf("music", listeners, period, now)}) parts group by listener`;
      const count = async (what: "track" | "artist") => {
        const rows = await rowsOf(distinctOf(what, listeners, period, now));
        return new Map(rows.map(({ listener, things }) => [listener, things]));
      };
      const nothing = listeners.length === 0;
      const { fromAt, untilAt } = period;
      const gaps = sql<{ listener: number; ms: number }>`select listener, cast(sum(
          case when until_at < ${untilAt} then until_at else ${untilAt} end
          - case when from_at > ${fromAt} then from_at else ${fromAt} end) as bigint) as ms
        from play_gaps where listener in (${sql.join(nothing ? [-1] : listeners)})
        and from_at < ${untilAt} and until_at > ${fromAt} group by listener`;
      const unknown = new Map((await rowsOf(gaps)).map(({ listener, ms }) => [listener, ms]));
      const [music, tracks, artists] = await Promise.all([
        nothing ? [] : rowsOf(byListener),
        nothing ? undefined : count("track"),
        nothing ? undefined : count("artist"),
      ]);
      const totals = new Map(music.map((row) => [row.listener, row]));
      return keys.map((key) => {
        const id = ids.get(key) ?? -1;
        return {
          plays: totals.get(id)?.plays ?? 0,
          listenedMs: totals.get(id)?.ms ?? 0,
          tracks: tracks?.get(id) ?? 0,
          artists: artists?.get(id) ?? 0,
          unknownMs: unknown.get(id) ?? 0,
        };
      });
    },

    async listened(keys, periods) {
      const listeners = [...(await idsOf(keys)).values()];
      if (listeners.length === 0) return periods.map(() => 0);
      const now = clock.now();
      const sum = async (period: Period) => {
        const [row] = await rowsOf(sql<{ ms: number | null }>`select cast(sum(ms) as bigint) as ms
          from (${sourceOf("music", listeners, period, now)}) parts`);
        return row?.ms ?? 0;
      };
      const listened: number[] = [];
      for (const period of periods) listened.push(await sum(period));
      return listened;
    },

    async recent(key, beforeAt, limit) {
      const listener = await idOf(key);
      if (listener === undefined) return [];
      const rows = await playedQuery(db)
        .where("plays.listener", "=", listener)
        .where("plays.started_at", "<", beforeAt)
        .where("plays.hidden", "is", null)
        .orderBy("plays.started_at", "desc")
        .orderBy("plays.id", "desc")
        .limit(limit)
        .execute();
      return rows.map(toPlayed);
    },

    async search(key, words, limit) {
      const listener = await idOf(key);
      if (listener === undefined || words.length === 0) return [];
      const found = words.map((word) => sql`and tracks.words like ${containing(word)} escape '\\'`);
      const rows = await rowsOf(sql<Summed>`select heard.ref, heard.plays, heard.ms from play_sums heard
        join tracks on tracks.id = heard.ref
        where heard.listener = ${listener} and heard.what = ${sums.track} and heard.span = 0 ${sql.join(found, sql` `)}
        order by heard.plays desc, heard.ms desc, heard.ref limit ${limit}`);
      return charted("tracks", rows, new Map());
    },

    async find(keys, what, words, limit) {
      const listeners = [...(await idsOf(keys)).values()];
      if (listeners.length === 0 || words.length === 0) return [];
      const table = sql.raw(what === "artist" ? "artists" : "tracks");
      const name = sql.raw(what === "artist" ? "artists.folded" : "tracks.words");
      const holds = words.map((word) => sql`and ${name} like ${containing(word)} escape '\\'`);
      const rows = await rowsOf(sql<Summed & { listeners: number }>`select heard.ref,
          cast(sum(heard.plays) as bigint) as plays, cast(sum(heard.ms) as bigint) as ms, count(*) as listeners
        from play_sums heard join ${table} on ${table}.id = heard.ref
        where heard.listener in (${sql.join(listeners)}) and heard.what = ${sums[what]} and heard.span = 0
        and heard.plays > 0 ${sql.join(holds, sql` `)}
        group by heard.ref, ${name}
        order by case when ${name} = ${words.join(" ")} then 0 else 1 end, 2 desc, 3 desc, 1 limit ${limit}`);
      const listenersOf = new Map(rows.map(({ ref, listeners: count }) => [ref, count]));
      return charted(what === "artist" ? "artists" : "tracks", rows, listenersOf);
    },

    async origins(key) {
      const listener = await idOf(key);
      if (listener === undefined) return [];
      return rowsOf(sql<{ origin: string; plays: number }>`select play_sources.origin as origin, count(*) as plays
        from plays join play_sources on play_sources.id = plays.source where plays.listener = ${listener}
        group by play_sources.origin order by 2 desc, 1`);
    },

    async heard(keys, of) {
      const ids = await idsOf(keys);
      if (ids.size === 0) return keys.map(() => ({ plays: 0, listenedMs: 0 }));
      const [what, ref] = "trackId" in of ? [sums.track, of.trackId] : [sums.artist, of.artistId];
      const rows = await rowsOf(sql<{ listener: number; plays: number; ms: number }>`select listener, plays, ms
        from play_sums where listener in (${sql.join([...ids.values()])}) and what = ${what} and span = 0 and ref = ${ref}`);
      const heard = new Map(rows.map((row) => [row.listener, row]));
      return keys.map((key) => {
        const row = heard.get(ids.get(key) ?? -1);
        return { plays: row?.plays ?? 0, listenedMs: row?.ms ?? 0 };
      });
    },

    async first(key, of) {
      const listener = await idOf(key);
      if (listener === undefined) return undefined;
      let query = playedQuery(db)
        .where("plays.listener", "=", listener)
        .where("plays.counts", "=", 1)
        .where("plays.hidden", "is", null)
        .orderBy("plays.started_at")
        .orderBy("plays.id")
        .limit(1);
      if (of === undefined) query = query.where("plays.kind", "=", 0);
      else {
        const [what, ref] = "trackId" in of ? [sums.track, of.trackId] : [sums.artist, of.artistId];
        // The first month is found among the sums; only its plays are looked through.
        const [month] = await rowsOf(sql<{ span: number | null }>`select min(span) as span from play_sums
          where listener = ${listener} and ref = ${ref} and span % 100 > 0
          and what in (${what}, ${"trackId" in of ? sums.episode : what})`);
        if (month?.span == null) return undefined;
        const startAt = Date.UTC(Math.floor(month.span / 100), (month.span % 100) - 1);
        query = query.where("plays.started_at", ">=", startAt);
        query = "trackId" in of ? query.where("plays.track", "=", ref) : query.where("tracks.artist", "=", ref);
      }
      const row = await query.executeTakeFirst();
      return row && toPlayed(row);
    },

    async discoveries(key, chart, period, limit) {
      const listener = await idOf(key);
      if (listener === undefined) return { rows: [], total: 0 };
      const now = clock.now();
      const within = chartOf(chart, false, [listener], period, now);
      const earlier = chartOf(chart, false, [listener], { fromAt: always.fromAt, untilAt: period.fromAt }, now);
      const rows = await rowsOf(sql<Summed & { total: number }>`select ref, plays, ms, count(*) over () as total
        from (${within}) heard where ref not in (select ref from (${earlier}) before)
        order by plays desc, ms desc, ref limit ${limit}`);
      return { rows: await charted(chart, rows, new Map()), total: rows[0]?.total ?? 0 };
    },

    async days(key, shifts) {
      const listener = await idOf(key);
      if (listener === undefined) return [];
      const furthestMs = shifts.reduce((most, { aheadMs }) => Math.max(most, aheadMs), shifts[0]?.aheadMs ?? 0);
      // Numbers reach SQLite as REAL, whose quotient has a fraction.
      const day = (at: RawBuilder<unknown>) => sql`cast(${localTime(at, shifts)} / ${DAY_MS} as bigint)`;
      // From one day to the next, as there are many plays in each. Where clocks are turned back, the next one found may be of
      // the same day, but none is passed over.
      const nextAt = sql`(${day(sql`found.at`)} + 1) * ${DAY_MS} - cast(${furthestMs} as bigint)`;
      const firstFrom = (at: RawBuilder<unknown>) => sql`(select started_at from plays where listener = ${listener}
        and started_at >= ${at} and ${counting("track")} order by started_at limit 1)`;
      const rows = await rowsOf(sql<{ day: number }>`with recursive found(at) as (
          select ${firstFrom(sql`${FIRST_AT}`)}
          union all select ${firstFrom(sql`case when ${nextAt} > found.at then ${nextAt} else found.at + 1 end`)}
          from found where found.at is not null)
        select distinct cast(${day(sql`found.at`)} as integer) as day from found where found.at is not null order by day`);
      return rows.map((row) => row.day);
    },

    async sessions(key, { fromAt, untilAt }, { pauseMs, limit }) {
      const listener = await idOf(key);
      if (listener === undefined) return { total: 0, longest: [] };
      type Row = { start_at: number; end_at: number; plays: number; ms: number; total: number };
      const rows = await rowsOf(sql<Row>`select min(started_at) as start_at, max(ended_at) as end_at, count(*) as plays,
          cast(sum(listened_ms) as bigint) as ms, count(*) over () as total
        from (select started_at, ended_at, listened_ms, sum(fresh) over (order by started_at, id) as session from (
          select id, started_at, ended_at, listened_ms, case when started_at - max(ended_at) over (
            order by started_at, id rows between unbounded preceding and 1 preceding) < ${pauseMs} then 0 else 1 end as fresh
          from plays where listener = ${listener} and started_at >= ${fromAt} and started_at < ${untilAt}
          and ${counting("track")}) marked) numbered
        group by session order by max(ended_at) - min(started_at) desc, min(started_at) limit ${limit}`);
      const longest = rows.map(({ start_at, end_at, plays, ms }) => ({
        fromAt: start_at,
        untilAt: end_at,
        plays,
        listenedMs: ms,
      }));
      return { total: rows[0]?.total ?? 0, longest };
    },

    async hours(keys, { fromAt, untilAt }, shifts) {
      const listeners = [...(await idsOf(keys)).values()];
      if (listeners.length === 0) return [];
      const hours = sql`${localTime(sql`started_at`, shifts)} / ${HOUR_MS} + ${MONDAY_AHEAD_HOURS}`;
      const rows = await rowsOf(sql<{ hour: number; plays: number; ms: number }>`
        select cast((${hours}) % ${WEEK_HOURS} as integer) as hour, count(*) as plays, cast(sum(listened_ms) as bigint) as ms
        from plays where listener in (${sql.join(listeners)}) and started_at >= ${fromAt} and started_at < ${untilAt}
        and ${counting("track")} group by 1 order by 1`);
      return rows.map(({ hour, plays, ms }) => ({ hour, plays, listenedMs: ms }));
    },
  };
}
