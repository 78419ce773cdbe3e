import type { Clock } from "../../contracts/clock.ts";
import type { ListenerKey } from "../../contracts/listening.ts";

/**
 * Why it matters what somebody hears: a page or card follows it by the second; somebody asked to watch for a while; a place is
 * told of it; it is written down.
 */
export const interestKinds = ["live", "manual", "announce", "record"] as const;
export type InterestKind = (typeof interestKinds)[number];

export type Interest = { kind: InterestKind; owner: string; untilAt?: number };

/** Who is interested in which listener. In memory: owners come back by themselves, or not at all. */
export interface Interests {
  /** From now on, until it is given back or its time is over; one of the same kind and owner takes its place. */
  add(listener: ListenerKey, interest: Interest): void;
  /** It is over, or over after `lingersMs`. */
  end(listener: ListenerKey, kind: InterestKind, owner: string, lingersMs?: number): void;
  of(listener: ListenerKey): Interest[];
  kinds(listener: ListenerKey): Set<InterestKind>;
  /** When the next one of this listener ends by itself. */
  nextEnd(listener: ListenerKey): number | undefined;
}

/** Owners of one listener; one more takes the place of the one that came first. */
const MOST = 1_000;

export function createInterests(clock: Clock): Interests {
  const all = new Map<ListenerKey, Map<string, Interest>>();
  const keyOf = (kind: InterestKind, owner: string) => `${kind} ${owner}`;

  function of(listener: ListenerKey): Interest[] {
    const own = all.get(listener);
    if (!own) return [];
    for (const [key, { untilAt }] of own) if (untilAt !== undefined && untilAt <= clock.now()) own.delete(key);
    if (own.size === 0) all.delete(listener);
    return [...own.values()];
  }

  return {
    add(listener, interest) {
      const own = all.get(listener) ?? new Map<string, Interest>();
      all.set(listener, own);
      const key = keyOf(interest.kind, interest.owner);
      const oldest = own.keys().next();
      if (own.size >= MOST && !own.has(key) && !oldest.done) own.delete(oldest.value);
      own.set(key, interest);
    },
    end(listener, kind, owner, lingersMs = 0) {
      const own = all.get(listener);
      const interest = own?.get(keyOf(kind, owner));
      if (!own || !interest) return;
      if (lingersMs > 0) own.set(keyOf(kind, owner), { ...interest, untilAt: clock.now() + lingersMs });
      else own.delete(keyOf(kind, owner));
      if (own.size === 0) all.delete(listener);
    },
    of,
    kinds: (listener) => new Set(of(listener).map(({ kind }) => kind)),
    nextEnd(listener) {
      const ends = of(listener).flatMap(({ untilAt }) => (untilAt === undefined ? [] : [untilAt]));
      return ends.length === 0 ? undefined : Math.min(...ends);
    },
  };
}
