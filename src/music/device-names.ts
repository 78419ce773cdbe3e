import type { DeviceWords } from "../contracts/device-words.ts";
import type { Device } from "../contracts/music.ts";
import { fold, tokens } from "./ranking/fold.ts";
import { containment, similarity } from "./ranking/similarity.ts";

/** As they are compared, so that files may write them as people do. */
export function foldedWords({ kinds, ...lists }: DeviceWords): DeviceWords {
  const folded = (words: readonly string[]): string[] => [...new Set(words.map(fold))];
  return {
    kinds: Object.fromEntries(Object.entries(kinds).map(([kind, words]) => [kind, folded(words)])),
    joined: folded(lists.joined),
    fillers: folded(lists.fillers),
    at: folded(lists.at),
    articles: folded(lists.articles),
    here: folded(lists.here),
  };
}

export type DeviceMatch =
  | { kind: "one"; device: Device }
  | { kind: "several" | "none"; near: Device[] }
  | { kind: "here" };

const LEAST = 0.7;
const MARGIN = 0.08;
const NEAR = 5;
const LONGEST = 1_000;

function withoutFillers(folded: string, words: DeviceWords): string {
  const kept = tokens(folded).filter((word) => !words.fillers.includes(word));
  return kept.length > 0 ? kept.join(" ") : folded;
}

/** Folded, with an article that is written to its word standing by itself: "l’atelier". */
export function foldApart(text: string, words: DeviceWords): string {
  const apart = (whole: string, letter: string) =>
    words.articles.includes(letter.toLowerCase()) ? `${letter} ` : whole;
  return fold(text.slice(0, LONGEST).replace(/(?<!\p{L})(\p{L})['’](?=\p{L})/gu, apart));
}

const sameKind = (device: Device, kind: string): boolean => fold(device.kind).replace(/ /g, "_") === kind;

const kindsOf = (word: string, words: DeviceWords): string[] =>
  Object.keys(words.kinds).filter((kind) => words.kinds[kind]?.includes(word));

/** "kuchenlautsprecher" is the "lautsprecher" of "kuchen". */
function apart(word: string, words: DeviceWords): string[] {
  if (kindsOf(word, words).length > 0) return [word];
  const tail = words.joined.find((one) => word.endsWith(one) && word.length > one.length + 2);
  return tail === undefined ? [word] : [word.slice(0, -tail.length), tail];
}

const wordsOf = (folded: string, words: DeviceWords): string[] => tokens(folded).flatMap((word) => apart(word, words));

/** 0 to 1: how well words fit one device, by its name or by its kind. */
function fitness(asked: string, device: Device, words: DeviceWords): number {
  const name = withoutFillers(foldApart(device.name, words), words);
  if (asked === name || asked === foldApart(device.name, words)) return 1;
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
export function matchDevice(said: string, devices: readonly Device[], words: DeviceWords): DeviceMatch {
  const exact = devices.find((device) => device.id !== undefined && device.id === said);
  if (exact) return { kind: "one", device: exact };
  const asked = withoutFillers(foldApart(said, words), words);
  const scored = devices
    .map((device) => ({ device, score: fitness(asked, device, words) }))
    .sort((a, b) => b.score - a.score);
  const [first, second] = scored;
  if (!first || first.score < LEAST) {
    if (words.here.includes(foldApart(said, words)) || words.here.includes(asked)) return { kind: "here" };
    return { kind: "none", near: devices.slice(0, NEAR) };
  }
  if (second && second.score >= LEAST && first.score - second.score < MARGIN) {
    const near = scored.filter(({ score }) => first.score - score < MARGIN && score >= LEAST);
    return { kind: "several", near: near.slice(0, NEAR).map(({ device }) => device) };
  }
  return { kind: "one", device: first.device };
}

/** For the ranking: how well the words fit any device that is there. */
export function deviceFit(said: string, devices: readonly Device[], words: DeviceWords): number {
  const asked = withoutFillers(foldApart(said, words), words);
  return devices.reduce((best, device) => Math.max(best, device.id === said ? 1 : fitness(asked, device, words)), 0);
}
