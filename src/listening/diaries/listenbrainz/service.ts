import type { Clock } from "../../../contracts/clock.ts";
import type { DiaryEntry } from "../../../contracts/diaries.ts";
import { isSegueError, SegueError } from "../../../contracts/errors.ts";
import type { Sighting } from "../../../contracts/listening.ts";
import type { Http } from "../../../net/call.ts";
import { clip } from "../entry.ts";
import { type DiaryCall, type DiaryService, mostPages } from "../service.ts";
import { createCaller, id } from "./http.ts";
import { parseListens, parsePlaying, parseToken } from "./parse.ts";

const home = "https://listenbrainz.org";
/** MAX_ITEMS_PER_GET (https://listenbrainz.readthedocs.io/en/latest/users/api/core.html#constants). */
const pageSize = 1_000;
const latestSize = 100;
/** A name is cut so that a listen stays under 10,240 bytes (MAX_LISTEN_SIZE) in any script. */
const longestName = 500;

function inPath(userName: string): string {
  const name = encodeURIComponent(userName.toWellFormed().normalize("NFC"));
  // In a path they mean something else, and nobody is called so.
  if (name === "." || name === "..") throw new SegueError("NotFound", { what: "diary_user" });
  return name;
}

/** https://listenbrainz.readthedocs.io/en/latest/users/json.html */
function metadataOf({ title, artists, album, durationMs, listenedMs, isrc, url }: Omit<DiaryEntry, "at">) {
  const service = url === undefined ? undefined : serviceOf(url);
  return {
    artist_name: clip(artists.join(", "), longestName),
    track_name: clip(title, longestName),
    ...(album === undefined ? {} : { release_name: clip(album, longestName) }),
    additional_info: {
      submission_client: "Segue",
      ...(durationMs === undefined ? {} : { duration_ms: durationMs }),
      ...(listenedMs === undefined ? {} : { duration_played: Math.round(listenedMs / 1_000) }),
      ...(isrc === undefined ? {} : { isrc }),
      ...(url === undefined || url.length > longestName ? {} : { origin_url: url }),
      ...(service === undefined ? {} : { music_service: service }),
    },
  };
}

/** The service's domain, by which ListenBrainz names it. */
function serviceOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname.split(".").slice(-2).join(".") : undefined;
}

export function createListenBrainz(parts: { http: Http; apiUrl: string; clock: Clock }): DiaryService {
  const { clock } = parts;
  const call = createCaller(parts);

  async function listens(userName: string, query: Record<string, number>, how: DiaryCall) {
    return parseListens(await call(how, { method: "GET", path: `/1/user/${inPath(userName)}/listens`, query }));
  }

  async function* pages(
    userName: string,
    { fromAt, untilAt }: { fromAt?: number; untilAt: number },
    how: DiaryCall,
  ): AsyncGenerator<Sighting[]> {
    if (fromAt === undefined) {
      yield (await listens(userName, { count: latestSize }, how)).sightings;
      return;
    }
    // With `min_ts` alone come those that are next after it.
    let after = Math.floor(fromAt / 1_000) - 1;
    for (let page = 0; page < mostPages; page++) {
      const { sightings } = await listens(userName, { count: pageSize, min_ts: Math.max(0, after) }, how);
      yield sightings;
      const last = Math.max(after, ...sightings.map(({ startedAt }) => Math.floor(startedAt / 1_000)));
      if (sightings.length < pageSize || last === after || last * 1_000 >= untilAt) return;
      after = last;
    }
  }

  return {
    id,
    name: "ListenBrainz",
    home,
    writing: { how: "token", where: `${home}/settings/` },
    lookEveryMs: 15_000,
    mostAtOnce: 1_000,
    mostLetters: 1_000_000,

    async find(userName, how) {
      const { userName: spelt = userName, sightings } = await listens(userName, { count: 1 }, how);
      const [last] = sightings;
      return { userName: spelt, ...(last && { last: last.heard }) };
    },

    async playing(userName, how) {
      const path = `/1/user/${inPath(userName)}/playing-now`;
      return parsePlaying(await call(how, { method: "GET", path }), clock.now());
    },

    pages,

    writer: {
      async send(token, entries, how) {
        const payload = entries.map((entry) => ({
          listened_at: Math.floor(entry.at / 1_000),
          track_metadata: metadataOf(entry),
        }));
        const json = { listen_type: payload.length === 1 ? "single" : "import", payload };
        await call(how, { method: "POST", path: "/1/submit-listens", json, token });
        return entries.map(() => "taken" as const);
      },

      async playingNow(token, entry, how) {
        const json = { listen_type: "playing_now", payload: [{ track_metadata: metadataOf(entry) }] };
        await call(how, { method: "POST", path: "/1/submit-listens", json, token });
      },

      token: {
        form: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
        async check(token, how) {
          const refused = new SegueError("InvalidInput", { field: "token", why: "unknown" });
          try {
            const userName = parseToken(await call(how, { method: "GET", path: "/1/validate-token", token }));
            if (userName === undefined) throw refused;
            return { userName };
          } catch (error) {
            throw isSegueError(error, "NeedsRelink") ? refused : error;
          }
        },
      },
    },
  };
}
