import type { DeviceWordsByLocale } from "../contracts/device-words.ts";
import { fold } from "../contracts/fold.ts";
import type { Device } from "../contracts/music.ts";
import { tokens } from "./ranking/fold.ts";
import { containment, similarity } from "./ranking/similarity.ts";

type Spoken = { locale: string; fillers: readonly string[]; at: readonly string[]; articles: readonly string[] };

/**
 * Words as they are compared. Kinds of devices are known in all languages together, since who speaks one names devices in
 * another too; small words stay with their language, since each is a name somewhere else.
 */
export type HouseWords = {
  kinds: Readonly<Record<string, readonly string[]>>;
  joined: readonly string[];
  here: readonly string[];
  /** Folded, but for `at`. */
  languages: readonly Spoken[];
};

/** Files may write words as people do. */
export function houseWords(all: DeviceWordsByLocale): HouseWords {
  const folded = (words: readonly string[]): string[] => [...new Set(words.map(fold))];
  const each = Object.values(all);
  const names = new Set(each.flatMap(({ kinds }) => Object.keys(kinds)));
  return {
    kinds: Object.fromEntries([...names].map((kind) => [kind, folded(each.flatMap(({ kinds }) => kinds[kind] ?? []))])),
    joined: folded(each.flatMap(({ joined }) => joined)),
    here: folded(each.flatMap(({ here }) => here)),
    languages: Object.entries(all).map(([locale, { fillers, at, articles }]) => ({
      locale,
      fillers: folded(fillers),
      at: at.map(spelled),
      articles: folded(articles),
    })),
  };
}

/** As it is written, but for case and signs around it. */
export const spelled = (word: string): string =>
  word
    .normalize("NFC")
    .toLowerCase()
    .replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "");

export type DeviceMatch =
  | { kind: "one"; device: Device }
  | { kind: "several" | "none"; near: Device[] }
  | { kind: "here" };

const LEAST = 0.7;
const MARGIN = 0.08;
const NEAR = 5;
const LONGEST = 1_000;

function withoutFillers(folded: string, { fillers }: Spoken): string {
  const kept = tokens(folded).filter((word) => !fillers.includes(word));
  return kept.length > 0 ? kept.join(" ") : folded;
}

/** An article that is written to its word made to stand by itself: "l’atelier". */
export const articlesApart = (text: string, { articles }: Spoken): string =>
  text
    .slice(0, LONGEST)
    .replace(/(?<!\p{L})(\p{L})['’](?=\p{L})/gu, (whole, letter: string) =>
      articles.includes(letter.toLowerCase()) ? `${letter} ` : whole,
    );

export const foldApart = (text: string, language: Spoken): string => fold(articlesApart(text, language));

const sameKind = (device: Device, kind: string): boolean => fold(device.kind).replace(/ /g, "_") === kind;

const kindsOf = (word: string, words: HouseWords): string[] =>
  Object.keys(words.kinds).filter((kind) => words.kinds[kind]?.includes(word));

/** "kuchenlautsprecher" is the "lautsprecher" of "kuchen". */
function apart(word: string, words: HouseWords): string[] {
  if (kindsOf(word, words).length > 0) return [word];
  const tail = words.joined.find((one) => word.endsWith(one) && word.length > one.length + 2);
  return tail === undefined ? [word] : [word.slice(0, -tail.length), tail];
}

const wordsOf = (folded: string, words: HouseWords): string[] => tokens(folded).flatMap((word) => apart(word, words));

/** 0 to 1: how well words fit one device, by its name or by its kind, in the language in which they fit it best. */
function fitness(said: string, device: Device, words: HouseWords): number {
  return Math.max(0, ...words.languages.map((language) => fitnessIn(said, device, words, language)));
}

function fitnessIn(text: string, device: Device, words: HouseWords, language: Spoken): number {
  const asked = withoutFillers(foldApart(text, language), language);
  const name = withoutFillers(foldApart(device.name, language), language);
  if (asked === name || asked === foldApart(device.name, language)) return 1;
  const nameWords = wordsOf(name, words);
  const said = wordsOf(asked, words);
  const kindWords = said.filter((word) => kindsOf(word, words).length > 0);
  // "speaker" is no part of what tells the bedroom's from the bathroom's.
  const own = said.filter((word) => !kindWords.includes(word)).join(" ");
  const bare = nameWords.filter((word) => kindsOf(word, words).length === 0).join(" ");
  const inName = kindWords.some((word) => nameWords.includes(word));
  const ofKind = kindWords.some((word) => kindsOf(word, words).some((kind) => sameKind(device, kind)));
  if (own === "") return inName ? 0.95 : ofKind ? 0.8 : 0;
  if (bare === "") return similarity(asked, name);
  // "kitchen" for "Kitchen Sonos", and "kitchen sonos" for "Kitchen".
  const like = Math.max(similarity(own, bare), 0.95 * containment(own, bare), containment(bare, own) >= 0.95 ? 0.9 : 0);
  return kindWords.length > 0 && !inName && !ofKind ? like * 0.7 : like;
}

/** Finds the device that words mean among those listed. Two that fit alike are several; nobody guesses. */
export function matchDevice(said: string, devices: readonly Device[], words: HouseWords): DeviceMatch {
  const exact = devices.find((device) => device.id !== undefined && device.id === said);
  if (exact) return { kind: "one", device: exact };
  // In some other language, what tells it from the others may be a word that says nothing: "Mi TV", "LA Speaker".
  const [called, ...alike] = devices.filter(({ name }) => name !== "" && fold(name) === fold(said));
  if (called && alike.length === 0) return { kind: "one", device: called };
  const scored = devices
    .map((device) => ({ device, score: fitness(said, device, words) }))
    .sort((a, b) => b.score - a.score);
  const [first, second] = scored;
  if (!first || first.score < LEAST) {
    return isHere(said, words) ? { kind: "here" } : { kind: "none", near: devices.slice(0, NEAR) };
  }
  if (second && second.score >= LEAST && first.score - second.score < MARGIN) {
    const near = scored.filter(({ score }) => first.score - score < MARGIN && score >= LEAST);
    return { kind: "several", near: near.slice(0, NEAR).map(({ device }) => device) };
  }
  return { kind: "one", device: first.device };
}

function isHere(said: string, { here, languages }: HouseWords): boolean {
  return languages.some((language) => {
    const folded = foldApart(said, language);
    return here.includes(folded) || here.includes(withoutFillers(folded, language));
  });
}

/** For the ranking: how well the words fit any device that is there. */
export function deviceFit(said: string, devices: readonly Device[], words: HouseWords): number {
  return devices.reduce((best, device) => Math.max(best, device.id === said ? 1 : fitness(said, device, words)), 0);
}
