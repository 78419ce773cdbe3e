import { createHash } from "node:crypto";
import type { Clock } from "../../src/contracts/clock.ts";
import { type Asked, openDiaryServer, type Said } from "./diary-server.ts";

/** A false Last.fm with the rules of the real one (https://www.last.fm/api/scrobbling, https://www.last.fm/api/errorcodes). */
export type Scrobble = { artist: string; track: string; timestamp: number; album?: string };
type User = {
  name: string;
  session: string;
  scrobbles: Scrobble[];
  playing?: { artist: string; track: string };
  hidden?: true;
};

const MOST = 50;
const OLDEST_S = 14 * 24 * 60 * 60;
const PER_DAY = 2_800;
const TOKEN_MS = 60 * 60_000;

export async function openLastFm(clock: Clock, key = "0123456789abcdef0123456789abcdef", secret = "hush hush hush") {
  const users = new Map<string, User>();
  const tokens = new Map<string, { madeAt: number; user?: User }>();
  const seen = { requests: [] as string[], submitted: 0, duplicates: 0 };
  const faults: (Said | "after" | "before")[] = [];
  let perDay = PER_DAY;

  const statuses: Record<number, number> = {
    4: 403,
    6: 400,
    9: 403,
    10: 403,
    13: 403,
    14: 403,
    15: 403,
    17: 403,
    8: 500,
    11: 503,
    16: 503,
    29: 429,
  };
  const refuse = (error: number, message: string): Said => ({
    status: statuses[error] ?? 400,
    json: { error, message },
  });

  function signed(params: URLSearchParams): boolean {
    const names = [...params.keys()].filter((name) => !["format", "callback", "api_sig"].includes(name));
    // By their ASCII signs: artist[10] comes before artist[1].
    const text = names
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .map((name) => `${name}${params.get(name)}`)
      .join("");
    return createHash("md5").update(`${text}${secret}`).digest("hex") === params.get("api_sig");
  }

  function scrobble(params: URLSearchParams, user: User): Said {
    const many = params.has("artist[0]");
    const at = (name: string, index: number) => params.get(many ? `${name}[${index}]` : name) ?? undefined;
    const rows: unknown[] = [];
    let index = 0;
    for (; at("artist", index) !== undefined && (many || index === 0); index++) {
      if (index >= MOST) return refuse(6, "Too many scrobbles in a single request");
      const [artist, track, timestamp] = [at("artist", index), at("track", index), Number(at("timestamp", index))];
      if (!artist || !track || !Number.isInteger(timestamp)) return refuse(6, "Invalid parameters");
      const now = clock.now() / 1_000;
      let code = 0;
      if (artist === "Unknown Artist") code = 1;
      else if (timestamp < now - OLDEST_S) code = 3;
      else if (timestamp > now + 60 * 60) code = 4;
      else if (user.scrobbles.filter((each) => each.timestamp > now - 86_400).length >= perDay) code = 5;
      seen.submitted++;
      const known = user.scrobbles.some(
        (each) => each.timestamp === timestamp && each.track === track && each.artist === artist,
      );
      if (known) seen.duplicates++;
      else if (code === 0) {
        const album = at("album", index);
        user.scrobbles.push({ artist, track, timestamp, ...(album === undefined ? {} : { album }) });
      }
      rows.push({
        artist: { "#text": artist },
        timestamp: String(timestamp),
        ignoredMessage: { code: String(code), "#text": "" },
      });
    }
    if (index === 0) return refuse(6, "Invalid parameters");
    const accepted = rows.length;
    return {
      status: 200,
      json: { scrobbles: { "@attr": { accepted, ignored: 0 }, scrobble: rows.length === 1 ? rows[0] : rows } },
    };
  }

  function recent(params: URLSearchParams): Said {
    const user = users.get((params.get("user") ?? "").toLowerCase());
    if (!user) return { status: 404, json: { error: 6, message: "User not found" } };
    if (user.hidden) return refuse(17, "Login: User required to be logged in");
    const limit = Math.min(Number(params.get("limit") ?? 50), 200);
    const page = Number(params.get("page") ?? 1);
    const [from, to] = [Number(params.get("from") ?? 0), Number(params.get("to") ?? Number.MAX_SAFE_INTEGER)];
    const inRange = user.scrobbles
      .filter(({ timestamp }) => timestamp >= from && timestamp <= to)
      .sort((a, b) => b.timestamp - a.timestamp);
    const rows = inRange.slice((page - 1) * limit, page * limit).map(({ artist, track, album, timestamp }) => ({
      artist: { mbid: "", "#text": artist },
      album: { mbid: "", "#text": album ?? "" },
      name: track,
      image: [
        { size: "small", "#text": "https://lastfm.freetls.fastly.net/i/u/34s/aa.png" },
        { size: "extralarge", "#text": "https://lastfm.freetls.fastly.net/i/u/300x300/aa.png" },
      ],
      url: "https://www.last.fm/music/x/_/y",
      date: { uts: String(timestamp), "#text": "then" },
    }));
    const playing = user.playing && {
      artist: { "#text": user.playing.artist },
      album: { "#text": "" },
      name: user.playing.track,
      "@attr": { nowplaying: "true" },
    };
    const track = [...(playing ? [playing] : []), ...rows];
    return {
      status: 200,
      json: {
        recenttracks: {
          track: track.length === 1 ? track[0] : track,
          "@attr": { user: user.name, page: String(page), totalPages: String(Math.ceil(inRange.length / limit)) },
        },
      },
    };
  }

  function answer({ method, path, query, body }: Asked): Said {
    if (path !== "/2.0/") return { status: 404 };
    const params = method === "POST" ? new URLSearchParams(body) : query;
    if (params.get("api_key") !== key) return refuse(10, "Invalid API key");
    const called = params.get("method") ?? "";
    const needsSign = called.startsWith("auth.") || called.startsWith("track.");
    if (needsSign && !signed(params)) return refuse(13, "Invalid method signature supplied");
    if (called === "user.getRecentTracks") return recent(params);
    if (called === "auth.getToken") {
      const token = `token-${tokens.size}`;
      tokens.set(token, { madeAt: clock.now() });
      return { status: 200, json: { token } };
    }
    if (called === "auth.getSession") {
      const token = tokens.get(params.get("token") ?? "");
      if (!token) return refuse(4, "Invalid authentication token");
      if (clock.now() - token.madeAt > TOKEN_MS) return refuse(15, "This token has expired");
      if (!token.user) return refuse(14, "This token has not been authorized");
      tokens.delete(params.get("token") ?? "");
      return { status: 200, json: { session: { subscriber: 0, name: token.user.name, key: token.user.session } } };
    }
    if (method !== "POST") return refuse(3, "Invalid method");
    const user = [...users.values()].find(({ session }) => session === params.get("sk"));
    if (!user) return refuse(9, "Invalid session key");
    if (called === "track.scrobble") return scrobble(params, user);
    if (called === "track.updateNowPlaying") {
      user.playing = { artist: params.get("artist") ?? "", track: params.get("track") ?? "" };
      return { status: 200, json: { nowplaying: { ignoredMessage: { code: "0" } } } };
    }
    return refuse(3, "Invalid method");
  }

  const url = await openDiaryServer((asked) => {
    const params = asked.method === "POST" ? new URLSearchParams(asked.body) : asked.query;
    seen.requests.push(params.get("method") ?? "?");
    const fault = faults.shift();
    if (fault === "before") return "hang";
    if (fault === "after") {
      answer(asked);
      return "hang";
    }
    return fault ?? answer(asked);
  });

  return {
    url: `${url}/2.0`,
    key,
    secret,
    seen,
    faults,
    user(name: string, session = `session of ${name}`): User {
      const user: User = { name, session, scrobbles: [] };
      users.set(name.toLowerCase(), user);
      return user;
    },
    /** The person agrees on the page of that address. */
    agrees(address: string, name: string): void {
      const token = tokens.get(new URL(address).searchParams.get("token") ?? "");
      const user = users.get(name.toLowerCase());
      if (!token || !user) throw new Error("there is no such page, or user");
      token.user = user;
    },
    dayHolds(scrobbles: number) {
      perDay = scrobbles;
    },
  };
}
