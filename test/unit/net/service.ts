import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../../src/clock.ts";
import type { Clock } from "../../../src/contracts/clock.ts";
import type { Store } from "../../../src/contracts/store.ts";
import type { BudgetLimits, CallReport, Http, HttpCall } from "../../../src/net/call.ts";
import { createHttp, type HttpOptions } from "../../../src/net/http.ts";
import { openStore } from "../../../src/store/open.ts";
import { capturedLog } from "../../support/log.ts";

type Seen = { method: string; url: string; headers: IncomingMessage["headers"]; body: string };
export type Handler = (request: IncomingMessage, response: ServerResponse, seen: Seen) => void;

/** A real HTTP server whose answers the test writes, one after the other; the last one stays. */
export async function startService(...handlers: Handler[]) {
  const seen: Seen[] = [];
  let script = handlers;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const call = {
        method: request.method ?? "",
        url: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(parts).toString(),
      };
      seen.push(call);
      const handler = script.length > 1 ? script.shift() : script[0];
      handler?.(request, response, call);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    answer(...next: Handler[]) {
      script = next;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
export type Service = Awaited<ReturnType<typeof startService>>;

export function status(code: number, body: unknown = {}, headers: Record<string, string> = {}): Handler {
  return (_request, response) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    response.writeHead(code, { "Content-Type": "application/json", ...headers });
    response.end(text);
  };
}
export const ok = status(200, { fine: true });
export const quota = (headers: Record<string, string> = {}) =>
  status(429, { error: { status: 429, message: "Too many requests", reason: "QUOTA_EXCEEDED" } }, headers);
export const tooMany = (headers: Record<string, string> = {}) => status(429, "Too many requests", headers);
/** Never answers. */
export const silence: Handler = () => {};
export const reset: Handler = (request) => void request.socket.destroy();

/** A database, a way out over it, and a second way out over the same database, as after a restart. */
export async function openNet(
  options: { clock?: Clock; limits?: Partial<BudgetLimits>; net?: Partial<HttpOptions> } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), "segue-net-"));
  const { log, lines } = capturedLog();
  const clock = options.clock ?? systemClock;
  const store: Store = await openStore({ url: `sqlite:${folder}/segue.sqlite`, clock, log });
  const reports: CallReport[] = [];
  const opened: Http[] = [];
  const open = (more: Partial<HttpOptions> = {}): Http => {
    const http = createHttp({
      clock,
      log,
      calls: store.calls,
      gates: store.gates,
      limits: () => ({ windowCalls: 1000, windowMs: 30_000, ...options.limits }),
      random: () => 0.1,
      onCall: (report) => reports.push(report),
      ...options.net,
      ...more,
    });
    opened.push(http);
    return http;
  };
  return {
    http: open(),
    open,
    store,
    lines,
    reports,
    async close() {
      for (const http of opened) await http.close();
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export function call(url: string, change: Partial<HttpCall> = {}): HttpCall {
  return {
    service: "Service",
    budget: "app",
    group: "player",
    method: "GET",
    baseUrl: `${url}/v1`,
    path: "/me",
    lane: "controls",
    reason: "test",
    repeat: true,
    ...change,
  };
}

export async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`expected a failure, got ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}
