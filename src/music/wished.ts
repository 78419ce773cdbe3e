import { isSegueError } from "../contracts/errors.ts";
import { fold } from "../contracts/fold.ts";
import type { AliasRow } from "../contracts/people-store.ts";
import type { Explanation, PlayWish, Resolution } from "../contracts/player.ts";
import { bareName, type Reading } from "../contracts/vocabulary.ts";
import type { Deck } from "./deck.ts";
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
  const meant = await aliasIn(deck, wish);
  if (!meant) return undefined;
  const { alias, reading } = meant;
  const heard = wish.readings.some(({ slots }) => slots.device !== undefined);
  const device = heard ? reading.slots.device : wish.device;
  const { device: _, ...rest } = wish;
  const own = { ...rest, readings: [reading], uri: alias.uri, ...(device === undefined ? {} : { device }) };
  try {
    return { ...(await resolve(deck, own)), alias: alias.said };
  } catch (error) {
    // What is gone from the catalogue is searched for like anything else.
    if (isSegueError(error, "NotFound")) return undefined;
    throw error;
  }
}

/** "Play X" and nothing else: whoever names an artist, an album or a list means one. */
async function aliasIn(
  deck: Deck,
  { readings, uri }: PlayWish,
): Promise<{ alias: AliasRow; reading: Reading } | undefined> {
  const bare = uri === undefined ? readings.filter(({ slots }) => bareName(slots) !== undefined) : [];
  if (bare.length === 0) return undefined;
  const kept = await deck.house.aliases.of(deck.personId, deck.provider.id);
  for (const reading of bare) {
    const folded = fold(bareName(reading.slots) ?? "");
    const alias = folded === "" ? undefined : kept.find((each) => each.folded === folded);
    if (alias) return { alias, reading };
  }
  return undefined;
}

/** What was said in one place is nobody's business in another, even where the same person asks. */
function keyOf({ key, personId, place }: Deck): string {
  const spot = place && [place.platform, place.tenant, place.id];
  return `music.why:${JSON.stringify([key, personId, spot])}`;
}

function note(deck: Deck, explanation: Omit<Explanation, "at">): Promise<void> {
  const at = deck.house.clock.now();
  return deck.house.cache.set(keyOf(deck), { ...explanation, at } satisfies Explanation, KEPT_MS);
}

/** How this person's last wish on this player was understood. It may be forgotten at any moment. */
export function explain(deck: Deck): Promise<Explanation | undefined> {
  return deck.house.cache.get<Explanation>(keyOf(deck));
}
