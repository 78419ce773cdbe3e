import type { IncomingMessage, ServerResponse } from "node:http";
import { checkCommands } from "./check-commands.ts";
import { createInteractionDesk } from "./interactions.ts";
import { createMessages } from "./messages.ts";
import { Refusal, refusals } from "./refusal.ts";
import { applicationId, bot, flags, type Guild, type World, wireMessage } from "./world.ts";

/** What goes wrong on purpose: the next `times` requests that match are answered like this. */
export type Fault = {
  match: RegExp;
  times: number;
  /** Absent: only late, when `until` resolves. */
  status?: number;
  until?: Promise<void>;
  body?: unknown;
  headers?: Record<string, string>;
  /** The request is done all the same; only its answer is lost. */
  done?: boolean;
};
export type Call = { method: string; path: string; body: unknown };
type Ask = { parts: string[]; body: unknown; files: string[]; query: URLSearchParams };
type Answer = { status: number; body?: unknown };
type Route = [method: string, path: RegExp, handle: (ask: Ask) => Answer, open?: boolean];

/** Discord's HTTP interface, as far as a chat needs it, with what it refuses and how fast it may be asked. */
export function createRest(
  world: World,
  options: { token: string; gatewayUrl: () => string; shards: number; posts: { limit: number; perMs: number } },
) {
  const messages = createMessages(world);
  const desk = createInteractionDesk(world, messages);
  const calls: Call[] = [];
  const faults: Fault[] = [];
  const violations: string[] = [];
  const files = new Map<string, { bytes: Uint8Array; status: number }>();
  const buckets = new Map<string, { left: number; until: number }>();

  const ok = (body?: unknown): Answer => (body === undefined ? { status: 204 } : { status: 200, body });
  const own = (channel: string | undefined, id: string | undefined) => {
    const message = messages.find(id);
    if (message.channelId !== channel || (message.flags & flags.ephemeral) !== 0) throw refusals.unknown("Message");
    if (message.authorId !== bot.id) throw refusals.foreign();
    return message;
  };
  const guild = (id: string | undefined): Guild => {
    const found = world.guilds.get(id ?? "");
    if (!found?.joined) throw refusals.unknown("Guild");
    return found;
  };
  const edited = (message: ReturnType<typeof messages.find>, ask: Ask) => {
    messages.change(message, ask.body, ask.files);
    return ok(wireMessage(world, message));
  };

  const routes: Route[] = [
    [
      "GET",
      /^\/gateway\/bot$/,
      () =>
        ok({
          url: options.gatewayUrl(),
          shards: options.shards,
          session_start_limit: { total: 1000, remaining: 999, reset_after: 0, max_concurrency: 16 },
        }),
    ],
    [
      "PUT",
      /^\/applications\/(\d+)\/commands$/,
      ({ parts, body }) => {
        if (parts[0] !== applicationId) throw refusals.access();
        world.commands = checkCommands(body);
        world.registrations += 1;
        return ok(world.commands);
      },
    ],
    [
      "POST",
      /^\/users\/@me\/channels$/,
      ({ body }) => {
        const id = String(Reflect.get(Object(body), "recipient_id"));
        if (!world.users.has(id)) throw refusals.unknown("User");
        return ok({ id: world.directChannel(id).id, type: 1 });
      },
    ],
    [
      "POST",
      /^\/channels\/(\d+)\/messages$/,
      ({ parts, body, files }) => ok(wireMessage(world, messages.post(parts[0] ?? "", body, files))),
    ],
    ["PATCH", /^\/channels\/(\d+)\/messages\/(\d+)$/, (ask) => edited(own(ask.parts[0], ask.parts[1]), ask)],
    ["POST", /^\/channels\/(\d+)\/typing$/, () => ok()],
    [
      "PUT",
      /^\/channels\/(\d+)\/messages\/(\d+)\/reactions\/([^/]+)\/@me$/,
      ({ parts }) => {
        messages.find(parts[1]).reactions.push(parts[2] ?? "");
        return ok();
      },
    ],
    [
      "GET",
      /^\/guilds\/(\d+)$/,
      ({ parts }) => {
        const { id, name, ownerId, roles } = guild(parts[0]);
        return ok({ id, name, owner_id: ownerId, roles });
      },
    ],
    [
      "GET",
      /^\/guilds\/(\d+)\/members\/(\d+)$/,
      ({ parts }) => {
        const member = guild(parts[0]).members.get(parts[1] ?? "");
        if (!member) throw refusals.unknown("Member");
        return ok({ ...member, user: world.users.get(parts[1] ?? "") });
      },
    ],
    [
      "POST",
      /^\/interactions\/(\d+)\/([^/]+)\/callback$/,
      ({ parts, body, files, query }) => {
        const made = desk.answer(parts[0], parts[1], body, files);
        return query.get("with_response") === "true" ? ok(made) : ok();
      },
      true,
    ],
    [
      "POST",
      /^\/webhooks\/\d+\/([^/]+)$/,
      ({ parts, body, files }) => ok(wireMessage(world, desk.followUp(parts[0], body, files))),
      true,
    ],
    [
      "GET",
      /^\/webhooks\/\d+\/([^/]+)\/messages\/([^/]+)$/,
      ({ parts }) => ok(wireMessage(world, desk.message(parts[0], parts[1]))),
      true,
    ],
    [
      "PATCH",
      /^\/webhooks\/\d+\/([^/]+)\/messages\/([^/]+)$/,
      (ask) => edited(desk.message(ask.parts[0], ask.parts[1]), ask),
      true,
    ],
    [
      "DELETE",
      /^\/webhooks\/\d+\/([^/]+)\/messages\/([^/]+)$/,
      ({ parts }) => {
        messages.remove(desk.message(parts[0], parts[1]));
        return ok();
      },
      true,
    ],
  ];

  /** Five posts in five seconds in a channel, or as the test says; told in the headers of every answer. */
  function bucket(method: string, path: string): Record<string, string> {
    const channel = /^\/channels\/(\d+)\/messages/.exec(path)?.[1];
    if (!channel || method === "PUT") return {};
    const id = `${method} ${channel}`;
    const now = performance.now();
    const known = buckets.get(id);
    const state = known && known.until > now ? known : { left: options.posts.limit, until: now + options.posts.perMs };
    buckets.set(id, state);
    const after = String((state.until - now) / 1000);
    const headers = {
      "x-ratelimit-bucket": `b${method}`,
      "x-ratelimit-limit": String(options.posts.limit),
      "x-ratelimit-remaining": String(Math.max(0, state.left - 1)),
      "x-ratelimit-reset-after": after,
    };
    if (state.left <= 0) {
      const body = { code: 0, message: "You are being rate limited.", retry_after: Number(after), global: false };
      throw new Refusal(429, body, { ...headers, "retry-after": after, "x-ratelimit-scope": "user" });
    }
    state.left -= 1;
    return headers;
  }

  async function read(request: IncomingMessage): Promise<{ body: unknown; files: string[] }> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const raw = Buffer.concat(chunks);
    const type = request.headers["content-type"] ?? "";
    if (!type.startsWith("multipart/"))
      return { body: raw.length > 0 ? JSON.parse(raw.toString("utf8")) : undefined, files: [] };
    const form = await new Response(raw, { headers: { "content-type": type } }).formData();
    const files = [...form].flatMap(([key, value]) =>
      key.startsWith("files[") && value instanceof File ? [value.name] : [],
    );
    return { body: JSON.parse(String(form.get("payload_json"))), files };
  }

  async function handle(request: IncomingMessage): Promise<Answer & { headers: Record<string, string> }> {
    const url = new URL(request.url ?? "/", "http://double");
    const path = url.pathname.replace(/^\/api\/v10/, "");
    const method = request.method ?? "GET";
    const given = await read(request);
    calls.push({ method, path, body: given.body });
    const fault = faults.find((each) => each.times > 0 && each.match.test(`${method} ${path}`));
    if (fault) fault.times -= 1;
    if (fault?.status && !fault.done)
      return { status: fault.status, body: fault.body ?? {}, headers: fault.headers ?? {} };
    const route = routes.find(([verb, form]) => verb === method && form.test(path));
    if (!route) return { status: 404, body: { code: 0, message: "404: Not Found" }, headers: {} };
    if (!route[3] && request.headers.authorization !== `Bot ${options.token}`) throw refusals.unauthorized();
    const headers = bucket(method, path);
    const [, ...parts] = route[1].exec(path) ?? [];
    const answer = route[2]({ parts: parts.map(decodeURIComponent), ...given, query: url.searchParams });
    await fault?.until;
    return fault?.status ? { status: fault.status, body: fault.body ?? {}, headers: {} } : { ...answer, headers };
  }

  function respond(response: ServerResponse, status: number, body: unknown, headers: Record<string, string>): void {
    response.writeHead(status, { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  }

  return {
    calls,
    faults,
    violations,
    files,
    messages,
    listen(request: IncomingMessage, response: ServerResponse): void {
      const file = files.get(request.url ?? "");
      if (file) {
        response.writeHead(file.status, { "content-length": file.bytes.byteLength }).end(file.bytes);
        return;
      }
      handle(request).then(
        ({ status, body, headers }) => respond(response, status, body, headers),
        (error: unknown) => {
          const message = error instanceof Error ? error.message : String(error);
          violations.push(`${request.method} ${request.url?.replace(/token-\d+/, "…")}: ${message}`);
          if (error instanceof Refusal) respond(response, error.status, error.body, error.headers);
          else respond(response, 500, { code: 0, message: String(error) }, {});
        },
      );
    },
  };
}
