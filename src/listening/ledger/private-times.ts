import { LRUCache } from "lru-cache";
import { z } from "zod";
import type { Clock } from "../../contracts/clock.ts";
import type { ListenerKey, Period } from "../../contracts/listening.ts";
import { personSettings } from "../../contracts/people-store.ts";
import type { Store } from "../../contracts/store.ts";

/** A person's own setting beside their others: a listener's key is their settings' owner too. */
const NAME = personSettings.privateTimes;
/** Kept as long as what they keep out could still come by a file; beyond that many the oldest give way. */
const MOST = 1_000;
const LISTENERS = 10_000;

const kept = z.array(z.object({ fromAt: z.number(), untilAt: z.number() })).catch([]);

export type PrivateTimes = {
  /** When nothing may be recorded, as far as it reaches into the period. */
  within(listener: ListenerKey, period: Period): Promise<Period[]>;
  /** Nothing of this time is recorded, whichever source tells of it, and whenever. */
  add(listener: ListenerKey, period: Period): Promise<void>;
  /** What is private at that moment ends with it. Resolves false when nothing was. */
  end(listener: ListenerKey, at: number): Promise<boolean>;
  /** Those of them who want to be left alone at this very moment. */
  areNow(listeners: readonly ListenerKey[]): Promise<Set<ListenerKey>>;
  /** Whether this very moment is one, for whoever cannot wait; false while it was never read. */
  isNow(listener: ListenerKey): boolean;
};

/** When people wanted to be left alone. */
export function createPrivateTimes({
  store: { settings },
  clock,
}: {
  store: Pick<Store, "settings">;
  clock: Clock;
}): PrivateTimes {
  const known = new LRUCache<ListenerKey, Period[]>({ max: LISTENERS });
  const read = async (listener: ListenerKey): Promise<Period[]> => {
    const periods = kept.parse(await settings.get(listener, NAME));
    known.set(listener, periods);
    return periods;
  };
  const write = async (listener: ListenerKey, periods: readonly Period[]): Promise<void> => {
    const all = joined(periods).slice(-MOST);
    await settings.put(listener, NAME, all);
    known.set(listener, all);
  };

  return {
    async within(listener, { fromAt, untilAt }) {
      return (await read(listener)).filter((period) => period.fromAt < untilAt && period.untilAt > fromAt);
    },

    async add(listener, period) {
      if (period.untilAt > period.fromAt) await write(listener, [...(await read(listener)), period]);
    },

    async end(listener, at) {
      const all = await read(listener);
      const isNow = ({ fromAt, untilAt }: Period) => fromAt <= at && untilAt > at;
      if (!all.some(isNow)) return false;
      const left = all.map((period) => (isNow(period) ? { ...period, untilAt: at } : period));
      await write(
        listener,
        left.filter(({ fromAt, untilAt }) => untilAt > fromAt),
      );
      return true;
    },

    async areNow(listeners) {
      const now = clock.now();
      const all = await settings.each(listeners, NAME);
      const privately = (listener: ListenerKey) =>
        kept.parse(all.get(listener)).some(({ fromAt, untilAt }) => fromAt <= now && untilAt > now);
      return new Set(listeners.filter(privately));
    },

    isNow(listener) {
      const now = clock.now();
      return known.get(listener)?.some(({ fromAt, untilAt }) => fromAt <= now && untilAt > now) ?? false;
    },
  };
}

/** In order of time, and what overlaps or touches in one. */
function joined(periods: readonly Period[]): Period[] {
  const all: Period[] = [];
  for (const { fromAt, untilAt } of periods.toSorted((a, b) => a.fromAt - b.fromAt)) {
    const last = all.at(-1);
    if (last && fromAt <= last.untilAt) last.untilAt = Math.max(last.untilAt, untilAt);
    else all.push({ fromAt, untilAt });
  }
  return all;
}
