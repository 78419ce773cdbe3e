import type { Clock } from "../../src/contracts/clock.ts";
import { type Asked, type Ended, openDiaryServer, type Said } from "./diary-server.ts";

/**
 * A false ListenBrainz with the rules of the real one, as its own code and documentation have them
 * (https://listenbrainz.readthedocs.io/en/latest/users/api/core.html, webserver/views/api_tools.py of metabrainz/listenbrainz-server).
 */
type Metadata = {
  artist_name: string;
  track_name: string;
  release_name?: string;
  additional_info?: Record<string, unknown>;
};
export type Listen = { listened_at: number; track_metadata: Metadata };
type User = { name: string; token: string; listens: Listen[]; playing?: Metadata };

const MOST = 1_000;
const LISTEN_BYTES = 10_240;
const PAYLOAD_BYTES = 10_240_000;
const EARLIEST = 1_033_430_400;
const SKEW_S = 3_600;

export async function openListenBrainz(clock: Clock, ended?: Ended) {
  const users = new Map<string, User>();
  const seen = { requests: [] as string[], submitted: 0, duplicates: 0 };
  /** Taken from the front, one for each request. `after`: it does what was asked, and the connection breaks before it says so. */
  const faults: (Said | "after" | "before")[] = [];
  const blocked = new Set<string>();
  let rate: { left: number; resetIn: number } | undefined;

  const refuse = (status: number, error: string): Said => ({ status, json: { code: status, error } });
  const identity = ({ listened_at, track_metadata: { artist_name, track_name } }: Listen) =>
    `${listened_at} ${artist_name} ${track_name}`;

  function faultIn(listen: unknown, type: string, size: number): string | undefined {
    if (size > LISTEN_BYTES) return "JSON document is too large";
    if (typeof listen !== "object" || listen === null) return "no listen";
    const allowed = type === "playing_now" ? ["track_metadata"] : ["listened_at", "track_metadata"];
    if (Object.keys(listen).some((key) => !allowed.includes(key))) return "only some top level keys";
    const { listened_at: at, track_metadata: track } = listen as Partial<Listen>;
    if (type !== "playing_now") {
      if (!Number.isInteger(at)) return "listened_at must be an int";
      if ((at ?? 0) < EARLIEST) return "listened_at is too low";
      if ((at ?? 0) > clock.now() / 1_000 + SKEW_S) return "listened_at is too high";
    }
    if (!track?.track_name || !track.artist_name) return "names are missing";
    const info = track.additional_info ?? {};
    if ("duration" in info && "duration_ms" in info) return "duration and duration_ms";
    if (JSON.stringify(listen).includes("\\u0000")) return "NUL";
    if (blocked.has(track.track_name)) return "blocked";
    return undefined;
  }

  function submit({ body, headers }: Asked): Said {
    const token = /^Token (.+)$/.exec(headers.authorization ?? "")?.[1];
    const user = [...users.values()].find((each) => each.token === token);
    if (!user) return refuse(401, "Invalid authorization token.");
    if (Buffer.byteLength(body) > PAYLOAD_BYTES) return refuse(400, "Payload too large");
    const { listen_type: type, payload } = JSON.parse(body) as { listen_type: string; payload: Listen[] };
    if (!["single", "import", "playing_now"].includes(type)) return refuse(400, "listen_type");
    if (type !== "import" && payload.length !== 1) return refuse(400, "exactly one listen");
    if (payload.length === 0 || payload.length > MOST) return refuse(400, "Too many listens");
    for (const listen of payload) {
      const fault = faultIn(listen, type, Buffer.byteLength(JSON.stringify(listen)));
      if (fault) return refuse(400, fault);
    }
    if (type === "playing_now") {
      const [now] = payload;
      if (now) user.playing = now.track_metadata;
      return { status: 200, json: { status: "ok" } };
    }
    for (const listen of payload) {
      seen.submitted++;
      if (user.listens.some((each) => identity(each) === identity(listen))) seen.duplicates++;
      else user.listens.push(listen);
    }
    return { status: 200, json: { status: "ok" } };
  }

  function listensOf(user: User, query: URLSearchParams): Said {
    const count = Math.min(Number(query.get("count") ?? 25), 1_000);
    const min = query.get("min_ts");
    const newest = user.listens.toSorted((a, b) => b.listened_at - a.listened_at);
    // With min_ts alone: those that come next after it.
    const listens =
      min === null ? newest.slice(0, count) : newest.filter((each) => each.listened_at > Number(min)).slice(-count);
    return { status: 200, json: { payload: { count: listens.length, user_id: user.name, listens } } };
  }

  function answer(asked: Asked): Said {
    if (rate) {
      if (rate.left === 0)
        return { ...refuse(429, "Rate limit exceeded"), headers: { "X-RateLimit-Reset-In": String(rate.resetIn) } };
      rate.left--;
    }
    if (asked.path === "/1/submit-listens") return submit(asked);
    if (asked.path === "/1/validate-token") {
      const token = /^Token (.+)$/.exec(asked.headers.authorization ?? "")?.[1];
      const user = [...users.values()].find((each) => each.token === token);
      return user
        ? { status: 200, json: { code: 200, message: "Token valid.", valid: true, user_name: user.name } }
        : { status: 200, json: { code: 200, message: "Token invalid.", valid: false } };
    }
    const [, name = "", what] = /^\/1\/user\/([^/]+)\/(listens|playing-now)$/.exec(asked.path) ?? [];
    const user = users.get(decodeURIComponent(name).toLowerCase());
    if (!user || !what) return refuse(404, `Cannot find user: ${name}`);
    if (what === "listens") return listensOf(user, asked.query);
    const listens = user.playing ? [{ playing_now: true, track_metadata: user.playing }] : [];
    return {
      status: 200,
      json: { payload: { count: listens.length, user_id: user.name, playing_now: true, listens } },
    };
  }

  const url = await openDiaryServer((asked) => {
    seen.requests.push(`${asked.method} ${asked.path.replace(/\/user\/[^/]+/, "/user/NAME")}`);
    const fault = faults.shift();
    if (fault === "before") return "hang";
    if (fault === "after") {
      answer(asked);
      return "hang";
    }
    return fault ?? answer(asked);
  }, ended);

  return {
    url,
    seen,
    faults,
    /** Titles that are refused for a reason of its own. */
    blocked,
    user(name: string, token = "11111111-2222-3333-4444-555555555555"): User {
      const user: User = { name, token, listens: [] };
      users.set(name.toLowerCase(), user);
      return user;
    },
    limit(left: number, resetIn: number) {
      rate = { left, resetIn };
    },
    unlimited() {
      rate = undefined;
    },
  };
}
