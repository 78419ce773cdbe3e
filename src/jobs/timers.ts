import type { TimerRow, TimerStore } from "../contracts/call-store.ts";
import type { Clock } from "../contracts/clock.ts";
import type { Log } from "../contracts/log.ts";
import type { Scheduler } from "../contracts/scheduler.ts";

/** Does what a due timer is for. May run a second time for the same timer after a crash: it looks before it acts. */
export type TimerHandler = (timer: TimerRow, signal: AbortSignal) => Promise<void>;

export interface Timers extends Pick<TimerStore, "put" | "get" | "remove"> {
  /** One handler per name, registered before `start`. */
  on(name: string, handler: TimerHandler): void;
  start(): void;
  /** Ends handlers in hand; their timers stay and are taken up again by the next start. */
  stop(withinMs: number): Promise<void>;
}

const TIMERS_JOB = "timers";

/** A handler has this long; then another process may take the timer over. */
const LEASE_MS = 60_000;
const HANDLER_MS = 45_000;
const AT_ONCE = 20;
/** How long a look may be apart: timers that other processes set are not announced here. */
const LOOK_EVERY_MS = 60_000;
const MAX_TRIES = 5;

/**
 * Durable timers over rows: a timer is gone only once its handler has succeeded, so it survives any death of the process
 * (at least once), and only who holds its lease runs it (once at a time). What fails comes back when its lease is over, up
 * to five times.
 */
export function createTimers(options: { store: TimerStore; scheduler: Scheduler; clock: Clock; log: Log }): Timers {
  const { store: timers, scheduler, clock, log } = options;
  const handlers = new Map<string, TimerHandler>();
  const inHand = new Set<Promise<void>>();
  /** What runs here, with the end of its lease: one that a clock's being put back made strange is renewed, and not run beside itself. */
  const held = new Map<string, { untilAt: number }>();
  const stopping = new AbortController();
  /** Failures of the timer as it stands; a new time or a success forgets them. */
  const tries = new Map<string, { dueAt: number; count: number }>();
  const strangers = new Set<string>();

  function failed(timer: TimerRow): number {
    const key = `${timer.name} ${timer.owner}`;
    const before = tries.get(key);
    const count = before?.dueAt === timer.dueAt ? before.count + 1 : 1;
    tries.set(key, { dueAt: timer.dueAt, count });
    return count;
  }

  const nameOf = ({ name, owner, dueAt, data }: TimerRow) => JSON.stringify([name, owner, dueAt, data]);

  async function handle(timer: TimerRow, lease: { readonly untilAt: number }): Promise<void> {
    const handler = handlers.get(timer.name);
    if (!handler) {
      if (!strangers.has(timer.name)) log.error({ timer: timer.name }, "a timer is due that nothing here handles");
      strangers.add(timer.name);
      return;
    }
    const own = new AbortController();
    const onStop = () => own.abort(stopping.signal.reason);
    stopping.signal.addEventListener("abort", onStop, { once: true });
    const ended = new AbortController();
    const late = clock.sleep(HANDLER_MS, ended.signal).then(
      () => own.abort(new Error("the timer's time is over")),
      () => {},
    );
    const key = `${timer.name} ${timer.owner}`;
    try {
      await Promise.race([handler(timer, own.signal), late.then(() => own.signal.throwIfAborted())]);
      tries.delete(key);
      await timers.finish(timer.name, timer.owner, lease.untilAt);
    } catch (error) {
      if (stopping.signal.aborted) return;
      const count = failed(timer);
      log.error({ timer: timer.name, tries: count, err: error }, "a timer's work failed");
      if (count < MAX_TRIES) return;
      tries.delete(key);
      await timers.finish(timer.name, timer.owner, lease.untilAt);
    } finally {
      ended.abort("over");
      stopping.signal.removeEventListener("abort", onStop);
    }
  }

  async function look(): Promise<{ againInMs: number } | "stop"> {
    if (stopping.signal.aborted) return "stop";
    const room = AT_ONCE - inHand.size;
    if (room > 0) {
      const now = clock.now();
      const untilAt = now + LEASE_MS;
      // Not awaited: a slow one must not hold up those that are due meanwhile.
      for (const timer of await timers.takeDue(now, untilAt, room)) {
        const name = nameOf(timer);
        const running = held.get(name);
        if (running) {
          running.untilAt = untilAt;
          continue;
        }
        const lease = { untilAt };
        held.set(name, lease);
        const work = handle(timer, lease)
          .catch((error: unknown) => log.error({ timer: timer.name, err: error }, "a timer could not be settled"))
          .finally(() => {
            const full = inHand.size >= AT_ONCE;
            inHand.delete(work);
            held.delete(name);
            if (full) scheduler.wake(TIMERS_JOB);
          });
        inHand.add(work);
      }
    }
    if (inHand.size >= AT_ONCE) return { againInMs: LOOK_EVERY_MS };
    const next = await timers.nextDueAt();
    return { againInMs: Math.min(LOOK_EVERY_MS, Math.max(0, (next ?? Number.POSITIVE_INFINITY) - clock.now())) };
  }

  return {
    on(name, handler) {
      if (handlers.has(name)) throw new Error(`timer ${name} has a handler already`);
      handlers.set(name, handler);
    },
    async put(timer) {
      await timers.put(timer);
      scheduler.wake(TIMERS_JOB);
    },
    get: timers.get,
    remove: timers.remove,
    start() {
      scheduler.add({ name: TIMERS_JOB, run: look });
    },
    async stop(withinMs) {
      stopping.abort(new Error("stopped"));
      scheduler.remove(TIMERS_JOB);
      const timer = new AbortController();
      const late = clock.sleep(withinMs, timer.signal).catch(() => {});
      await Promise.race([Promise.all(inHand), late]);
      timer.abort("over");
    },
  };
}
