import { z } from "zod";
import { isSegueError } from "../contracts/errors.ts";
import type { Item } from "../contracts/music.ts";
import type { Player } from "../contracts/player.ts";
import { type Block, button, type Reply, say } from "../contracts/reply.ts";
import type { Translate } from "../contracts/skill.ts";

const slotsSchema = z.object({ uri: z.string(), type: z.string(), pasted: z.string() });

/** A pasted link as a card: what it is, and to play or queue it. Without a look-up (nobody linked, no budget) it is a plain one. */
export async function linkCard(
  slots: Record<string, unknown>,
  scope: { music: Player; t: Translate; offers(intent: string): boolean },
): Promise<Reply> {
  const { uri, type, pasted } = slotsSchema.parse(slots);
  const { music, t, offers } = scope;
  const item = await lookup(music, uri);
  const provider = music.provider.name;
  const title = item ? titleOf(item) : t("card.plain", { provider, type });
  const detail = item ? detailOf(item) : undefined;
  const url = item?.url ?? z.url({ protocol: /^https$/ }).safeParse(pasted).data;
  const art = item?.art[0];

  const blocks: Block[] = [{ type: "heading", text: title }];
  if (detail) blocks.push({ type: "text", text: detail });
  if (art) blocks.push({ type: "image", url: art.url, alt: t("card.art", { title }) });
  const buttons = [
    ...(offers("playback.play") ? [button(t("button.play"), "playback.play", { uri }, "primary")] : []),
    ...(offers("queue.add") && type !== "artist" ? [button(t("button.queue"), "queue.add", { uri })] : []),
  ];
  if (buttons.length > 0) blocks.push({ type: "buttons", buttons });
  if (url) blocks.push({ type: "link", label: t("button.open", { provider }), url });
  if (item) blocks.push({ type: "attribution", text: music.provider.terms.attribution });
  return say(detail ? `${title}: ${detail}` : title, blocks);
}

async function lookup(music: Player, uri: string): Promise<Item | undefined> {
  try {
    return await music.lookup(uri);
  } catch (error) {
    // A link that leads nowhere is worth saying; that nobody may look now is not.
    if (!isSegueError(error) || error.code === "NotFound" || error.code === "InvalidInput") throw error;
    return undefined;
  }
}

function titleOf(item: Item): string {
  return "title" in item ? item.title : item.name;
}

function detailOf(item: Item): string | undefined {
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
