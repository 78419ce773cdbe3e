import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { Adapter } from "../contracts/adapter.ts";
import type { Clock } from "../contracts/clock.ts";
import { setBaseHeaders } from "./headers.ts";
import type { OriginJudge } from "./origin.ts";

export type Listener = NonNullable<Adapter["listener"]>;

const KEEP_ALIVE_MS = 5_000;
const CONNECTIONS = 2_000;

/** "/chat/" takes what is under it, "/" and "/hook" only themselves. */
function takes(path: string, wanted: string): boolean {
  return wanted.length > 1 && wanted.endsWith("/") ? path.startsWith(wanted) : path === wanted;
}

function refuse(response: ServerResponse, status: number, words: string): void {
  response.writeHead(status, {
    "Content-Type": "text/plain; charset=utf-8",
    "Cache-Control": "no-store",
    Connection: "close",
  });
  response.end(`${words}\n`);
}

/**
 * One server for all: transports of chat platforms see their requests raw, before anything has read the body (a signature
 * is over its bytes); the rest goes to the pages. A client that sends its headers drop by drop (Slowloris) holds a
 * connection no longer than `slowClientMs`, and a whole request no longer than twice that, but for `patient` paths, whose
 * handlers look to it themselves.
 */
export function createMountedServer(
  listeners: readonly Listener[],
  origin: OriginJudge,
  pages: RequestListener,
  { slowClientMs, patient, clock }: { slowClientMs: number; patient: readonly string[]; clock: Clock },
): Server {
  /** Node's own limit holds for all paths alike. */
  function hurry(request: IncomingMessage): void {
    const { "content-length": length = "0", "transfer-encoding": encoding } = request.headers;
    if (length === "0" && encoding === undefined) return;
    const ended = new AbortController();
    request.once("close", () => ended.abort());
    clock.sleep(2 * slowClientMs, ended.signal).then(
      () => {
        if (!request.complete) request.socket.destroy();
      },
      () => undefined,
    );
  }

  function dispatch(request: IncomingMessage, response: ServerResponse): void {
    setBaseHeaders(response);
    const url = request.url ?? "";
    // An absolute address asks for a proxy, which this is not.
    if (!url.startsWith("/")) {
      refuse(response, 400, "Bad request");
      return;
    }
    if (!origin(request).hostAllowed) {
      refuse(
        response,
        421,
        "This server does not answer to that name. Its operator sets PUBLIC_URL to the one in use.",
      );
      return;
    }
    const path = url.split("?", 1)[0] ?? "";
    if (!patient.some((wanted) => takes(path, wanted))) hurry(request);
    const listener = listeners.find(({ paths }) => paths.some((wanted) => takes(path, wanted)));
    if (listener) listener.handle(request, response);
    else pages(request, response);
  }

  const server = createServer(
    {
      headersTimeout: slowClientMs,
      requestTimeout: 0,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: Math.ceil(slowClientMs / 5),
    },
    dispatch,
  );
  server.maxConnections = CONNECTIONS;
  return server;
}
