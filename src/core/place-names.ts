import { LRUCache } from "lru-cache";
import type { Adapter } from "../contracts/adapter.ts";
import type { Clock } from "../contracts/clock.ts";
import type { Incoming } from "../contracts/incoming.ts";
import type { Store } from "../contracts/store.ts";
import { within } from "../within.ts";
import { echo } from "./clean-text.ts";
import { ownerOf, placeRows, type Spot } from "./place-rows.ts";

const maxKept = 5_000;
const maxName = 60;
/** The panel that names it must be there within the three seconds that platforms give an answer. */
const nameWithinMs = 1_000;

/** How places are called by their platforms. */
export interface PlaceNames {
  note(event: Pick<Incoming, "place" | "direct" | "placeName">): Promise<void>;
  /** Asked of the platform where it can tell, else as it was called last. */
  of(place: Spot): Promise<string | undefined>;
  clear(): void;
}

export function createPlaceNames({
  store,
  adapter,
  clock,
}: {
  store: Pick<Store, "settings">;
  adapter(platform: string): Adapter | undefined;
  clock: Clock;
}): PlaceNames {
  /** As they were written last. */
  const names = new LRUCache<string, string>({ max: maxKept });

  async function note({ place, direct, placeName }: Parameters<PlaceNames["note"]>[0]): Promise<void> {
    const name = echo(placeName ?? "", maxName);
    if (direct || name === "" || names.get(ownerOf(place)) === name) return;
    await store.settings.put(ownerOf(place), placeRows.name, name);
    names.set(ownerOf(place), name);
  }

  return {
    note,
    async of(place) {
      const kept = await store.settings.get(ownerOf(place), placeRows.name);
      const asked = adapter(place.platform)?.placeName?.(place);
      const told = asked && (await within(clock, nameWithinMs, "platform", () => asked).catch(() => undefined));
      if (told !== undefined) await note({ place, direct: false, placeName: told });
      return names.get(ownerOf(place)) ?? (typeof kept === "string" ? kept : undefined);
    },
    clear: () => names.clear(),
  };
}
