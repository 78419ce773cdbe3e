import type { Server } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocket, WebSocketServer } from "ws";
import { applicationId, bot, type World } from "./world.ts";

type Session = {
  id: string;
  seq: number;
  sent: { s: number; t: string; d: unknown }[];
  socket?: WebSocket;
  intents: number;
};

/** https://docs.discord.com/developers/events/gateway: which intent lets an event through. */
const intentOf: Record<string, number> = {
  GUILD_CREATE: 1 << 0,
  GUILD_DELETE: 1 << 0,
  PRESENCE_UPDATE: 1 << 8,
  GUILD_MESSAGE: 1 << 9,
  DIRECT_MESSAGE: 1 << 12,
};
const privileged = { presences: 1 << 8, members: 1 << 1, content: 1 << 15 };

/** The gateway: hello, identify, heartbeats, resume, and what is dispatched meanwhile. */
export function createGateway(
  world: World,
  server: Server,
  options: { token: string; url: () => string; allowed: number; guild: (id: string) => unknown; beatMs?: number },
) {
  const sockets = new WebSocketServer({ server, path: "/gateway" });
  const sessions = new Map<string, Session>();
  const state = {
    accepting: true,
    identified: 0,
    resumed: 0,
    attempts: 0,
    /** With this code it ends whoever would be let in. */
    refuses: undefined as number | undefined,
  };
  /** Nothing comes from them any more, and nothing is heard of them, as when a cable is pulled. */
  const still = new WeakSet<WebSocket>();

  function dispatch(session: Session, t: string, d: unknown): void {
    session.seq += 1;
    const packet = { s: session.seq, t, d };
    session.sent.push(packet);
    if (session.socket?.readyState === WebSocket.OPEN && !still.has(session.socket))
      session.socket.send(JSON.stringify({ op: 0, ...packet }));
  }

  function identify(
    socket: WebSocket,
    d: { token: string; intents: number; shard?: [number, number] },
  ): Session | undefined {
    if (state.refuses !== undefined) return void socket.close(state.refuses);
    if (d.token !== options.token) return void socket.close(4004, "Authentication failed.");
    const wanted = d.intents & (privileged.presences | privileged.members | privileged.content);
    if ((wanted & ~options.allowed) !== 0) return void socket.close(4014, "Disallowed intent(s).");
    const session: Session = { id: `s${sessions.size + 1}`, seq: 0, sent: [], socket, intents: d.intents };
    sessions.set(session.id, session);
    state.identified += 1;
    const guilds = [...world.guilds.values()].filter(({ joined }) => joined);
    dispatch(session, "READY", {
      v: 10,
      user: { ...bot, discriminator: "0", avatar: null },
      guilds: guilds.map(({ id }) => ({ id, unavailable: true })),
      session_id: session.id,
      resume_gateway_url: options.url(),
      shard: d.shard ?? [0, 1],
      application: { id: applicationId, flags: 0 },
    });
    for (const { id } of guilds)
      if ((d.intents & (intentOf.GUILD_CREATE ?? 0)) !== 0) dispatch(session, "GUILD_CREATE", options.guild(id));
    return session;
  }

  function resume(socket: WebSocket, d: { token: string; session_id: string; seq: number }): Session | undefined {
    if (state.refuses !== undefined) return void socket.close(state.refuses);
    const session = sessions.get(d.session_id);
    if (!session || d.token !== options.token) return void socket.send(JSON.stringify({ op: 9, d: false }));
    session.socket = socket;
    state.resumed += 1;
    for (const packet of session.sent.filter(({ s }) => s > d.seq)) socket.send(JSON.stringify({ op: 0, ...packet }));
    dispatch(session, "RESUMED", {});
    return session;
  }

  const streams = new Set<Duplex>();
  server.on("upgrade", (_request, stream) => {
    streams.add(stream);
    stream.once("close", () => streams.delete(stream));
  });

  sockets.on("connection", (socket) => {
    state.attempts += 1;
    socket.on("error", () => {});
    if (!state.accepting) return socket.terminate();
    let session: Session | undefined;
    socket.send(JSON.stringify({ op: 10, d: { heartbeat_interval: options.beatMs ?? 41_250 } }));
    socket.on("message", (raw) => {
      if (still.has(socket)) return;
      const { op, d } = JSON.parse(String(raw));
      if (op === 1) return socket.send(JSON.stringify({ op: 11 }));
      if (op === 2) session = session ? void socket.close(4005) : identify(socket, d);
      else if (op === 6) session = resume(socket, d);
      else if (!session) socket.close(4003, "Not authenticated.");
    });
  });

  return {
    state,
    /** To every session whose intents let it through. */
    dispatch(t: string, d: unknown, intent = intentOf[t]): void {
      for (const session of sessions.values())
        if (intent === undefined || (session.intents & intent) !== 0) dispatch(session, t, d);
    },
    intent: intentOf,
    connected: () => [...sockets.clients].filter((socket) => socket.readyState === WebSocket.OPEN).length,
    /** Ends the connections; 4000 and above may be resumed. */
    disconnect(code: number): void {
      for (const socket of sockets.clients) socket.close(code);
    },
    /** Cuts them without a word, as a network does. */
    cut(): void {
      for (const socket of sockets.clients) socket.terminate();
    },
    /** Falls silent on the connections there are, and leaves them open. */
    hush(): void {
      for (const socket of sockets.clients) still.add(socket);
    },
    /** Sends it as it is. */
    raw(frame: string | Buffer): void {
      for (const socket of sockets.clients) socket.send(frame);
    },
    /** Writes bytes below the frames. */
    bytes(bytes: Buffer): void {
      for (const stream of streams) stream.write(bytes);
    },
    forget: () => sessions.clear(),
    close(): void {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
    },
  };
}
