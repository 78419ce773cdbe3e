import { SegueError } from "../../src/contracts/errors.ts";
import type { CallOptions, MusicSession, Playlist, Track } from "../../src/contracts/music.ts";
import { plainPlaylist, type Shelf, trackOf } from "./memory-shelf.ts";

type Coded = <T>(action: string, call: CallOptions | undefined, run: () => T) => Promise<T>;

/** Likes and playlists of the player in memory: everybody's, as its queue is. */
export function memoryCollections(shelf: Shelf, coded: Coded): Required<Pick<MusicSession, "library" | "playlists">> {
  const liked: string[] = [];
  let made = 0;

  const listAt = (uri: string): Playlist & { items: string[] } => {
    const list = shelf.playlists.get(uri);
    if (!list) throw new SegueError("NotFound", { what: "playlist" });
    return list;
  };
  const page = (uris: readonly string[], call?: { limit?: number; offset?: number }): Track[] => {
    const from = call?.offset ?? 0;
    return uris.slice(from, from + (call?.limit ?? 50)).map((uri) => trackOf(shelf, uri));
  };

  return {
    library: {
      contains: (uris, call) => coded("liked", call, () => uris.map((uri) => liked.includes(uri))),
      save: (uris, call) =>
        coded("like", call, () => {
          for (const uri of uris) if (!liked.includes(trackOf(shelf, uri).uri)) liked.unshift(uri);
        }),
      remove: (uris, call) =>
        coded("unlike", call, () => {
          for (const uri of uris) if (liked.includes(uri)) liked.splice(liked.indexOf(uri), 1);
        }),
      likedTracks: (call) => coded("liked", call, () => ({ tracks: page(liked, call), total: liked.length })),
    },
    playlists: {
      list: (call) => coded("playlists", call, () => [...shelf.playlists.values()].map(plainPlaylist)),
      create: ({ name }, call) =>
        coded("playlists", call, () => {
          const uri = `memory:playlist:${++made}`;
          const list = { type: "playlist" as const, uri, name, own: true, art: [], items: [] };
          shelf.playlists.set(uri, list);
          return plainPlaylist(list);
        }),
      rename: (uri, name, call) =>
        coded("playlists", call, () => {
          Object.assign(listAt(uri), { name });
          return { uri };
        }),
      follow: (uri, call) => coded("playlists", call, () => void listAt(uri)),
      unfollow: (uri, call) => coded("playlists", call, () => void shelf.playlists.delete(listAt(uri).uri)),
      items: (uri, call) =>
        coded("playlists", call, () => {
          const { items } = listAt(uri);
          return { items: page(items, call), total: items.length };
        }),
      add: (uri, added, call) =>
        coded("playlists", call, () => {
          const { items } = listAt(uri);
          const uris = added.map((each) => trackOf(shelf, each).uri);
          items.splice(call?.position ?? items.length, 0, ...uris);
        }),
      remove: (uri, removed, call) =>
        coded("playlists", call, () => {
          const list = listAt(uri);
          list.items = list.items.filter((item) => !removed.includes(item));
        }),
      reorder: (uri, { from, to, length = 1 }, call) =>
        coded("playlists", call, () => {
          const { items } = listAt(uri);
          items.splice(to, 0, ...items.splice(from, length));
        }),
    },
  };
}
