import { z } from "zod";
import type { Orchestrator } from "../contracts/player.ts";
import type { Reply } from "../contracts/reply.ts";
import type { Translate } from "../contracts/skill.ts";
import { itemCard } from "./item-card.ts";

const slotsSchema = z.object({ url: z.string().max(2_000) });

/** A link that was posted to others, as a card for all of them; nothing is said where it cannot be had without an account. */
export async function unfold(
  slots: Record<string, unknown>,
  scope: { orchestrator: Orchestrator; t: Translate; offers(intent: string): boolean; signal: AbortSignal },
): Promise<Reply | undefined> {
  const { orchestrator, t, offers, signal } = scope;
  const parsed = slotsSchema.safeParse(slots);
  const found = parsed.success ? await orchestrator.publicLookup(parsed.data.url, signal) : undefined;
  if (!found) return undefined;
  return { ...itemCard(found.item, { provider: found.provider, t, offers, words: "whoever" }), visibility: "public" };
}
