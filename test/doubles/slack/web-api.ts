import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { brokenPicture, keep, messageBlocksOf, methods, Refused } from "./methods.ts";
import { createRates } from "./rate.ts";
import type { World } from "./world.ts";

/** As nginx keeps connections by default: one that is closed while it is used loses a request. */
const idleMs = 75_000;
const responseLifetimeMs = 30 * 60_000;
const maxResponses = 5;

const responseSchema = z.strictObject({
  text: z.string(),
  blocks: z.unknown(),
  thread_ts: z.string().optional(),
  response_type: z.enum(["ephemeral", "in_channel"]).default("ephemeral"),
  // For a press it counts as true when it is missing.
  replace_original: z.boolean(),
  unfurl_links: z.boolean().optional(),
});

/** The HTTP side of the platform: Web API, response addresses, files. */
export async function listenAsSlack(
  world: World,
  openConnection: () => string,
): Promise<{ server: Server; origin: string }> {
  const rates = createRates(world.clock);

  async function api(method: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const args = formOf(await bodyOf(request));
    const token = (request.headers.authorization ?? "").replace(/^Bearer /, "");
    const call = { method, args, error: undefined as string | undefined, at: world.clock.now() };
    world.calls.push(call);
    const refuse = (error: string, more: Record<string, unknown> = {}) => {
      call.error = error;
      reply(response, 200, { ok: false, error, ...more });
    };
    if ("token" in args) world.violations.push(`${method}: the token stood in the body`);
    const fault = world.faults.find((each) => each.method === method);
    if (fault) {
      world.faults.splice(world.faults.indexOf(fault), 1);
      const { answer } = fault;
      if ("hang" in answer) await answer.hang;
      else if ("retryAfter" in answer) {
        call.error = "ratelimited";
        return reply(response, 429, { ok: false, error: "ratelimited" }, { "retry-after": String(answer.retryAfter) });
      } else if ("status" in answer) {
        call.error = String(answer.status);
        return reply(response, answer.status, {});
      } else return refuse(answer.error);
    }
    if (token === "") return refuse("not_authed");
    if (method === "apps.connections.open") {
      if (token !== world.appToken) return refuse("not_allowed_token_type");
      return reply(response, 200, { ok: true, url: openConnection() });
    }
    if (token !== world.botToken) return refuse("invalid_auth");
    const found = methods[method];
    if (!found) return refuse("unknown_method", { req_method: method });
    const needed = found.scopes(world, args).filter((scope) => !world.scopes.includes(scope));
    if (needed.length > 0)
      return refuse("missing_scope", { needed: needed.join(","), provided: world.scopes.join(",") });
    const waitSeconds = rates.refused(method, String(args.channel ?? ""));
    if (waitSeconds !== undefined) {
      call.error = "ratelimited";
      world.violations.push(`${method}: rate limit exceeded`);
      return reply(response, 429, { ok: false, error: "ratelimited" }, { "retry-after": String(waitSeconds) });
    }
    try {
      reply(response, 200, { ok: true, ...found.run(world, args) });
    } catch (error) {
      if (error instanceof Refused) {
        if (/^(invalid_|msg_|no_text)/.test(error.message) && error.detail !== brokenPicture)
          world.violations.push(`${method}: ${error.message} ${error.detail ?? ""}`);
        const messages =
          error.detail === undefined ? {} : { response_metadata: { messages: [`[ERROR] ${error.detail}`] } };
        return refuse(error.message, messages);
      }
      if (!(error instanceof z.ZodError)) throw error;
      world.violations.push(`${method}: ${error.message}`);
      refuse("invalid_arguments");
    }
  }

  /** Where a command's or press's own answers go: five of them within half an hour. */
  async function respond(id: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = responseSchema.safeParse(JSON.parse(await bodyOf(request)));
    const address = world.responseUrls.get(id);
    if (!address) return reply(response, 404, { ok: false, error: "no_url" });
    if (world.clock.now() - address.at > responseLifetimeMs)
      return reply(response, 404, { ok: false, error: "expired_url" });
    if (address.used >= maxResponses) return reply(response, 404, { ok: false, error: "used_url" });
    address.used++;
    const channel = world.channels.get(address.channel);
    if (!body.success || !channel) {
      world.violations.push(`response address: ${body.error?.message}`);
      return reply(response, 400, { ok: false, error: "invalid_payload" });
    }
    const { response_type, replace_original, ...given } = body.data;
    const original =
      address.message === undefined
        ? undefined
        : world.messages.findLast((each) => each.ts === address.message && each.channel === channel.id);
    if (address.threadTs !== undefined && given.thread_ts === undefined)
      world.violations.push("a response left its thread");
    try {
      if (replace_original && original) {
        original.blocks = messageBlocksOf(world, given.blocks);
        original.text = given.text;
      } else keep(world, channel, given, response_type === "ephemeral" ? address.user : undefined);
      reply(response, 200, { ok: true });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.detail !== brokenPicture)
        world.violations.push(`response address: ${error.message} ${error.detail ?? ""}`);
      reply(response, 200, { ok: false, error: error.message });
    }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, room, name = ""] = new URL(request.url ?? "/", "http://localhost").pathname.split("/");
    if (room === "api" && request.method === "POST") return api(name, request, response);
    if (room === "commands" && request.method === "POST") return respond(name, request, response);
    if (room === "upload" && request.method === "POST") {
      const upload = world.uploads.get(name);
      const bytes = await bytesOf(request);
      if (!upload || bytes.byteLength !== upload.length) return reply(response, 400, {});
      upload.bytes = bytes;
      response.writeHead(200).end(`OK - ${bytes.byteLength}`);
      return;
    }
    if (room === "files") {
      const file = world.files.get(name);
      if (!file || request.headers.authorization !== `Bearer ${world.botToken}`) {
        response.writeHead(200, { "content-type": "text/html" }).end("<html>Sign in</html>");
        return;
      }
      response.writeHead(200, { "content-type": file.mimetype }).end(file.bytes);
      return;
    }
    reply(response, 404, {});
  }

  const server = createServer({ keepAliveTimeout: idleMs }, (request, response) => {
    handle(request, response).catch((error: unknown) => {
      world.violations.push(`the double failed: ${String(error)}`);
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
const bodyOf = async (request: IncomingMessage): Promise<string> => (await bytesOf(request)).toString();

/** Form fields, of which blocks, unfurls and views are JSON. */
function formOf(body: string): Record<string, unknown> {
  const fields = Object.fromEntries(new URLSearchParams(body));
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      /^[[{]/.test(value) && key !== "text" ? JSON.parse(value) : value,
    ]),
  );
}

function reply(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}
