import type { Clock } from "../../../contracts/clock.ts";
import type { DiaryEntry } from "../../../contracts/diaries.ts";
import { isSegueError, SegueError } from "../../../contracts/errors.ts";
import type { Sighting } from "../../../contracts/listening.ts";
import type { Http } from "../../../net/call.ts";
import { clip } from "../entry.ts";
import { type DiaryCall, type DiaryService, mostPages, type Taken } from "../service.ts";
import { createCaller, id, type Params } from "./http.ts";
import { parsePageToken, parsePlaying, parseRecent, parseScrobbles, parseSession } from "./parse.ts";

const home = "https://www.last.fm";
const DAY_MS = 24 * 60 * 60_000;
/** The page's token lives an hour (https://www.last.fm/api/desktopauth). */
const PENDING_MS = 60 * 60_000;
/** The most that one page holds (https://www.last.fm/api/show/user.getRecentTracks). */
const pageSize = 200;
const latestSize = 100;
const longestName = 1_000;

/** Why a play was not taken (https://www.last.fm/api/scrobbling, "ignored message codes"). */
const ignored = { artist: 1, track: 2, tooOld: 3, tooNew: 4, dayIsFull: 5 } as const;

function namesOf({ title, artists, album, durationMs }: Omit<DiaryEntry, "at">): Params {
  return {
    // One artist, as its own catalogue has it: lists of names would become artists of their own.
    artist: clip(artists[0] ?? "", longestName),
    track: clip(title, longestName),
    ...(album === undefined ? {} : { album: clip(album, longestName) }),
    ...(durationMs === undefined ? {} : { duration: String(Math.round(durationMs / 1_000)) }),
  };
}

/** The Last.fm of the settings: with a key it is read, and with the key's secret it is written. */
export function createLastFm(parts: {
  http: Http;
  apiUrl: string;
  apiKey: string;
  secret?: string;
  clock: Clock;
}): DiaryService {
  const { clock, apiKey } = parts;
  const call = createCaller({ ...parts, secret: parts.secret });
  const recent = async (userName: string, params: Params, how: DiaryCall) =>
    call(how, { method: "user.getRecentTracks", params: { user: userName, ...params } });

  async function* pages(
    userName: string,
    { fromAt, untilAt }: { fromAt?: number; untilAt: number },
    how: DiaryCall,
  ): AsyncGenerator<Sighting[]> {
    if (fromAt === undefined) {
      yield parseRecent(await recent(userName, { limit: String(latestSize) }, how)).sightings;
      return;
    }
    // With both ends the pages stay what they are while new plays come.
    const range = { from: String(Math.floor(fromAt / 1_000)), to: String(Math.ceil(untilAt / 1_000)) };
    for (let page = 1; page <= mostPages; page++) {
      const params = { ...range, limit: String(pageSize), page: String(page) };
      const { pages: all, sightings } = parseRecent(await recent(userName, params, how));
      yield sightings;
      if (page >= all) return;
    }
  }

  function takenOf(code: number): Taken {
    switch (code) {
      case ignored.artist:
      case ignored.track:
        return { why: "filtered" };
      case ignored.tooOld:
        return { why: "too_old" };
      case ignored.tooNew:
        return { notBeforeAt: clock.now() + 60 * 60_000 };
      case ignored.dayIsFull:
        return { notBeforeAt: clock.now() + DAY_MS / 2 };
      default:
        return code === 0 ? "taken" : { why: "refused" };
    }
  }

  const writer: DiaryService["writer"] = {
    async send(session, entries, how) {
      const one = entries.length === 1;
      const params: Params = {};
      for (const [at, entry] of entries.entries())
        for (const [name, value] of Object.entries({
          ...namesOf(entry),
          timestamp: String(Math.floor(entry.at / 1_000)),
        }))
          params[one ? name : `${name}[${at}]`] = value;
      const results = parseScrobbles(await call(how, { method: "track.scrobble", params, signed: true, session }));
      if (results.length !== entries.length)
        throw new SegueError("Unavailable", { service: "Last.fm", why: "malformed" });
      return results.map(takenOf);
    },

    async playingNow(session, entry, how) {
      await call(how, { method: "track.updateNowPlaying", params: namesOf(entry), signed: true, session });
    },

    page: {
      async begin(how) {
        const token = parsePageToken(await call(how, { method: "auth.getToken", params: {}, signed: true }));
        const query = new URLSearchParams({ api_key: apiKey, token });
        return { url: `${home}/api/auth/?${query}`, pending: token, expiresAt: clock.now() + PENDING_MS };
      },
      async end(token, how) {
        try {
          const { name, key } = parseSession(
            await call(how, { method: "auth.getSession", params: { token }, signed: true }),
          );
          return { userName: name, secret: key };
        } catch (error) {
          if (isSegueError(error, "InvalidInput") && error.details.why === "not_agreed") return undefined;
          throw error;
        }
      },
    },
  };

  return {
    id,
    name: "Last.fm",
    home,
    ...(parts.secret === undefined ? {} : { writing: { how: "page" as const }, writer }),
    // A play of a fortnight ago is ignored (code 3).
    oldestMs: 14 * DAY_MS,
    lookEveryMs: 20_000,
    mostAtOnce: 50,
    mostLetters: 1_000_000,

    async find(userName, how) {
      const { userName: spelt = userName, sightings } = parseRecent(await recent(userName, { limit: "1" }, how));
      const [last] = sightings;
      return { userName: spelt, ...(last && { last: last.heard }) };
    },
    playing: async (userName, how) => parsePlaying(await recent(userName, { limit: "1" }, how), clock.now()),
    pages,
  };
}
