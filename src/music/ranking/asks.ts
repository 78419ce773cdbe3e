import { fold } from "../../contracts/fold.ts";
import type { ItemType, Years } from "../../contracts/music.ts";
import type { Reading, SlotValues } from "../../contracts/vocabulary.ts";
import { surface, tokens } from "./fold.ts";
import { asksForPlain } from "./versions.ts";

/**
 * One reading of a wish as the ranking needs it. `kind` "open" is a bare "play X" that may be a song, an artist, an album or
 * a playlist; "vague" is a genre, mood, activity or decade with no name in it.
 */
export type Ask = {
  reading: Reading;
  /** The reading's own score, the best one being 1. */
  prior: number;
  kind: ItemType | "open" | "vague";
  name: string;
  artist?: string;
  album?: string;
  show?: string;
  /** Which episode of a show that was named: its words, or "latest". */
  episode?: string;
  version?: string;
  years?: Years;
  device?: string;
};

const yearsOf = (decade: string | undefined): Years | undefined => {
  const from = decade === undefined ? Number.NaN : Number.parseInt(decade, 10);
  return Number.isInteger(from) ? { from, to: from + 9 } : undefined;
};

/** "1980s" as titles of playlists write it. */
const shortDecade = (decade: string): string => (/^19\d0s$/.test(decade) ? decade.slice(2) : decade);

function plainType(type: SlotValues["type"]): ItemType | undefined {
  switch (type) {
    case undefined:
    case "genres":
      return undefined;
    case "tracks":
      return "track";
    case "artists":
      return "artist";
    case "albums":
      return "album";
    default:
      return type;
  }
}

/** How language writes down "the newest episode". */
const LATEST = "latest";

function mainOf(slots: SlotValues): { kind: Ask["kind"]; name: string } | undefined {
  const said = plainType(slots.type);
  if (slots.episode && slots.show) return { kind: "show", name: slots.show };
  if (slots.episode) return { kind: "episode", name: slots.episode };
  if (slots.show) return { kind: "show", name: slots.show };
  if (slots.audiobook) return { kind: "audiobook", name: slots.audiobook };
  if (slots.playlist) return { kind: "playlist", name: slots.playlist };
  if (slots.track) {
    // A title alone may name anything; a title with an artist, an album or a version beside it is a recording.
    const bare = !slots.artist && !slots.album && !slots.version;
    return { kind: said ?? (bare ? "open" : "track"), name: slots.track };
  }
  if (slots.album) return { kind: "album", name: slots.album };
  if (slots.artist) return { kind: said ?? "artist", name: slots.artist };
  if (slots.query || slots.name) return { kind: said ?? "open", name: slots.query ?? slots.name ?? "" };
  const vague = [slots.decade && shortDecade(slots.decade), slots.mood, slots.genre, slots.activity].filter(Boolean);
  return vague.length > 0 ? { kind: "vague", name: vague.join(" ") } : undefined;
}

function askOf(reading: Reading, best: number): Ask | undefined {
  const { slots } = reading;
  const main = mainOf(slots);
  const name = main && surface(main.name);
  if (!main || !name) return undefined;
  const years = yearsOf(slots.decade);
  return {
    reading,
    prior: best > 0 ? Math.max(0, Math.min(1, reading.score / best)) : 1,
    kind: main.kind,
    name,
    ...(slots.artist && main.kind !== "artist" ? { artist: surface(slots.artist) } : {}),
    ...(slots.album && main.kind !== "album" ? { album: surface(slots.album) } : {}),
    ...(slots.show && main.kind !== "show" ? { show: surface(slots.show) } : {}),
    ...(slots.episode && main.kind === "show" ? { episode: surface(slots.episode) } : {}),
    ...(slots.version ? { version: surface(slots.version) } : {}),
    ...(years ? { years } : {}),
    ...(slots.device ? { device: slots.device } : {}),
  };
}

/** An episode that has a name is looked for by it too, beside its show. */
function withEpisode(ask: Ask): Ask[] {
  if (ask.episode === undefined || ask.episode === LATEST) return [ask];
  return [{ ...ask, kind: "episode", name: ask.episode, show: ask.name }, ask];
}

const MOST = 12;
/** Language lists every way to read a sentence; the far-fetched ones would only find what nobody meant. */
const FAR_FETCHED = 0.35;

/** Nothing but a name, so that it may be of any kind. */
export const bare = (ask: Ask): boolean =>
  !ask.artist && !ask.album && !ask.version && !ask.years && ask.episode === undefined;

const sameWords = (a: Ask, b: Ask): boolean => fold(a.name) === fold(b.name) && a.device === b.device;
const absorbed = new Set<Ask["kind"]>(["artist", "album", "playlist"]);

/** Less than this says of a bare title that language hardly believes in it. */
const DOUBTED = 0.15;

/**
 * Where language offers the same bare words as a title and as an artist, an album or a playlist, nobody named the kind: all of
 * them become one open ask, as likely as the likeliest, and the catalogue decides.
 */
function opened(asks: readonly Ask[]): Ask[] {
  const alike = (ask: Ask) => (other: Ask) =>
    other !== ask && bare(other) && absorbed.has(other.kind) && sameWords(other, ask);
  const open = asks.filter((ask) => ask.kind === "open" && bare(ask) && ask.prior >= DOUBTED);
  const kept = asks.filter((ask) => !open.some((title) => alike(title)(ask)));
  return kept
    .map((ask) => {
      if (!open.includes(ask)) return ask;
      return { ...ask, prior: Math.max(ask.prior, ...asks.filter(alike(ask)).map(({ prior }) => prior)) };
    })
    .sort((a, b) => b.prior - a.prior);
}

/**
 * The asks behind the readings, best first. A title that is offered as nothing else, among other readings, was named as a song.
 */
export function asksOf(readings: readonly Reading[]): Ask[] {
  const sorted = [...readings].sort((a, b) => b.score - a.score).slice(0, MOST);
  const best = sorted[0]?.score ?? 0;
  const all = sorted.map((reading) => askOf(reading, best)).filter((ask) => ask !== undefined);
  const alone = (ask: Ask): boolean =>
    all.length > 1 && !all.some((other) => other.reading !== ask.reading && bare(other) && sameWords(other, ask));
  return opened(all)
    .filter((ask) => ask.prior >= FAR_FETCHED)
    .flatMap((ask) => {
      const named = ask.kind === "open" && ask.reading.slots.track !== undefined && alone(ask);
      return withEpisode(named ? { ...ask, kind: "track" } : ask);
    });
}

/**
 * The words to search for: those of the best ask that brings the most of them, since one query must serve every reading.
 * Where a reading hears a device, it is believed when the device is there, and hardly when it is not.
 */
export function queryOf(asks: readonly Ask[], deviceFit?: (words: string) => number): string {
  const weight = (ask: Ask): number => {
    if (ask.device === undefined || !deviceFit) return ask.prior;
    return ask.prior * (deviceFit(ask.device) >= 0.7 ? 1.3 : 0.5);
  };
  const least = 0.9 * Math.max(...asks.map(weight));
  let query = "";
  let words = 0;
  for (const ask of asks) {
    if (weight(ask) < least) continue;
    const said = ask.episode === LATEST ? undefined : ask.episode;
    const text = [ask.name, said, ask.artist, ask.album, ask.show, plainVersion(ask.version)].filter(Boolean).join(" ");
    const count = tokens(fold(text)).length;
    if (count > words) {
      query = text;
      words = count;
    }
  }
  return query;
}

const plainVersion = (version: string | undefined): string | undefined =>
  version && asksForPlain(version) ? undefined : version;

export const usualTypes = ["track", "artist", "album", "playlist"] as const satisfies readonly ItemType[];

/** Kinds that cost nothing more in the same call; spoken word only when somebody asks for it, since it would crowd the rest. */
export function typesOf(asks: readonly Ask[]): ItemType[] {
  const more = asks.map((ask) => ask.kind).filter((kind) => kind !== "open" && kind !== "vague");
  return [...new Set<ItemType>([...usualTypes, ...more])];
}
