/**
 * What the rehearsal knows about music: plain facts, linked by id. The server turns them into Web API JSON.
 * Lengths are milliseconds; dates are as precise as known ("1969", "1969-09" or "1969-09-26").
 */
export interface CatalogueArtist {
  readonly id: string;
  readonly name: string;
  readonly genres: readonly string[];
  /** Other spellings people type. For the search alone; never served. */
  readonly aliases: readonly string[];
}

export interface CatalogueAlbum {
  readonly id: string;
  readonly name: string;
  readonly artistIds: readonly string[];
  readonly albumType: "album" | "single" | "compilation";
  readonly releaseDate: string;
  /** In running order: by disc, then by track number. */
  readonly trackIds: readonly string[];
  readonly upc: string;
}

export interface CatalogueTrack {
  readonly id: string;
  readonly name: string;
  readonly artistIds: readonly string[];
  readonly albumId: string;
  readonly discNumber: number;
  readonly trackNumber: number;
  readonly durationMs: number;
  readonly explicit: boolean;
  /** The recording: the same on every album that holds it. */
  readonly isrc: string;
  /** 0-100, for ranking; the real service no longer serves it to small apps, so the rehearsal must not either. */
  readonly popularity: number;
  readonly karaokeOrTribute?: boolean;
  /** Another spelling of the title, for the search alone. */
  readonly alias?: string;
}

export interface CatalogueShow {
  readonly id: string;
  readonly name: string;
  readonly publisher: string;
  readonly languages: readonly string[];
  readonly explicit: boolean;
  /** Newest first, as the service lists them. */
  readonly episodeIds: readonly string[];
}

export interface CatalogueEpisode {
  readonly id: string;
  readonly name: string;
  readonly showId: string;
  readonly durationMs: number;
  readonly releaseDate: string;
  readonly explicit: boolean;
}

export interface CataloguePlaylist {
  readonly id: string;
  readonly name: string;
  readonly ownerId: string;
  readonly public: boolean;
  readonly collaborative: boolean;
  readonly description: string;
  readonly trackIds: readonly string[];
  /** Made by the service itself: a search finds `null` in its place and reading it answers 404 for an app in Development Mode. */
  readonly ownedByService: boolean;
}

export interface Catalogue {
  readonly artists: ReadonlyMap<string, CatalogueArtist>;
  readonly albums: ReadonlyMap<string, CatalogueAlbum>;
  readonly tracks: ReadonlyMap<string, CatalogueTrack>;
  readonly shows: ReadonlyMap<string, CatalogueShow>;
  readonly episodes: ReadonlyMap<string, CatalogueEpisode>;
  readonly playlists: ReadonlyMap<string, CataloguePlaylist>;
}
