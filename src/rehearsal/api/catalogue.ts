import { AUDIOBOOKS, findChapter } from "../audiobooks.ts";
import { refuse } from "../http/exchange.ts";
import { album, artist, discographyAlbum, simpleTrack, track } from "../render/music.ts";
import { episode, simpleAudiobook, simpleChapter, simpleEpisode, simpleShow } from "../render/spoken.ts";
import type { QuotaBucket } from "../settings.ts";
import { type Call, ok, type Route } from "./call.ts";
import { checkMarket, notFound, page, pathId } from "./input.ts";
import { framed, paged } from "./paging.ts";
import { resumeOf } from "./resume.ts";

export const catalogueRoutes: readonly Route[] = [
  get("/tracks/{id}", "catalogue", (call) => track(call.view, pathId(call))),
  get("/albums/{id}", "catalogue", (call) => albumById(call, pathId(call))),
  get("/albums/{id}/tracks", "catalogue", (call) => {
    const found = call.world.catalogue.albums.get(pathId(call));
    return found === undefined ? undefined : paged(call, found.trackIds, page(call), (id) => simpleTrackById(call, id));
  }),
  get("/artists/{id}", "catalogue", (call) => artistById(call, pathId(call))),
  get("/artists/{id}/albums", "discography", discography),
  get("/shows/{id}", "catalogue", (call) => showById(call, pathId(call))),
  get("/shows/{id}/episodes", "episodes", (call) => {
    const show = call.world.catalogue.shows.get(pathId(call));
    return show === undefined
      ? undefined
      : paged(call, show.episodeIds, page(call), (id) => simpleEpisodeById(call, id));
  }),
  get("/episodes/{id}", "episodes", (call) => episode(call.view, pathId(call), resumeOf(call, pathId(call)))),
  get("/audiobooks/{id}", "catalogue", (call) => audiobookById(call, pathId(call))),
  get("/audiobooks/{id}/chapters", "catalogue", (call) => {
    const book = AUDIOBOOKS.get(pathId(call));
    return book === undefined
      ? undefined
      : paged(call, book.chapters, page(call), (each) => simpleChapter(call.view, book, book.chapters.indexOf(each)));
  }),
  get("/chapters/{id}", "catalogue", (call) => chapterById(call, pathId(call))),
];

function get(path: string, bucket: QuotaBucket, find: (call: Call) => unknown): Route {
  return {
    method: "GET",
    path,
    scopes: [],
    bucket,
    lives: "everywhere",
    handle: (call) => {
      checkMarket(call);
      const found = find(call);
      if (found === undefined) throw notFound();
      return ok(found);
    },
  };
}

export function albumById(call: Call, id: string) {
  const found = call.world.catalogue.albums.get(id);
  if (found === undefined) return undefined;
  const first = { limit: 50, offset: 0 };
  const path = `/albums/${id}/tracks`;
  const tracks = framed(
    call,
    found.trackIds.slice(0, first.limit).map((each) => simpleTrackById(call, each)),
    first,
    found.trackIds.length,
    path,
  );
  return album(call.view, found, { ...tracks });
}

export function artistById(call: Call, id: string) {
  return call.world.catalogue.artists.has(id) ? artist(call.view, id) : undefined;
}

function showById(call: Call, id: string) {
  const show = call.world.catalogue.shows.get(id);
  if (show === undefined) return undefined;
  const first = { limit: 50, offset: 0 };
  const episodes = show.episodeIds.slice(0, first.limit).map((each) => simpleEpisodeById(call, each));
  return {
    ...simpleShow(call.view, show),
    episodes: framed(call, episodes, first, show.episodeIds.length, `/shows/${id}/episodes`),
  };
}

export function audiobookById(call: Call, id: string) {
  const book = AUDIOBOOKS.get(id);
  if (book === undefined) return undefined;
  const first = { limit: 50, offset: 0 };
  const chapters = book.chapters.slice(0, first.limit).map((_, index) => simpleChapter(call.view, book, index));
  return {
    ...simpleAudiobook(call.view, book),
    chapters: framed(call, chapters, first, book.chapters.length, `/audiobooks/${id}/chapters`),
  };
}

export function chapterById(call: Call, id: string) {
  const found = findChapter(id);
  if (found === undefined) return undefined;
  return { ...simpleChapter(call.view, found.book, found.index), audiobook: simpleAudiobook(call.view, found.book) };
}

function simpleTrackById(call: Call, id: string) {
  const found = call.world.catalogue.tracks.get(id);
  return found === undefined ? undefined : simpleTrack(call.view, found);
}

function simpleEpisodeById(call: Call, id: string) {
  const found = call.world.catalogue.episodes.get(id);
  return found === undefined ? undefined : simpleEpisode(call.view, found, resumeOf(call, id));
}

const GROUPS = ["album", "single", "appears_on", "compilation"];

/** Newest first within each group, the groups in the platform's order. At most 10 a page since February 2026. */
function discography(call: Call) {
  const artistId = pathId(call);
  if (!call.world.catalogue.artists.has(artistId)) return undefined;
  const wanted = (call.exchange.query.get("include_groups") ?? GROUPS.join(",")).split(",");
  if (!wanted.every((group) => GROUPS.includes(group))) throw refuse(400, "Invalid album_group");
  const bounds = call.view.extended ? { max: 50, fallback: 20, min: 0 } : { max: 10, fallback: 5, min: 0 };
  const { albums, tracks } = call.world.catalogue;
  const own = [...albums.values()].filter((each) => each.artistIds.includes(artistId));
  const guestOn = [...albums.values()].filter(
    (each) =>
      !each.artistIds.includes(artistId) && each.trackIds.some((id) => tracks.get(id)?.artistIds.includes(artistId)),
  );
  const groupOf = (each: (typeof own)[number]) => (each.artistIds.includes(artistId) ? each.albumType : "appears_on");
  const all = [...own, ...guestOn]
    .filter((each) => wanted.includes(groupOf(each)))
    .sort(
      (a, b) => GROUPS.indexOf(groupOf(a)) - GROUPS.indexOf(groupOf(b)) || b.releaseDate.localeCompare(a.releaseDate),
    );
  return paged(call, all, page(call, bounds), (each) => discographyAlbum(call.view, each, artistId));
}
