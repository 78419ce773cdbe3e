import type { Clock } from "../contracts/clock.ts";
import type { Store } from "../contracts/store.ts";
import { ownerOf, placeRows, type Spot } from "./place-rows.ts";
import { createTries, type Telling } from "./tries.ts";

/** Anybody can make places: the operator is sent so many in a day, whether or not they arrive. */
const maxPerDay = 5;
const dayMs = 24 * 60 * 60_000;

/**
 * What the operator is asked for a place: once for each, as far as they were told. What is under way is known to this process
 * alone, so that a request that nobody was told of before it ended is made again by a later wish.
 */
export interface Requests {
  /** True where it has to be made now; then it is under way until `end`. */
  begin(place: Spot): Promise<boolean>;
  end(place: Spot, how: Telling): Promise<void>;
}

export function createRequests({
  store,
  clock,
}: {
  store: Pick<Store, "settings" | "people">;
  clock: Clock;
}): Requests {
  const tries = createTries(clock);
  let sentAt: number[] = [];

  async function isDue(owner: string): Promise<boolean> {
    if ((await store.settings.get(owner, placeRows.wanted)) !== undefined) return false;
    return (await store.people.operators()).length > 0;
  }

  return {
    async begin(place) {
      const owner = ownerOf(place);
      const now = clock.now();
      sentAt = sentAt.filter((at) => now - at < dayMs);
      // Before anything is waited for: wishes of the same moment make one request.
      if (sentAt.length + tries.open >= maxPerDay || !tries.begin(owner)) return false;
      let due = false;
      try {
        due = await isDue(owner);
      } finally {
        if (!due) tries.end(owner, "nowhere");
      }
      return due;
    },

    async end(place, how) {
      const owner = ownerOf(place);
      try {
        if (how === "told") await store.settings.put(owner, placeRows.wanted, clock.now());
      } finally {
        tries.end(owner, how);
        if (how !== "nowhere") sentAt.push(clock.now());
      }
    },
  };
}
