import { afterEach } from "vitest";
import { createRehearsalSpotify, type RehearsalOptions, type RehearsalSpotify } from "../../src/rehearsal/index.ts";
import { createFakeClock, type FakeClock } from "../fakes/clock.ts";
import { type Mode, validateResponse } from "./openapi.ts";

interface Answer {
  status: number;
  headers: Headers;
  /** Parsed JSON, text, or undefined when there was no body. */
  body: unknown;
}

interface CallOptions {
  body?: unknown;
  token?: string;
  headers?: Record<string, string>;
  /** Answers that are meant to be spoilt or to be no JSON are not checked against the description. */
  unchecked?: boolean;
}

/** A false platform on a fake clock, and a client that checks every answer against the description. */
export interface Stand {
  clock: FakeClock;
  server: RehearsalSpotify;
  token(userId?: string, scopes?: readonly string[]): string;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** The same, and the parsed body as what the test takes it for. */
  get<T = Record<string, unknown>>(path: string, options?: CallOptions): Promise<T>;
}

const open: RehearsalSpotify[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

/** People of the default cast: Premium with every kind of device, Premium, free, and not on the allowlist. */
export const MIA = "mia.rehearsal";
export const JONAS = "jonas.rehearsal";
export const SAM = "sam.rehearsal";
export const FARID = "farid.rehearsal";

/** Starts a server that is closed after the test. */
export async function stand(options: Partial<RehearsalOptions> = {}): Promise<Stand> {
  const clock = createFakeClock();
  const server = await createRehearsalSpotify({
    clock,
    log: (entry) => {
      throw new Error(`the server failed inside: ${JSON.stringify(entry)}`);
    },
    ...options,
  });
  open.push(server);
  const mode: Mode = options.app?.mode ?? "development";
  const token = (userId = MIA, scopes?: readonly string[]) =>
    server.control.grant(userId, scopes === undefined ? {} : { scopes }).access_token;
  // Made when first needed: having a token means having agreed.
  let usual: string | undefined;

  async function call(method: string, path: string, given: CallOptions = {}): Promise<Answer> {
    usual ??= given.token === undefined ? token() : undefined;
    const bearer = given.token ?? usual;
    const json = given.body === undefined ? {} : { "content-type": "application/json" };
    const response = await fetch(`${server.apiUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${bearer}`, ...json, ...given.headers },
      ...(given.body === undefined
        ? {}
        : { body: typeof given.body === "string" ? given.body : JSON.stringify(given.body) }),
    });
    const text = await response.text();
    const isJson = (response.headers.get("content-type") ?? "").startsWith("application/json");
    const body: unknown = text === "" ? undefined : isJson && given.unchecked !== true ? JSON.parse(text) : text;
    if (given.unchecked !== true) {
      const problems = validateResponse(method, path.split("?")[0] ?? "", response.status, body, mode);
      if (problems.length > 0)
        throw new Error(
          `${method} ${path} ${response.status}:\n${problems.slice(0, 10).join("\n")}\n${text.slice(0, 400)}`,
        );
    }
    return { status: response.status, headers: response.headers, body };
  }

  return {
    clock,
    server,
    token,
    call,
    async get<T>(path: string, given: CallOptions = {}) {
      const answer = await call("GET", path, given);
      if (answer.status !== 200)
        throw new Error(`GET ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
      return answer.body as T;
    },
  };
}

/** Reads what a test needs from a nested answer: `at(body, "error", "reason")`. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>(
    (place, key) =>
      typeof place === "object" && place !== null ? (place as Record<string | number, unknown>)[key] : undefined,
    value,
  );
}
