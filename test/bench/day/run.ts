import { parseArgs } from "node:util";
import { givingWay } from "../../../src/listening/watch/giving-way.ts";
import { round } from "../figures.ts";
import { monotonicMs } from "../monotonic.ts";
import { rivals, runRival } from "./rivals.ts";
import { announcements, record } from "./score.ts";
import { catalogue, type Simulated, simulate } from "./simulate.ts";
import { madeTraces, readTraces } from "./traces.ts";

/**
 * `npm run -s bench:day -- [--people N] [--days N] [--seed N] [--traces FILE] [--policy NAME] [--budget N] [--calm] [--free]`: days of listening,
 * watched by the real code over HTTP to the rehearsal, on a clock that jumps; one JSON object on stdout. README.md says what is in it.
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
    budget: { type: "string", default: "1000" },
    traces: { type: "string" },
    policy: { type: "string" },
    calm: { type: "boolean", default: false },
    free: { type: "boolean", default: false },
  },
});
const [people, days, seed, dailyCalls] = [values.people, values.days, values.seed, values.budget].map(Number);
const names = [OURS, ...rivals.map(({ name }) => name)];
const whole = (value: number | undefined, least: number, most: number): value is number =>
  value !== undefined && Number.isInteger(value) && value >= least && value <= most;
if (
  !whole(people, 1, 50) ||
  !whole(days, 1, 60) ||
  !whole(seed, 0, 2 ** 31) ||
  !whole(dailyCalls, 1, 1e6) ||
  (values.policy !== undefined && !names.includes(values.policy))
) {
  process.stderr.write(
    "npm run -s bench:day -- [--people 1..50] [--days 1..60] [--seed N] [--traces FILE] [--policy NAME] [--budget N] [--calm] [--free]\n" +
      `NAME is one of: ${names.join(", ")}\n`,
  );
  process.exit(1);
}

const began = monotonicMs();
/** A Monday. */
const monday = Date.UTC(2026, 10, 23);
const given =
  values.traces === undefined
    ? {
        traces: madeTraces({ catalogue, people, days, seed, startAt: monday }),
        startAt: monday,
        endAt: monday + days * DAY,
      }
    : readTraces(values.traces, catalogue);
const day = await simulate({ ...given, seed, dailyCalls, faults: !values.calm, free: values.free });
const wanted = (name: string) => values.policy === undefined || values.policy === name;
const everyone = given.traces.map(({ person }) => person);

process.stdout.write(
  `${JSON.stringify({
    people: everyone.length,
    days: Math.round((given.endAt - given.startAt) / DAY),
    seed,
    ...(values.traces === undefined ? {} : { traces: values.traces }),
    daily_budget: dailyCalls,
    tracks: day.segments.length,
    commands: day.commands,
    blind_minutes: round(day.blind.reduce((sum, { fromAt, untilAt }) => sum + untilAt - fromAt, 0) / 60_000, 1),
    policies: {
      ...(wanted(OURS) ? { [OURS]: ours(day) } : {}),
      ...Object.fromEntries(rivals.filter(({ name }) => wanted(name)).map((rival) => [rival.name, theirs(rival)])),
    },
    gives_way: givingWay,
    took_s: round((monotonicMs() - began) / 1_000, 1),
  })}\n`,
);

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

function theirs(rival: (typeof rivals)[number]) {
  const result = runRival(rival, day.segments, given, everyone);
  const { controls = 0 } = day.callsByLane;
  const sorted = [...result.times].sort((a, b) => a - b);
  const last = sorted[dailyCalls ?? 0];
  return {
    calls: result.calls + controls,
    /** The hour of the first day after which nothing more would have been answered. */
    ...(last === undefined ? {} : { locked_out_after_h: round((last - given.startAt) / 3_600_000, 1) }),
    ...announcements(day.segments, result.announced, []),
    record: record(day.segments, result.written, [], same),
  };
}
