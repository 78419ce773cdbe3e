import type { Clock } from "../../../contracts/clock.ts";
import { SegueError } from "../../../contracts/errors.ts";
import type { CallOptions, MusicProvider, MusicSession, PlayTarget } from "../../../contracts/music.ts";
import type { Http } from "../../../net/call.ts";
import { createCall } from "./http.ts";
import { parseSongs, parseState } from "./parse.ts";

export type JukeboxConfig = { url: string };

const NAME = /^jukebox:(track|album):([\w-]{1,80})$/;
const LINK = /(?<![\w/])jukebox:(track|album):([\w-]{1,80})/;

export function createJukeboxProvider(
  config: JukeboxConfig,
  parts: { http: Pick<Http, "request">; clock: Clock },
): MusicProvider {
  const call = createCall(parts.http, config.url);
  const act = async (path: string, json: unknown, options?: CallOptions & { deviceId?: string }): Promise<void> => {
    if (options?.deviceId !== undefined) throw new SegueError("NotFound", { what: "device" });
    await call({ method: "POST", path, json, repeat: false, options });
  };

  // What is not here (volume, queue, library…) is not offered: an absent method says so, and nothing else has to.
  const session: MusicSession = {
    async search(query, types, options) {
      if (query.trim() === "") throw new SegueError("InvalidInput", { field: "query", why: "empty" });
      const wanted = types.includes("track");
      const input = { q: query.slice(0, 200), limit: options?.limit ?? 10 };
      const raw = wanted ? await call({ method: "GET", path: "/search", query: input, repeat: true, options }) : [];
      return {
        tracks: parseSongs(raw),
        albums: [],
        artists: [],
        playlists: [],
        shows: [],
        episodes: [],
        audiobooks: [],
      };
    },
    async state(options) {
      return parseState(await call({ method: "GET", path: "/state", repeat: true, options }), parts.clock.now());
    },
    async play(target, options) {
      await act("/play", { ...listOf(target), position: (options?.positionMs ?? 0) / 1000 }, options);
      return undefined;
    },
    resume: (options) => act("/resume", {}, options),
    pause: (options) => act("/pause", {}, options),
    next: (options) => act("/next", {}, options),
    previous: (options) => act("/previous", {}, options),
  };

  return {
    id: "jukebox",
    name: "Jukebox",
    terms: {
      voiceControl: true,
      derivedStatistics: true,
      longStorage: true,
      sharedPlaying: true,
      ai: false,
      attribution: "Jukebox",
    },
    players: [{ id: "jukebox", name: "Jukebox" }],
    recognise(text) {
      const found = LINK.exec(text.slice(0, 40_000));
      const type = found?.[1] === "album" ? "album" : "track";
      return found ? { uri: found[0], type, start: found.index, end: found.index + found[0].length } : undefined;
    },
    open(who) {
      if (who.kind !== "shared") throw new SegueError("NotFound", { what: "player" });
      return session;
    },
  };
}

/** A name that came from outside is taken apart before it goes into a call, never pasted into one. */
function listOf(target: PlayTarget): object {
  if ("context" in target)
    return {
      list: idOf(target.context, "album"),
      from: target.from && ("uri" in target.from ? idOf(target.from.uri, "track") : target.from.position),
    };
  if (target.uris.length === 0) throw new SegueError("InvalidInput", { field: "uris", why: "empty" });
  return { songs: target.uris.map((uri) => idOf(uri, "track")) };
}

function idOf(uri: string, type: "track" | "album"): string {
  const [, kind, id] = NAME.exec(uri) ?? [];
  if (kind === type && id !== undefined) return id;
  throw new SegueError("InvalidInput", { field: "uri", why: "format", given: uri.slice(0, 100) });
}
