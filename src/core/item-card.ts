import type { Item, Terms } from "../contracts/music.ts";
import { type Block, button, type Reply, say } from "../contracts/reply.ts";
import type { Translate } from "../contracts/skill.ts";

/** Whose player the buttons mean: in words for one's own chat, or for whoever of many presses. */
type Words = "own" | "whoever";

export type CardScope = {
  provider: { name: string; terms: Terms };
  t: Translate;
  offers(intent: string): boolean;
  words: Words;
};

/** One thing as a card: what it is, its picture, and to play or queue it on the player of whoever presses. */
export function itemCard(item: Item, scope: CardScope): Reply {
  const { provider, t } = scope;
  const title = titleOf(item);
  const detail = detailOf(item);
  const art = item.art[0];
  const blocks: Block[] = [
    { type: "heading", text: title },
    ...(detail ? [{ type: "text", text: detail } as const] : []),
    ...(art ? [{ type: "image", url: art.url, alt: t("card.art", { title }) } as const] : []),
    ...itemButtons(item, scope),
    ...(item.url
      ? [{ type: "link", label: t("button.open", { provider: provider.name }), url: item.url } as const]
      : []),
    { type: "attribution", text: provider.terms.attribution },
  ];
  return say(detail ? `${title}: ${detail}` : title, blocks);
}

export function itemButtons(item: Pick<Item, "uri" | "type">, { t, offers, words }: CardScope): Block[] {
  const { uri, type } = item;
  const suffix = words === "own" ? "" : "_mine";
  const buttons = [
    ...(offers("playback.play") ? [button(t(`button.play${suffix}`), "playback.play", { uri }, "primary")] : []),
    ...(offers("queue.add") && type !== "artist" ? [button(t(`button.queue${suffix}`), "queue.add", { uri })] : []),
  ];
  return buttons.length > 0 ? [{ type: "buttons", buttons }] : [];
}

export function titleOf(item: Item): string {
  return "title" in item ? item.title : item.name;
}

/** Who made it, where that says something. */
export function detailOf(item: Item): string | undefined {
  switch (item.type) {
    case "track":
    case "album":
      return item.artists.map((artist) => artist.name).join(", ") || undefined;
    case "playlist":
      return item.owner;
    case "show":
      return item.publisher;
    case "episode":
      return item.show?.name;
    case "audiobook":
      return item.authors.map((author) => author.name).join(", ") || undefined;
    case "artist":
      return undefined;
  }
}
