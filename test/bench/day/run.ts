import { parseArgs } from "node:util";
import { givingWay } from "../../../src/listening/watch/giving-way.ts";
import { round } from "../figures.ts";
import { monotonicMs } from "../monotonic.ts";
import { rivals, runRival } from "./rivals.ts";
import { announcements, type Case, record } from "./score.ts";
import { catalogue, type Given, type Simulated, simulate } from "./simulate.ts";
import { madeTraces, readTraces } from "./traces.ts";

/**
 * `npm run -s bench:day -- [--people N] [--days N] [--seed N | --seeds A-B] [--traces FILE] [--policy NAME] [--budget N] [--curve] [--calm]
 * [--free]`: days of listening, watched by the real code over HTTP to the rehearsal, on a clock that jumps; one JSON object on stdout.
 * README.md says what is in it.
 */
const OURS = "segue";
const DAY = 24 * 60 * 60_000;
const { values } = parseArgs({
  // Behind node, bin/run.js and the name of this file.
  args: process.argv.slice(3),
  options: {
    people: { type: "string", default: "5" },
    days: { type: "string", default: "1" },
    seed: { type: "string", default: "1" },
    seeds: { type: "string" },
    budget: { type: "string", default: "1000" },
    traces: { type: "string" },
    policy: { type: "string" },
    curve: { type: "boolean", default: false },
    calm: { type: "boolean", default: false },
    free: { type: "boolean", default: false },
  },
});
const [people, days, seed, dailyCalls] = [values.people, values.days, values.seed, values.budget].map(Number);
const names = [OURS, ...rivals.map(({ name }) => name)];
const whole = (value: number | undefined, least: number, most: number): value is number =>
  value !== undefined && Number.isInteger(value) && value >= least && value <= most;
const seeds = /^(\d{1,9})-(\d{1,9})$/.exec(values.seeds ?? `${seed}-${seed}`);
const [first, last] = [Number(seeds?.[1]), Number(seeds?.[2])];
if (
  !whole(people, 1, 50) ||
  !whole(days, 1, 60) ||
  !whole(first, 0, 2 ** 31) ||
  !whole(last, first, first + 9_999) ||
  !whole(dailyCalls, 1, 1e6) ||
  (values.policy !== undefined && !names.includes(values.policy))
) {
  process.stderr.write(
    "npm run -s bench:day -- [--people 1..50] [--days 1..60] [--seed N | --seeds A-B] [--traces FILE] [--policy NAME] [--budget N] [--curve] [--calm] [--free]\n" +
      `NAME is one of: ${names.join(", ")}\n`,
  );
  process.exit(1);
}

const began = monotonicMs();
const took = () => round((monotonicMs() - began) / 1_000, 1);
const print = (result: object) => process.stdout.write(`${JSON.stringify({ ...result, took_s: took() })}\n`);
/** A Monday. */
const monday = Date.UTC(2026, 10, 23);
const shape = { people, days };
const file = values.traces === undefined ? undefined : tracesOf(values.traces);
const wanted = (name: string) => values.policy === undefined || values.policy === name;

if (values.curve) print(await curve(shape, first));
else if (values.seeds !== undefined) print(await many(shape, first, last));
else print(await one(shape, first, dailyCalls));

function tracesOf(path: string): ReturnType<typeof readTraces> {
  const read = readTraces(path, catalogue);
  for (const { line, why } of read.bad.slice(0, 20)) process.stderr.write(`${path}:${line}: ${why}\n`);
  if (read.traces.length > 0) return read;
  process.stderr.write(`${path} holds no listening\n`);
  process.exit(1);
}

function listening({ people, days }: typeof shape, seed: number): Pick<Given, "traces" | "startAt" | "endAt"> {
  return (
    file ?? {
      traces: madeTraces({ catalogue, people, days, seed, startAt: monday }),
      startAt: monday,
      endAt: monday + days * DAY,
    }
  );
}

async function lived(of: typeof shape, seed: number, dailyCalls: number): Promise<{ given: Given; day: Simulated }> {
  const given = listening(of, seed);
  const { calm, free } = values;
  return { given, day: await simulate({ ...given, seed, dailyCalls, faults: !calm, free }) };
}

async function one(of: typeof shape, seed: number, dailyCalls: number) {
  const { given, day } = await lived(of, seed, dailyCalls);
  const { startAt, endAt, traces } = given;
  return {
    people: traces.length,
    days: Math.round((endAt - startAt) / DAY),
    seed,
    ...(file === undefined ? {} : { traces: values.traces, bad_lines: file.bad.length }),
    daily_budget: dailyCalls,
    tracks: day.segments.length,
    commands: day.commands,
    blind_minutes: round(day.blind.reduce((sum, { fromAt, untilAt }) => sum + untilAt - fromAt, 0) / 60_000, 1),
    policies: {
      ...(wanted(OURS) ? { [OURS]: ours(day) } : {}),
      ...Object.fromEntries(
        rivals.filter(({ name }) => wanted(name)).map((rival) => [rival.name, theirs(rival, given, day, dailyCalls)]),
      ),
    },
    gives_way: givingWay,
  };
}

/** The same question of many seeds: what all of them come to, and the worst of them by name. */
async function many(of: typeof shape, first: number, last: number) {
  const sums = {
    plays: 0,
    lost: 0,
    lost_and_unsaid: 0,
    doubled: 0,
    counted_though_short: 0,
    short_and_unseen: 0,
    gaps: 0,
  };
  const wrong: ({ seed: number } & Case)[] = [];
  const worst = { calls_in_a_day: 0, natural_p95_s: 0, session_start_p95_s: 0 };
  const medians: { natural: number[]; starts: number[] } = { natural: [], starts: [] };
  for (let seed = first; seed <= last; seed++) {
    const { day } = await lived(of, seed, dailyCalls ?? 0);
    const { callsByDay, segments, announced, written, gaps, blind } = day;
    const { cases, ...counts } = record(segments, written, gaps, same);
    for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += counts[name];
    wrong.push(...cases.filter(({ unseen }) => !unseen).map((each) => ({ seed, ...each })));
    const { lag } = announcements(segments, announced, blind);
    worst.calls_in_a_day = Math.max(worst.calls_in_a_day, ...callsByDay);
    worst.natural_p95_s = Math.max(worst.natural_p95_s, lag.natural.p95_s ?? 0);
    worst.session_start_p95_s = Math.max(worst.session_start_p95_s, lag.session_starts.p95_s ?? 0);
    medians.natural.push(lag.natural.median_s ?? 0);
    medians.starts.push(lag.session_starts.median_s ?? 0);
    process.stderr.write(`seed ${seed}: ${JSON.stringify(counts)} ${took()} s\n`);
  }
  const middle = (list: number[]) => list.sort((a, b) => a - b)[list.length >> 1] ?? 0;
  return {
    ...of,
    seeds: `${first}-${last}`,
    record: sums,
    worst,
    middle: { natural_median_s: middle(medians.natural), session_start_median_s: middle(medians.starts) },
    wrong: wrong.slice(0, 100),
  };
}

/** How early beginnings are known for so many calls a day. */
async function curve(of: typeof shape, seed: number) {
  const points = [];
  for (const budget of [500, 750, 1_000, 1_500, 2_500, 5_000, 10_000]) {
    const { day } = await lived(of, seed, budget);
    const { lag } = announcements(day.segments, day.announced, day.blind);
    const { session_starts, natural } = lag;
    points.push({ daily_budget: budget, calls_by_day: day.callsByDay, session_starts, natural });
    process.stderr.write(`${budget} calls a day: ${JSON.stringify(session_starts)}\n`);
  }
  return { ...of, seed, curve: points };
}

function same(a: string, b: string): boolean {
  const isrc = (uri: string) => catalogue.tracks.get(uri.split(":")[2] ?? "")?.isrc;
  return a === b || (isrc(a) !== undefined && isrc(a) === isrc(b));
}

function ours({ segments, announced, written, gaps, blind, callsByLane, callsByDay, callsCounted, spent }: Simulated) {
  const calls = Object.values(callsByLane).reduce((sum, each) => sum + each, 0);
  return {
    calls,
    calls_by_day: callsByDay,
    calls_by_lane: callsByLane,
    calls_counted_by_the_service: callsCounted,
    watching_last_day: Object.fromEntries(spent.map((each) => [each.purpose, each.calls])),
    ...announcements(segments, announced, blind),
    record: record(segments, written, gaps, same),
  };
}

function theirs(rival: (typeof rivals)[number], given: Given, day: Simulated, dailyCalls: number) {
  const everyone = given.traces.map(({ person }) => person);
  const result = runRival(rival, day.segments, given, everyone);
  const { controls = 0 } = day.callsByLane;
  const sorted = [...result.times].sort((a, b) => a - b);
  const last = sorted[dailyCalls];
  return {
    calls: result.calls + controls,
    /** The hour of the first day after which nothing more would have been answered. */
    ...(last === undefined ? {} : { locked_out_after_h: round((last - given.startAt) / 3_600_000, 1) }),
    ...announcements(day.segments, result.announced, []),
    record: record(day.segments, result.written, [], same),
  };
}
