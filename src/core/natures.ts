import { LRUCache } from "lru-cache";
import { z } from "zod";
import type { Store } from "../contracts/store.ts";
import { ownerOf, placeRows, type Spot } from "./place-rows.ts";

const maxKept = 5_000;

const natureSchema = z.object({ direct: z.boolean(), local: z.boolean() });
type Nature = z.output<typeof natureSchema>;

/** What places are like, as it was last seen: for what comes later without anybody who asks. */
export interface Natures {
  of(place: Spot): Promise<Nature | undefined>;
  note(place: Spot, nature: Nature): Promise<void>;
  clear(): void;
}

export function createNatures({ settings }: Pick<Store, "settings">): Natures {
  const kept = new LRUCache<string, Promise<Nature | undefined>>({ max: maxKept });

  function of(place: Spot): Promise<Nature | undefined> {
    const owner = ownerOf(place);
    const known = kept.get(owner);
    if (known) return known;
    const read = settings.get(owner, placeRows.nature).then((value) => natureSchema.safeParse(value).data);
    kept.set(owner, read);
    // A database that did not answer must be asked again.
    read.catch(() => kept.delete(owner));
    return read;
  }

  return {
    of,
    async note(place, { direct, local }) {
      const known = await of(place);
      if (known && known.direct === direct && known.local === local) return;
      await settings.put(ownerOf(place), placeRows.nature, { direct, local });
      kept.set(ownerOf(place), Promise.resolve({ direct, local }));
    },
    clear: () => kept.clear(),
  };
}
