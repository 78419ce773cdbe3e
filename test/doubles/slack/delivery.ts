import { createHmac, randomUUID } from "node:crypto";
import type { Server } from "node:http";
import { acceptSocket, type Socket } from "./websocket.ts";
import type { World } from "./world.ts";

/** The app has three seconds for each; then the person sees an error, or the event is sent again. */
export const deadlineMs = 3_000;

export type Kind = "events_api" | "slash_commands" | "interactive";
export type Envelope = { kind: Kind; payload: Record<string, unknown>; retry?: { num: number; reason: string } };
export type Outcome = { acknowledged: boolean; afterMs: number };

export interface Delivery {
  deliver(envelope: Envelope): Promise<Outcome>;
  close(): void;
}

/** Socket Mode (https://docs.slack.dev/apis/events-api/using-socket-mode). */
export function socketDelivery(world: World): Delivery & {
  /** A new address, good for one connection. */
  open(): string;
  attach(server: Server): void;
  connections(): number;
  /** "refresh" or another reason: the platform's own word for it. */
  disconnect(how: string): void;
  /** Those there are. */
  sockets: ReadonlySet<Pick<Socket, "raw" | "bytes" | "hush">>;
  /** Each connection is ended with that reason as soon as it is made. */
  turnAway(reason: string | undefined): void;
} {
  const tickets = new Set<string>();
  const sockets = new Set<Socket>();
  const waiting = new Map<string, () => void>();
  const known = new Set<string>();
  let away: string | undefined;
  const goodbye = (socket: Socket, reason: string) => socket.send({ type: "disconnect", reason });

  return {
    sockets,
    turnAway(reason) {
      away = reason;
    },
    open() {
      const ticket = randomUUID();
      tickets.add(ticket);
      return `${world.origin.replace("http", "ws")}/link/?ticket=${ticket}&app_id=${world.appId}`;
    },
    attach(server) {
      server.on("upgrade", (request, stream) => {
        const ticket = new URL(request.url ?? "/", "http://localhost").searchParams.get("ticket") ?? "";
        if (!tickets.delete(ticket)) return stream.end("HTTP/1.1 401 Unauthorized\r\n\r\n");
        const socket = acceptSocket(request, stream, {
          message(value) {
            const { envelope_id: id } = value as { envelope_id?: string };
            const acknowledge = waiting.get(id ?? "");
            if (acknowledge) {
              waiting.delete(id ?? "");
              acknowledge();
            } else if (!known.has(id ?? "")) world.violations.push("acknowledged what was never sent");
            else world.violations.push("acknowledged twice or too late");
          },
          closed: () => void sockets.delete(socket),
        });
        sockets.add(socket);
        socket.send({
          type: "hello",
          num_connections: sockets.size,
          connection_info: { app_id: world.appId },
          debug_info: { host: "applink-double", approximate_connection_time: 18_060 },
        });
        if (away !== undefined) goodbye(socket, away);
      });
    },
    connections: () => sockets.size,
    disconnect(how) {
      for (const socket of sockets) {
        if (how === "cut") socket.close("cut");
        else goodbye(socket, how === "refresh" ? "refresh_requested" : how);
      }
    },
    async deliver({ kind, payload, retry }) {
      const [socket] = [...sockets].slice(-1);
      if (!socket) throw new Error("the app is not connected");
      const id = randomUUID();
      known.add(id);
      const acked = new Promise<void>((resolve) => waiting.set(id, resolve));
      socket.send({
        envelope_id: id,
        type: kind,
        payload,
        accepts_response_payload: kind !== "events_api",
        ...(kind === "events_api" ? { retry_attempt: retry?.num ?? 0, retry_reason: retry?.reason ?? "" } : {}),
      });
      const outcome = await raced(world, acked);
      waiting.delete(id);
      return outcome;
    },
    close() {
      for (const socket of sockets) socket.close("cut");
    },
  };
}

/** Signed requests (https://docs.slack.dev/authentication/verifying-requests-from-slack). */
export function httpDelivery(
  world: World,
  to: { url: string; signingSecret: string },
): Delivery & { post(body: string, headers: Record<string, string>): Promise<Response> } {
  const post = (body: string, headers: Record<string, string>) => fetch(to.url, { method: "POST", body, headers });
  return {
    post,
    async deliver({ kind, payload, retry }) {
      const { body, type } = written(kind, payload);
      const request = post(body, {
        "content-type": type,
        ...signed(body, to.signingSecret, world.clock.now()),
        ...(retry ? { "x-slack-retry-num": String(retry.num), "x-slack-retry-reason": retry.reason } : {}),
      });
      let status = 0;
      const outcome = await raced(
        world,
        request.then((response) => {
          status = response.status;
        }),
      );
      return { ...outcome, acknowledged: outcome.acknowledged && status === 200 };
    },
    close() {},
  };
}

export function signed(body: string, secret: string, now: number): Record<string, string> {
  const stamp = String(Math.floor(now / 1000));
  const signature = createHmac("sha256", secret).update(`v0:${stamp}:${body}`).digest("hex");
  return { "x-slack-request-timestamp": stamp, "x-slack-signature": `v0=${signature}` };
}

function written(kind: Kind, payload: Record<string, unknown>): { body: string; type: string } {
  const form = "application/x-www-form-urlencoded";
  if (kind === "events_api") return { body: JSON.stringify(payload), type: "application/json" };
  if (kind === "interactive")
    return { body: new URLSearchParams({ payload: JSON.stringify(payload) }).toString(), type: form };
  const fields = Object.entries(payload).map(([key, value]) => [key, String(value)]);
  return { body: new URLSearchParams(Object.fromEntries(fields)).toString(), type: form };
}

async function raced(world: World, acked: Promise<void>): Promise<Outcome> {
  const from = world.clock.now();
  const timer = new AbortController();
  const late = world.clock.sleep(deadlineMs, timer.signal).then(
    () => false,
    () => false,
  );
  const acknowledged = await Promise.race([acked.then(() => true), late]);
  timer.abort();
  return { acknowledged, afterMs: world.clock.now() - from };
}
