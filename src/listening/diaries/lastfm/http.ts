import { createHash } from "node:crypto";
import { z } from "zod";
import type { Clock } from "../../../contracts/clock.ts";
import { SegueError } from "../../../contracts/errors.ts";
import type { Http } from "../../../net/call.ts";
import type { DiaryCall } from "../service.ts";

export const id = "lastfm";
const service = "Last.fm";

/** https://www.last.fm/api/errorcodes */
export const codes = {
  authentication: 4,
  invalidParameters: 6,
  failed: 8,
  sessionDead: 9,
  keyUnknown: 10,
  offline: 11,
  signature: 13,
  notAgreed: 14,
  tokenExpired: 15,
  tryLater: 16,
  loginRequired: 17,
  keySuspended: 26,
  rate: 29,
} as const;
const errorSchema = z.object({ error: z.coerce.number().int(), message: z.string().optional() });
/** It names no time (https://www.last.fm/api/intro: "several calls per second" for long may end in a ban). */
const RATE_MS = 60_000;

export type Params = Record<string, string>;
export type About = {
  method: string;
  params: Params;
  /** Signed and sent as a form. */
  signed?: true;
  /** The session's key, for what is written. */
  session?: string;
};

/** Names in the order of their ASCII signs, each followed by its value, then the secret (https://www.last.fm/api/authspec#8). */
export function signatureOf(params: Params, secret: string): string {
  const names = Object.keys(params).sort((a, b) => (a < b ? -1 : 1));
  const text = names.map((name) => `${name}${params[name]}`).join("");
  return createHash("md5").update(`${text}${secret}`, "utf8").digest("hex");
}

/** What the code means; the words beside it are for programmers. */
function errorOf(code: number, method: string, now: number): SegueError {
  switch (code) {
    case codes.invalidParameters:
      return method.startsWith("user.")
        ? new SegueError("NotFound", { what: "diary_user" })
        : new SegueError("InvalidInput", { field: "entry", why: "refused" });
    case codes.loginRequired:
      return new SegueError("Restricted", { reason: "not_offered" });
    case codes.authentication:
      // Of a token for the page it says the same of one that it never gave.
      return method === "auth.getSession"
        ? new SegueError("InvalidInput", { field: "pending", why: "expired" })
        : new SegueError("NeedsRelink", { provider: id });
    case codes.sessionDead:
      return new SegueError("NeedsRelink", { provider: id });
    case codes.tokenExpired:
      return new SegueError("InvalidInput", { field: "pending", why: "expired" });
    case codes.notAgreed:
      return new SegueError("InvalidInput", { field: "pending", why: "not_agreed" });
    case codes.rate:
      return new SegueError("RateLimited", { scope: "service" }, { retryAt: now + RATE_MS });
    case codes.keyUnknown:
    case codes.keySuspended:
    case codes.signature:
      return new SegueError("Unavailable", { service, why: "credentials" });
    default:
      // 8, 11 and 16 pass; what else there may be is nothing that the same call would mend.
      return new SegueError("Unavailable", { service, why: "status" });
  }
}

/** One call to Last.fm. Errors stand in the body, whatever the status is. */
export function createCaller(parts: {
  http: Http;
  apiUrl: string;
  apiKey: string;
  secret: string | undefined;
  clock: Clock;
}) {
  const { http, apiUrl, apiKey, secret, clock } = parts;
  const { origin, pathname } = new URL(apiUrl);
  const path = pathname.endsWith("/") ? pathname : `${pathname}/`;

  return async (call: DiaryCall, { method, params, signed, session }: About): Promise<unknown> => {
    const all: Params = { method, api_key: apiKey, ...params, ...(session === undefined ? {} : { sk: session }) };
    if (signed && secret === undefined) throw new SegueError("Unavailable", { service, why: "credentials" });
    const sent: Params = {
      ...all,
      ...(signed && secret !== undefined ? { api_sig: signatureOf(all, secret) } : {}),
      format: "json",
    };
    const answer = await http.request({
      service,
      budget: id,
      group: signed ? "write" : "read",
      method: signed ? "POST" : "GET",
      baseUrl: origin,
      path,
      ...(signed ? { form: sent } : { query: sent }),
      // A play sent twice is one play: it is known by its start and its words.
      repeat: method !== "track.updateNowPlaying",
      answer: "json",
      ...call,
    });
    const failed = errorSchema.safeParse(answer.json);
    if (failed.success) throw errorOf(failed.data.error, method, clock.now());
    if (answer.status === 404 && method.startsWith("user.")) throw new SegueError("NotFound", { what: "diary_user" });
    if (answer.status >= 300) throw new SegueError("Unavailable", { service, why: "status", status: answer.status });
    return answer.json;
  };
}
