import type { GateRow, GateStore } from "../contracts/call-store.ts";
import type { Clock } from "../contracts/clock.ts";

export type GateReason = "quota" | "rate";

export interface Gate {
  load(): Promise<void>;
  /** The closed gate that stands before this group, the later one where there are two. */
  before(group: string): (GateRow & { reason: GateReason }) | undefined;
  /** Durable when resolved. */
  close(group: string, forMs: number, reason: GateReason): Promise<void>;
  closed(): GateRow[];
}

const ALL = "*";

/**
 * Where a service said "not before then", nobody knocks until then: neither another person, nor the next start of the
 * program. Knocking is reported to lengthen the ban, and shortening the wait ourselves made it worse for others
 * (https://github.com/Waynting/GuessSong/pull/28).
 */
export function createGate(options: { budget: string; store: GateStore; clock: Clock }): Gate {
  const { budget, store, clock } = options;
  const rows = new Map<string, GateRow & { reason: GateReason }>();

  function row(group: string): (GateRow & { reason: GateReason }) | undefined {
    const found = rows.get(group);
    if (!found) return undefined;
    const now = clock.now();
    if (found.untilAt <= now) {
      rows.delete(group);
      return undefined;
    }
    if (now < found.closedAt) {
      // The clock was ahead when this gate was closed, and was put right: the same wait, from now.
      const mended = { ...found, closedAt: now, untilAt: now + (found.untilAt - found.closedAt) };
      rows.set(group, mended);
      return mended;
    }
    return found;
  }

  async function shut(group: string, untilAt: number, reason: GateReason): Promise<void> {
    const known = row(group);
    if (known && known.untilAt >= untilAt) return;
    const closed = { budget, group, closedAt: clock.now(), untilAt, reason };
    rows.set(group, closed);
    await store.close(closed);
  }

  return {
    async load() {
      for (const each of await store.closed(budget, clock.now())) {
        rows.set(each.group, { ...each, reason: each.reason === "quota" ? "quota" : "rate" });
      }
    },
    before(group) {
      const [own, all] = [row(group), row(ALL)];
      return !own || (all && all.untilAt > own.untilAt) ? all : own;
    },
    async close(group, forMs, reason) {
      const untilAt = clock.now() + forMs;
      // Two groups refused at once: the limit is one over all of them. It stands as long as both do, so that a burst's few
      // seconds in one group do not lock everything for the day that another group is closed.
      const others = [...rows.keys()].filter((each) => each !== group && each !== ALL).map(row);
      const together = Math.max(0, ...others.map((other) => Math.min(other?.untilAt ?? 0, untilAt)));
      await shut(group, untilAt, reason);
      if (together > 0) await shut(ALL, together, reason);
    },
    closed: () => [...rows.keys()].flatMap((group) => row(group) ?? []),
  };
}
