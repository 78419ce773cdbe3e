import type { Clock } from "../../src/contracts/clock.ts";

/** A clock that stands still until a test moves it. Promises that hang on it settle inside `advance`. */
export interface FakeClock extends Clock {
  /** Moves time on by `ms`, waking every sleeper in order of its time, with pending work done in between. */
  advance(ms: number): Promise<void>;
  /** Jumps from sleeper to sleeper until none is left; resolves with the ms passed. Throws after `withinMs` of fake time. */
  runUntilIdle(withinMs?: number): Promise<number>;
  /**
   * Moves time on, sleeper by sleeper, until the promise has settled, and answers as it does. `realMs` is how long real
   * input and output (a server on loopback) may stay silent before fake time moves.
   */
  until<T>(promise: Promise<T>, options?: { withinMs?: number; realMs?: number }): Promise<T>;
  /** Number of sleepers. */
  pending(): number;
  /** When the next sleeper wakes. */
  nextAt(): number | undefined;
  /** Sets the time without waking anybody: a system clock that was wrong and is put right. */
  jumpTo(at: number): void;
}

type Sleeper = { dueAt: number; order: number; wake: () => void };

const QUIET_TURNS = 200;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Lets promise chains and loopback input and output move: several turns of the event loop, no time. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/**
 * Waits until nothing real has moved for a while. By the wall clock alone a busy machine would look quiet, so the event loop
 * must have turned often enough too, and no file may be on its way to the disk.
 */
async function quiet(realMs: number, settled: () => boolean): Promise<void> {
  let quietAt = performance.now() + realMs;
  for (let turn = 0; !settled() && (turn < QUIET_TURNS || performance.now() < quietAt); turn++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (turn % 8 === 0 && process.getActiveResourcesInfo().some((name) => name.startsWith("FSReq"))) {
      quietAt = performance.now() + realMs;
      turn = 0;
    }
  }
}

export function createFakeClock(start = Date.UTC(2026, 10, 21, 12)): FakeClock {
  let now = start;
  let order = 0;
  const sleepers = new Set<Sleeper>();

  function next(): Sleeper | undefined {
    let first: Sleeper | undefined;
    for (const sleeper of sleepers) {
      if (!first || sleeper.dueAt < first.dueAt || (sleeper.dueAt === first.dueAt && sleeper.order < first.order))
        first = sleeper;
    }
    return first;
  }

  async function advance(ms: number): Promise<void> {
    const end = now + ms;
    await turns();
    for (let first = next(); first && first.dueAt <= end; first = next()) {
      now = Math.max(now, first.dueAt);
      first.wake();
      await turns();
    }
    now = end;
    await turns();
  }

  return {
    now: () => now,
    sleep(ms, signal) {
      return new Promise<void>((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        // A sleep of nothing still lets others run, as a real timer does; otherwise a loop over it would never yield.
        if (!(ms > 0)) return setImmediate(() => (signal?.aborted ? reject(signal.reason) : resolve()));
        const sleeper: Sleeper = { dueAt: now + ms, order: order++, wake: () => end(resolve) };
        const onAbort = () => end(() => reject(signal?.reason));
        const end = (settle: () => void) => {
          sleepers.delete(sleeper);
          signal?.removeEventListener("abort", onAbort);
          settle();
        };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", onAbort, { once: true });
      });
    },
    advance,
    async runUntilIdle(withinMs = DAY_MS) {
      const from = now;
      await turns();
      for (let first = next(); first; first = next()) {
        if (first.dueAt - from > withinMs)
          throw new Error(`not idle within ${withinMs} ms: ${sleepers.size} still sleeping`);
        await advance(Math.max(0, first.dueAt - now));
      }
      return now - from;
    },
    async until(promise, { withinMs = DAY_MS, realMs = 0 } = {}) {
      const from = now;
      let settled = false;
      const mark = () => {
        settled = true;
      };
      promise.then(mark, mark);
      while (!settled) {
        await turns();
        if (realMs > 0) await quiet(realMs, () => settled);
        if (settled) break;
        const first = next();
        // Nobody sleeps, so only real input or output can settle it: leave that to the promise and the test's own limit.
        if (!first) {
          await new Promise<void>((resolve) => setTimeout(resolve, 1));
          continue;
        }
        if (first.dueAt - from > withinMs) throw new Error(`not settled within ${withinMs} ms of fake time`);
        await advance(Math.max(0, first.dueAt - now));
      }
      return promise;
    },
    pending: () => sleepers.size,
    nextAt: () => next()?.dueAt,
    jumpTo(at) {
      now = at;
    },
  };
}
