import type { Suggestion } from "../contracts/adapter.ts";
import type { Item, ItemType } from "../contracts/music.ts";
import type { Player } from "../contracts/player.ts";
import { echo } from "./clean-text.ts";
import type { Finder } from "./finder.ts";
import { detailOf, titleOf } from "./item-card.ts";

const most = 25;
/** The shortest of what platforms take as label and value of a completion. */
const longest = 100;

/** Kinds of things that an option may name. */
const kinds: Record<string, readonly ItemType[]> = {
  track: ["track", "album", "artist", "playlist"],
  artist: ["artist"],
  album: ["album"],
  playlist: ["playlist"],
};

export function suggestible(slot: string): boolean {
  return slot === "device" || slot in kinds;
}

/** Completions of one option on one player. */
export async function suggestions(
  finder: Finder,
  asker: string,
  player: Player,
  option: { intent: string; slot: string; text: string },
): Promise<Suggestion[]> {
  const { text } = option;
  if (option.slot === "device") {
    const devices = await player.suggestDevices(text);
    return fitting(
      devices.map(({ id, name }) => ({ label: name, value: id && id.length <= longest ? id : echo(name, longest) })),
    );
  }
  const types = kinds[option.slot];
  if (!types) return [];
  // What is done to a playlist is done to one's own: the catalogue knows nothing of those.
  const own = option.slot === "playlist" && option.intent.startsWith("playlist.");
  const items = own ? (await player.suggest(text, types)).items : await finder.find(asker, player, text, types);
  return fitting(items.map((item) => ({ label: labelOf(item), value: slotValue(item, option) })));
}

function labelOf(item: Item): string {
  const detail = detailOf(item);
  return detail === undefined ? titleOf(item) : `${titleOf(item)} · ${detail}`;
}

/**
 * Where a slot can carry a choice, the choice itself: the words might mean another thing of that name. An address that no
 * platform takes gives way to words that come nearest to it.
 */
function slotValue(item: Item, { intent, slot }: { intent: string; slot: string }): string {
  const title = titleOf(item);
  const exact = slot === "track" || (slot === "playlist" && intent.startsWith("playlist."));
  const maker = slot === "track" ? artistsOf(item)[0] : undefined;
  const values = [...(exact ? [item.uri] : []), ...(exact && maker ? [`${title} ${maker}`] : []), title];
  return values.find((value) => value.length <= longest) ?? echo(title, longest);
}

function artistsOf(item: Item): string[] {
  return item.type === "track" || item.type === "album" ? item.artists.map(({ name }) => name) : [];
}

/** A platform refuses a whole list for one that is too long or there twice. */
function fitting(all: readonly Suggestion[]): Suggestion[] {
  const values = new Set<string>();
  const kept = all.filter(({ value }) => {
    if (value === "" || values.has(value)) return false;
    values.add(value);
    return true;
  });
  return kept.slice(0, most).map(({ label, value }) => ({ label: echo(label, longest), value }));
}
