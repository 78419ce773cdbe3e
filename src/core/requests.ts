import type { Clock } from "../contracts/clock.ts";
import type { Store } from "../contracts/store.ts";
import { ownerOf, placeRows, type Spot } from "./place-rows.ts";

/** Anybody can make places: the operator hears of so many in a day. */
const maxPerDay = 5;
const dayMs = 24 * 60 * 60_000;

/**
 * What the operator is asked for a place: once for each, as far as they were told. What is under way is known to this process
 * alone, so that a request that nobody was told of before it ended is made again by the next wish.
 */
export interface Requests {
  /** True where it has to be made now; then it is under way until `end`. */
  begin(place: Spot): Promise<boolean>;
  end(place: Spot, told: boolean): Promise<void>;
}

export function createRequests({
  store,
  clock,
}: {
  store: Pick<Store, "settings" | "people">;
  clock: Clock;
}): Requests {
  const underWay = new Set<string>();
  let toldAt: number[] = [];

  async function isDue(owner: string): Promise<boolean> {
    if ((await store.settings.get(owner, placeRows.wanted)) !== undefined) return false;
    return (await store.people.operators()).length > 0;
  }

  return {
    async begin(place) {
      const owner = ownerOf(place);
      const now = clock.now();
      toldAt = toldAt.filter((at) => now - at < dayMs);
      if (underWay.has(owner) || toldAt.length + underWay.size >= maxPerDay) return false;
      // Before anything is waited for: wishes of the same moment make one request.
      underWay.add(owner);
      let due = false;
      try {
        due = await isDue(owner);
      } finally {
        if (!due) underWay.delete(owner);
      }
      return due;
    },

    async end(place, told) {
      const owner = ownerOf(place);
      try {
        if (told) await store.settings.put(owner, placeRows.wanted, clock.now());
      } finally {
        underWay.delete(owner);
        if (told) toldAt.push(clock.now());
      }
    },
  };
}
