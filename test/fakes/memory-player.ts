import type { Clock } from "../../src/contracts/clock.ts";
import { SegueError } from "../../src/contracts/errors.ts";
import type {
  CallOptions,
  Device,
  MusicProvider,
  MusicSession,
  PlayerAction,
  PlayerState,
  RepeatMode,
  Terms,
} from "../../src/contracts/music.ts";
import { memoryCollections } from "./memory-collections.ts";
import {
  fillShelf,
  itemOf,
  type Loaded,
  listOf,
  type MemoryAlbum,
  memoryShelf,
  type Shelf,
  search,
  trackOf,
} from "./memory-shelf.ts";

/**
 * A second provider, in memory: one player that a whole place shares, as a music daemon on a shelf is. It needs no account,
 * pushes its changes, edits its own queue, and has no other devices; likes and playlists only where asked for.
 */

const LINK = /(?<![\w/])(?:memory:|https:\/\/memory\.example\/)(track|album|artist|playlist)[:/]([\w-]{1,80})/;

const terms: Terms = {
  voiceControl: true,
  derivedStatistics: true,
  longStorage: true,
  sharedPlaying: true,
  ai: true,
  attribution: "Memory",
};

export type MemoryPlayerOptions = {
  clock: Clock;
  id?: string;
  /** As people here call the player. */
  playerName?: string;
  /** It keeps likes and playlists, too. */
  collections?: boolean;
  albums?: readonly MemoryAlbum[];
  /** Every call waits for this first: a delay, a coded error. */
  before?: (action: string, options: CallOptions | undefined) => void | Promise<void>;
};

export type MemoryProvider = MusicProvider & {
  /** What was asked of it, in order. */
  readonly calls: readonly string[];
  /** Somebody at the machine itself does something. */
  readonly byHand: {
    pause(): void;
    play(): void;
    volume(percent: number): void;
    queueMove(from: number, to: number): void;
    queueClear(): void;
    /** Nothing is on any more, as when a list has come to its end. */
    stop(): void;
    /** Another list begins. */
    put(context: string): void;
  };
  /** Nothing reaches the player, and nothing is heard of it, until the line is mended. */
  readonly line: { cut(): void; mend(): void };
};

export function createMemoryProvider(options: MemoryPlayerOptions): MemoryProvider {
  const { clock, id = "memory", playerName = "Shelf", before } = options;
  const shelf = fillShelf(options.albums ?? memoryShelf);
  const player = createPlayer(clock, shelf);
  const calls: string[] = [];
  let cut: AbortController | undefined;
  const unreachable = () => new SegueError("Unavailable", { service: id, why: "connection" });

  const enter = async (action: string, call?: CallOptions): Promise<void> => {
    call?.signal?.throwIfAborted();
    calls.push(action);
    await before?.(action, call);
    if (cut?.signal.aborted) throw unreachable();
    call?.signal?.throwIfAborted();
    player.advance();
  };
  /** Aborting reads as "too late" to callers, who know only coded errors. */
  const coded = async <T>(action: string, call: CallOptions | undefined, run: () => T): Promise<T> => {
    try {
      await enter(action, call);
      return run();
    } catch (error) {
      if (error instanceof SegueError) throw error;
      throw new SegueError("Unavailable", { service: id, why: "timeout" }, { cause: error });
    }
  };
  const act = (action: PlayerAction, call: (CallOptions & { deviceId?: string }) | undefined, run: () => void) =>
    coded(action, call, () => {
      if (call?.deviceId !== undefined && call.deviceId !== player.deviceId)
        throw new SegueError("NotFound", { what: "device" });
      run();
      player.changed();
    });

  const session: MusicSession = {
    search: (query, types, call) =>
      coded("search", call, () => {
        if (query.trim() === "") throw new SegueError("InvalidInput", { field: "query", why: "empty" });
        return search(shelf, query, types, call?.limit ?? 10);
      }),
    state: (call) => coded("state", call, () => player.state()),
    devices: (call) => coded("devices", call, () => [player.device()]),
    async play(target, call) {
      await act("play", call, () => player.play(listOf(shelf, target), call?.positionMs ?? 0));
      return undefined;
    },
    resume: (call) => act("resume", call, () => player.resume()),
    pause: (call) => act("pause", call, () => player.pause()),
    next: (call) => act("next", call, () => player.next()),
    previous: (call) => act("previous", call, () => player.previous()),
    seek: (positionMs, call) => act("seek", call, () => player.seek(positionMs)),
    volume: (percent, call) => act("volume", call, () => player.volume(percent)),
    shuffle: (on, call) => act("shuffle", call, () => player.shuffle(on)),
    repeat: (mode, call) => act("repeat", call, () => player.repeat(mode)),
    queue: {
      show: (call) => coded("queue", call, () => player.upNext()),
      add: (uri, call) => act("queue", call, () => player.queue.push(trackOf(shelf, uri).uri)),
      edit: {
        insert: (uris, where, call) =>
          act("queue", call, () => {
            const tracks = uris.map((uri) => trackOf(shelf, uri).uri);
            if (where === "next") player.queue.unshift(...tracks);
            else if (where === "last") player.queue.push(...tracks);
            else player.extend(tracks);
          }),
        move: (from, to, call) => act("queue", call, () => player.move(from, to, call?.uri)),
        remove: (index, call) => act("queue", call, () => void player.take(index, call?.uri)),
        clear: (call) => act("queue", call, () => player.clear()),
      },
    },
    lookup: (uri, call) => coded("lookup", call, () => itemOf(shelf, uri)),
    albumTracks: (uri, call) =>
      coded("lookup", call, () => {
        const album = shelf.albums.get(uri);
        if (album === undefined) throw new SegueError("NotFound", { what: "album" });
        return album.tracks.map((track) => trackOf(shelf, track));
      }),
    async watch(onChange, signal) {
      if (cut?.signal.aborted) throw unreachable();
      cut = new AbortController();
      await player.watch(onChange, AbortSignal.any([signal, cut.signal]));
      if (!signal.aborted) throw unreachable();
    },
    ...(options.collections === true ? memoryCollections(shelf, coded) : {}),
  };

  return {
    id,
    name: "Memory",
    terms,
    calls,
    byHand: {
      pause: () => player.hand(() => player.pause()),
      play: () => player.hand(() => player.resume()),
      volume: (percent) => player.hand(() => player.volume(percent)),
      queueMove: (from, to) => player.hand(() => player.move(from, to)),
      queueClear: () => player.hand(() => player.clear()),
      stop: () => player.hand(() => player.stop()),
      put: (context) => player.hand(() => player.play(listOf(shelf, { context }), 0)),
    },
    line: {
      cut() {
        cut ??= new AbortController();
        cut.abort();
      },
      mend() {
        cut = undefined;
      },
    },
    players: [{ id: "shelf", name: playerName }],
    recognise(text) {
      const found = LINK.exec(text.slice(0, 40_000));
      const [, kind, name] = found ?? [];
      const type = (["track", "album", "artist", "playlist"] as const).find((each) => each === kind);
      if (!found || type === undefined || name === undefined) return undefined;
      return { uri: `memory:${type}:${name}`, type, start: found.index, end: found.index + found[0].length };
    },
    publicLookup: (uri, call) => coded("lookup", call, () => itemOf(shelf, uri)),
    open(who) {
      if (who.kind !== "shared" || who.playerId !== "shelf") throw new SegueError("NotFound", { what: "player" });
      return session;
    },
  };
}

function createPlayer(clock: Clock, shelf: Shelf) {
  let list: string[] = [];
  let context: Loaded["context"];
  let cursor = -1;
  /** What sounds: an item of the list, or one of the queue that went before it. */
  let sounding: string | undefined;
  let playing = false;
  let progressMs = 0;
  let anchorAt = clock.now();
  let shuffled = false;
  let mode: RepeatMode = "off";
  let percent = 50;
  let changes = new AbortController();
  const queue: string[] = [];
  const deviceId = "shelf";

  const durationOf = (uri: string | undefined) => (uri === undefined ? 0 : (shelf.tracks.get(uri)?.durationMs ?? 0));
  const position = () => (playing ? progressMs + (clock.now() - anchorAt) : progressMs);
  const anchor = (ms: number, at = clock.now()) => {
    progressMs = ms;
    anchorAt = at;
  };
  const nothing = () => new SegueError("Restricted", { reason: "nothing_playing" });
  const changed = () => {
    const before = changes;
    changes = new AbortController();
    before.abort();
  };
  const load = (uri: string, at: number) => {
    sounding = uri;
    anchor(0, at);
  };
  /** The item after the one that sounds, or undefined at the end. */
  const step = (at: number, wrap: boolean): boolean => {
    const queued = queue.shift();
    if (queued !== undefined) {
      load(queued, at);
      return true;
    }
    const next = cursor + 1 < list.length ? cursor + 1 : wrap && list.length > 0 ? 0 : undefined;
    const uri = next === undefined ? undefined : list[next];
    if (next === undefined || uri === undefined) return false;
    cursor = next;
    load(uri, at);
    return true;
  };
  /** Runs the music up to now: what ended by itself has ended. */
  const advance = () => {
    for (let guard = 0; guard < 10_000 && playing && sounding !== undefined; guard++) {
      const duration = durationOf(sounding);
      const endedAt = anchorAt + (duration - progressMs);
      if (endedAt > clock.now()) return;
      if (mode === "track") anchor(0, endedAt);
      else if (!step(endedAt, mode === "context")) {
        playing = false;
        anchor(duration, endedAt);
      }
    }
  };
  const device = (): Device => ({
    id: deviceId,
    name: "Shelf",
    kind: "speaker",
    active: sounding !== undefined,
    restricted: false,
    volume: percent,
    hasVolume: true,
  });
  const refused = (): PlayerAction[] => {
    const atEnd = queue.length === 0 && cursor + 1 >= list.length && mode !== "context";
    return [
      playing ? ("resume" as const) : ("pause" as const),
      ...(atEnd ? ["next" as const] : []),
      ...(cursor <= 0 ? ["previous" as const] : []),
    ];
  };
  const state = (): PlayerState | undefined => {
    const item = sounding === undefined ? undefined : shelf.tracks.get(sounding);
    if (item === undefined) return undefined;
    return {
      at: clock.now(),
      playing,
      progressMs: Math.min(position(), item.durationMs),
      item,
      ...(context === undefined ? {} : { context }),
      device: device(),
      shuffle: shuffled,
      repeat: mode,
      refused: refused(),
    };
  };

  /** What comes next is the queue, and then the rest of the list; `end` allows the place behind the last. */
  const partAt = (index: number, end = false) => {
    const rest = list.length - cursor - 1;
    const most = queue.length + rest - (end ? 0 : 1);
    if (!Number.isInteger(index) || index < 0 || index > most)
      throw new SegueError("InvalidInput", { field: "index", why: "range", given: String(index), min: 0, max: most });
    const queued = index < queue.length || (end && rest === 0);
    return queued ? { part: queue, at: index } : { part: list, at: cursor + 1 + index - queue.length };
  };
  const take = (index: number, uri?: string): string => {
    const all = [...queue, ...list.slice(cursor + 1)];
    if (uri !== undefined && all[index] !== uri) throw new SegueError("NotFound", { what: "queue_item" });
    const { part, at } = partAt(index);
    const [taken] = part.splice(at, 1);
    if (taken === undefined) throw new SegueError("NotFound", { what: "queue_item" });
    return taken;
  };

  return {
    deviceId,
    queue,
    advance,
    changed,
    device,
    state,
    play(what: Loaded, startMs: number) {
      const uri = what.list[what.first];
      if (uri === undefined) throw new SegueError("InvalidInput", { field: "uris", why: "empty" });
      list = what.list;
      context = what.context;
      cursor = what.first;
      load(uri, clock.now());
      anchor(startMs);
      playing = true;
      advance();
    },
    stop() {
      sounding = undefined;
      list = [];
      playing = false;
    },
    resume() {
      if (sounding === undefined) throw nothing();
      if (playing) throw new SegueError("Restricted", { reason: "already_playing" });
      anchor(progressMs);
      playing = true;
    },
    pause() {
      if (sounding === undefined) throw nothing();
      if (!playing) throw new SegueError("Restricted", { reason: "already_paused" });
      anchor(position());
      playing = false;
    },
    next() {
      if (sounding === undefined) throw nothing();
      if (!step(clock.now(), mode === "context")) throw new SegueError("Restricted", { reason: "no_next" });
      playing = true;
    },
    previous() {
      if (sounding === undefined) throw nothing();
      const uri = list[cursor - 1];
      if (uri === undefined) throw new SegueError("Restricted", { reason: "no_previous" });
      cursor -= 1;
      load(uri, clock.now());
      playing = true;
    },
    seek(ms: number) {
      if (sounding === undefined) throw nothing();
      if (!(ms >= 0)) throw new SegueError("InvalidInput", { field: "position_ms", why: "range", min: 0 });
      anchor(ms);
      advance();
    },
    volume(wanted: number) {
      if (!(wanted >= 0 && wanted <= 100))
        throw new SegueError("InvalidInput", {
          field: "volume",
          why: "range",
          given: String(wanted),
          min: 0,
          max: 100,
        });
      percent = Math.round(wanted);
    },
    shuffle(on: boolean) {
      if (on === shuffled) return;
      shuffled = on;
      const current = list[cursor];
      // Deterministic, so that a test can follow it: the rest of the list backwards.
      list = current === undefined ? [...list] : [current, ...list.filter((uri) => uri !== current).reverse()];
      cursor = current === undefined ? cursor : 0;
    },
    repeat(wanted: RepeatMode) {
      mode = wanted;
    },
    take,
    move(from: number, to: number, uri?: string) {
      const moved = take(from, uri);
      const { part, at } = partAt(to, true);
      part.splice(at, 0, moved);
    },
    extend(tracks: readonly string[]) {
      list = [...list, ...tracks];
    },
    clear() {
      queue.splice(0);
      list = list.slice(0, cursor + 1);
    },
    upNext() {
      const tracks = [...queue, ...list.slice(cursor + 1)].flatMap((uri) => shelf.tracks.get(uri) ?? []);
      const current = sounding === undefined ? undefined : shelf.tracks.get(sounding);
      return { ...(current === undefined ? {} : { current }), next: tracks, added: queue.length };
    },
    hand(run: () => void) {
      advance();
      run();
      changed();
    },
    async watch(onChange: (state: PlayerState | undefined) => void, signal: AbortSignal) {
      advance();
      if (!signal.aborted) onChange(state());
      while (!signal.aborted) {
        const change = changes.signal;
        advance();
        const untilEnd = playing ? Math.max(0, durationOf(sounding) - position()) : 24 * 60 * 60 * 1000;
        await clock.sleep(untilEnd, AbortSignal.any([signal, change])).catch(() => undefined);
        advance();
        if (!signal.aborted) onChange(state());
      }
    },
  };
}
