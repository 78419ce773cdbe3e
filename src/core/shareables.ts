import type { Host } from "../contracts/adapter.ts";
import type { Item } from "../contracts/music.ts";
import type { Player } from "../contracts/player.ts";
import type { Finder } from "./finder.ts";
import { type CardScope, detailOf, itemCard, titleOf } from "./item-card.ts";

type Shareable = Awaited<ReturnType<Host["shareables"]>>[number];
const most = 10;

/** What somebody may post: what they hear, or what their words mean, each as a card for whoever reads it there. */
export async function shareables(
  finder: Finder,
  asker: string,
  player: Player,
  text: string,
  scope: Omit<CardScope, "provider" | "words">,
): Promise<Shareable[]> {
  const items = text.trim() === "" ? await heard(player) : await finder.find(asker, player, text, ["track", "album"]);
  // What has no address of its own opens nowhere else.
  return items
    .filter((item) => item.url !== undefined)
    .slice(0, most)
    .map((item) => shareable(item, { ...scope, provider: player.provider, words: "whoever" }));
}

async function heard(player: Player): Promise<Item[]> {
  const state = await player.state();
  return state?.item ? [state.item] : [];
}

function shareable(item: Item, scope: CardScope): Shareable {
  const detail = detailOf(item);
  const picture = item.art.at(-1);
  return {
    id: item.uri,
    title: titleOf(item),
    ...(detail === undefined ? {} : { detail }),
    ...(picture ? { imageUrl: picture.url } : {}),
    reply: { ...itemCard(item, scope), visibility: "public" },
  };
}
