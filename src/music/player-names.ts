import { fold } from "../contracts/fold.ts";
import { articlesApart, foldApart, type HouseWords, matchDevice, spelled } from "./device-names.ts";
import { tokens } from "./ranking/fold.ts";

/** What a player answers to: its own name and its provider's. */
export type Called = { id: string; names: readonly string[] };

/** Of a sentence, counted from its end: no name is longer. */
const mostWords = 40;

type Language = HouseWords["languages"][number];

/** "my", "the", "on" before a name say nothing about which one it is. */
function bare(said: string, language: Language): string {
  const all = tokens(foldApart(said, language));
  const from = all.findIndex((word) => !language.fillers.includes(word));
  return all.slice(Math.max(0, from)).join(" ");
}

/** Words that only say what kind of thing is meant ("the speaker") name a device, never a player. */
function onlyKinds(said: string, words: HouseWords): boolean {
  return tokens(said).every((word) => Object.values(words.kinds).some((kind) => kind.includes(word)));
}

/**
 * The players that words mean: by an exact name, else by one that is plainly nearest; none rather than a guess. A player that
 * is called like a kind of thing is meant by that word only where `kinds` says that nothing but a player can be meant.
 */
export function calledSo<T extends Called>(said: string, players: readonly T[], words: HouseWords, kinds = false): T[] {
  const exact = players.filter(
    ({ id, names }) => id === said || names.some((name) => saysJust(said, name, words, kinds)),
  );
  if (exact.length > 0 || words.languages.some((language) => onlyKinds(bare(said, language), words))) return exact;
  const named = players.flatMap(({ id, names }) => names.map((name) => ({ id, name })));
  const like = named.map(({ id, name }) => ({
    id,
    name,
    kind: "",
    active: false,
    restricted: false,
    hasVolume: false,
  }));
  const match = matchDevice(said, like, words);
  const near = match.kind === "one" ? [match.device] : match.kind === "several" ? match.near : [];
  return players.filter(({ id }) => near.some((each) => each.id === id));
}

/** Whether words are a name and nothing else, in any language; with `kinds` also one that only says what kind of thing it is. */
function saysJust(said: string, name: string, words: HouseWords, kinds: boolean): boolean {
  return words.languages.some((language) => {
    const asked = bare(said, language);
    return asked === bare(name, language) && (kinds || !onlyKinds(asked, words));
  });
}

/**
 * A name in a sentence: of a provider wherever it stands, since nobody says it without meaning it; of a player only when
 * nothing else is said, or at the end and after "on the" or "in the" in the sentence's own language, since players are called
 * like rooms and songs are too.
 */
export function nameIn(
  { text, locale }: { text: string; locale: string },
  { providers, players }: { providers: readonly string[]; players: readonly string[] },
  words: HouseWords,
): string | undefined {
  const said = ` ${fold(text)} `;
  const provider = providers.find(
    (name) => said.includes(` ${fold(name)} `) && !players.some((player) => fold(player) === fold(name)),
  );
  if (provider !== undefined) return provider;
  const language = words.languages.find((each) => each.locale === locale || each.locale === locale.split("-")[0]);
  return players.find((name) => {
    if (saysJust(text, name, words, false)) return true;
    return language !== undefined && !onlyKinds(bare(name, language), words) && endsThere(text, name, language);
  });
}

/** "… on the <name>": what stands before the name is read as it is written, since "à" says where and "a" does not. */
function endsThere(text: string, name: string, language: Language): boolean {
  const called = bare(name, language);
  const all = articlesApart(text, language).split(/\s+/).filter(Boolean).slice(-mostWords);
  const from = all.findLastIndex((_word, at) => fold(all.slice(at).join(" ")) === called);
  const where = all.slice(0, Math.max(0, from)).findLast((word) => !language.articles.includes(fold(word)));
  return where !== undefined && language.at.includes(spelled(where));
}
