import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { Api, GrammyError, HttpError, type RawApi } from "grammy";
import type { Clock } from "../../src/contracts/clock.ts";
import { SegueError } from "../../src/contracts/errors.ts";

const callMs = 15_000;
/** Connections that are kept may have been given up by the other side, each without our knowing yet. */
const maxCuts = 3;

/** A hundred of the longest updates are a tenth of it. */
const mostAnswerBytes = 32 * 1024 * 1024;

/** https://core.telegram.org/bots/api#making-requests */
const defaultRoot = "https://api.telegram.org";

type Signal = Parameters<RawApi["getMe"]>[0];

/** The library's calls, each with a deadline and with errors of our own, which never carry the token or what was said. */
export interface Client {
  /**
   * Raises `Refused` for what Telegram answers with an error, SegueError "Unavailable" or "Unconfirmed" when no answer comes.
   * `repeatable`: it does the same when it is done twice, so it is asked again at once where the connection was cut.
   */
  call<T>(
    task: (raw: RawApi, signal: Signal) => Promise<T>,
    options?: { withinMs?: number; signal?: AbortSignal; repeatable?: boolean },
  ): Promise<T>;
  /** Opens the bytes of a file by the path that getFile told. */
  download(path: string, signal: AbortSignal): Promise<Response>;
  close(): void;
}

/** Telegram's own answer that it will not (https://core.telegram.org/bots/api#making-requests). */
export class Refused extends Error {
  readonly code: number;
  readonly description: string;
  readonly retryAfterMs: number | undefined;
  /** The group became a supergroup, with another id. */
  readonly movedTo: number | undefined;

  constructor(method: string, code: number, description: string, more: { retryAfterMs?: number; movedTo?: number }) {
    super(`${method}: ${code} ${description}`);
    this.name = "Refused";
    this.code = code;
    this.description = description;
    this.retryAfterMs = more.retryAfterMs;
    this.movedTo = more.movedTo;
  }
}

export function createClient(options: { token: string; apiRoot?: string; clock: Clock }): Client {
  const { token, clock } = options;
  const apiRoot = (options.apiRoot ?? defaultRoot).replace(/\/+$/, "");
  const agent = apiRoot.startsWith("https:")
    ? new HttpsAgent({ keepAlive: true, maxSockets: 64 })
    : new HttpAgent({ keepAlive: true, maxSockets: 64 });
  // The deadline is ours; the library's own only backs it up.
  const api = new Api(token, { apiRoot, timeoutSeconds: 90, baseFetchConfig: { agent, size: mostAnswerBytes } });
  const closing = new AbortController();

  return {
    async call(task, { withinMs = callMs, signal, repeatable = false } = {}) {
      const done = new AbortController();
      const late = new AbortController();
      clock.sleep(withinMs, done.signal).then(
        () => late.abort(),
        () => undefined,
      );
      const ends = AbortSignal.any([late.signal, closing.signal, ...(signal ? [signal] : [])]);
      try {
        for (let cuts = 0; ; cuts++) {
          try {
            return await task(api.raw, bridge(ends));
          } catch (error) {
            if (!repeatable || cuts >= maxCuts || ends.aborted || !isCut(error)) throw ours(error, late.signal.aborted);
          }
        }
      } finally {
        // Without a reason of its own every abort makes an error with a stack.
        done.abort("over");
      }
    },
    async download(path, signal) {
      const address = `${apiRoot}/file/bot${token}/${path.split("/").map(encodeURIComponent).join("/")}`;
      try {
        return await fetch(address, { signal: AbortSignal.any([signal, closing.signal]), redirect: "error" });
      } catch {
        // The cause names the address, and the address the token.
        throw new SegueError("Unavailable", { service: "telegram", why: "connection" });
      }
    },
    close() {
      closing.abort();
      agent.destroy();
    },
  };
}

/** The library types its signals by a library of its own; what it calls of them is what every signal has. */
function bridge(signal: AbortSignal): Signal {
  return signal as unknown as Signal;
}

/** Failures in which the request cannot have left this machine, so that nothing was done. */
const neverSent = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH"]);

/** What a connection that ended is called, by Node and by the library's fetch. */
const cut = new Set(["ECONNRESET", "EPIPE", "ERR_STREAM_PREMATURE_CLOSE"]);

function isCut(error: unknown): boolean {
  const cause: unknown = error instanceof HttpError ? error.error : undefined;
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" && cut.has(cause.code);
}

/** By the names of the library's fetch: an answer that is no JSON, or has no end. */
const isUnreadable = (cause: unknown) =>
  cause instanceof Error && "type" in cause && (cause.type === "invalid-json" || cause.type === "max-size");

function ours(error: unknown, late: boolean): Error {
  if (error instanceof GrammyError) {
    const { retry_after, migrate_to_chat_id } = error.parameters;
    if (error.error_code >= 500)
      return new SegueError("Unavailable", { service: "telegram", why: "status", status: error.error_code });
    return new Refused(error.method, error.error_code, error.description, {
      ...(retry_after === undefined ? {} : { retryAfterMs: retry_after * 1000 }),
      ...(migrate_to_chat_id === undefined ? {} : { movedTo: migrate_to_chat_id }),
    });
  }
  if (error instanceof HttpError) {
    const cause: unknown = error.error;
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (typeof code === "string" && neverSent.has(code))
      return new SegueError("Unavailable", { service: "telegram", why: "connection" });
    const why = late ? "timeout" : isUnreadable(cause) ? "malformed" : "connection";
    return new SegueError("Unconfirmed", { action: `telegram: ${why}` });
  }
  return error instanceof SegueError ? error : new SegueError("Unconfirmed", { action: "telegram" });
}
