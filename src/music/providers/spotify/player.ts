import type { Clock } from "../../../contracts/clock.ts";
import { SegueError } from "../../../contracts/errors.ts";
import type { Accepted, CallOptions, MusicSession, PlayTarget } from "../../../contracts/music.ts";
import { ACCEPTED, type Call } from "./http.ts";
import { bounded } from "./pages.ts";
import { parseRecentlyPlayed } from "./parse-lists.ts";
import { parseDevices, parseQueue, parseState } from "./parse-state.ts";
import type { RouteName } from "./routes.ts";
import { demandUri, isCollection, isLocal, parseUri } from "./uris.ts";

/** Longest list of tracks to start at once. No number is documented; bodies beyond some hundreds have been refused. */
const MAX_URIS = 500;
const MAX_RECENT = 50;

type OnDevice = CallOptions & { deviceId?: string };
type Input = { query?: Record<string, string | number | boolean>; json?: unknown };
type PlayerPart = Required<
  Pick<
    MusicSession,
    | "state"
    | "devices"
    | "transfer"
    | "play"
    | "resume"
    | "pause"
    | "next"
    | "previous"
    | "seek"
    | "volume"
    | "shuffle"
    | "repeat"
    | "queue"
    | "recentlyPlayed"
  >
>;

/** https://developer.spotify.com/documentation/web-api/reference/get-information-about-the-users-current-playback and its neighbours. */
export function createPlayer(call: Call, clock: Clock): PlayerPart {
  /** The body of the answer to a write says nothing worth reading: any success is success, now or soon. */
  const send = async (name: RouteName, options: OnDevice, input: Input): Promise<Accepted | undefined> => {
    const { deviceId, ...rest } = options;
    const query = { ...input.query, ...(deviceId === undefined ? {} : { device_id: demandDevice(deviceId) }) };
    const answer = await call(name, {
      ...(Object.keys(query).length > 0 ? { query } : {}),
      ...(input.json === undefined ? {} : { json: input.json }),
      options: rest,
    });
    return answer === ACCEPTED ? { pending: true } : undefined;
  };
  const command = async (name: RouteName, options: OnDevice = {}, input: Input = {}): Promise<void> => {
    await send(name, options, input);
  };

  return {
    async state(options) {
      // Without both types an episode is reported as nothing. https://github.com/spotipy-dev/spotipy/issues/562
      const raw = await call("state", { query: { additional_types: "track,episode" }, options });
      return parseState(raw, clock.now());
    },
    async devices(options) {
      return parseDevices(await call("devices", { options }));
    },
    async transfer(deviceId, options = {}) {
      const { play, ...rest } = options;
      // A list of exactly one: two are a bad request. `play` false means "keep as it is", not "stop".
      const json = { device_ids: [demandDevice(deviceId)], ...(play === true ? { play } : {}) };
      await call("transfer", { json, options: rest });
    },
    async play(target, options = {}) {
      const { positionMs, ...rest } = options;
      const position = positionMs === undefined ? {} : { position_ms: wholeMs(positionMs) };
      // "Accepted" when the app was open and idle: https://github.com/spotify/web-api/issues/778
      return send("play", rest, { json: { ...targetBody(target), ...position } });
    },
    /** No body at all: `{}` has wiped queues. https://github.com/spotify/web-api/issues/501 */
    resume: (options) => command("resume", options),
    pause: (options) => command("pause", options),
    next: (options) => command("next", options),
    previous: (options) => command("previous", options),
    seek: async (positionMs, options) => command("seek", options, { query: { position_ms: wholeMs(positionMs) } }),
    async volume(percent, options) {
      if (!(percent >= 0 && percent <= 100))
        throw new SegueError("InvalidInput", {
          field: "volume",
          why: "range",
          given: String(percent),
          min: 0,
          max: 100,
        });
      await command("volume", options, { query: { volume_percent: Math.round(percent) } });
    },
    shuffle: (on, options) => command("shuffle", options, { query: { state: on } }),
    repeat: (mode, options) => command("repeat", options, { query: { state: mode } }),
    queue: {
      async show(options) {
        return parseQueue((await call("queue", { options })) ?? {});
      },
      async add(uri, options) {
        if (isLocal(uri)) throw new SegueError("Restricted", { reason: "content_unavailable" });
        await command("enqueue", options, { query: { uri: demandUri(uri, ["track", "episode"]).uri } });
      },
    },
    async recentlyPlayed(options = {}) {
      const { limit, afterMs, ...rest } = options;
      const query = {
        limit: bounded(limit, MAX_RECENT, MAX_RECENT),
        ...(afterMs === undefined ? {} : { after: wholeMs(afterMs) }),
      };
      return parseRecentlyPlayed((await call("recentlyPlayed", { query, options: rest })) ?? { items: [] });
    },
  };
}

function targetBody(target: PlayTarget): Record<string, unknown> {
  if ("uris" in target) {
    const playable = target.uris.filter((uri) => !isLocal(uri)).map((uri) => demandUri(uri, ["track", "episode"]).uri);
    if (playable.length > 0) return { uris: playable.slice(0, MAX_URIS) };
    if (target.uris.length > 0) throw new SegueError("Restricted", { reason: "content_unavailable" });
    throw new SegueError("InvalidInput", { field: "uris", why: "empty" });
  }
  const { context, from } = target;
  const uri = isCollection(context)
    ? context
    : demandUri(context, ["album", "artist", "playlist", "show", "audiobook"]).uri;
  if (from === undefined) return { context_uri: uri };
  // "Only available when context_uri corresponds to an album or playlist": an artist has no order to begin in.
  if (parseUri(uri)?.type === "artist")
    throw new SegueError("InvalidInput", { field: "from", why: "context_without_order" });
  if ("uri" in from) return { context_uri: uri, offset: { uri: demandUri(from.uri, ["track", "episode"]).uri } };
  if (!Number.isInteger(from.position) || from.position < 0)
    throw new SegueError("InvalidInput", { field: "position", why: "range", given: String(from.position), min: 0 });
  return { context_uri: uri, offset: { position: from.position } };
}

function wholeMs(ms: number): number {
  if (Number.isFinite(ms) && ms >= 0) return Math.round(ms);
  throw new SegueError("InvalidInput", { field: "position_ms", why: "range", given: String(ms), min: 0 });
}

/** Opaque and not permanent; what is no id at all is not worth a call. */
function demandDevice(deviceId: string): string {
  if (/^[\x21-\x7e]{1,200}$/.test(deviceId)) return deviceId;
  throw new SegueError("NotFound", { what: "device" });
}
