import { SegueError } from "../../../contracts/errors.ts";
import type { CallOptions, Need, TokenSource } from "../../../contracts/music.ts";
import type { Http } from "../../../net/call.ts";
import { refusalOf } from "./errors.ts";
import { SERVICE } from "./parse.ts";
import type { RemovedRoutes } from "./removed.ts";
import { type Route, type RouteName, routes } from "./routes.ts";

/** The way out: it owns deadlines, limits and retries, and answers coded errors for all but what is interpreted here. */
export type Sender = Pick<Http, "request">;

type Query = Record<string, string | number | boolean | undefined>;

type CallInput = { id?: string; query?: Query; json?: unknown; options?: CallOptions | undefined };
/** Answered instead of a body where the platform says 202: it took the command and has not carried it out yet. */
export const ACCEPTED = Symbol("accepted");

/**
 * One call of one route on behalf of one account. Resolves with the body as JSON where there is any, or with ACCEPTED, and
 * raises coded errors only.
 */
export type Call = (name: RouteName, input?: CallInput) => Promise<unknown>;

type ApiParts = {
  http: Sender;
  /** With its version, without a slash at the end. */
  baseUrl: string;
  budget: string;
  removed: RemovedRoutes;
};

/** Opens the Web API for one holder of tokens. `granted` undefined: what may be asked is not known beforehand. */
export function createCall(
  { http, baseUrl, budget, removed }: ApiParts,
  tokens: TokenSource,
  granted?: readonly Need[],
): Call {
  const send = (name: RouteName, token: string, { id, query, json, options = {} }: CallInput) => {
    const route: Route = routes[name];
    return http.request({
      service: SERVICE,
      budget,
      group: route.group,
      method: route.method,
      baseUrl,
      path: id === undefined ? route.path : route.path.replace("{id}", encodeURIComponent(id)),
      ...(query === undefined ? {} : { query }),
      headers: { Authorization: `Bearer ${token}` },
      ...(json === undefined ? {} : { json }),
      lane: options.lane ?? route.lane,
      reason: options.reason ?? name,
      ...(options.deadlineAt === undefined ? {} : { deadlineAt: options.deadlineAt }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      repeat: route.kind !== "act",
      // Writes answer 204, 202, or 200 with a word that is no JSON: https://github.com/spotify/spotify-web-api-ts-sdk/issues/119
      answer: route.kind === "read" ? "json" : "any",
    });
  };

  return async (name, input = {}) => {
    const route: Route = routes[name];
    const lacking = granted === undefined ? [] : route.needs.filter((need) => !granted.includes(need));
    if (lacking.length > 0) throw new SegueError("MissingScope", { provider: SERVICE, needs: lacking });
    if (removed.has(name)) throw new SegueError("Forbidden", { why: "removed" });

    const signal = input.options?.signal;
    const token = await tokens.token(signal);
    let answer = await send(name, token, input);
    // Refused before anything was done, so a write may be sent again. Which of "missing, invalid, expired" it is, the body
    // never tells; a token is renewed once and not more.
    if (answer.status === 401 && refusalOf(route, answer).code === "Unavailable")
      answer = await send(name, await tokens.renew(token, signal), input);

    if (answer.status === 202) return ACCEPTED;
    if (answer.status >= 200 && answer.status < 300) return answer.json;
    const refusal = refusalOf(route, answer);
    if (isRemoval(refusal)) removed.add(name);
    throw refusal;
  };
}

function isRemoval(error: SegueError): boolean {
  return error.code === "Forbidden" && "why" in error.details && error.details.why === "removed";
}
