import type { Clock } from "../contracts/clock.ts";
import type { HttpCall } from "./call.ts";
import { DEADLINE } from "./wire.ts";

/** How long a call may take, waiting and retries included, where the caller does not say. */
export const deadlines = {
  /** Somebody looks at the chat. */
  interactiveReadMs: 3_000,
  /** Longer than a read: giving up on a write leaves open whether it happened. */
  interactiveWriteMs: 10_000,
  backgroundMs: 30_000,
  /** For everything in the background once the day's budget runs low. */
  pressedMs: 10_000,
  /** For one attempt that could be repeated within the deadline. */
  attemptMs: 10_000,
};
export type Deadlines = typeof deadlines;

export function isInteractive(call: HttpCall): boolean {
  return call.lane === "controls" || call.lane === "party";
}

export function deadlineOf(call: HttpCall, now: number, pressed: boolean, settings: Deadlines): number {
  if (call.deadlineAt !== undefined) return call.deadlineAt;
  if (isInteractive(call))
    return now + (call.method === "GET" ? settings.interactiveReadMs : settings.interactiveWriteMs);
  return now + (pressed ? Math.min(settings.pressedMs, settings.backgroundMs) : settings.backgroundMs);
}

export interface Scope {
  /** Aborted with DEADLINE, or with the reason of one of the parents. */
  readonly signal: AbortSignal;
  end(): void;
}

/** A signal that ends at a time of our clock or with its parents, and leaves nothing behind when it is no longer needed. */
export function openScope(clock: Clock, untilAt: number, parents: readonly (AbortSignal | undefined)[]): Scope {
  const own = new AbortController();
  const timer = new AbortController();
  const stops: (() => void)[] = [];
  for (const parent of parents) {
    if (!parent) continue;
    if (parent.aborted) own.abort(parent.reason);
    const onAbort = () => own.abort(parent.reason);
    parent.addEventListener("abort", onAbort, { once: true });
    stops.push(() => parent.removeEventListener("abort", onAbort));
  }
  const leftMs = untilAt - clock.now();
  if (leftMs <= 0) own.abort(DEADLINE);
  else {
    clock.sleep(leftMs, timer.signal).then(
      () => own.abort(DEADLINE),
      () => {},
    );
  }
  return {
    signal: own.signal,
    end() {
      timer.abort("over");
      for (const stop of stops) stop();
    },
  };
}
