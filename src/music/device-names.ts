import type { Device } from "../contracts/music.ts";
import { fold, tokens } from "./ranking/fold.ts";
import { containment, similarity } from "./ranking/similarity.ts";

/** What people call kinds of devices, and words that name no device at all. Folded, lower case. */
export type DeviceWords = {
  /** By neutral kind: "phone" -> ["phone", "mobile", …]. */
  kinds: Readonly<Record<string, readonly string[]>>;
  /** "my", "the", "on": left out before comparing. */
  fillers: readonly string[];
  /** "on", "in": before a name at the end of a sentence they say where it shall sound; articles may stand between. */
  at: readonly string[];
  articles: readonly string[];
  /** "here", "this device": the active or preferred one, as if none were named. */
  here: readonly string[];
};

export const englishDeviceWords: DeviceWords = {
  kinds: {
    phone: ["phone", "smartphone", "mobile", "cell", "cellphone", "iphone", "android", "handset"],
    computer: ["computer", "laptop", "pc", "mac", "macbook", "desktop", "notebook", "browser"],
    speaker: ["speaker", "speakers", "echo", "homepod", "soundbar", "stereo"],
    tv: ["tv", "television", "telly", "chromecast"],
    tablet: ["tablet", "ipad"],
    avr: ["receiver", "amp", "amplifier", "hifi", "stereo"],
    automobile: ["car"],
    game_console: ["console", "playstation", "xbox"],
  },
  fillers: ["my", "the", "our", "on", "in", "to", "a"],
  at: ["on", "in"],
  articles: ["the", "my", "our"],
  here: ["here", "this", "this device", "this one"],
};

export type DeviceMatch =
  | { kind: "one"; device: Device }
  | { kind: "several" | "none"; near: Device[] }
  | { kind: "here" };

const LEAST = 0.7;
const MARGIN = 0.08;
const NEAR = 5;

function withoutFillers(folded: string, words: DeviceWords): string {
  const kept = tokens(folded).filter((word) => !words.fillers.includes(word));
  return kept.length > 0 ? kept.join(" ") : folded;
}

const sameKind = (device: Device, kind: string): boolean => fold(device.kind).replace(/ /g, "_") === kind;

const kindsOf = (word: string, words: DeviceWords): string[] =>
  Object.keys(words.kinds).filter((kind) => words.kinds[kind]?.includes(word));

/** 0 to 1: how well words fit one device, by its name or by its kind. */
function fitness(asked: string, device: Device, words: DeviceWords): number {
  const name = withoutFillers(fold(device.name), words);
  if (asked === name || asked === fold(device.name)) return 1;
  const nameWords = tokens(name);
  const said = tokens(asked);
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
  const asked = withoutFillers(fold(said), words);
  const scored = devices
    .map((device) => ({ device, score: fitness(asked, device, words) }))
    .sort((a, b) => b.score - a.score);
  const [first, second] = scored;
  if (!first || first.score < LEAST) {
    if (words.here.includes(fold(said)) || words.here.includes(asked)) return { kind: "here" };
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
  const asked = withoutFillers(fold(said), words);
  return devices.reduce((best, device) => Math.max(best, device.id === said ? 1 : fitness(asked, device, words)), 0);
}
