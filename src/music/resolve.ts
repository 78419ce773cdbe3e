import { type Choice, isSegueError, SegueError } from "../contracts/errors.ts";
import { fold } from "../contracts/fold.ts";
import type { Artist, Episode, Playlist, SearchHits, Track, Years } from "../contracts/music.ts";
import type { Candidate, PlayWish, Resolution } from "../contracts/player.ts";
import type { SlotValues } from "../contracts/vocabulary.ts";
import { type Deck, notOffered } from "./deck.ts";
import { deviceFit } from "./device-names.ts";
import { cachedDevices } from "./devices.ts";
import { genreTracks, playlistsOf, searchCatalogue } from "./items.ts";
import { likedSongsKey } from "./library.ts";
import { linkIn, lookup } from "./lookup.ts";
import { type Ask, asksOf, queryOf, typesOf } from "./ranking/asks.ts";
import { itemChoice } from "./ranking/choices.ts";
import { tokens } from "./ranking/fold.ts";
import { distinct } from "./ranking/identity.ts";
import { decide, hitLists, noHits, type Ranked, rank, rankVague, type Shelf } from "./ranking/rank.ts";
import { nameOf } from "./ranking/score.ts";
import { similarity } from "./ranking/similarity.ts";
import { decisions } from "./ranking/weights.ts";

/** What a wish came to, with what the words said beside the thing itself. Plain data: it is kept for a second run. */
export type Found = Resolution & {
  /** The person's words for a device, as the chosen reading has them. */
  device?: string;
  shuffle: boolean;
  /** To be played as a list instead of the chosen thing's own context. */
  tracks?: (Track | Episode)[];
};

/** Where only songs can go, a bare title means the song. */
export type Purpose = "play" | "tracks";

const plainCandidates = (ranked: readonly Ranked[]): Candidate[] =>
  ranked.slice(0, decisions.kept).map(({ item, score, why }) => ({ item, score, why }));

/** More of what nobody named would only be noise. */
const OFFERS = 3;

const choicesOf = (ranked: readonly Ranked[]) => ranked.map(({ item }) => itemChoice(item));

/** From a wish to one thing. At most one search call; none for links, for what was searched within the hour, and for own playlists. */
export async function resolve(deck: Deck, wish: PlayWish, purpose: Purpose = "play"): Promise<Found> {
  const best = [...wish.readings].sort((a, b) => b.score - a.score)[0];
  const slots = best?.slots ?? {};
  const shuffle = wish.shuffle === true || wish.readings.some((reading) => reading.slots.shuffle === "on");
  const uri = linkIn(deck, wish.uri, slots);
  if (uri !== undefined) {
    const chosen = await lookup(deck, uri);
    return { chosen, candidates: [], shuffle, ...deviceIn(wish, best?.slots), ...(best ? { reading: best } : {}) };
  }
  if (slots.library === "liked") return { ...(await likedSongs(deck)), shuffle, ...deviceIn(wish, slots) };
  // No service recommends to a program any more, and "like X" played as X would be a lie.
  if (slots.similar_to) throw notOffered();

  const asks = asksOf(wish.readings);
  const [first] = asks;
  if (!first) throw new SegueError("InvalidInput", { field: "query", why: "empty" });
  const found = first.kind === "vague" ? await resolveVague(deck, first) : await resolveNamed(deck, asks, purpose);
  return { ...found, shuffle, ...deviceIn(wish, found.reading?.slots) };
}

/** Where some readings hear a device and others hear a title ("… on the water"), the chosen reading says which it was. */
function deviceIn(wish: PlayWish, slots: SlotValues | undefined): { device?: string } {
  const inReadings = wish.readings.some((reading) => reading.slots.device !== undefined);
  const device = inReadings && wish.uri === undefined ? slots?.device : wish.device;
  return device === undefined ? {} : { device };
}

type Core = Omit<Found, "shuffle">;

async function resolveNamed(deck: Deck, asks: Ask[], purpose: Purpose): Promise<Core> {
  const [first] = asks;
  const namesPlaylist = first?.kind === "playlist";
  const lists = async (cachedOnly: boolean) => (deck.offered?.playlists ? playlistsOf(deck, { cachedOnly }) : []);
  refuseUnserved(deck, asks, await lists(true));
  // The person's own list is read only when a playlist was asked for; otherwise it helps where it is already known.
  const own = await lists(!namesPlaylist);
  const mine = namesPlaylist ? ownPlaylist(asks, own) : undefined;
  if (mine) return mine;

  const known = await knowledge(deck);
  const query = queryOf(asks, known.deviceFit);
  // A playlist has no year, so a filter would hide it.
  const years = asks.length === 1 && !namesPlaylist ? first?.years : undefined;
  const hits = await searchCatalogue(deck, query, typesOf(asks), years ? { years } : {});
  const ranked = rank(asks, { hits, own, ...known });
  const songs = purpose === "tracks" && (first?.kind === "open" || first?.kind === "track");
  const fitting = songs ? ranked.filter(({ item }) => item.type === "track") : ranked;
  const chosen = pick(fitting, query, hits);
  const core = { chosen: chosen.item, candidates: plainCandidates(ranked), reading: chosen.ask.reading };
  return { ...core, ...(await insteadOf(deck, chosen, hits)) };
}

async function knowledge(deck: Deck): Promise<Pick<Shelf, "familiar" | "liked" | "deviceFit">> {
  const [devices, familiar, liked] = await Promise.all([
    cachedDevices(deck),
    deck.house.familiar?.(deck.personId),
    deck.house.cache.get<Track[]>(likedSongsKey(deck)),
  ]);
  const words = deck.house.deviceWords;
  return {
    ...(familiar ? { familiar } : {}),
    ...(liked ? { liked } : {}),
    ...(devices
      ? { deviceFit: (said: string) => (deck.isCalled(said) ? 1 : deviceFit(said, devices, words)) }
      : deck.named
        ? { deviceFit: (said: string) => (deck.isCalled(said) ? 1 : 0) }
        : {}),
  };
}

/** What the service gives for the words though nothing of it carries them: the first of each kind. */
const offersOf = (hits: SearchHits): Choice[] =>
  distinct(
    hitLists(hits).flatMap(([item]) => (item ? [{ item }] : [])),
    OFFERS,
  ).map(({ item }) => itemChoice(item));

function pick(ranked: readonly Ranked[], query: string, hits: SearchHits): Ranked {
  const decision = decide(ranked);
  switch (decision.kind) {
    case "chosen":
      return decision.chosen;
    case "close":
      throw new SegueError("Ambiguous", { what: "item", choices: choicesOf(decision.choices) });
    case "version":
      throw new SegueError("NotFound", { what: "version", query, choices: choicesOf(decision.near) });
    case "none":
      throw new SegueError("NotFound", {
        what: "item",
        query,
        choices: decision.near.length > 0 ? choicesOf(decision.near) : offersOf(hits),
      });
  }
}

/** A playlist of one's own that carries the very name needs no search. */
function ownPlaylist(asks: Ask[], own: readonly Playlist[]): Core | undefined {
  const ranked = rank(
    asks.filter((ask) => ask.kind === "playlist"),
    { hits: noHits(), own },
  );
  const decision = decide(ranked);
  if (decision.kind === "close") {
    throw new SegueError("Ambiguous", { what: "item", choices: choicesOf(decision.choices) });
  }
  if (
    decision.kind !== "chosen" ||
    similarity(fold(decision.chosen.ask.name), fold(nameOf(decision.chosen.item))) < 0.8
  ) {
    return undefined;
  }
  const { item, ask } = decision.chosen;
  return { chosen: item, candidates: plainCandidates(ranked), reading: ask.reading };
}

/** Lists that the service shows in its own app only. One that the listener follows can still be played by its name. */
function refuseUnserved(deck: Deck, asks: readonly Ask[], own: readonly Playlist[]): void {
  const unserved = deck.provider.unserved?.map(fold) ?? [];
  const [first] = asks;
  if (!first || (first.kind !== "open" && first.kind !== "playlist")) return;
  const { languages } = deck.house.deviceWords;
  const [lead = "", ...rest] = tokens(fold(first.name));
  const said = [
    ...(rest.length > 0 && languages.some((one) => one.articles.includes(lead)) ? [] : [lead]),
    ...rest,
  ].join(" ");
  const name = unserved.find((one) => similarity(said, one) >= 0.9);
  if (name === undefined || own.some((playlist) => similarity(fold(playlist.name), name) >= 0.9)) return;
  throw new SegueError("NotFound", { what: "editorial_playlist", query: first.name });
}

/** Named among its artists: services list one artist under several uris. */
export function isBy(track: Track, artist: Artist): boolean {
  return track.artists.some((one) => one.uri === artist.uri || fold(one.name) === fold(artist.name));
}

/** Things that are chosen by name but played as a list: an artist within a decade, an episode of a show. */
async function insteadOf(deck: Deck, chosen: Ranked, hits: SearchHits): Promise<Partial<Core>> {
  const { ask, item } = chosen;
  if (item.type === "artist" && ask.years) {
    const { years } = ask;
    const tracks = hits.tracks.filter((track) => isFrom(track, years) && isBy(track, item));
    if (tracks.length === 0)
      throw new SegueError("NotFound", { what: "item", query: ask.name, choices: [itemChoice(item)] });
    return { tracks };
  }
  if (item.type === "show" && ask.episode !== undefined)
    return { tracks: [await episodeOf(deck, item.uri, ask.episode)] };
  return {};
}

/** The episode that the words name, else the newest. */
export async function episodeOf(deck: Deck, show: string, words: string): Promise<Episode> {
  const episodes = await deck.read((session) => {
    if (!session.showEpisodes) throw notOffered();
    return session.showEpisodes(show, { ...deck.options("episodes"), limit: 20 });
  });
  deck.house.items.remember(episodes);
  const said = fold(words);
  const named = episodes
    .map((episode) => ({ episode, like: similarity(said, fold(episode.title)) }))
    .sort((a, b) => b.like - a.like)[0];
  const chosen = named && named.like >= decisions.leastTitle ? named.episode : episodes[0];
  if (!chosen) throw new SegueError("NotFound", { what: "episode", query: words });
  return chosen;
}

/** Own playlists only help here: a grant that does not show them is no reason to ask for more. */
async function ownIfGranted(deck: Deck): Promise<Playlist[]> {
  if (!deck.offered?.playlists) return [];
  try {
    return await playlistsOf(deck);
  } catch (error) {
    if (isSegueError(error, "MissingScope")) return [];
    throw error;
  }
}

async function resolveVague(deck: Deck, ask: Ask): Promise<Core> {
  const own = await ownIfGranted(deck);
  const mine = rankVague(ask, { hits: noHits(), own });
  if (mine[0]) return { chosen: mine[0].item, candidates: plainCandidates(mine), reading: ask.reading };
  // The decade stands in the names of playlists, which themselves have no year to filter by.
  const hits = await searchCatalogue(deck, ask.name, typesOf([ask]));
  const ranked = rankVague(ask, { hits, own });
  const candidates = plainCandidates(ranked);
  const named = ranked.find(({ why }) => why.title !== undefined);
  if (named) return { chosen: named.item, candidates, reading: ask.reading };
  // Services leave their own editorial lists out of a search. Years tell of songs what a word in a title does not: "Sad But
  // True" is no sad music.
  const { genre } = ask.reading.slots;
  const tracks = ask.years ? await songsOf(deck, ask, ask.years) : genre ? await genreTracks(deck, genre) : [];
  const [song] = tracks;
  if (song) return { chosen: song, candidates, reading: ask.reading, tracks };
  const near = choicesOf(ranked.slice(0, decisions.choices));
  throw new SegueError("NotFound", { what: "genre", query: ask.name, ...(near.length > 0 ? { choices: near } : {}) });
}

/** Songs of a decade by the other words said of them: few titles say when they were made. */
async function songsOf(deck: Deck, ask: Ask, years: Years): Promise<Track[]> {
  const { mood, genre, activity } = ask.reading.slots;
  const words = [mood, genre, activity].filter(Boolean).join(" ") || ask.name;
  const { tracks } = await searchCatalogue(deck, words, ["track"], years ? { years } : {});
  return tracks.filter((track) => isFrom(track, years));
}

/** A provider that knows no filter for years answers with those of any. */
function isFrom({ album }: Track, { from, to }: Years): boolean {
  const year = album?.releaseYear;
  return year !== undefined && year >= from && year <= to;
}

/** Liked songs are no context of their own: the newest hundred are played as a list. Two calls in ten minutes. */
const LIKED = 100;
const PAGE = 50;

async function likedSongs(deck: Deck): Promise<Core> {
  const key = likedSongsKey(deck);
  const cached = await deck.house.cache.get<Track[]>(key);
  const tracks = cached ?? (await readLiked(deck));
  if (!cached) await deck.house.cache.set(key, tracks, 10 * 60_000);
  const [chosen] = tracks;
  if (!chosen) throw new SegueError("NotFound", { what: "liked" });
  return { chosen, candidates: [], tracks };
}

async function readLiked(deck: Deck): Promise<Track[]> {
  const tracks: Track[] = [];
  for (let offset = 0; offset < LIKED; offset += PAGE) {
    const page = await deck.read((session) => {
      if (!session.library) throw notOffered();
      return session.library.likedTracks({ ...deck.options("liked"), limit: PAGE, offset });
    });
    tracks.push(...page.tracks.filter((track) => track.local !== true));
    if (offset + page.tracks.length >= page.total || page.tracks.length === 0) break;
  }
  deck.house.items.remember(tracks);
  return tracks;
}
