import type { Item } from "../../src/contracts/music.ts";
import type { Resolution } from "../../src/contracts/player.ts";
import type { Outcome } from "../../src/contracts/skill.ts";
import { type SlotValues, spokenName } from "../../src/contracts/vocabulary.ts";
import { makerOf, titleOf } from "./items.ts";

/** As many as anybody says "the other one" to. */
const most = 5;
/** What a wish says of where and how, whichever thing it is about. */
const around = ["device", "deviceId", "position", "shuffle"] as const;

/** What a wish came to, for what may be said of it next. */
export function outcomeOf(
  intent: string,
  args: Record<string, unknown>,
  { chosen, candidates, alias }: Resolution,
): Outcome {
  const kept = Object.fromEntries(around.flatMap((slot) => (args[slot] === undefined ? [] : [[slot, args[slot]]])));
  const [taken, ...others] = distinct([chosen, ...candidates.map(({ item }) => item)]).slice(0, most);
  const round = taken && others.length > 0 ? [...others, taken] : [];
  const worded = alias === undefined && spokenName(args) !== "";
  return {
    ...(worded ? {} : { named: { ...kept, ...slotsOf(chosen) } }),
    others: round.map(({ uri }) => ({ intent, slots: { ...kept, uri } })),
  };
}

/** A service has the same recording on several records: nobody means another one of those. */
function distinct(items: readonly Item[]): Item[] {
  const seen = new Set<string>();
  return items.filter((item) => {
    const id = JSON.stringify([item.type, titleOf(item).toLowerCase(), makerOf(item)?.toLowerCase()]);
    return seen.has(id) ? false : seen.add(id);
  });
}

/** A thing in the slots that name it. */
function slotsOf(item: Item): SlotValues {
  switch (item.type) {
    case "track":
    case "album": {
      const [artist] = item.artists;
      return { [item.type]: titleOf(item), ...(artist ? { artist: artist.name } : {}) };
    }
    case "episode":
      return { episode: item.title, ...(item.show ? { show: item.show.name } : {}) };
    default:
      return { [item.type]: titleOf(item) };
  }
}
