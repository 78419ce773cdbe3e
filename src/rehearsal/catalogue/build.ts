import { barcode, catalogueId, hashBelow, nextRecordingCode, recordingCode } from "./ids.ts";
import { type ArtistLine, parseLength, type Section, type TrackLine } from "./parse.ts";
import type {
  CatalogueAlbum,
  CatalogueArtist,
  CatalogueEpisode,
  CataloguePlaylist,
  CatalogueShow,
  CatalogueTrack,
} from "./types.ts";

/** A recording's listings may be printed a second or two apart from album to album; more is another recording. */
const LENGTH_TOLERANCE_MS = 2_000;

interface AlbumDraft {
  readonly album: CatalogueAlbum;
  readonly trackIds: string[];
  readonly taken: Set<string>;
  readonly waiting: (Omit<CatalogueTrack, "trackNumber"> & { readonly wanted: number | undefined })[];
}

interface Music {
  readonly artists: Map<string, CatalogueArtist>;
  readonly albums: Map<string, CatalogueAlbum>;
  readonly tracks: Map<string, CatalogueTrack>;
}

/** Turns the lines into linked facts. Throws where the data contradict themselves: a mistake in a file must not be served. */
export function buildMusic(lines: readonly TrackLine[], artistLines: readonly ArtistLine[]): Music {
  const known = new Map<string, { genres: string[]; country: string; aliases: readonly string[] }>();
  for (const line of artistLines) {
    const before = known.get(line.name);
    known.set(line.name, {
      genres: [...new Set([...(before?.genres ?? []), ...line.genres])],
      country: before?.country ?? line.country,
      aliases: [...(before?.aliases ?? []), ...line.aliases],
    });
  }

  const artists = new Map<string, CatalogueArtist>();
  const idByName = new Map<string, string>();
  const artistId = (name: string): string => {
    let id = idByName.get(name);
    if (id === undefined) {
      id = catalogueId("artist", name);
      idByName.set(name, id);
      artists.set(id, { id, name, genres: known.get(name)?.genres ?? [], aliases: known.get(name)?.aliases ?? [] });
    }
    return id;
  };

  const recordings = new Map<string, { isrc: string; durationMs: number; lastListedMs: number }>();
  const codes = new Set<string>();
  const recordingOf = (line: TrackLine): { isrc: string; durationMs: number } => {
    const key = [...line.artists, line.title.toLowerCase(), line.marks.recording ?? ""].join("\u0000");
    const { ms, exact } = parseLength(line.length);
    if (Number.isNaN(ms)) throw new Error(`catalogue data, ${line.where}: no length "${line.length}"`);
    const before = recordings.get(key);
    if (before !== undefined) {
      if (Math.abs(before.lastListedMs - ms) > LENGTH_TOLERANCE_MS) {
        throw new Error(`catalogue data, ${line.where}: another length than before, so another recording (rec:)`);
      }
      return before;
    }
    const artist = line.artists[0] ?? "";
    let isrc = recordingCode(known.get(artist)?.country ?? "US", artist, line.released, key);
    while (codes.has(isrc)) isrc = nextRecordingCode(isrc);
    codes.add(isrc);
    // Printed lengths are whole seconds, real ones are not.
    const recording = { isrc, durationMs: exact ? ms : ms + hashBelow(1000, "ms", key), lastListedMs: ms };
    recordings.set(key, recording);
    return recording;
  };

  const drafts = new Map<string, AlbumDraft>();
  for (const line of lines) {
    const draftKey = [...line.albumArtists, line.album, line.albumType].join("\u0000");
    let draft = drafts.get(draftKey);
    if (draft === undefined) {
      const id = catalogueId("album", draftKey);
      const trackIds: string[] = [];
      const album = {
        id,
        name: line.album,
        artistIds: line.albumArtists.map(artistId),
        albumType: line.albumType,
        releaseDate: line.released,
        trackIds,
        upc: barcode(draftKey),
      };
      draft = { album, trackIds, taken: new Set(), waiting: [] };
      drafts.set(draftKey, draft);
    } else if (draft.album.releaseDate !== line.released) {
      throw new Error(`catalogue data, ${line.where}: the album has the date ${draft.album.releaseDate} elsewhere`);
    }
    const { isrc, durationMs } = recordingOf(line);
    const disc = line.marks.disc ?? 1;
    const wanted = line.marks.trackNumber;
    if (wanted !== undefined) {
      const slot = `${disc}/${wanted}`;
      if (draft.taken.has(slot)) throw new Error(`catalogue data, ${line.where}: two tracks numbered ${slot}`);
      draft.taken.add(slot);
    }
    draft.waiting.push({
      id: catalogueId("track", ...line.artists, line.title, draftKey, line.marks.recording ?? ""),
      name: line.title,
      artistIds: line.artists.map(artistId),
      albumId: draft.album.id,
      discNumber: disc,
      durationMs,
      explicit: line.marks.explicit ?? false,
      isrc,
      popularity: line.marks.popularity ?? 45,
      ...(line.marks.karaoke ? { karaokeOrTribute: true } : {}),
      ...(line.marks.alias === undefined ? {} : { alias: line.marks.alias }),
      wanted,
    });
  }

  const albums = new Map<string, CatalogueAlbum>();
  const tracks = new Map<string, CatalogueTrack>();
  for (const draft of drafts.values()) {
    for (const track of numbered(draft)) {
      if (tracks.has(track.id)) throw new Error(`catalogue data: "${track.name}" is twice on ${draft.album.name}`);
      tracks.set(track.id, track);
      draft.trackIds.push(track.id);
    }
    albums.set(draft.album.id, draft.album);
  }
  return { artists, albums, tracks };
}

/** Tracks whose number is not given take the lowest free ones, in the order they are written down. */
function numbered(draft: AlbumDraft): CatalogueTrack[] {
  const tracks = draft.waiting.map(({ wanted, ...track }): CatalogueTrack => {
    if (wanted !== undefined) return { ...track, trackNumber: wanted };
    let number = 1;
    while (draft.taken.has(`${track.discNumber}/${number}`)) number += 1;
    draft.taken.add(`${track.discNumber}/${number}`);
    return { ...track, trackNumber: number };
  });
  return tracks.sort((a, b) => a.discNumber - b.discNumber || a.trackNumber - b.trackNumber);
}

export function buildShows(sections: readonly Section[]): {
  shows: Map<string, CatalogueShow>;
  episodes: Map<string, CatalogueEpisode>;
} {
  const shows = new Map<string, CatalogueShow>();
  const episodes = new Map<string, CatalogueEpisode>();
  for (const { head, rows, where } of sections) {
    const [name, publisher, marks] = head;
    if (!name || !publisher || !marks)
      throw new Error(`catalogue data, ${where}: a show needs a publisher and a language`);
    const [language = "en", word] = marks.split(" ");
    const explicit = word === "explicit";
    const id = catalogueId("show", name);
    const episodeIds: string[] = [];
    for (const [releaseDate, length, title] of rows) {
      const { ms } = parseLength(length ?? "");
      if (!releaseDate || !title || Number.isNaN(ms)) throw new Error(`catalogue data, ${where}: a wrong episode`);
      const episode = catalogueId("episode", name, title);
      episodes.set(episode, { id: episode, name: title, showId: id, durationMs: ms, releaseDate, explicit });
      episodeIds.push(episode);
    }
    shows.set(id, { id, name, publisher, languages: [language], explicit, episodeIds });
  }
  return { shows, episodes };
}

export function buildPlaylists(sections: readonly Section[], music: Music): Map<string, CataloguePlaylist> {
  const byName = new Map<string, CatalogueTrack>();
  for (const track of music.tracks.values()) {
    const names = track.artistIds.map((id) => music.artists.get(id)?.name ?? "").join("; ");
    const album = music.albums.get(track.albumId)?.name ?? "";
    const short = `${names} | ${track.name}`;
    byName.set(`${short} | ${album}`, track);
    if ((byName.get(short)?.popularity ?? -1) < track.popularity) byName.set(short, track);
  }
  const playlists = new Map<string, CataloguePlaylist>();
  for (const { head, rows, where } of sections) {
    const [name, ownerId, marks, description = ""] = head;
    if (!name || !ownerId || !marks) throw new Error(`catalogue data, ${where}: a playlist needs an owner and a mark`);
    const trackIds = rows.map((row) => {
      const track = byName.get(row.join(" | "));
      if (track === undefined) throw new Error(`catalogue data, ${where}: no track "${row.join(" | ")}"`);
      return track.id;
    });
    const id = catalogueId("playlist", ownerId, name);
    playlists.set(id, {
      id,
      name,
      ownerId,
      // A collaborative playlist is never public: https://developer.spotify.com/documentation/web-api/concepts/playlists
      public: marks === "public" || marks === "service",
      collaborative: marks === "collaborative",
      description,
      trackIds,
      ownedByService: marks === "service",
    });
  }
  return playlists;
}
