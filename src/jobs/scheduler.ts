import type { Clock } from "../contracts/clock.ts";
import { isSegueError } from "../contracts/errors.ts";
import type { Log } from "../contracts/log.ts";
import type { Job, JobsStanding, Scheduler } from "../contracts/scheduler.ts";
import { during } from "../trace.ts";

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 5 * 60 * 1000;
/** Node fires a timer of more than 24.8 days at once (https://nodejs.org/api/timers.html#settimeoutcallback-delay-args). */
const LONGEST_SLEEP_MS = 24 * 60 * 60 * 1000;
const LONGEST_ROUND_MS = 10 * 60 * 1000;
/** One failure is a hiccup. */
const DOWN_AFTER = 3;

type Running = {
  /** Ends the job for good. */
  stop: AbortController;
  /** Ends the present sleep. */
  nap: AbortController;
  /** Woken while a round ran: the next one follows at once. */
  again: boolean;
  ended: Promise<void>;
  /** Running. */
  failures: number;
  why: string;
  /** Absent between two rounds. */
  round: { beganAt: number; mostMs: number } | undefined;
};

/** Runs every job in rounds of its own: first at once, then when the last round said. Rounds of one name never overlap. */
export function createScheduler({ clock, log }: { clock: Clock; log: Log }): Scheduler {
  const jobs = new Map<string, Running>();
  let stopped = false;

  async function sleep(running: Running, ms: number): Promise<void> {
    // Counted down and not read from the clock: one that is put back by a day would let no job run for a day.
    let left = Math.max(0, ms);
    while (!running.again && !running.stop.signal.aborted) {
      const nap = Math.min(left, LONGEST_SLEEP_MS);
      running.nap = new AbortController();
      await clock.sleep(nap, running.nap.signal).catch(() => {});
      left -= nap;
      if (left <= 0) return;
    }
  }

  async function rounds(job: Job, running: Running, after: Promise<void> | undefined): Promise<void> {
    await after;
    while (!running.stop.signal.aborted) {
      running.again = false;
      let waitMs: number;
      running.round = { beganAt: clock.now(), mostMs: job.roundMs ?? LONGEST_ROUND_MS };
      try {
        const next = await job.run(running.stop.signal);
        if (next === "stop") return;
        if (!Number.isFinite(next.againInMs)) throw new TypeError("a job must say when it is due again");
        waitMs = next.againInMs;
        running.failures = next.failed === undefined ? 0 : running.failures + 1;
        running.why = next.failed ?? "";
      } catch (error) {
        if (running.stop.signal.aborted) return;
        waitMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(running.failures, 20));
        running.failures += 1;
        // Only the kind of it: a message may quote what was asked.
        running.why = isSegueError(error) ? error.code : error instanceof Error ? error.name : "unknown";
        log.error({ failures: running.failures, againInMs: waitMs, err: error }, "job failed");
      }
      running.round = undefined;
      await sleep(running, waitMs);
    }
  }

  function troubleOf({ failures, why, round }: Running): string | undefined {
    const lastsMs = round ? clock.now() - round.beganAt : 0;
    if (round && lastsMs > round.mostMs) return `hangs for ${Math.round(lastsMs / 1000)} s`;
    return failures >= DOWN_AFTER ? `failed ${failures} times running: ${why}` : undefined;
  }

  function end(name: string): Promise<void> | undefined {
    const running = jobs.get(name);
    if (!running) return undefined;
    jobs.delete(name);
    running.stop.abort();
    running.nap.abort("woken");
    return running.ended;
  }

  return {
    add(job) {
      if (stopped) return;
      const earlier = end(job.name);
      const running: Running = {
        stop: new AbortController(),
        nap: new AbortController(),
        again: false,
        ended: Promise.resolve(),
        failures: 0,
        why: "",
        round: undefined,
      };
      jobs.set(job.name, running);
      // Whoever adds it is long gone while it runs.
      running.ended = during({ job: job.name }, () => rounds(job, running, earlier)).finally(() => {
        if (jobs.get(job.name) === running) jobs.delete(job.name);
      });
    },
    wake(name) {
      const running = jobs.get(name);
      if (!running) return;
      running.again = true;
      running.nap.abort("woken");
    },
    remove(name) {
      void end(name);
    },
    standing() {
      const kinds = new Map<string, JobsStanding>();
      for (const [name, running] of jobs) {
        const [kind = name] = name.split(":", 1);
        const why = troubleOf(running);
        const { jobs: known, down, ...before } = kinds.get(kind) ?? { kind, jobs: 0, down: 0 };
        kinds.set(kind, {
          ...before,
          jobs: known + 1,
          down: down + (why === undefined ? 0 : 1),
          ...(why === undefined ? {} : { why }),
        });
      }
      return [...kinds.values()];
    },
    async stop(withinMs) {
      stopped = true;
      const names = [...jobs.keys()];
      const ended = Promise.all(names.map(end)).then(() => "ended" as const);
      const timer = new AbortController();
      const late = clock.sleep(withinMs, timer.signal).then(
        () => "late" as const,
        () => "ended" as const,
      );
      if ((await Promise.race([ended, late])) === "late")
        log.warn({ jobs: names, withinMs }, "jobs did not end in time");
      timer.abort();
    },
  };
}
