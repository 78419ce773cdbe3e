import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { systemClock } from "../../src/clock.ts";
import type { Period, Sighting } from "../../src/contracts/listening.ts";
import { createCompose } from "../../src/listening/digest/compose.ts";
import { createHistoryDesk } from "../../src/listening/ledger/desk.ts";
import { createLedger } from "../../src/listening/ledger/ledger.ts";
import { createReviews } from "../../src/listening/ledger/review.ts";
import { createStats } from "../../src/listening/stats/stats.ts";
import { openStore } from "../../src/store/open.ts";
import { silentLog as log } from "../support/log.ts";
import { against, emit, median, progress, round, spread } from "./figures.ts";
import { type Filled, fillHistory, listenerNamed } from "./history-fill.ts";
import { monotonicMs } from "./monotonic.ts";
import type { BenchOptions } from "./options.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** A place of fifty; what it asks is in the zone of Berlin, so that no month is a whole one of the sums'. */
const MEMBERS = 50;
const AHEAD_MS = 60 * MINUTE;
const ROUNDS = 20;
const MOST_BLOCKED_MS = 50;

const month = (year: number, number: number): Period => ({
  fromAt: Date.UTC(year, number) - AHEAD_MS,
  untilAt: Date.UTC(year, number + 1) - AHEAD_MS,
});

async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** How long each took, of that processor time of all threads, and how long the event loop stood still meanwhile at the longest. */
async function timed(rounds: number, work: (round: number) => Promise<unknown>) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const times: number[] = [];
  const cpu: number[] = [];
  delay.enable();
  for (let at = 0; at < rounds; at++) {
    // Only from one turn of the loop to the next is it seen for how long it stood still.
    await turns();
    const [from, before] = [monotonicMs(), process.cpuUsage()];
    await work(at);
    times.push(monotonicMs() - from);
    const { user, system } = process.cpuUsage(before);
    cpu.push((user + system) / 1000);
  }
  await turns();
  delay.disable();
  return { ...spread(times), cpu_p50_ms: median(cpu), blocked_ms: round(delay.max / 1e6) };
}

/** Ten million plays on SQLite: what people ask of them, and what it costs to write beside them. */
export async function history({ plays }: BenchOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "segue-history-"));
  const path = join(folder, "segue.sqlite");
  try {
    await (await openStore({ url: `sqlite:${path}`, clock: systemClock, log })).close();
    const from = monotonicMs();
    const filled = fillHistory(path, plays, systemClock.now(), progress);
    const bytes = statSync(path).size;
    emit({
      bench: "history_size",
      plays: filled.plays,
      listeners: filled.listeners,
      sums: filled.sums,
      mb: round(bytes / 1e6, 0),
      bytes_per_play: round(bytes / filled.plays, 0),
      filled_s: round((monotonicMs() - from) / 1000, 0),
    });
    await measure(path, filled);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(path: string, { listeners, lastYear }: Filled): Promise<void> {
  const store = await openStore({ url: `sqlite:${path}`, clock: systemClock, log });
  try {
    const stats = createStats({ store, clock: systemClock });
    const reviews = createReviews({ store, clock: systemClock });
    const desk = createHistoryDesk({ store, clock: systemClock, reviews });
    const ledger = createLedger({ store, clock: systemClock, privateTimes: async () => [] });
    const someone = (round: number) => listenerNamed(round % listeners);
    const year: Period = { fromAt: Date.UTC(lastYear, 0) - AHEAD_MS, untilAt: Date.UTC(lastYear + 1, 0) - AHEAD_MS };
    const always: Period = { fromAt: 0, untilAt: systemClock.now() };
    const members = Array.from({ length: Math.min(MEMBERS, listeners) }, (_, at) => listenerNamed(at));
    // The thread that reads starts with the first question.
    await stats.first(someone(0));

    const report = async (
      bench: string,
      aimMs: number | undefined,
      rounds: number,
      work: (at: number) => Promise<unknown>,
    ) => {
      const { blocked_ms, ...figures } = await timed(rounds, work);
      emit({
        bench,
        ...figures,
        ...(aimMs !== undefined && against(figures.p50_ms, aimMs)),
        blocked_ms,
        blocked_met: blocked_ms <= MOST_BLOCKED_MS,
      });
    };
    await report("history_month", 5, ROUNDS, (at) => stats.top([someone(at)], "tracks", month(lastYear, at % 12)));
    await report("history_month_artists", 5, ROUNDS, (at) =>
      stats.top([someone(at)], "artists", month(lastYear, at % 12)),
    );
    await report("history_all_time", 150, ROUNDS, (at) => stats.top([someone(at)], "tracks", always));
    await report("history_all_time_albums", 150, ROUNDS, (at) => stats.top([someone(at)], "albums", always));
    await report("history_digest_50_year", 200, ROUNDS / 4, () =>
      Promise.all([
        stats.top(members, "tracks", year),
        stats.top(members, "artists", year),
        stats.totals(members, year),
      ]),
    );
    const compose = createCompose({ stats, ledger });
    await report("history_digest_50_year_whole", 200, ROUNDS / 4, () =>
      compose({ listeners: members, kind: "year", period: year, zone: "Europe/Berlin" }),
    );
    await report("history_search", undefined, ROUNDS, (at) => stats.search(someone(at), `song ${at}`));
    await report("history_discoveries_month", undefined, ROUNDS, (at) =>
      stats.discoveries(someone(at), "tracks", month(lastYear, 11)),
    );
    await report("history_streaks", undefined, ROUNDS, (at) => stats.streaks(someone(at), "Europe/Berlin"));
    await report("history_clock_year", undefined, ROUNDS, (at) => stats.clock([someone(at)], year, "Europe/Berlin"));
    await report("history_sessions_month", undefined, ROUNDS, (at) =>
      stats.sessions(someone(at), month(lastYear, at % 12)),
    );

    const now = systemClock.now();
    const seen = (at: number, serial: string): Sighting => ({
      source: { origin: "bench", way: "observed" },
      key: `${serial} ${at}`,
      heard: {
        kind: "track",
        uri: `bench:track:${at % 1_000}`,
        title: `Song ${at % 1_000}`,
        artists: [{ name: "Band" }],
      },
      startedAt: now - DAY + at * 4 * MINUTE,
      endedAt: now - DAY + at * 4 * MINUTE + 3 * MINUTE,
      exact: "both",
      listenedMs: 3 * MINUTE,
    });
    await report("history_record_one", undefined, 100, (at) => ledger.record(someone(at), [seen(at, "one")]));
    await report("history_record_500", undefined, ROUNDS, (at) =>
      ledger.record(
        someone(at),
        Array.from({ length: 500 }, (_, index) => {
          const sighting = seen(index, `batch ${at}`);
          const back = (400 + at * 2) * DAY;
          return { ...sighting, startedAt: sighting.startedAt - back, endedAt: sighting.endedAt - back };
        }),
      ),
    );
    const [artist] = await stats.top([someone(3)], "artists", always, { limit: 1 });
    await report("history_hide_artist", undefined, 1, () =>
      desk.hide(someone(3), { what: "artist", id: artist?.id ?? 0 }),
    );
    await report("history_forget", undefined, 1, () => desk.forget(someone(4)));
  } finally {
    await store.close();
  }
}
