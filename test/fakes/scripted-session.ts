import type { Clock } from "../../src/contracts/clock.ts";
import { SegueError } from "../../src/contracts/errors.ts";
import type {
  Album,
  Artist,
  Device,
  Episode,
  Item,
  ItemType,
  MusicProvider,
  MusicSession,
  Playable,
  PlayerState,
  Playlist,
  PlayTarget,
  RepeatMode,
  SearchHits,
  Show,
  Track,
  Years,
} from "../../src/contracts/music.ts";
import { plainSearch } from "./plain-search.ts";

/**
 * A personal music service in memory: a player that really plays on the test's clock, a small catalogue, devices, a library,
 * playlists; a log of every call made to it; and faults on demand. What a service does that cannot edit its own queue.
 */
export type Call = { method: string; args: unknown[] };
type Fault = { method: string; error: Error; after: boolean };

export type World = {
  calls: Call[];
  /** Names of the calls made since the last `spent()`, in order. */
  spent(): string[];
  /** The next call of this method fails; with `after` it takes effect first, as when only the answer is lost. */
  fail(method: string, error: Error, options?: { after?: boolean; times?: number }): void;
  devices: Device[];
  /** What a person does at the device itself; undefined lets it fall asleep. */
  activate(id: string | undefined): void;
  byHand: { play(uris: string[]): void; pause(): void; skip(): void; volume(level: number): void };
  /** Answers "accepted" to a play and applies it this much later; `undefined` applies it never. */
  pendingMs: number | undefined | "none";
  free: boolean;
  playing(): string | undefined;
  state(): PlayerState | undefined;
  liked: string[];
  lists: Playlist[];
  contents: Map<string, string[]>;
  queued: string[];
  recent: { track: Track; playedAt: number }[];
};

export type Catalogue = {
  tracks: Track[];
  albums: Album[];
  artists: Artist[];
  playlists: Playlist[];
  shows: Show[];
  episodes: Episode[];
};

export type ScriptedOptions = {
  clock: Clock;
  catalogue: Catalogue;
  /** Replaces the plain search. */
  find?: (query: string, types: readonly ItemType[], limit: number) => SearchHits;
  devices?: Device[];
  unserved?: readonly string[];
  without?: readonly (keyof MusicSession)[];
};

const URI = /scripted:(track|album|artist|playlist|show|episode):([\w-]+)/;

export const device = (id: string, name: string, more: Partial<Device> = {}): Device => ({
  id,
  name,
  kind: "speaker",
  active: false,
  restricted: false,
  volume: 50,
  hasVolume: true,
  ...more,
});

/** As a service with a filter for years answers: what has none is not found by it. */
function within(hits: SearchHits, { from, to }: Years): SearchHits {
  const fits = (year = 0) => year >= from && year <= to;
  return {
    ...hits,
    tracks: hits.tracks.filter((track) => fits(track.album?.releaseYear)),
    albums: hits.albums.filter((album) => fits(album.releaseYear)),
    playlists: [],
    shows: [],
    episodes: [],
  };
}

export function createScriptedProvider(options: ScriptedOptions): MusicProvider & { world: World } {
  const { clock, catalogue } = options;
  const items = new Map<string, Item>(
    Object.values(catalogue).flatMap((list: Item[]) => list.map((item) => [item.uri, item])),
  );
  const faults: Fault[] = [];
  let mark = 0;

  // The player.
  let context: { uri: string; type: ItemType } | undefined;
  let order: string[] = [];
  let at = -1;
  let current: string | undefined;
  let playing = false;
  let progress = 0;
  let since = clock.now();
  let shuffle = false;
  let repeat: RepeatMode = "off";
  let later: { at: number; apply: () => void } | undefined;

  const playable = (uri: string | undefined): Playable | undefined => {
    const item = uri === undefined ? undefined : items.get(uri);
    return item?.type === "track" || item?.type === "episode" ? item : undefined;
  };

  function step(forward: boolean): void {
    const queued = forward ? world.queued.shift() : undefined;
    if (queued !== undefined) current = queued;
    else {
      at += forward ? 1 : -1;
      current = order[at];
      if (current === undefined && repeat === "context") {
        at = 0;
        current = order[0];
      }
    }
    progress = 0;
    if (current === undefined) {
      playing = false;
      at = Math.max(0, Math.min(order.length - 1, at));
      current = order[at];
    }
  }

  function advance(): void {
    const now = clock.now();
    if (later && later.at <= now) {
      const { apply } = later;
      later = undefined;
      apply();
    }
    if (!playing) {
      since = now;
      return;
    }
    progress += now - since;
    since = now;
    for (let item = playable(current); playing && item && progress >= item.durationMs; item = playable(current)) {
      const over = progress - item.durationMs;
      if (repeat !== "track") step(true);
      progress = over;
    }
  }

  const active = (): Device | undefined => world.devices.find((one) => one.active);

  function begin(target: PlayTarget, positionMs: number): void {
    if ("uris" in target) {
      context = undefined;
      order = [...target.uris];
      at = 0;
    } else {
      const found = items.get(target.context) ?? world.lists.find((list) => list.uri === target.context);
      if (!found) throw new SegueError("NotFound", { what: "item" });
      context = { uri: found.uri, type: found.type };
      order = inside(found);
      const from = target.from;
      at = !from ? 0 : "position" in from ? from.position : order.indexOf(from.uri);
      if (at < 0) throw new SegueError("NotFound", { what: "item" });
    }
    current = order[at];
    progress = positionMs;
    since = clock.now();
    playing = true;
  }

  function inside(item: Item): string[] {
    switch (item.type) {
      case "album":
        return catalogue.tracks.filter((track) => track.album?.uri === item.uri).map((track) => track.uri);
      case "artist":
        return catalogue.tracks.filter((track) => track.artists[0]?.uri === item.uri).map((track) => track.uri);
      case "playlist":
        return world.contents.get(item.uri) ?? [];
      case "show":
        return catalogue.episodes.filter((episode) => episode.show?.uri === item.uri).map((episode) => episode.uri);
      default:
        return [item.uri];
    }
  }

  async function call<T>(method: string, args: unknown[], run: () => T): Promise<T> {
    world.calls.push({ method, args });
    advance();
    const index = faults.findIndex((fault) => fault.method === method);
    const [fault] = index < 0 ? [] : faults.splice(index, 1);
    if (fault && !fault.after) throw fault.error;
    const result = run();
    if (fault) throw fault.error;
    return result;
  }

  /** What a control command meets before it acts. */
  function control(deviceId: string | undefined, wakes: boolean): Device {
    if (world.free) throw new SegueError("PremiumRequired", { provider: "scripted" });
    if (deviceId !== undefined) {
      const wanted = world.devices.find((one) => one.id === deviceId);
      if (!wanted) throw new SegueError("NotFound", { what: "device" });
      if (wanted.restricted) throw new SegueError("Restricted", { reason: "device_restricted" });
      if (wakes) world.activate(deviceId);
      else if (!active()) throw new SegueError("NoActiveDevice", { devices: [] });
      return wanted;
    }
    const one = active();
    if (!one) throw new SegueError("NoActiveDevice", { devices: [] });
    if (one.restricted) throw new SegueError("Restricted", { reason: "device_restricted" });
    return one;
  }

  const restricted = (reason: "already_paused" | "no_previous" | "no_volume" | "no_next" | "unknown") =>
    new SegueError("Restricted", { reason });

  const world: World = {
    calls: [],
    spent() {
      const names = world.calls.slice(mark).map(({ method }) => method);
      mark = world.calls.length;
      return names;
    },
    fail(method, error, { after = false, times = 1 } = {}) {
      for (let count = 0; count < times; count++) faults.push({ method, error, after });
    },
    devices: options.devices ?? [device("kitchen-1", "Kitchen speaker", { active: true })],
    activate(id) {
      world.devices = world.devices.map((one) => ({ ...one, active: one.id === id }));
      if (id === undefined) playing = false;
    },
    byHand: {
      play: (uris) => begin({ uris }, 0),
      pause() {
        advance();
        playing = false;
      },
      skip() {
        advance();
        step(true);
      },
      volume(level) {
        world.devices = world.devices.map((one) => (one.active ? { ...one, volume: level } : one));
      },
    },
    pendingMs: "none",
    free: false,
    playing() {
      advance();
      return playing ? current : undefined;
    },
    state() {
      advance();
      const one = active();
      const item = playable(current);
      if (!one || (!item && !context)) return undefined;
      return {
        at: clock.now(),
        playing,
        progressMs: progress,
        shuffle,
        repeat,
        refused: playing ? ["resume"] : ["pause"],
        device: one,
        ...(item ? { item } : {}),
        ...(context ? { context } : {}),
      };
    },
    liked: [],
    lists: [],
    contents: new Map(),
    queued: [],
    recent: [],
  };

  const upNext = (): Playable[] =>
    [...world.queued, ...order.slice(at + 1)].map(playable).filter((item) => item !== undefined);

  const full: Required<Omit<MusicSession, "watch" | "genreTracks">> = {
    search: (query, types, { limit = 5, years } = {}) =>
      call("search", [query, [...types], ...(years ? [years] : [])], () => {
        const hits = (options.find ?? plainSearch(catalogue))(query, types, limit);
        return years ? within(hits, years) : hits;
      }),
    state: () => call("state", [], () => world.state()),
    devices: () => call("devices", [], () => world.devices),
    transfer: (id) => call("transfer", [id], () => void control(id, true)),
    play: (target, { deviceId, positionMs } = {}) =>
      call("play", [target, deviceId, positionMs], () => {
        control(deviceId, true);
        if (world.pendingMs === "none") {
          begin(target, positionMs ?? 0);
          return undefined;
        }
        if (world.pendingMs !== undefined) {
          later = { at: clock.now() + world.pendingMs, apply: () => begin(target, positionMs ?? 0) };
        }
        return { pending: true } as const;
      }),
    resume: ({ deviceId } = {}) =>
      call("resume", [deviceId], () => {
        control(deviceId, true);
        if (playing) throw restricted("unknown");
        since = clock.now();
        playing = true;
      }),
    pause: ({ deviceId } = {}) =>
      call("pause", [deviceId], () => {
        control(deviceId, false);
        if (!playing) throw restricted("unknown");
        playing = false;
      }),
    next: ({ deviceId } = {}) =>
      call("next", [deviceId], () => {
        control(deviceId, false);
        step(true);
      }),
    previous: ({ deviceId } = {}) =>
      call("previous", [deviceId], () => {
        control(deviceId, false);
        if (at <= 0) throw restricted("no_previous");
        step(false);
      }),
    seek: (positionMs, { deviceId } = {}) =>
      call("seek", [positionMs, deviceId], () => {
        control(deviceId, false);
        progress = positionMs;
      }),
    volume: (level, { deviceId } = {}) =>
      call("volume", [level, deviceId], () => {
        const one = control(deviceId, false);
        if (!one.hasVolume) throw restricted("no_volume");
        world.devices = world.devices.map((other) => (other.id === one.id ? { ...other, volume: level } : other));
      }),
    shuffle: (on, { deviceId } = {}) =>
      call("shuffle", [on, deviceId], () => {
        control(deviceId, false);
        if (shuffle === on) throw restricted("unknown");
        shuffle = on;
      }),
    repeat: (mode, { deviceId } = {}) =>
      call("repeat", [mode, deviceId], () => {
        control(deviceId, false);
        repeat = mode;
      }),
    queue: {
      show: () =>
        call("queue.show", [], () => {
          const now = playable(current);
          return { ...(now ? { current: now } : {}), next: upNext() };
        }),
      add: (uri, { deviceId } = {}) =>
        call("queue.add", [uri, deviceId], () => {
          control(deviceId, false);
          if (!playable(uri)) throw new SegueError("NotFound", { what: "item" });
          world.queued.push(uri);
        }),
    },
    library: {
      contains: (uris) => call("contains", [uris], () => uris.map((uri) => world.liked.includes(uri))),
      save: (uris) =>
        call("save", [uris], () => {
          world.liked = [...new Set([...uris, ...world.liked])];
        }),
      remove: (uris) =>
        call("unsave", [uris], () => {
          world.liked = world.liked.filter((uri) => !uris.includes(uri));
        }),
      likedTracks: ({ limit = 20, offset = 0 } = {}) =>
        call("likedTracks", [limit, offset], () => {
          const tracks = world.liked.map((uri) => items.get(uri)).filter((item) => item?.type === "track");
          return { tracks: tracks.slice(offset, offset + limit), total: tracks.length };
        }),
      topTracks: ({ limit = 20 } = { range: "month" }) =>
        call("topTracks", [limit], () => catalogue.tracks.slice(0, limit)),
    },
    playlists: {
      list: () => call("playlists", [], () => world.lists),
      create: ({ name, public: isPublic }) =>
        call("playlist.create", [name, isPublic], () => {
          const uri = `scripted:playlist:made${world.lists.length}`;
          const made: Playlist = { type: "playlist", uri, name, own: true, public: isPublic, trackCount: 0, art: [] };
          world.lists = [made, ...world.lists];
          world.contents.set(uri, []);
          items.set(uri, made);
          return made;
        }),
      rename: (uri, name) =>
        call("playlist.rename", [uri, name], () => {
          world.lists = world.lists.map((list) => (list.uri === uri ? { ...list, name } : list));
          return { uri };
        }),
      follow: (uri) => call("playlist.follow", [uri], () => undefined),
      unfollow: (uri) =>
        call("playlist.unfollow", [uri], () => {
          world.lists = world.lists.filter((list) => list.uri !== uri);
        }),
      items: (uri, { limit = 20, offset = 0 } = {}) =>
        call("playlist.items", [uri, limit, offset], () => {
          const all = (world.contents.get(uri) ?? []).map(playable).filter((item) => item !== undefined);
          return { items: all.slice(offset, offset + limit), total: all.length };
        }),
      add: (uri, uris) =>
        call(
          "playlist.add",
          [uri, uris],
          () => void world.contents.set(uri, [...(world.contents.get(uri) ?? []), ...uris]),
        ),
      remove: (uri, uris) =>
        call("playlist.remove", [uri, uris], () => {
          world.contents.set(
            uri,
            (world.contents.get(uri) ?? []).filter((one) => !uris.includes(one)),
          );
        }),
      reorder: (uri, move) => call("playlist.reorder", [uri, move], () => undefined),
    },
    lookup: (uri) =>
      call("lookup", [uri], () => {
        const item = items.get(uri);
        if (!item) throw new SegueError("NotFound", { what: "item" });
        return item;
      }),
    albumTracks: (uri) =>
      call("albumTracks", [uri], () => catalogue.tracks.filter((track) => track.album?.uri === uri)),
    showEpisodes: (uri) =>
      call("showEpisodes", [uri], () => catalogue.episodes.filter((episode) => episode.show?.uri === uri)),
    recentlyPlayed: () => call("recentlyPlayed", [], () => world.recent),
  };
  const session: MusicSession = full;
  for (const name of options.without ?? []) delete (session as Partial<MusicSession>)[name];

  return {
    id: "scripted",
    name: "Scripted",
    terms: {
      voiceControl: true,
      derivedStatistics: true,
      longStorage: true,
      sharedPlaying: true,
      ai: true,
      attribution: "Scripted",
    },
    linking: {
      redirectUri: "",
      scopesFor: () => [],
      needsOf: () => [],
      authorizeUrl: () => "",
      exchange: () => Promise.reject(new Error("no linking here")),
      refresh: () => Promise.reject(new Error("no linking here")),
      identify: () => Promise.reject(new Error("no linking here")),
    },
    ...(options.unserved ? { unserved: options.unserved } : {}),
    recognise(text) {
      const found = URI.exec(text);
      if (!found) return undefined;
      return { uri: found[0], type: found[1] as ItemType, start: found.index, end: found.index + found[0].length };
    },
    open: () => session,
    world,
  };
}
