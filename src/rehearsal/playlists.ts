import type { Catalogue } from "./catalogue/index.ts";

export interface PlaylistItem {
  uri: string;
  addedAt: number;
  addedBy: string;
}

export interface Playlist {
  readonly id: string;
  name: string;
  description: string;
  readonly ownerId: string;
  public: boolean;
  collaborative: boolean;
  items: PlaylistItem[];
  /** Grows with every change; the snapshot id is made of it. */
  version: number;
  picture: Buffer | null;
  /** Made by the service itself or by its algorithms: invisible to apps since November 2024. */
  readonly ofTheService: boolean;
}

export type Playlists = Map<string, Playlist>;

/** The catalogue's playlists, which change from here on. */
export function createPlaylists(catalogue: Catalogue, at: number): Playlists {
  return new Map(
    [...catalogue.playlists.values()].map((given) => [
      given.id,
      {
        id: given.id,
        name: given.name,
        description: given.description,
        ownerId: given.ownerId,
        public: given.public,
        collaborative: given.collaborative,
        items: given.trackIds.map((id) => ({
          uri: `spotify:track:${id}`,
          addedAt: at - DAY_MS,
          addedBy: given.ownerId,
        })),
        version: 1,
        picture: null,
        ofTheService: given.ownedByService,
      },
    ]),
  );
}

const DAY_MS = 86_400_000;

/** The platform's opaque name of one version: base64 of a counter and a hash. */
export function snapshotOf(playlist: Playlist): string {
  return Buffer.from(`${playlist.version},${playlist.id}`).toString("base64");
}

/** True for the name of this version or an earlier one; a change may be made against either. */
export function isSnapshot(playlist: Playlist, snapshot: string): boolean {
  const [version = "", id] = Buffer.from(snapshot, "base64").toString("latin1").split(",");
  return id === playlist.id && /^\d+$/.test(version) && Number(version) <= playlist.version;
}

/** Who may read and change the contents: the owner, and anybody where it is collaborative. */
export function isTheirs(playlist: Playlist, userId: string): boolean {
  return playlist.ownerId === userId || playlist.collaborative;
}
