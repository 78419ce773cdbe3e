import { createHash, randomUUID } from "node:crypto";
import formbody from "@fastify/formbody";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { z } from "zod";
import type { Answer } from "../../src/contracts/adapter.ts";
import type { Clock } from "../../src/contracts/clock.ts";
import type { Incoming } from "../../src/contracts/incoming.ts";
import type { Log } from "../../src/contracts/log.ts";
import type { Reply } from "../../src/contracts/reply.ts";
import { decode, idIn, messageSchema, platform, userSchema } from "./decode.ts";
import { encode } from "./encode.ts";
import { cookieName, type Entrance } from "./entrance.ts";
import { assets, entrancePage, loopbackOnlyPage, shellPage } from "./pages.ts";
import type { ChatEvent, Streams } from "./streams.ts";
import { chooseWords, type Words } from "./words.ts";

const bodyBytes = 64 * 1024;
const csp = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  // Cover art comes from wherever the music service keeps it.
  "img-src 'self' data: https: http://127.0.0.1:*",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

type Spoken = Reply & { id: string };

/** The same key always names the same message. */
export function messageId(key: string): string {
  return createHash("sha256").update(key).digest("base64url").slice(0, 22);
}

/** What was said as a later post: the answer to `key`, or something of our own. */
export function post(user: string, id: string, key: string, reply: Reply, now: number): ChatEvent {
  const answers = idIn(key, user);
  return { type: "post", id, reply, now, ...(answers === undefined ? {} : { answers }) };
}

export type Deliver = (event: Incoming, answer: Answer) => Promise<void>;

/** The web chat's own routes, ready to be mounted: `app.routing` is a plain request listener. */
export function createRoutes(options: {
  streams: Streams;
  entrance: Entrance;
  clock: Clock;
  log: Log;
  words: ReadonlyMap<string, Words>;
  badge?: string;
  deliver: () => Deliver | undefined;
  kept: (key: string) => Promise<Reply | undefined>;
}): { app: FastifyInstance; amend(id: string, reply: Reply): boolean } {
  const { streams, entrance, clock, log } = options;
  /** Answers of requests that are still open, by message: an edit of one changes the answer itself. */
  const pending = new Map<string, Spoken>();
  const open = (key: string) => {
    const replies: Spoken[] = [];
    return {
      replies,
      add(said: Reply): string {
        // The first answer goes under the event's key, as a post of it after a crash would.
        const made: Spoken = { ...said, id: replies.length === 0 ? messageId(key) : randomUUID() };
        replies.push(made);
        pending.set(made.id, made);
        return made.id;
      },
      close: () => {
        for (const { id } of replies) pending.delete(id);
      },
    };
  };
  const spoken = (request: FastifyRequest) => chooseWords(options.words, request.headers["accept-language"]);
  const app = fastify({ bodyLimit: bodyBytes, requestTimeout: 30_000, logger: false });
  // Only JSON and the entrance form: what a page of another origin can send without asking is refused by its type.
  app.removeContentTypeParser("text/plain");
  app.register(formbody, { bodyLimit: 4096 });

  app.addHook("onSend", async (_request, reply) => {
    reply.headers({
      "content-security-policy": csp,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
    });
  });

  app.addHook("onRequest", async (request, reply) => {
    const path = request.url.split("?")[0];
    const verdict = entrance.judge(request.raw);
    if (verdict === "open") return;
    if (verdict === "wrong_host" || verdict === "wrong_origin")
      return refuse(reply, 403, "Forbidden", "This address may not talk to the chat.");
    if (verdict === "slow_down")
      return refuse(reply, 429, "RateLimited", "Too many wrong tokens from this address. Wait a minute.");
    if (path === "/" || path === "/chat/session" || path?.startsWith("/chat/assets/")) return;
    return verdict === "token_needed"
      ? refuse(reply, 401, "Forbidden", "Send the chat token: Authorization: Bearer …")
      : refuse(reply, 403, "Forbidden", "The web chat is open to this machine only. Set CHAT_TOKEN to open it.");
  });

  app.setErrorHandler((error: Error & { statusCode?: number; code?: string }, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) {
      log.error({ err: error }, "web chat request failed");
      return refuse(reply, 500, "Unavailable", "Something went wrong here. Try again.");
    }
    return refuse(reply, status, "InvalidInput", plainReason(status));
  });
  app.setNotFoundHandler((_request, reply) => refuse(reply, 404, "NotFound", "There is nothing at this address."));

  app.get("/", async (request, reply) => {
    reply.type("text/html; charset=utf-8").header("cache-control", "no-store");
    const verdict = entrance.judge(request.raw);
    if (verdict === "token_needed") return reply.code(401).send(entrancePage(spoken(request)));
    if (verdict === "loopback_only") return reply.code(403).send(loopbackOnlyPage(spoken(request)));
    return shellPage(spoken(request), options.badge);
  });

  app.post("/chat/session", async (request, reply) => {
    const { token } = z.object({ token: z.string().max(500).default("") }).parse(request.body ?? {});
    const outcome = entrance.enter(request.raw, token);
    reply.type("text/html; charset=utf-8").header("cache-control", "no-store");
    if (outcome === "wrong" || outcome === "slow_down")
      return reply.code(outcome === "wrong" ? 403 : 429).send(entrancePage(spoken(request), outcome));
    const secure = entrance.origin(request.raw).secure ? "; Secure" : "";
    return reply
      .header("set-cookie", `${cookieName}=${outcome}; HttpOnly; SameSite=Strict; Path=/; Max-Age=2592000${secure}`)
      .redirect("/", 303);
  });

  app.get<{ Params: { name: string } }>("/chat/assets/:name", async (request, reply) => {
    const asset = assets.get(request.params.name);
    if (!asset) return reply.callNotFound();
    return reply.type(asset.type).header("cache-control", "no-cache").send(asset.body);
  });

  app.post("/chat/messages", async (request, reply) => {
    // The entrance form alone is sent as a form.
    if (!/^application\/json\b/i.test(request.headers["content-type"] ?? ""))
      return refuse(reply, 415, "InvalidInput", plainReason(415));
    const message = messageSchema.safeParse(request.body);
    if (!message.success) return refuse(reply, 400, "InvalidInput", describe(message.error));
    const deliver = options.deliver();
    if (!deliver) return refuse(reply, 503, "Unavailable", "Segue is starting or stopping. Try again.");
    const event = decode(message.data, {
      at: clock.now(),
      local: entrance.origin(request.raw).loopback,
      acceptLanguage: request.headers["accept-language"],
    });
    const answers = open(event.key);
    try {
      await deliver(event, {
        async defer() {},
        async reply(said) {
          const id = answers.add(encode(said));
          return { platform, place: event.place, id };
        },
      });
    } finally {
      answers.close();
    }
    // Sent again with the same id: nothing is done anew, and what was answered then is answered again.
    if (answers.replies.length === 0) {
      const kept = await options.kept(event.key);
      if (kept) answers.add(encode(kept));
    }
    // Whoever asked has hung up: the answer comes by the stream instead.
    if (reply.raw.destroyed) {
      for (const said of answers.replies)
        streams.publish(event.place.id, post(event.place.id, said.id, event.key, said, clock.now()));
    }
    return { replies: answers.replies, now: clock.now() };
  });

  app.get("/chat/events", (request: FastifyRequest<{ Querystring: { user?: string } }>, reply: FastifyReply) => {
    const user = userSchema.safeParse(request.query.user);
    if (!user.success) return refuse(reply, 400, "InvalidInput", "user: give the name that your messages carry.");
    reply.hijack();
    streams.attach(user.data, reply.raw, String(request.headers["last-event-id"] ?? "") || undefined);
  });

  return {
    app,
    amend(id, reply) {
      const said = pending.get(id);
      if (said) Object.assign(said, { view: undefined }, encode(reply));
      return said !== undefined;
    },
  };
}

function refuse(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  return reply
    .code(status)
    .type("application/json; charset=utf-8")
    .send(JSON.stringify({ error: { code, message } }));
}

function describe(error: z.ZodError): string {
  const issues = error.issues.flatMap((issue) =>
    issue.code === "invalid_union" ? (issue.errors[0] ?? [issue]) : [issue],
  );
  const [first] = issues;
  if (!first) return "The body is not a message.";
  const field = first.path.join(".");
  return `${field === "" ? "The body" : field}: ${first.message}. Send {"user","text"} or {"user","intent","slots"}.`;
}

function plainReason(status: number): string {
  if (status === 413) return `The body is larger than ${bodyBytes / 1024} KiB.`;
  if (status === 415) return "Send JSON, with content-type application/json.";
  return "The body is not valid JSON.";
}
