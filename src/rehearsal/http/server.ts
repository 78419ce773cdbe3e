import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { answerAuthorize, answerConsent, answerLogin, answerSignIn, answerSignOut } from "../accounts/authorize.ts";
import { frontPage } from "../accounts/pages.ts";
import { answerToken } from "../accounts/token.ts";
import { answerApi, peekToken } from "../api/gate.ts";
import type { RouteTable } from "../api/route-table.ts";
import { answerControl } from "../control/http.ts";
import { corrupt, faultReply } from "../faults/corrupt.ts";
import type { Effect } from "../faults/rule.ts";
import { answerImage } from "../images.ts";
import type { Stage } from "../stage.ts";
import { type Exchange, html, json, Refused, type Reply, text } from "./exchange.ts";
import { readBody } from "./read-body.ts";
import { writeReply } from "./write-reply.ts";

export interface HttpServer {
  /** The port it listens on. */
  readonly port: number;
  close(): Promise<void>;
}

/** Listens, and answers until it is closed. Rejects when the port is taken. */
export async function listen(stage: Stage, table: RouteTable, at: { host: string; port: number }): Promise<HttpServer> {
  const closing = new AbortController();
  const server = createServer((request, response) => {
    void serve(stage, table, request, response, closing.signal);
  });
  // Longer than any client keeps an idle connection, so that it is never the server that closes one about to be used.
  server.keepAliveTimeout = 75_000;
  await started(server, at);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        closing.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function started(server: Server, at: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(at.port, at.host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function serve(
  stage: Stage,
  table: RouteTable,
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  response.on("error", () => response.destroy());
  try {
    const exchange = await readExchange(request);
    if (exchange.path.startsWith("/_control/"))
      return await send(stage, response, exchange, await answerControl(stage, exchange), undefined, signal);
    const target = describe(stage, table, exchange);
    const effect = target.counted ? stage.faults.take(target) : undefined;
    if (effect?.delayMs !== undefined) await stage.world.clock.sleep(effect.delayMs, signal);
    const reply = replyUnder(effect, () => answer(stage, table, exchange));
    if (target.counted) {
      const { counted: _, ...call } = target;
      const route = `${target.method} ${target.route ?? "(no such route)"}`;
      const logged = { ...call, route, at: stage.world.clock.now(), status: reply?.status ?? 0 };
      stage.calls.record(logged);
      stage.onCall?.(logged, request);
    }
    if (reply === undefined) response.destroy();
    else await send(stage, response, exchange, reply, effect, signal);
  } catch (error) {
    const left = request.destroyed && !request.complete;
    if (signal.aborted || left || response.headersSent) response.destroy();
    else
      await send(
        stage,
        response,
        undefined,
        error instanceof Refused ? error.reply : unexpected(stage, error),
        undefined,
        signal,
      );
  }
}

function send(
  stage: Stage,
  response: ServerResponse,
  exchange: Exchange | undefined,
  reply: Reply,
  effect: Effect | undefined,
  signal: AbortSignal,
) {
  return writeReply(response, reply, {
    clock: stage.world.clock,
    effect,
    bodyless: exchange?.method === "HEAD",
    signal,
  });
}

/** The answer as the fault lets it be; undefined where the connection is to be dropped without one. */
function replyUnder(effect: Effect | undefined, answerIt: () => Reply): Reply | undefined {
  if (effect?.drop === "before") return undefined;
  const { status } = effect ?? {};
  const invented = effect === undefined || status === undefined ? undefined : faultReply({ ...effect, status });
  const honest = invented === undefined || effect?.applied ? answerIt() : undefined;
  if (effect?.drop === "after") return undefined;
  const reply = invented ?? honest;
  return reply === undefined || effect?.corrupt === undefined ? reply : corrupt(reply, effect.corrupt);
}

async function readExchange(request: IncomingMessage): Promise<Exchange> {
  const url = URL.parse(request.url ?? "", "http://rehearsal.invalid");
  if (url === null || url.origin !== "http://rehearsal.invalid") throw new Refused(text(400, "Bad Request"));
  return {
    method: request.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body: await readBody(request),
  };
}

/** Who calls what, for faults and counts. Only the Web API and the token endpoint are counted. */
function describe(stage: Stage, table: RouteTable, exchange: Exchange) {
  const { method, path } = exchange;
  const token = peekToken(stage.world, exchange);
  const isToken = path === "/api/token";
  return {
    method,
    path,
    route: isToken ? path : table.nameOf(path),
    userId: token?.grant?.userId,
    clientId: token?.clientId,
    counted: isToken || path === "/v1" || path.startsWith("/v1/"),
  };
}

function answer(stage: Stage, table: RouteTable, exchange: Exchange): Reply {
  try {
    return dispatch(stage, table, exchange);
  } catch (error) {
    return error instanceof Refused ? error.reply : unexpected(stage, error);
  }
}

function dispatch({ world }: Stage, table: RouteTable, exchange: Exchange): Reply {
  const { method, path } = exchange;
  if (path === "/v1" || path.startsWith("/v1/")) return answerApi(world, table, exchange);
  const reads = method === "GET" || method === "HEAD";
  if (path.startsWith("/image/") && reads) return answerImage(world, exchange);
  switch (`${method} ${path}`) {
    case "POST /api/token":
      return answerToken(world, exchange);
    case "GET /authorize":
      return answerAuthorize(world, exchange);
    case "POST /authorize":
      return answerConsent(world, exchange);
    case "GET /login":
      return answerLogin(world, exchange);
    case "POST /login":
      return answerSignIn(world, exchange);
    case "GET /logout":
      return answerSignOut(exchange);
    case "GET /":
      return html(200, frontPage());
    default:
      return text(404, "Not Found");
  }
}

function unexpected(stage: Stage, error: unknown): Reply {
  stage.log?.({
    event: "rehearsal.failed",
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
  return json(500, { error: { status: 500, message: "Server error" } });
}
