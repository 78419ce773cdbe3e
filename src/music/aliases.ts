import { SegueError } from "../contracts/errors.ts";
import { fold } from "../contracts/fold.ts";
import type { Item } from "../contracts/music.ts";
import type { AliasRow } from "../contracts/people-store.ts";
import type { Alias, PlayWish } from "../contracts/player.ts";
import { spokenName } from "../contracts/vocabulary.ts";
import type { Deck } from "./deck.ts";
import { lookup } from "./lookup.ts";
import { surface } from "./ranking/fold.ts";
import { artistsOf, nameOf } from "./ranking/score.ts";
import { currentState } from "./reading.ts";
import { resolve } from "./resolve.ts";

const LONGEST = 100;

function shown(deck: Deck, { said, uri, title, by }: AliasRow): Alias {
  const type = deck.provider.recognise(uri)?.type;
  return { said, uri, title, ...(by === undefined ? {} : { by }), ...(type ? { type } : {}) };
}

export async function aliases(deck: Deck): Promise<Alias[]> {
  return (await deck.house.aliases.of(deck.personId, deck.provider.id)).map((row) => shown(deck, row));
}

export async function aliasKeep(deck: Deck, given: string, wish: PlayWish): Promise<Alias> {
  const said = surface(given).slice(0, LONGEST).trim();
  const folded = fold(said);
  if (folded === "") throw new SegueError("InvalidInput", { field: "name", why: "empty" });
  const { value: item } = await deck.plan<Item>("alias", () => meant(deck, wish));
  const by = item.type === "playlist" ? undefined : artistsOf(item)[0];
  const row: AliasRow = {
    personId: deck.personId,
    provider: deck.provider.id,
    folded,
    said,
    uri: item.uri,
    title: nameOf(item),
    ...(by === undefined ? {} : { by }),
    createdAt: deck.house.clock.now(),
  };
  await deck.house.aliases.put(row);
  return shown(deck, row);
}

async function meant(deck: Deck, wish: PlayWish): Promise<Item> {
  if (wish.uri !== undefined) return lookup(deck, wish.uri);
  if (wish.readings.some(({ slots }) => spokenName(slots) !== "")) return (await resolve(deck, wish)).chosen;
  const item = (await currentState(deck))?.item;
  if (!item) throw new SegueError("Restricted", { reason: "nothing_playing" });
  return item;
}

export function aliasForget(deck: Deck, said: string): Promise<boolean> {
  return deck.house.aliases.remove(deck.personId, deck.provider.id, fold(said));
}
