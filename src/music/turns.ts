import type { Clock } from "../contracts/clock.ts";
import { SegueError } from "../contracts/errors.ts";

/** Commands of one player act in the order they came; a service does not promise that for calls sent at once. */
export interface Turns {
  take<T>(key: string, run: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

/** A command in hand ends within its own deadlines; one that waits longer than this is better answered than done late. */
const WAIT_MS = 15_000;
const WAITING = 40;

type Line = { tail: Promise<void>; length: number };

export function createTurns(clock: Clock): Turns {
  const lines = new Map<string, Line>();

  async function waitFor(turn: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
    const stop = new AbortController();
    const ends = signal ? AbortSignal.any([stop.signal, signal]) : stop.signal;
    const late = clock.sleep(WAIT_MS, ends).then(() => {
      throw new SegueError("Unavailable", { service: "player", why: "timeout" });
    });
    try {
      await Promise.race([turn, late]);
    } finally {
      late.catch(() => undefined);
      stop.abort(new Error("over"));
    }
  }

  return {
    async take(key, run, signal) {
      signal?.throwIfAborted();
      const line = lines.get(key) ?? { tail: Promise.resolve(), length: 0 };
      if (line.length >= WAITING) throw new SegueError("RateLimited", { scope: "person" });
      lines.set(key, line);
      const before = line.tail;
      const first = line.length === 0;
      let release = () => {};
      const mine = new Promise<void>((resolve) => {
        release = resolve;
      });
      line.tail = before.then(() => mine);
      line.length++;
      try {
        if (!first) await waitFor(before, signal);
        return await run();
      } finally {
        release();
        line.length--;
        if (line.length === 0) lines.delete(key);
      }
    },
  };
}
