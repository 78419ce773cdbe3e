import http from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import axios, { type AxiosResponse } from "axios";
import type { HttpCall } from "./call.ts";

/** What came of putting one call on the wire once. Nothing in it came out of the request, so nothing secret can leak. */
export type Outcome =
  | {
      got: "answer";
      status: number;
      text: string;
      json: unknown;
      retryAfter: string | undefined;
      date: string | undefined;
    }
  | {
      got: "failure";
      /** False when the request surely never left: the connection was not made. */
      sent: boolean;
      why: "timeout" | "connection" | "malformed" | "aborted";
      /** Node's or our own code, e.g. ECONNREFUSED, DEADLINE, BODY_TOO_LARGE. */
      code: string;
    };

export interface Wire {
  /** `signal` ends the attempt; `timeoutMs` is for the socket, should nobody abort. */
  send(call: HttpCall, signal: AbortSignal, timeoutMs: number): Promise<Outcome>;
  close(): void;
}

/** Why an attempt was aborted, as the signal's reason. */
export const DEADLINE = Symbol("deadline");

const MAX_BYTES = 2 * 1024 * 1024;
const MAX_SOCKETS = 64;
/** A connection that idled longer may have been given up by the other side without a word, and a write sent on it is lost. */
const IDLE_SOCKET_MS = 20_000;

/** A name from outside may be two dots: put into a route, it would lead to another one. */
const climbing = /\/(?:\.|%2e){1,2}(?=[/?#]|$)/i;

function parseJson(text: string): unknown {
  if (text.trim() === "") return undefined;
  try {
    // "__proto__" in a body must not become a prototype in whatever copies it.
    return text.includes("__proto__")
      ? JSON.parse(text, (key, value) => (key === "__proto__" ? undefined : value))
      : JSON.parse(text);
  } catch {
    return undefined;
  }
}

class BodyError extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

function codeOf(error: unknown): string {
  if (
    error instanceof Error &&
    "code" in error &&
    typeof error.code === "string" &&
    /^[A-Z0-9_]{1,60}$/.test(error.code)
  )
    return error.code;
  return "UNKNOWN";
}

/** Reads a body within its bound, until the signal ends it. */
function readBody(body: Readable, maxBytes: number, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let bytes = 0;
    const end = (settle: () => void) => {
      signal.removeEventListener("abort", onAbort);
      settle();
    };
    const fail = (error: unknown) =>
      end(() => {
        body.destroy();
        reject(error);
      });
    const onAbort = () => fail(new BodyError("ABORTED"));
    body.on("data", (part: Buffer) => {
      bytes += part.length;
      if (bytes > maxBytes) fail(new BodyError("BODY_TOO_LARGE"));
      else parts.push(part);
    });
    body.once("end", () => end(() => resolve(Buffer.concat(parts).toString("utf8"))));
    body.on("error", fail);
    body.once("close", () => fail(new BodyError("BODY_CUT_OFF")));
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}

function bodyOf(call: HttpCall): { data: string | undefined; headers: Record<string, string> } {
  if (call.json !== undefined)
    return { data: JSON.stringify(call.json), headers: { "Content-Type": "application/json" } };
  if (call.form !== undefined) {
    return {
      data: new URLSearchParams(call.form).toString(),
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
    };
  }
  // A PUT without a body and without its length is refused with 411 by some front ends.
  return { data: undefined, headers: call.method === "PUT" || call.method === "POST" ? { "Content-Length": "0" } : {} };
}

function urlOf(call: HttpCall): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(call.query ?? {})) if (value !== undefined) query.set(name, String(value));
  const text = query.toString();
  return text === "" ? call.path : `${call.path}?${text}`;
}

/**
 * The one axios of the program. What its defaults leave open is shut: no proxy from the environment, no redirects (they
 * would carry the token elsewhere), no absolute URL over the base, bounded bodies, bodies read as text by ourselves.
 */
export function createWire(): Wire {
  const httpAgent = new http.Agent({ keepAlive: true, maxSockets: MAX_SOCKETS, timeout: IDLE_SOCKET_MS });
  const httpsAgent = new https.Agent({ keepAlive: true, maxSockets: MAX_SOCKETS, timeout: IDLE_SOCKET_MS });
  const client = axios.create({
    httpAgent,
    httpsAgent,
    proxy: false,
    maxRedirects: 0,
    allowAbsoluteUrls: false,
    maxBodyLength: MAX_BYTES,
    // The body is a stream here: a status that has arrived stays known when the body behind it breaks off. `readBody` bounds it.
    responseType: "stream",
    validateStatus: () => true,
    transformRequest: [(data) => data],
    transformResponse: [(data) => data],
    headers: { common: { Accept: "application/json", "User-Agent": "Segue" } },
  });

  return {
    async send(call, signal, timeoutMs) {
      if (!/^\/(?!\/)/.test(call.path) || climbing.test(call.path))
        throw new TypeError("a path begins with one slash, and climbs nowhere");
      const { data, headers } = bodyOf(call);
      const secure = call.baseUrl.startsWith("https:");
      let sent = false;
      const transport = {
        request(options: https.RequestOptions, onResponse: (response: http.IncomingMessage) => void) {
          const request = (secure ? https : http).request(options, onResponse);
          request.once("socket", (socket: Socket) => {
            const out = () => {
              sent = true;
            };
            if (!socket.connecting) out();
            else socket.once(secure ? "secureConnect" : "connect", out);
          });
          return request;
        },
      };

      const failure = (why: "timeout" | "connection" | "malformed", code: string): Outcome => {
        if (!signal.aborted) return { got: "failure", sent, why, code };
        return signal.reason === DEADLINE
          ? { got: "failure", sent, why: "timeout", code: "DEADLINE" }
          : { got: "failure", sent, why: "aborted", code: "ABORTED" };
      };

      let response: AxiosResponse<Readable>;
      try {
        response = await client.request<Readable>({
          method: call.method,
          baseURL: call.baseUrl,
          url: urlOf(call),
          headers: { ...headers, ...call.headers },
          data,
          signal,
          timeout: Math.max(1, Math.ceil(timeoutMs)),
          transport,
        });
      } catch (error) {
        const code = codeOf(error);
        return failure(code === "ECONNABORTED" || code === "ETIMEDOUT" ? "timeout" : "connection", code);
      }

      const { status } = response;
      const header = (name: string) => {
        const value: unknown = response.headers[name];
        return typeof value === "string" ? value : undefined;
      };
      const answer = (text: string): Outcome => ({
        got: "answer",
        status,
        text,
        json: parseJson(text),
        // Seconds as well, of services that have a name of their own for it (https://listenbrainz.readthedocs.io/en/latest/users/api/index.html#rate-limiting).
        retryAfter: header("retry-after") ?? (status === 429 ? header("x-ratelimit-reset-in") : undefined),
        date: header("date"),
      });
      try {
        return answer(await readBody(response.data, call.maxBytes ?? MAX_BYTES, signal));
      } catch (error) {
        // A refusal is known by its status. So is the success of a write whose body nobody needs.
        const bodyNeeded = status < 300 && (call.method === "GET" || call.answer === "json");
        if (!bodyNeeded) return answer("");
        const code = codeOf(error);
        return failure(code === "BODY_TOO_LARGE" ? "malformed" : "connection", code);
      }
    },

    close() {
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}
