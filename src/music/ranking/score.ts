import { fold } from "../../contracts/fold.ts";
import type { Item, Track } from "../../contracts/music.ts";
import { agreement, artistAgreement } from "./agreement.ts";
import type { Ask } from "./asks.ts";
import { tokens } from "./fold.ts";
import { inLatin } from "./script.ts";
import { containment, similarity } from "./similarity.ts";
import { asksForPlain, type Mark, marksIn, splitTitle } from "./versions.ts";
import { decisions, type Feature, weights } from "./weights.ts";

export type Why = Partial<Record<Feature, number>>;

export const nameOf = (item: Item): string => ("title" in item ? item.title : item.name);

export function artistsOf(item: Item): string[] {
  switch (item.type) {
    case "track":
    case "album":
      return item.artists.map((artist) => artist.name);
    case "audiobook":
      return item.authors.map((author) => author.name);
    case "episode":
      return item.show ? [item.show.name] : [];
    case "show":
      return item.publisher ? [item.publisher] : [];
    default:
      return [];
  }
}

const albumOf = (item: Item): string => (item.type === "track" ? (item.album?.name ?? "") : "");
const yearOf = (item: Item): number | undefined =>
  item.type === "track" ? item.album?.releaseYear : item.type === "album" ? item.releaseYear : undefined;

/** Everything of an item that is compared, folded once. */
export type Prepared = {
  item: Item;
  /** Came from the search, whose order tells of popularity. */
  found: boolean;
  full: string;
  base: string;
  known: boolean;
  tail: string;
  unbracketed: string;
  artists: string[];
  album: string;
  marks: Set<Mark>;
  year?: number;
};

/** Only these say something in the name of an artist or an album: "Live" and "Cover Drive" are bands. */
const byOthers =
  /\b(karaoke|sing king|tribute|made famous|in the style of|cover band|cover version|lullaby|lullabies|8 bit|music box|kidz bop|rockabye baby|string quartet)\b/;
const liveAlbum = /^live (at|in|from|on)\b|\bunplugged\b|\bin concert\b|\blive$/;

function marksOf(item: Item, tail: string, artists: string[], album: string): Set<Mark> {
  const marks = item.type === "track" || item.type === "album" ? marksIn(tail) : new Set<Mark>();
  const names = item.type === "artist" || item.type === "playlist" ? [fold(nameOf(item))] : [...artists, album];
  for (const name of names) {
    if (!byOthers.test(name)) continue;
    for (const mark of marksIn(name)) {
      if (mark === "karaoke" || mark === "tribute" || mark === "cover") marks.add(mark);
    }
    if (/\bsing king\b/.test(name)) marks.add("karaoke");
  }
  if (liveAlbum.test(album)) marks.add("live");
  return marks;
}

/** A thing is compared with several readings, and then with other things. */
const folded = new WeakMap<Item, Prepared>();

export function prepare(item: Item, found = true): Prepared {
  const known = folded.get(item) ?? foldedOf(item);
  folded.set(item, known);
  return known.found === found ? known : { ...known, found };
}

function foldedOf(item: Item): Prepared {
  const name = nameOf(item);
  const { base, tail, known } = splitTitle(name);
  const artists = artistsOf(item).map(fold);
  const album = fold(albumOf(item));
  const year = yearOf(item);
  return {
    item,
    found: true,
    full: fold(name),
    base: fold(base),
    known,
    tail,
    unbracketed: fold(name.slice(0, 300).replace(/[([][^()[\]]*[)\]]/g, " ")),
    artists,
    album,
    marks: marksOf(item, tail, artists, album),
    ...(year === undefined ? {} : { year }),
  };
}

function typeFeature(ask: Ask, item: Item): Feature {
  if (ask.kind !== "open") return ask.kind === item.type ? "rightType" : "wrongType";
  switch (item.type) {
    case "track":
      return "rightType";
    case "album":
      return "openAlbum";
    case "artist":
      return "openArtist";
    case "playlist":
      return "openPlaylist";
    default:
      return "wrongType";
  }
}

/** The share of the words that stand in a text just so. */
function share(words: string, text: string): number {
  const all = tokens(words);
  const inside = new Set(tokens(text));
  return all.filter((word) => inside.has(word)).length / Math.max(1, all.length);
}

function versionFeatures(ask: Ask, thing: Prepared, why: Why): void {
  if (thing.item.type !== "track" && thing.item.type !== "album" && thing.marks.size === 0) return;
  const asked = new Set([
    ...marksIn(fold(ask.version ?? "")),
    ...marksIn(fold(ask.name)),
    ...marksIn(fold(ask.artist ?? "")),
  ]);
  for (const mark of thing.marks) if (!asked.has(mark)) why[mark] = weights[mark];
  // "let it be live" in one piece: the word is neither in this title nor what it is a version of.
  const titled = marksIn(thing.full);
  const lacking = [...marksIn(fold(ask.name))].some((mark) => !titled.has(mark) && !thing.marks.has(mark));
  if (lacking) why.versionMissing = weights.versionMissing;
  if (!ask.version || (thing.item.type !== "track" && thing.item.type !== "album")) return;
  if (asksForPlain(ask.version)) {
    if (thing.marks.size === 0) why.version = weights.version;
    return;
  }
  const wanted = fold(ask.version)
    .replace(/\b(version|recording|the|a|one)\b/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  const found = wanted === "" ? 1 : share(wanted, `${thing.full} ${thing.album} ${[...thing.marks].join(" ")}`);
  if (found >= 0.6) why.version = weights.version * found;
  else why.versionMissing = weights.versionMissing;
}

export type Knowledge = {
  /** By folded artist name, 0 to 1. */
  dominance: ReadonlyMap<string, number>;
  ownPlaylists: ReadonlySet<string>;
  familiar: ReadonlySet<string>;
  /** How well the words fit a device that is there; undefined when the devices are not known. */
  deviceFit?: (words: string) => number;
};

/** The share of the track hits by each artist. A handful of hits says little, so fewer than three count less. */
export function dominanceIn(tracks: readonly Track[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const track of tracks) {
    for (const name of new Set(track.artists.map((artist) => fold(artist.name)))) {
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  const total = Math.max(3, tracks.length);
  return new Map([...counts].map(([name, count]) => [name, count / total]));
}

function deviceFeature(ask: Ask, knowledge: Knowledge): Feature | undefined {
  if (!ask.device) return undefined;
  if (!knowledge.deviceFit) return "deviceUnknown";
  return knowledge.deviceFit(ask.device) >= 0.7 ? "deviceThere" : "deviceMissing";
}

const loose = new Set(["playlist", "show", "audiobook", "episode"]);

/** The readable reasons for and against a thing, or undefined when its name is not what was said. */
export function judge(ask: Ask, thing: Prepared, knowledge: Knowledge): Why | undefined {
  const { item } = thing;
  const words = fold(ask.name);
  const fit = agreement(words, thing, ask.artist !== undefined);
  if (fit < (loose.has(item.type) ? decisions.leastLooseTitle : decisions.leastTitle)) return undefined;

  const why: Why = { title: weights.title * fit, reading: weights.reading * ask.prior };
  const apply = (feature: Feature, times = 1) => {
    const value = weights[feature] * times;
    if (value !== 0) why[feature] = value;
  };
  apply(typeFeature(ask, item));
  const by = ask.artist ?? (item.type === "episode" ? ask.show : undefined);
  if (by && thing.artists.length > 0) {
    const like = artistAgreement(fold(by), thing.artists);
    if (like >= 0.7) apply("artist", like);
    else apply("wrongArtist");
  }
  if (ask.album && item.type === "track") {
    const like = similarity(
      fold(ask.album),
      fold(splitTitle(thing.item.type === "track" ? (item.album?.name ?? "") : "").base),
    );
    if (like >= 0.7) apply("album", like);
    else apply("wrongAlbum");
  }
  if (item.type === "artist" && (ask.kind === "open" || ask.kind === "artist")) {
    // Words beyond the name say that it is not the artist alone who is meant: "beyonce halo".
    const share = knowledge.dominance.get(thing.full) ?? 0;
    const ofWords = containment(words, inLatin(thing.full) ?? thing.full);
    apply("dominance", share * fit * ofWords);
    if (ofWords < decisions.wholeTitle) apply("beyondName", 1 - ofWords);
  }
  if (ask.years && thing.year !== undefined) {
    apply(thing.year >= ask.years.from && thing.year <= ask.years.to ? "decade" : "wrongDecade");
  }
  if (knowledge.ownPlaylists.has(item.uri)) apply("ownPlaylist");
  if (knowledge.familiar.has(item.uri)) apply("familiar");
  const device = deviceFeature(ask, knowledge);
  if (device) apply(device);
  versionFeatures(ask, thing, why);
  return why;
}

export const total = (why: Why): number => Object.values(why).reduce((sum, value) => sum + value, 0);
