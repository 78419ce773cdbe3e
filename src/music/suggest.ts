import { fold } from "../contracts/fold.ts";
import type { Device, Item, ItemType, SearchHits, Track } from "../contracts/music.ts";
import type { Deck } from "./deck.ts";
import { cachedDevices } from "./devices.ts";
import { cachedSearch, playlistsOf, searchCatalogue } from "./items.ts";
import { usedDevices } from "./known-devices.ts";
import { likedSongsKey } from "./library.ts";
import { usualTypes } from "./ranking/asks.ts";
import { tokens } from "./ranking/fold.ts";
import { hitLists } from "./ranking/rank.ts";
import { nameOf } from "./ranking/score.ts";

const MOST = 25;

/** Things that half-typed words may mean, best first. `asked` says that the catalogue has been searched for just these words. */
export async function suggest(
  deck: Deck,
  words: string,
  types: readonly ItemType[],
  options: { search?: boolean } = {},
): Promise<{ items: Item[]; asked: boolean }> {
  const hits = options.search
    ? await searchCatalogue(deck, words, usualTypes, { lane: "art", reason: "suggest" })
    : await cachedSearch(deck, words, usualTypes);
  const known = new Map((await knownItems(deck, hits)).map((item) => [item.uri, item]));
  const said = tokens(fold(words));
  const found = new Set((hits ? hitLists(hits).flat() : []).map((item) => item.uri));
  const fitting = [...known.values()]
    .filter((item) => types.includes(item.type))
    .map((item, at) => ({ item, at, score: likeness(said, item) + (found.has(item.uri) ? 0.5 : 0) }))
    .filter(({ score }) => words.trim() === "" || score > 0)
    .sort((a, b) => b.score - a.score || a.at - b.at);
  return { items: fitting.slice(0, MOST).map(({ item }) => item), asked: hits !== undefined };
}

/** Devices by half of their name; what was used before is known though nobody listed it today. */
export async function suggestDevices(deck: Deck, words: string): Promise<Pick<Device, "id" | "name" | "kind">[]> {
  const listed = (await cachedDevices(deck)) ?? [];
  const used = (await usedDevices(deck)).filter(
    (ref) => !listed.some((device) => fold(device.name) === fold(ref.name)),
  );
  const said = tokens(fold(words));
  return [...listed.filter((device) => !device.restricted), ...used]
    .filter((device) => words.trim() === "" || begins(said, tokens(fold(device.name))))
    .slice(0, MOST);
}

/** What this player has to do with already, nearest to the listener first. Nothing that only other people saw: lists may be private. */
async function knownItems(deck: Deck, hits: SearchHits | undefined): Promise<Item[]> {
  const { house, key } = deck;
  const current = house.states.known(key)?.state?.item;
  const [liked, playlists] = await Promise.all([
    house.cache.get<Track[]>(likedSongsKey(deck)),
    playlistsOf(deck, { cachedOnly: true }),
  ]);
  return [
    ...(current ? [current] : []),
    ...house.items.seenBy(key),
    ...playlists,
    ...(liked ?? []),
    ...(hits ? hitLists(hits).flat() : []),
  ];
}

/** Every word must begin a word of the name or of who made it; a name that begins as was typed is what is most likely meant. */
function likeness(said: readonly string[], item: Item): number {
  const name = tokens(fold(nameOf(item)));
  if (!begins(said, [...name, ...makers(item).flatMap((maker) => tokens(fold(maker)))])) return 0;
  if (name.join(" ").startsWith(said.join(" "))) return 3;
  return begins(said, name) ? 2 : 1;
}

function begins(said: readonly string[], words: readonly string[]): boolean {
  return said.length > 0 && said.every((part) => words.some((word) => word.startsWith(part)));
}

function makers(item: Item): string[] {
  switch (item.type) {
    case "track":
    case "album":
      return item.artists.map(({ name }) => name);
    case "audiobook":
      return item.authors.map(({ name }) => name);
    case "episode":
      return item.show ? [item.show.name] : [];
    default:
      return [];
  }
}
