import { AUDIOBOOKS } from "../../../src/rehearsal/audiobooks.ts";
import type { Catalogue } from "../../../src/rehearsal/catalogue/index.ts";
import { idFrom } from "../../../src/rehearsal/random.ts";
import type { Thing } from "./rows.ts";

/** The lists that everybody in the rehearsal has beside those of the catalogue. */
const furnished = ["Morning", "Dinner with friends", "Road trip"];

/** From names to uris. A name that means nothing in the catalogue throws: the row is wrong. */
export function createFinder(catalogue: Catalogue, seed: number): (name: Thing) => string[] {
  const uris = new Map<string, string[]>();
  const add = (name: string, kind: string, id: string): void => {
    const uri = `spotify:${kind}:${id}`;
    uris.set(name, [...(uris.get(name) ?? []), uri]);
  };
  const by = (ids: readonly string[]) => ids.map((id) => catalogue.artists.get(id)?.name ?? "").join("; ");

  for (const track of catalogue.tracks.values()) {
    const name = `track: ${by(track.artistIds)} | ${track.name}`;
    add(name, "track", track.id);
    add(`${name} | ${catalogue.albums.get(track.albumId)?.name}`, "track", track.id);
  }
  for (const album of catalogue.albums.values())
    add(`album: ${by(album.artistIds)} | ${album.name}`, "album", album.id);
  for (const artist of catalogue.artists.values()) add(`artist: ${artist.name}`, "artist", artist.id);
  for (const list of catalogue.playlists.values()) {
    add(`playlist: ${list.ownerId} | ${list.name}`, "playlist", list.id);
    for (const name of furnished) {
      const own = `playlist: ${list.ownerId} | ${name}`;
      if (!uris.has(own)) add(own, "playlist", idFrom("playlist", seed, list.ownerId, name));
    }
  }
  for (const show of catalogue.shows.values()) add(`show: ${show.name}`, "show", show.id);
  for (const episode of catalogue.episodes.values())
    add(`episode: ${catalogue.shows.get(episode.showId)?.name} | ${episode.name}`, "episode", episode.id);
  for (const book of AUDIOBOOKS.values()) {
    // The service names one and the same book as either.
    add(`audiobook: ${book.name}`, "audiobook", book.id);
    add(`audiobook: ${book.name}`, "show", book.id);
  }

  return (name) => {
    const found = uris.get(name);
    if (!found) throw new Error(`the catalogue has no "${name}"`);
    return found;
  };
}
