import type { Clock } from "../contracts/clock.ts";

/** A clock that somebody may move. */
export interface SettableClock extends Clock {
  /** Moves time forward by `ms` (>= 0); sleepers whose time has come wake. */
  advance(ms: number): void | Promise<void>;
}

/** True when time can be moved by hand. */
export function isSettable(clock: Clock): clock is SettableClock {
  return "advance" in clock && typeof clock.advance === "function";
}

/**
 * `base` shifted by an offset that grows while the program runs: real time goes on passing, and a consent of six months
 * can still lapse in a moment. Hand the same clock to everything that must agree about what time it is.
 */
export function createOffsetClock(base: Clock): SettableClock {
  let offsetMs = 0;
  let moved = new AbortController();

  const now = () => base.now() + offsetMs;

  return {
    now,
    advance(ms) {
      if (!(ms >= 0)) throw new RangeError("a clock only moves forward");
      offsetMs += ms;
      const before = moved;
      moved = new AbortController();
      before.abort();
    },
    async sleep(ms, signal) {
      const wakeAt = now() + ms;
      while (now() < wakeAt) {
        signal?.throwIfAborted();
        const jump = moved.signal;
        const either = signal === undefined ? jump : AbortSignal.any([signal, jump]);
        try {
          await base.sleep(wakeAt - now(), either);
        } catch (error) {
          if (signal?.aborted || !jump.aborted) throw error;
        }
      }
    },
  };
}
