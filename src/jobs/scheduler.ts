import type { Clock } from "../contracts/clock.ts";
import type { Log } from "../contracts/log.ts";
import type { Job, Scheduler } from "../contracts/scheduler.ts";

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 5 * 60 * 1000;
/** Node fires a timer of more than 24.8 days at once (https://nodejs.org/api/timers.html#settimeoutcallback-delay-args). */
const LONGEST_SLEEP_MS = 24 * 60 * 60 * 1000;

type Running = {
  /** Ends the job for good. */
  stop: AbortController;
  /** Ends the present sleep. */
  nap: AbortController;
  /** Woken while a round ran: the next one follows at once. */
  again: boolean;
  ended: Promise<void>;
};

/** Runs every job in rounds of its own: first at once, then when the last round said. Rounds of one name never overlap. */
export function createScheduler({ clock, log }: { clock: Clock; log: Log }): Scheduler {
  const jobs = new Map<string, Running>();
  let stopped = false;

  async function sleep(running: Running, ms: number): Promise<void> {
    const until = clock.now() + ms;
    while (!running.again && !running.stop.signal.aborted) {
      const left = Math.min(until - clock.now(), LONGEST_SLEEP_MS);
      running.nap = new AbortController();
      await clock.sleep(Math.max(0, left), running.nap.signal).catch(() => {});
      if (clock.now() >= until) return;
    }
  }

  async function rounds(job: Job, running: Running, after: Promise<void> | undefined): Promise<void> {
    await after;
    let failures = 0;
    while (!running.stop.signal.aborted) {
      running.again = false;
      let waitMs: number;
      try {
        const next = await job.run(running.stop.signal);
        if (next === "stop") return;
        if (!Number.isFinite(next.againInMs)) throw new TypeError("a job must say when it is due again");
        waitMs = next.againInMs;
        failures = 0;
      } catch (error) {
        if (running.stop.signal.aborted) return;
        waitMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures, 20));
        failures += 1;
        log.error({ job: job.name, failures, againInMs: waitMs, err: error }, "job failed");
      }
      await sleep(running, waitMs);
    }
  }

  function end(name: string): Promise<void> | undefined {
    const running = jobs.get(name);
    if (!running) return undefined;
    jobs.delete(name);
    running.stop.abort();
    running.nap.abort();
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
      };
      jobs.set(job.name, running);
      running.ended = rounds(job, running, earlier).finally(() => {
        if (jobs.get(job.name) === running) jobs.delete(job.name);
      });
    },
    wake(name) {
      const running = jobs.get(name);
      if (!running) return;
      running.again = true;
      running.nap.abort();
    },
    remove(name) {
      void end(name);
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
