import type { Clock } from "../contracts/clock.ts";

export type BreakerTimes = {
  /** Failures in a row that open it. */
  failures: number;
  /** How long it stays open before one call may try. */
  openMs: number;
};
export const breakerTimes: BreakerTimes = { failures: 5, openMs: 30_000 };

/** `half_open`: one call is on its way to see whether the service is back. */
export type BreakerState = { group: string; state: "open" | "half_open"; untilAt: number };

/** How a call that was let through ended. `unknown`: it says nothing of the service, as where the caller gave up. */
export type PassEnd = "well" | "failed" | "unknown";

export interface Breaker {
  /** Until when calls of this group are refused; undefined where one may go. */
  refusedUntil(group: string): number | undefined;
  /** A call goes out now; returns how it is told that it ended. Only where none is refused. */
  enter(group: string): (end: PassEnd) => void;
  /** Groups that are not closed, which is the usual state. */
  open(): BreakerState[];
}

type Circuit = { failures: number; openUntil: number; probing: boolean };

/**
 * Leaves a service alone that fails again and again: five failures in a row of one endpoint group open its circuit for 30 s; then
 * one call tries, and everybody else is refused until it has ended. Refusals for asking too often are the gate's
 * business. cockatiel was the other choice; it reads the system's clock, so that no day could be simulated with it.
 * https://learn.microsoft.com/azure/architecture/patterns/circuit-breaker
 */
export function createBreaker({ clock, times }: { clock: Clock; times: BreakerTimes }): Breaker {
  /** Groups come from the providers' own small sets; what works has no row. */
  const circuits = new Map<string, Circuit>();
  const isOpen = (circuit: Circuit) => circuit.failures >= times.failures;

  return {
    refusedUntil(group) {
      const circuit = circuits.get(group);
      if (!circuit || !isOpen(circuit)) return undefined;
      const now = clock.now();
      // A clock that was put back must not keep it open for longer than it is meant to be.
      if (circuit.openUntil > now) return Math.min(circuit.openUntil, now + times.openMs);
      return circuit.probing ? now + times.openMs : undefined;
    },

    enter(group) {
      const before = circuits.get(group);
      const probe = before !== undefined && isOpen(before);
      if (probe) before.probing = true;
      let ended = false;
      return (end) => {
        if (ended) return;
        ended = true;
        const circuit = circuits.get(group) ?? { failures: 0, openUntil: 0, probing: false };
        if (probe) circuit.probing = false;
        if (end === "well") circuits.delete(group);
        if (end !== "failed") return;
        // Calls that were under way when it opened, and fail now, must not keep it open for longer.
        if (isOpen(circuit) && !probe) return;
        circuit.failures = Math.min(circuit.failures + 1, times.failures);
        if (isOpen(circuit)) circuit.openUntil = clock.now() + times.openMs;
        circuits.set(group, circuit);
      };
    },

    open: () =>
      [...circuits].flatMap(([group, circuit]): BreakerState[] =>
        isOpen(circuit)
          ? [{ group, state: circuit.openUntil > clock.now() ? "open" : "half_open", untilAt: circuit.openUntil }]
          : [],
      ),
  };
}
