import { fold } from "../../contracts/fold.ts";
import type { Item, Playlist, SearchHits, Track } from "../../contracts/music.ts";
import type { Candidate } from "../../contracts/player.ts";
import { isNamed } from "./agreement.ts";
import { type Ask, bare } from "./asks.ts";
import { tokens } from "./fold.ts";
import { distinct, identity, isLasting } from "./identity.ts";
import { knownOtherwise } from "./otherwise.ts";
import { dominanceIn, judge, type Knowledge, type Prepared, prepare, total, type Why } from "./score.ts";
import { decisions, type Feature, weights } from "./weights.ts";

export type Ranked = Candidate & { ask: Ask };

export type Shelf = {
  hits: SearchHits;
  /** Playlists of the listener known without the search. */
  own?: readonly Playlist[];
  /** Uris that the listener liked or heard. */
  familiar?: ReadonlySet<string>;
  /** Songs that the listener likes: another print of one of them is as familiar. */
  liked?: readonly Track[];
  deviceFit?: (words: string) => number;
};

export const noHits = (): SearchHits => ({
  tracks: [],
  albums: [],
  artists: [],
  playlists: [],
  shows: [],
  episodes: [],
  audiobooks: [],
});

export const hitLists = (hits: SearchHits): Item[][] => [
  hits.tracks,
  hits.artists,
  hits.albums,
  hits.playlists,
  hits.shows,
  hits.episodes,
  hits.audiobooks,
];

function shelfItems({ hits, own = [] }: Shelf): Prepared[] {
  const things = hitLists(hits).flatMap((list) => list.map((item) => prepare(item)));
  const seen = new Set(things.map((thing) => thing.item.uri));
  return [...things, ...own.filter((playlist) => !seen.has(playlist.uri)).map((playlist) => prepare(playlist, false))];
}

/** The reading under which a thing fits best, without regard to its place. */
function bestAsk(thing: Prepared, asks: readonly Ask[], knowledge: Knowledge): Ranked | undefined {
  let best: Ranked | undefined;
  for (const ask of asks) {
    const why = ask.kind === "vague" ? undefined : judge(ask, thing, knowledge);
    if (!why) continue;
    const score = total(why);
    if (!best || score > best.score) best = { item: thing.item, score, why, ask };
  }
  return best;
}

type Hit = { ranked: Ranked; thing: Prepared };

/** Kinds whose very name settles what bare words mean; a stranger's playlist may be called anything. */
function settles({ ranked, thing }: Hit, own: ReadonlySet<string>): boolean {
  const { type, uri } = ranked.item;
  if (type !== "track" && type !== "artist" && type !== "album" && !own.has(uri)) return false;
  return ![...thing.marks].some(isLasting);
}

const FIRST_ARTISTS = 2;

/** With bare words that are the very name of something, what is only like it steps back, and an artist found at once steps forward. */
function withNames(found: readonly Hit[], hits: SearchHits, own: ReadonlySet<string>): Hit[] {
  const named = ({ ranked, thing }: Hit) => isNamed(fold(ranked.ask.name), thing);
  const open = ({ ranked }: Hit) => ranked.ask.kind === "open" && bare(ranked.ask);
  const settled = new Set(
    found.filter((hit) => open(hit) && named(hit) && settles(hit, own)).map((hit) => hit.ranked.ask),
  );
  const first = hits.tracks[0];
  const firstArtists = new Set(hits.artists.slice(0, FIRST_ARTISTS).map(({ uri }) => uri));
  return found.map((hit) => {
    const { ranked, thing } = hit;
    const { ask, item } = ranked;
    if (!open(hit) || !settled.has(ask)) return hit;
    const give = (feature: Feature): Hit => {
      const why = { ...ranked.why, [feature]: weights[feature] };
      // Songs of theirs are found by a name that is near: "led zeppelin iv".
      if (feature === "inexact") delete why.dominance;
      return { thing, ranked: { ...ranked, why, score: total(why) } };
    };
    if (!named(hit)) return give("inexact");
    const titled = first !== undefined && isNamed(fold(ask.name), prepare(first));
    return item.type === "artist" && firstArtists.has(item.uri) && !titled ? give("bareArtist") : hit;
  });
}

/**
 * Gives each kind's hits their places, in the service's order, counting only those that fit about as well as the best. Where
 * that order says nothing of popularity, those have the first whose name fits best.
 */
function withPlaces(found: readonly Hit[], ordered: boolean): Ranked[] {
  const best = new Map<string, number>();
  for (const { ranked } of found) {
    best.set(ranked.item.type, Math.max(best.get(ranked.item.type) ?? Number.NEGATIVE_INFINITY, ranked.score));
  }
  const names = new Map<string, number>();
  for (const { ranked } of found) {
    const { type } = ranked.item;
    if (ranked.score < (best.get(type) ?? 0) - decisions.samePlaces) continue;
    names.set(type, Math.max(names.get(type) ?? 0, ranked.why.title ?? 0));
  }
  const places = new Map<string, number>();
  return found.map(({ ranked, thing }) => {
    if (!thing.found) return ranked;
    const { type } = ranked.item;
    const place = ordered ? (places.get(type) ?? 0) : (ranked.why.title ?? 0) < (names.get(type) ?? 0) ? 1 : 0;
    if (ranked.score >= (best.get(type) ?? 0) - decisions.samePlaces) places.set(type, place + 1);
    const value = weights.place / (1 + place);
    return { ...ranked, score: ranked.score + value, why: { ...ranked.why, place: value } };
  });
}

function familiarIn({ hits, familiar, liked = [] }: Shelf): ReadonlySet<string> {
  const known = new Set(liked.map(identity));
  const prints = known.size === 0 ? [] : hits.tracks.filter((track) => known.has(identity(track)));
  return new Set([...(familiar ?? []), ...prints.map(({ uri }) => uri)]);
}

/** Where nothing carries the words, what the service itself knows by them. */
function withOtherName(found: Hit[], asks: readonly Ask[], hits: SearchHits): Hit[] {
  if (found.some(({ ranked }) => ranked.score >= decisions.leastScore && sure(ranked))) return found;
  const other = asks.flatMap((ask) => {
    const item = knownOtherwise(ask, hits);
    return item ? [{ ask, item }] : [];
  })[0];
  if (!other) return found;
  const { ask, item } = other;
  const why: Why = {
    otherName: weights.otherName,
    rightType: weights.rightType,
    reading: weights.reading * ask.prior,
  };
  const rest = found.filter(({ ranked }) => ranked.item.uri !== item.uri);
  return [{ ranked: { item, ask, why, score: total(why) }, thing: prepare(item) }, ...rest];
}

/** Every candidate with its reasons, best first. Pure and deterministic: ties keep the service's order. */
export function rank(asks: readonly Ask[], shelf: Shelf): Ranked[] {
  const knowledge: Knowledge = {
    dominance: dominanceIn(shelf.hits.tracks),
    ownPlaylists: new Set((shelf.own ?? []).map((playlist) => playlist.uri)),
    familiar: familiarIn(shelf),
    ...(shelf.deviceFit ? { deviceFit: shelf.deviceFit } : {}),
  };
  const seen = new Set<string>();
  const found: Hit[] = [];
  for (const thing of shelfItems(shelf)) {
    if (seen.has(thing.item.uri)) continue;
    seen.add(thing.item.uri);
    const ranked = bestAsk(thing, asks, knowledge);
    if (ranked) found.push({ ranked, thing });
  }
  const all = withOtherName(found, asks, shelf.hits);
  const named = withNames(all, shelf.hits, knowledge.ownPlaylists);
  return withPlaces(named, shelf.hits.unordered !== true).sort((a, b) => b.score - a.score);
}

/**
 * For a genre, a mood or a decade: playlists in the order in which they carry the words, the listener's own first; `title` is
 * missing from the reasons of those that carry none. There is nothing to ask back about: any that carries them will do.
 */
export function rankVague(ask: Ask, shelf: Shelf): Ranked[] {
  const words = tokens(fold(ask.name));
  const found: Ranked[] = [];
  const add = (playlist: Playlist, own: boolean, place: number) => {
    const title = new Set(tokens(fold(playlist.name)));
    const share = words.filter((word) => title.has(word)).length / Math.max(1, words.length);
    if (own && share < 1) return;
    const why: Record<string, number> = {
      ...(share > 0 ? { title: 0.5 * share } : {}),
      place: 0.1 / (1 + place),
      ...(own ? { ownPlaylist: 0.2 } : {}),
    };
    found.push({ item: playlist, score: Object.values(why).reduce((sum, value) => sum + value, 0), why, ask });
  };
  const own = new Set((shelf.own ?? []).map((playlist) => playlist.uri));
  (shelf.own ?? []).forEach((playlist, place) => {
    add(playlist, true, place);
  });
  shelf.hits.playlists.forEach((playlist, place) => {
    if (!own.has(playlist.uri)) add(playlist, false, place);
  });
  return found.sort((a, b) => b.score - a.score);
}

export type Decision =
  | { kind: "chosen"; chosen: Ranked }
  | { kind: "close"; choices: Ranked[] }
  | { kind: "version" | "none"; near: Ranked[] };

const halfNamed = new Set(["playlist", "show", "audiobook", "episode"]);

/** Whether more than a faint likeness of names speaks for it. */
function sure({ item, why }: Ranked): boolean {
  if (halfNamed.has(item.type) || (why.title ?? 0) >= weights.title * decisions.sureTitle) return true;
  return why.otherName !== undefined || (why.artist ?? 0) > 0 || (why.dominance ?? 0) >= weights.dominance * 0.2;
}

/** The margin test: play the best, ask between close ones that are really different, or say what is near. */
export function decide(ranked: readonly Ranked[]): Decision {
  const things = distinct(ranked, decisions.choices);
  const [first, second] = things;
  if (first?.why.versionMissing !== undefined && first.score - first.why.versionMissing >= decisions.leastScore) {
    return { kind: "version", near: things };
  }
  if (!first || first.score < decisions.leastScore || !sure(first)) return { kind: "none", near: things };
  if (!second || second.score < decisions.leastScore || first.score - second.score >= decisions.margin) {
    return { kind: "chosen", chosen: first };
  }
  return { kind: "close", choices: things.filter((thing) => first.score - thing.score < decisions.margin * 3) };
}
