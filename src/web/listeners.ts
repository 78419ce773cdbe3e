import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Adapter } from "../contracts/adapter.ts";
import type { Clock } from "../contracts/clock.ts";
import { setBaseHeaders } from "./headers.ts";
import { networkOf, type OriginJudge } from "./origin.ts";

export type Listener = NonNullable<Adapter["listener"]>;

const KEEP_ALIVE_MS = 5_000;
const CONNECTIONS = 2_000;
/** So many times as long as a client may take over its headers. */
const SILENT = 12;

/** "/chat/" takes what is under it, "/" and "/hook" only themselves. */
function takes(path: string, wanted: string): boolean {
  return wanted.length > 1 && wanted.endsWith("/") ? path.startsWith(wanted) : path === wanted;
}

function refuse(response: ServerResponse, status: number, words: string): void {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", Connection: "close" });
  response.end(`${words}\n`);
}

/** Ends the hurry of a request that is under way. */
const hurried = new WeakMap<IncomingMessage, () => void>();

/** For a handler that looks itself to how long its body may take, once it knows that it wants it. */
export function letTakeTime(request: IncomingMessage): void {
  hurried.get(request)?.();
}

/** Whoever opens as many as they can leaves room for others. This machine itself may have them all, and who was named a proxy. */
function shareOut(server: Server, perAddress: number, trusts: (address: string) => boolean): void {
  const open = new Map<string, number>();
  server.on("connection", (socket: Socket) => {
    const { remoteAddress: peer, localAddress } = socket;
    if (peer === undefined || peer === localAddress || trusts(peer)) return;
    const address = networkOf(peer);
    const count = open.get(address) ?? 0;
    if (count >= perAddress) {
      socket.destroy();
      return;
    }
    open.set(address, count + 1);
    socket.once("close", () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left === 0) open.delete(address);
      else open.set(address, left);
    });
  });
}

/**
 * One server for all: transports of chat platforms see their requests raw, before anything has read the body (a signature
 * is over its bytes); the rest goes to the pages. A client that sends its headers drop by drop (Slowloris) holds a
 * connection no longer than `slowClientMs`, and a whole request no longer than twice that.
 */
export function createMountedServer(
  listeners: readonly Listener[],
  origin: OriginJudge,
  pages: RequestListener,
  options: { slowClientMs: number; perAddress: number; trusts: (address: string) => boolean; clock: Clock },
): Server {
  const { slowClientMs, clock } = options;
  /** Node's own limit holds for all paths alike. */
  function hurry(request: IncomingMessage): void {
    const { "content-length": length = "0", "transfer-encoding": encoding } = request.headers;
    if (length === "0" && encoding === undefined) return;
    const ended = new AbortController();
    request.once("close", () => ended.abort());
    hurried.set(request, () => ended.abort());
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
    // Who stands before us may have judged by the other one.
    if ((request.headersDistinct.host?.length ?? 0) > 1) {
      refuse(response, 400, "Bad request");
      return;
    }
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
    hurry(request);
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
  // Nothing goes over the line in either direction: whoever asks for much and reads none of it. Open streams have their beat.
  server.timeout = SILENT * slowClientMs;
  shareOut(server, options.perAddress, options.trusts);
  return server;
}
