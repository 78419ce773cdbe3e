import type { Clock } from "../../contracts/clock.ts";
import { SegueError } from "../../contracts/errors.ts";
import type { ListenerKey, Period, Stats } from "../../contracts/listening.ts";
import type { Shift } from "../../contracts/plays.ts";
import type { Store } from "../../contracts/store.ts";
import { foldWords } from "../ledger/words.ts";
import { shiftsOf } from "./zone.ts";

/** A session ends where there was nothing for so long. */
const PAUSE_MS = 30 * 60_000;
const DAY_MS = 24 * 60 * 60_000;
const HOURS = 24;
const DAYS = 7;
const MOST_ROWS = 200;
const MOST_LISTENERS = 500;
const MOST_WORDS = 8;
const MOST_PERIODS = 400;
const ALWAYS = { fromAt: 0, untilAt: Number.MAX_SAFE_INTEGER };

const rowsOf = (limit: number | undefined, usual: number): number =>
  Math.max(0, Math.min(MOST_ROWS, Math.floor(limit ?? usual)));

const emptyHours = () => Array.from({ length: HOURS }, () => ({ plays: 0, listenedMs: 0 }));

type Run = { first: number; last: number };

/** Days in a row, each run by its first and last day. */
function runsOf(days: readonly number[]): Run[] {
  const runs: Run[] = [];
  for (const day of days) {
    const last = runs.at(-1);
    if (last && day === last.last + 1) last.last = day;
    else runs.push({ first: day, last: day });
  }
  return runs;
}

/** What can be said of plays, as the contract has it. */
export function createStats({
  store: { plays, playStats },
  clock,
}: {
  store: Pick<Store, "plays" | "playStats">;
  clock: Clock;
}): Stats {
  function shifts(zone: string, period: Period): Shift[] {
    try {
      return shiftsOf(zone, period);
    } catch (error) {
      throw new SegueError("InvalidInput", { field: "zone", why: "unknown", given: zone }, { cause: error });
    }
  }

  /** From the first play to the last, as far as the period reaches: a zone's whole past need not be known. */
  async function heardIn(listeners: readonly ListenerKey[], { fromAt, untilAt }: Period): Promise<Period> {
    const bounds = await Promise.all(listeners.map((listener) => plays.bounds(listener)));
    const known = bounds.flatMap((each) => each ?? []);
    const first = Math.min(...known.map(({ firstAt }) => firstAt));
    const last = Math.max(...known.map(({ lastAt }) => lastAt)) + 1;
    if (known.length === 0) return { fromAt, untilAt: fromAt };
    return { fromAt: Math.max(fromAt, first), untilAt: Math.min(untilAt, last) };
  }

  async function hoursOf(listeners: readonly ListenerKey[], period: Period, zone: string) {
    const asked = listeners.slice(0, MOST_LISTENERS);
    const heard = await heardIn(asked, period);
    return playStats.hours(asked, period, shifts(zone, heard));
  }

  return {
    top: (listeners, chart, period, options = {}) =>
      playStats.top(listeners.slice(0, MOST_LISTENERS), chart, period, {
        limit: rowsOf(options.limit, 10),
        offset: Math.max(0, Math.floor(options.offset ?? 0)),
        allArtists: options.artists === "all",
      }),

    totals: (listeners, period) => playStats.totals(listeners.slice(0, MOST_LISTENERS), period),

    listened: (listeners, periods) =>
      playStats.listened(listeners.slice(0, MOST_LISTENERS), periods.slice(0, MOST_PERIODS)),

    recent: (listener, options = {}) =>
      playStats.recent(listener, options.beforeAt ?? ALWAYS.untilAt, rowsOf(options.limit, 10)),

    async search(listener, words, options = {}) {
      const folded = foldWords(words).split(" ").filter(Boolean).slice(0, MOST_WORDS);
      return playStats.search(listener, folded, rowsOf(options.limit, 10));
    },

    async find(listeners, what, words) {
      const folded = foldWords(words).split(" ").filter(Boolean).slice(0, MOST_WORDS);
      return playStats.find(listeners.slice(0, MOST_LISTENERS), what, folded, 10);
    },

    origins: (listener) => playStats.origins(listener),

    heard: (listeners, of) => playStats.heard(listeners.slice(0, MOST_LISTENERS), of),

    first: (listener, of) => playStats.first(listener, of),

    discoveries: (listener, chart, period, options = {}) =>
      playStats.discoveries(listener, chart, period, rowsOf(options.limit, 10)),

    async streaks(listener, zone) {
      const now = clock.now();
      const known = shifts(zone, await heardIn([listener], ALWAYS));
      const runs = runsOf(await playStats.days(listener, known));
      const here = shifts(zone, { fromAt: now, untilAt: now });
      const today = Math.floor((now + (here[0]?.aheadMs ?? 0)) / DAY_MS);
      const startOf = (day: number): number => startOfDay(day, [...known, ...here]);
      const streakOf = ({ first, last }: Run) => ({
        fromAt: startOf(first),
        untilAt: startOf(last + 1),
        days: last - first + 1,
      });
      const last = runs.at(-1);
      const longest = runs.toSorted((a, b) => b.last - b.first - (a.last - a.first))[0];
      return {
        ...(last && last.last >= today - 1 && { current: streakOf(last) }),
        ...(longest && { longest: streakOf(longest) }),
      };
    },

    sessions: (listener, period, options = {}) =>
      playStats.sessions(listener, period, { pauseMs: PAUSE_MS, limit: rowsOf(options.limit, 3) }),

    async clock(listeners, period, zone) {
      const hours = emptyHours();
      for (const { hour, plays: count, listenedMs } of await hoursOf(listeners, period, zone)) {
        const sum = hours[hour % HOURS];
        if (!sum) continue;
        sum.plays += count;
        sum.listenedMs += listenedMs;
      }
      return hours;
    },

    async week(listener, period, zone) {
      const week = Array.from({ length: DAYS }, () => Array<number>(HOURS).fill(0));
      for (const { hour, plays: count } of await hoursOf([listener], period, zone)) {
        const day = week[Math.floor(hour / HOURS)];
        if (day) day[hour % HOURS] = count;
      }
      return week;
    },
  };
}

/** When the local day begins: midnight as the clocks stood then. */
function startOfDay(day: number, shifts: readonly Shift[]): number {
  const midnight = day * DAY_MS;
  const held = shifts.findLast(({ fromAt, aheadMs }) => fromAt <= midnight - aheadMs) ?? shifts[0];
  return midnight - (held?.aheadMs ?? 0);
}
