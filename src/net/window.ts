import Bottleneck from "bottleneck";
import type { Clock } from "../contracts/clock.ts";
import { SegueError } from "../contracts/errors.ts";
import { type Lane, lanes } from "../contracts/music.ts";

/** Calls that may wait for room; beyond it the least important one is turned away. */
const MAX_WAITING = 200;
/** Of the jobs in the queue, those that may be of callers who left: they take the places of others, and time when they run. */
const MAX_DEAD = 20;

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
  /** Puts each who waits into the queue, in the order in which they came. */
  const living = new Set<() => void>();
  let onRun: (() => void) | undefined;
  let nap: AbortController | undefined;

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

  /** Until the oldest call leaves the window, or a place is given back. */
  async function nextPlace(): Promise<void> {
    nap = new AbortController();
    const ends = AbortSignal.any([stopping.signal, nap.signal]);
    const leftMs = (times[0] ?? clock.now()) + windowMs - clock.now();
    await clock.sleep(Math.max(1, leftMs), ends).catch(() => stopping.signal.throwIfAborted());
  }

  /** Hands out places as they become free, for as long as somebody waits. */
  async function pump(): Promise<void> {
    if (pumping) return;
    pumping = true;
    try {
      while (queued() > 0) {
        const places = Math.min(room(), queued() - granted);
        if (places > 0) {
          granted += places;
          await limiter().incrementReservoir(places);
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

  /** Bottleneck cannot take a job out of its queue: those who still wait move to a new one, while no place is on its way. */
  function clearAway(): void {
    if (dead < MAX_DEAD || granted > 0 || stopping.signal.aborted) return;
    const old = queue;
    queue = undefined;
    dead = 0;
    void old?.stop({ dropWaitingJobs: true });
    for (const enqueue of living) enqueue();
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
        living.delete(enqueue);
        signal.removeEventListener("abort", onAbort);
        settle();
      };
      const onAbort = () => {
        dead++;
        end(() => reject(signal.reason));
        // Many leave at once.
        queueMicrotask(clearAway);
      };
      const enqueue = (): void => {
        const jobs = limiter();
        jobs
          .schedule({ priority: rank }, async () => {
            granted--;
            if (alive) {
              prune();
              const at = clock.now();
              times.push(at);
              end(() => resolve(at));
            } else dead--;
            clearAway();
            onRun?.();
          })
          // Turned away by the high-water mark, or the queue is stopped.
          .catch(() => {
            if (jobs !== queue) return;
            if (!alive) dead--;
            end(() => reject(stopping.signal.aborted ? stopping.signal.reason : refused(queued())));
          });
      };
      waiting[rank] = (waiting[rank] ?? 0) + 1;
      living.add(enqueue);
      signal.addEventListener("abort", onAbort, { once: true });
      enqueue();
      void pump();
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
      // Without a reason of its own every abort makes an error with a stack.
      nap?.abort("a place came back");
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
