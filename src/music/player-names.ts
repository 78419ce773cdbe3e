import type { DeviceWords } from "../contracts/device-words.ts";
import { foldApart, matchDevice } from "./device-names.ts";
import { fold, tokens } from "./ranking/fold.ts";

/** What a player answers to: its own name and its provider's. */
export type Called = { id: string; names: readonly string[] };

/** "my", "the", "on" before a name say nothing about which one it is. */
function bare(said: string, words: DeviceWords): string {
  const all = tokens(foldApart(said, words));
  const from = all.findIndex((word) => !words.fillers.includes(word));
  return all.slice(Math.max(0, from)).join(" ");
}

/** Words that only say what kind of thing is meant ("the speaker") name a device, never a player. */
function onlyKinds(said: string, words: DeviceWords): boolean {
  return tokens(said).every((word) => Object.values(words.kinds).some((kind) => kind.includes(word)));
}

/**
 * The players that words mean: by an exact name, else by one that is plainly nearest; none rather than a guess. A player that
 * is called like a kind of thing is meant by that word only where `kinds` says that nothing but a player can be meant.
 */
export function calledSo<T extends Called>(
  said: string,
  players: readonly T[],
  words: DeviceWords,
  kinds = false,
): T[] {
  const asked = bare(said, words);
  const kind = asked === "" || onlyKinds(asked, words);
  const exact = players.filter(
    ({ id, names }) => id === said || ((kinds || !kind) && names.some((name) => bare(name, words) === asked)),
  );
  if (exact.length > 0 || kind) return exact;
  const named = players.flatMap(({ id, names }) => names.map((name) => ({ id, name })));
  const like = named.map(({ id, name }) => ({
    id,
    name,
    kind: "",
    active: false,
    restricted: false,
    hasVolume: false,
  }));
  const match = matchDevice(asked, like, words);
  const near = match.kind === "one" ? [match.device] : match.kind === "several" ? match.near : [];
  return players.filter(({ id }) => near.some((each) => each.id === id));
}

/**
 * A name in a sentence: of a provider wherever it stands, since nobody says it without meaning it; of a player only when
 * nothing else is said, or at the end and after "on the" or "in the", since players are called like rooms and songs are too.
 */
export function nameIn(
  text: string,
  { providers, players }: { providers: readonly string[]; players: readonly string[] },
  words: DeviceWords,
): string | undefined {
  const said = ` ${foldApart(text, words)} `;
  const provider = providers.find(
    (name) => said.includes(` ${fold(name)} `) && !players.some((player) => fold(player) === fold(name)),
  );
  if (provider !== undefined) return provider;
  return players.find((name) => {
    const called = bare(name, words);
    if (called === "" || onlyKinds(called, words)) return false;
    if (bare(text, words) === called) return true;
    if (!said.endsWith(` ${called} `)) return false;
    const before = tokens(said.slice(0, -(called.length + 2)));
    const where = before.findLast((word) => !words.articles.includes(word));
    return where !== undefined && words.at.includes(where);
  });
}
