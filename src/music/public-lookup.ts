import { isSegueError } from "../contracts/errors.ts";
import type { Item } from "../contracts/music.ts";
import type { Orchestrator } from "../contracts/player.ts";
import type { House } from "./house.ts";

const CALL_MS = 10_000;

/**
 * What a link leads to, on nobody's behalf: nothing that only an account may see can come of it. What anybody looked up within
 * the hour costs no call, save lists, which may be somebody's own.
 */
export async function publicLookup(
  house: House,
  text: string,
  signal: AbortSignal,
): ReturnType<Orchestrator["publicLookup"]> {
  for (const provider of house.providers) {
    const link = provider.recognise(text.slice(0, 10_000));
    if (!link || !provider.publicLookup) continue;
    const of = { id: provider.id, name: provider.name, terms: provider.terms };
    const seen = house.items.get(link.uri);
    if (seen && (seen.type !== "playlist" || seen.public === true)) return { item: seen, provider: of };
    try {
      const deadlineAt = house.clock.now() + CALL_MS;
      const item: Item = await provider.publicLookup(link.uri, { lane: "art", reason: "unfold", deadlineAt, signal });
      house.items.remember([item]);
      return { item, provider: of };
    } catch (error) {
      if (!isSegueError(error)) throw error;
      house.log.info({ code: error.code, provider: provider.id }, "a link could not be looked up on nobody's behalf");
    }
  }
  return undefined;
}
