import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Clock } from "../../../src/contracts/clock.ts";
import { type Args, readBody } from "./body.ts";
import { createLimits } from "./limits.ts";
import { createMethods, type InlineQuery } from "./methods.ts";
import { createPeople } from "./people.ts";
import { Refusal } from "./refusal.ts";
import { createUpdates } from "./updates.ts";
import { createWorld } from "./world.ts";

export type Call = { method: string; args: Args };
/** What becomes of the next call of a method. */
export type Fate = Refusal | "cut before" | "cut after" | "silence" | { status: number; text: string };

/** As nginx keeps connections by default: one that is closed while it is used loses a request. */
const idleMs = 75_000;

/**
 * The Bot API on a loopback socket, as strict as its documentation: sizes, markup, keyboards, paces, who may be written to, presses
 * and inline queries that are answered once and in time, updates that come until they are confirmed.
 */
export async function createTelegramDouble(options: {
  token: string;
  clock: Clock;
  /** Where a webhook's address really leads: itself by default. */
  reach?: (url: string) => string;
}) {
  const world = createWorld(() => options.clock.now());
  const updates = createUpdates(options.clock, options.reach);
  const violations: string[] = [];
  const calls: Call[] = [];
  const fates = new Map<string, Fate[]>();
  let lasting: { method: RegExp; fate: Fate } | undefined;
  const inlineQueries = new Map<string, InlineQuery>();
  const menus = new Map<string, { command: string; description: string }[]>();
  const actions: { chat: number; action: string }[] = [];
  const sockets = new Set<Socket>();
  let old = false;
  let port = 0;

  const methods = createMethods({
    world,
    updates,
    limits: createLimits(() => options.clock.now()),
    inlineQueries,
    menus,
    actions,
    old: () => old,
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, kind, token, ...rest] = /^\/(file\/)?bot([^/]+)\/(.+)$/.exec(request.url ?? "") ?? [];
    if (token === undefined) return send(response, 404, { ok: false, error_code: 404, description: "Not Found" });
    if (token !== options.token)
      return send(response, 401, { ok: false, error_code: 401, description: "Unauthorized" });
    const name = rest[0] ?? "";
    if (kind) return sendFile(response, name);
    const { args, files } = await readBody(request);
    calls.push({ method: name, args });
    const fate = fates.get(name)?.shift() ?? (lasting?.method.test(name) ? lasting.fate : undefined);
    if (fate === "cut before") return void request.socket.destroy();
    if (fate === "silence") return;
    if (typeof fate === "object" && "text" in fate) return void response.writeHead(fate.status).end(fate.text);
    try {
      if (fate instanceof Refusal) throw fate;
      const method = methods[name];
      if (!method) throw new Refusal(404, "Not Found: method not found");
      const closed = new AbortController();
      response.on("close", () => closed.abort());
      const result = await method(args, files, closed.signal);
      if (fate === "cut after") return void request.socket.destroy();
      send(response, 200, { ok: true, result });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error !== fate) violations.push(`${name}: ${error.message}`);
      send(response, error.code, error.body());
    }
  }

  function sendFile(response: ServerResponse, path: string): void {
    const file = [...world.files.values()].find((each) => each.path === decodeURIComponent(path));
    if (file) response.writeHead(200, { "content-type": "application/octet-stream" }).end(file.bytes);
    else send(response, 404, { ok: false, error_code: 404, description: "Not Found" });
  }

  const server = createServer({ keepAliveTimeout: idleMs }, (request, response) => {
    handle(request, response).catch((error: unknown) => {
      const description = error instanceof Error ? (error.stack ?? error.message) : String(error);
      send(response, 500, { ok: false, error_code: 500, description });
    });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const up = () => new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const down = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  await up();
  port = (server.address() as AddressInfo).port;

  return {
    url: `http://127.0.0.1:${port}`,
    world,
    updates,
    calls,
    /** Every call that was refused for what it said or when it came. */
    violations,
    menus,
    actions,
    inlineQueries,
    ...createPeople({ world, updates, inlineQueries }),
    called: (method: string) => calls.filter((call) => call.method === method),
    /** The next calls of the method end like this, one after the other. */
    fate(method: string, ...next: Fate[]) {
      fates.set(method, [...(fates.get(method) ?? []), ...next]);
    },
    /** Every call of such a method ends like this, until that is taken back. */
    befall(method: RegExp, fate: Fate | undefined) {
      lasting = fate && { method, fate };
    },
    /** A server of before Bot API 10.2. */
    age() {
      old = true;
    },
    openSockets: () => sockets.size,
    /** Cuts the connections there are. */
    hangUp() {
      for (const socket of sockets) socket.destroy();
    },
    down,
    up,
  };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  if (response.destroyed) return;
  const text = JSON.stringify(body);
  // With its length, as the real one: the library takes the end of a chunked answer for a cut when it comes late.
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
  response.writeHead(status, headers).end(text);
}
