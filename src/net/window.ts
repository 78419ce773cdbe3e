import Bottleneck from "bottleneck";
import type { Clock } from "../contracts/clock.ts";
import { SegueError } from "../contracts/errors.ts";
import { type Lane, lanes } from "../contracts/music.ts";

/** Calls that may wait for room; beyond it the least important one is turned away. */
const MAX_WAITING = 200;

export interface Window {
  /**
   * Counts a call from now on and resolves with its moment; waits for room, the more important lane first. Rejects with
   * RateLimited when room cannot come by `deadlineAt`, or with the signal's reason.
   */
  take(lane: Lane, deadlineAt: number, signal: AbortSignal): Promise<number>;
  /** The call did not go out after all. */
  giveBack(at: number): void;
  used(): number;
  queued(): number;
  stop(): Promise<void>;
}

/**
 * Never more than `limit` calls in any `windowMs`.
 *
 * The window itself is a list of times: Bottleneck's reservoir refreshes all at once and lets twice the limit through
 * around the refresh, and every job costs it turns of setTimeout(0), 3.4 ms at the median and 7 ms at p99 (measured, Node
 * 24), which would be felt before every command. So while there is room nothing but the list is asked. Only when calls
 * must wait does Bottleneck hold them, by priority and within its high-water mark; its reservoir stands at zero and gets one
 * more for each place that the list says is free, and time is read from our clock alone.
 */
export function createWindow(options: { clock: Clock; limit: number; windowMs: number }): Window {
  const { clock, limit, windowMs } = options;
  const times: number[] = [];
  const waiting = lanes.map(() => 0);
  const stopping = new AbortController();
  let queue: Bottleneck | undefined;
  let pumping = false;
  /** Places given to the queue whose jobs have not run yet. */
  let granted = 0;
  /** Jobs in the queue whose callers are gone. */
  let dead = 0;
  let onRun: (() => void) | undefined;
  /** Nobody waits any more. */
  let onEmpty: (() => void) | undefined;

  function prune(): void {
    const now = clock.now();
    // A clock that was set back would keep its old future in the window for as long as it was wrong.
    for (let index = times.length - 1; index >= 0 && (times[index] ?? 0) > now; index--) times[index] = now;
    let over = 0;
    while (over < times.length && (times[over] ?? 0) <= now - windowMs) over++;
    times.splice(0, over);
  }

  const queued = () => waiting.reduce((sum, each) => sum + each, 0);
  const room = () => {
    prune();
    return limit - times.length - granted;
  };

  /** When the call that has `ahead` others before it may go out. */
  function roomAt(ahead: number): number {
    prune();
    const beyond = ahead - (limit - times.length);
    if (beyond < 0) return clock.now();
    return (times[beyond % limit] ?? clock.now()) + windowMs * (Math.floor(beyond / limit) + 1);
  }

  function refused(ahead: number): SegueError<"RateLimited"> {
    return new SegueError("RateLimited", { scope: "service" }, { retryAt: roomAt(ahead) });
  }

  /** Until a place is free, or there are only jobs to clear away. */
  async function nextPlace(): Promise<void> {
    const empty = new AbortController();
    onEmpty = () => empty.abort();
    const ms = Math.max(1, (times[0] ?? clock.now()) + windowMs - clock.now());
    try {
      await clock.sleep(ms, AbortSignal.any([stopping.signal, empty.signal]));
    } catch (error) {
      if (!empty.signal.aborted) throw error;
    }
  }

  /** Hands out places as they become free, for as long as somebody waits. */
  async function pump(limiter: Bottleneck): Promise<void> {
    if (pumping) return;
    pumping = true;
    try {
      while (queued() > 0 || dead > granted) {
        // Where nobody waits, the jobs of those who left run into nothing and take nobody's place; kept, they would fill the queue.
        const places = queued() > 0 ? Math.min(room(), queued() - granted) : dead - granted;
        if (places > 0) {
          granted += places;
          await limiter.incrementReservoir(places);
        } else if (granted > 0) {
          await new Promise<void>((resolve) => {
            onRun = resolve;
          });
        } else {
          await nextPlace();
        }
      }
    } catch (error) {
      if (!stopping.signal.aborted) throw error;
    } finally {
      pumping = false;
    }
  }

  function limiter(): Bottleneck {
    queue ??= new Bottleneck({
      reservoir: 0,
      highWater: MAX_WAITING,
      strategy: Bottleneck.strategy.OVERFLOW_PRIORITY,
    });
    return queue;
  }

  function wait(lane: Lane, deadlineAt: number, signal: AbortSignal): Promise<number> {
    const rank = lanes.indexOf(lane);
    const ahead = waiting.slice(0, rank + 1).reduce((sum, each) => sum + each, 0);
    if (roomAt(ahead) > deadlineAt) throw refused(ahead);
    return new Promise<number>((resolve, reject) => {
      let alive = true;
      const end = (settle: () => void) => {
        if (!alive) return;
        alive = false;
        waiting[rank] = (waiting[rank] ?? 1) - 1;
        signal.removeEventListener("abort", onAbort);
        settle();
      };
      const onAbort = () => {
        dead++;
        end(() => reject(signal.reason));
        if (queued() === 0) onEmpty?.();
      };
      waiting[rank] = (waiting[rank] ?? 0) + 1;
      signal.addEventListener("abort", onAbort, { once: true });
      const jobs = limiter();
      const enqueue = (): void => {
        jobs
          .schedule({ priority: rank }, async () => {
            granted--;
            prune();
            if (!alive) dead--;
            // A place that was meant for a dead job came to a live one: there is no room behind it.
            else if (times.length >= limit) enqueue();
            else {
              const at = clock.now();
              times.push(at);
              end(() => resolve(at));
            }
            onRun?.();
          })
          // Turned away by the high-water mark, or the queue is stopped.
          .catch(() => {
            if (!alive) dead--;
            end(() => reject(stopping.signal.aborted ? stopping.signal.reason : refused(queued())));
          });
      };
      enqueue();
      void pump(jobs);
    });
  }

  return {
    async take(lane, deadlineAt, signal) {
      signal.throwIfAborted();
      if (queued() === 0 && room() > 0) {
        const at = clock.now();
        times.push(at);
        return at;
      }
      return wait(lane, deadlineAt, signal);
    },
    giveBack(at) {
      const index = times.lastIndexOf(at);
      if (index >= 0) times.splice(index, 1);
    },
    used() {
      prune();
      return times.length;
    },
    queued,
    async stop() {
      if (stopping.signal.aborted) return;
      stopping.abort(new Error("stopped"));
      onRun?.();
      await queue?.stop({ dropWaitingJobs: true });
    },
  };
}
