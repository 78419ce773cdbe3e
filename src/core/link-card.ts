import { z } from "zod";
import { isSegueError } from "../contracts/errors.ts";
import { type Item, itemTypes } from "../contracts/music.ts";
import type { Player } from "../contracts/player.ts";
import { type Block, type Reply, say } from "../contracts/reply.ts";
import type { Translate } from "../contracts/skill.ts";
import { type CardScope, itemButtons, itemCard } from "./item-card.ts";

const slotsSchema = z.object({ uri: z.string(), type: z.enum(itemTypes), pasted: z.string() });

/** A pasted link as a card: what it is, and to play or queue it. Without a look-up (nobody linked, no budget) it is a plain one. */
export async function linkCard(
  slots: Record<string, unknown>,
  scope: { music: Player; t: Translate; offers(intent: string): boolean },
): Promise<Reply> {
  const { uri, type, pasted } = slotsSchema.parse(slots);
  const { music, t, offers } = scope;
  const card: CardScope = { provider: music.provider, t, offers, words: "own" };
  const url = z.url({ protocol: /^https$/ }).safeParse(pasted).data;
  const item = await lookup(music, uri);
  if (item) return itemCard(item.url === undefined && url !== undefined ? { ...item, url } : item, card);

  const provider = music.provider.name;
  const title = t("card.plain", { provider, type });
  const blocks: Block[] = [{ type: "heading", text: title }, ...itemButtons({ uri, type }, card)];
  if (url) blocks.push({ type: "link", label: t("button.open", { provider }), url });
  return say(title, blocks);
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
