import { isSegueError } from "../contracts/errors.ts";
import type { Explanation, PlayWish, Resolution } from "../contracts/player.ts";
import type { AliasRow } from "../contracts/store.ts";
import { spokenName } from "../contracts/vocabulary.ts";
import type { Deck } from "./deck.ts";
import { fold } from "./ranking/fold.ts";
import { type Found, type Purpose, resolve } from "./resolve.ts";

const KEPT_MS = 6 * 60 * 60_000;
/** More than anybody reads. */
const CANDIDATES = 5;

/**
 * From a person's wish to one thing: what their own words mean comes before all that a catalogue could make of them. How it
 * was understood is noted for whoever asks "why?".
 */
export async function wished(deck: Deck, wish: PlayWish, purpose?: Purpose): Promise<Found> {
  const { uri } = wish;
  try {
    const found = (await byAlias(deck, wish)) ?? (await resolve(deck, wish, purpose));
    const candidates = found.candidates.slice(0, CANDIDATES);
    await note(deck, { ...resolutionOf(found), candidates, near: [], exact: uri !== undefined });
    return found;
  } catch (error) {
    if (isSegueError(error, "Ambiguous") || isSegueError(error, "NotFound")) {
      const near = (error.details.choices ?? []).slice(0, CANDIDATES);
      await note(deck, { candidates: [], near: near.map(labelOf), exact: uri !== undefined });
    }
    throw error;
  }
}

/** What a skill gets to see of it. */
export function resolutionOf({ chosen, candidates, reading, alias }: Found): Resolution {
  return { chosen, candidates, ...(reading ? { reading } : {}), ...(alias === undefined ? {} : { alias }) };
}

const labelOf = ({ label, detail }: { label: string; detail?: string }) =>
  detail === undefined ? label : `${label} (${detail})`;

async function byAlias(deck: Deck, wish: PlayWish): Promise<Found | undefined> {
  const alias = await aliasIn(deck, wish);
  if (!alias) return undefined;
  try {
    return { ...(await resolve(deck, { ...wish, uri: alias.uri })), alias: alias.said };
  } catch (error) {
    // What is gone from the catalogue is searched for like anything else.
    if (isSegueError(error, "NotFound")) return undefined;
    throw error;
  }
}

/**
 * The whole of what was named must be the alias, in any of the ways it can be read ("X by Y" as a title, or as a title and an
 * artist).
 */
async function aliasIn(deck: Deck, { readings, uri }: PlayWish): Promise<AliasRow | undefined> {
  if (uri !== undefined) return undefined;
  const named = new Set(readings.map(({ slots }) => fold(spokenName(slots))));
  named.delete("");
  if (named.size === 0) return undefined;
  const kept = await deck.house.aliases.of(deck.personId, deck.provider.id);
  return kept.find(({ folded }) => named.has(folded));
}

const keyOf = (deck: Deck) => `music.why:${deck.key}:${deck.personId}`;

function note(deck: Deck, explanation: Omit<Explanation, "at">): Promise<void> {
  const at = deck.house.clock.now();
  return deck.house.cache.set(keyOf(deck), { ...explanation, at } satisfies Explanation, KEPT_MS);
}

/** How this person's last wish on this player was understood. It may be forgotten at any moment. */
export function explain(deck: Deck): Promise<Explanation | undefined> {
  return deck.house.cache.get<Explanation>(keyOf(deck));
}
