import type { Gap, Ledger, ListenerKey, Sighting } from "../../src/contracts/listening.ts";

/** Keeps what it is told, once per key; it folds nothing, so that a test sees each source's own word. */
export function createFakeLedger(): Ledger & {
  sightings: (listener: ListenerKey) => Sighting[];
  gapsOf: (listener: ListenerKey) => Gap[];
  readAt: (listener: ListenerKey) => number | undefined;
  /** Thrown by the next calls of `record`, one each. */
  failures: Error[];
} {
  const kept = new Map<ListenerKey, Map<string, Sighting>>();
  const gaps = new Map<ListenerKey, Gap[]>();
  const read = new Map<ListenerKey, number>();
  const failures: Error[] = [];
  const of = (listener: ListenerKey) => {
    const own = kept.get(listener) ?? new Map<string, Sighting>();
    kept.set(listener, own);
    return own;
  };
  const ledger: ReturnType<typeof createFakeLedger> = {
    failures,
    async record(listener, sightings) {
      const failure = failures.shift();
      if (failure) throw failure;
      const own = of(listener);
      return sightings.map((sighting) => {
        const key = JSON.stringify([sighting.source, sighting.key]);
        const known = own.has(key);
        own.set(key, sighting);
        const playId = [...own.keys()].indexOf(key) + 1;
        return known ? { outcome: "merged", playId, why: { by: "key", range: "same" } } : { outcome: "added", playId };
      });
    },
    async gap(listener, gap) {
      gaps.set(listener, [...(gaps.get(listener) ?? []), gap]);
    },
    gaps: async (listener) => gaps.get(listener) ?? [],
    async health(listener) {
      const readAt = read.get(listener);
      return readAt === undefined ? {} : { readAt };
    },
    async read(listener, at) {
      read.set(listener, at);
    },
    async covered() {},
    sightings: (listener) => [...of(listener).values()].sort((a, b) => a.startedAt - b.startedAt),
    gapsOf: (listener) => gaps.get(listener) ?? [],
    readAt: (listener) => read.get(listener),
  };
  return ledger;
}
