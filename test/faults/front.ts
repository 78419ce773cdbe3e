import { createServer, type IncomingMessage, type ServerResponse, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../../src/contracts/clock.ts";
import { type Strike, spoilt } from "./strikes.ts";

type Honest = { status: number; headers: Record<string, string>; text: string };
type Call = { method: string; path: string; body: string };
/** Which calls are struck, and how; those after the first `times` pass. */
type Aim = { hits(call: Call): boolean; strike: Strike; times: number };

const trickleMs = 5_000;
const dayMs = 24 * 60 * 60_000;

/**
 * Stands before a service, over real sockets: passes what is not struck, and remembers what the service answered, so that it
 * is asked once for each thing and what it holds stays as it was. Holds what is silent until the other side leaves.
 */
export async function openFront(options: {
  upstream: (call: Call, headers: IncomingMessage["headers"]) => Promise<Honest>;
}) {
  const known = new Map<string, Honest>();
  const seen: string[] = [];
  /** Of the calls that were struck: those that the service has done something for. */
  const front = { held: 0, hit: 0, done: 0 };
  let aim: Aim | undefined;
  let clock: Clock | undefined;

  async function honest(call: Call, headers: IncomingMessage["headers"]): Promise<Honest> {
    const key = `${call.method} ${call.path} ${call.body}`;
    const answer = known.get(key) ?? (await options.upstream(call, headers));
    if (answer.status < 300) known.set(key, answer);
    return answer;
  }

  /** Until the other side leaves, or for so long. */
  function hold(response: ServerResponse, ms?: number): Promise<void> {
    front.held += 1;
    const left = new AbortController();
    const gone = new Promise<void>((resolve) => {
      response.once("close", () => {
        left.abort();
        resolve();
      });
    });
    const waited = ms === undefined || !clock ? gone : clock.sleep(ms, left.signal).catch(() => {});
    return Promise.race([gone, waited]).finally(() => {
      front.held -= 1;
    });
  }

  async function trickle(response: ServerResponse, text: string): Promise<void> {
    for (const letter of text) {
      if (response.destroyed) return;
      response.write(letter);
      await hold(response, trickleMs);
    }
    response.end();
  }

  async function strike(by: Strike, call: Call, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (by.how === "silence") return hold(response);
    if (by.how === "reset") return void request.socket.destroy();
    if (by.how === "answer") {
      response.writeHead(by.status, { "content-type": by.type ?? "application/json", ...by.headers });
      return void response.end(by.text);
    }
    front.done += 1;
    const { status, headers, text } = await honest(call, request.headers);
    if (by.how === "lost") return void request.socket.destroy();
    if (by.how === "skew") {
      const date = new Date((clock?.now() ?? 0) + dayMs).toUTCString();
      return void response.writeHead(status, { ...headers, date }).end(text);
    }
    const type = { "content-type": headers["content-type"] ?? "application/json" };
    // Where nothing is said, what is said wrongly is words.
    response.writeHead(status === 204 ? 200 : status, type);
    if (by.how === "trickle") return trickle(response, text === "" ? '{"slow":true}' : text);
    if (by.how === "spoil") response.end(spoilt(text === "" ? '{"nothing":1}' : text, by.body));
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on("error", () => response.destroy());
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { method = "GET", url = "/" } = request;
    const call = { method, path: url, body: Buffer.concat(parts).toString("utf8") };
    seen.push(`${method} ${url}`);
    if (aim?.hits(call)) {
      front.hit += 1;
      if (front.hit <= aim.times) return strike(aim.strike, call, request, response);
      front.done += 1;
    }
    const { status, headers, text } = await honest(call, request.headers);
    response.writeHead(status, headers).end(text);
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    front,
    /** From now on, with nothing counted yet; `clock` is the one that what is slow goes by. */
    aim(next: Aim | undefined, by: Clock): void {
      aim = next;
      clock = by;
      seen.length = 0;
      Object.assign(front, { hit: 0, done: 0 });
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
export type Front = Awaited<ReturnType<typeof openFront>>;

/** The service behind: any HTTP server, asked as the caller asked. */
export function passTo(origin: string) {
  return ({ method, path, body }: Call, headers: IncomingMessage["headers"]): Promise<Honest> =>
    new Promise((resolve, reject) => {
      const { host: _, ...rest } = headers;
      const asked = send(`${origin}${path}`, { method, headers: { ...rest, connection: "close" } }, (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.on("error", reject);
        answer.on("end", () => {
          const type = answer.headers["content-type"];
          resolve({
            status: answer.statusCode ?? 500,
            headers: type === undefined ? {} : { "content-type": type },
            text: Buffer.concat(parts).toString("utf8"),
          });
        });
      });
      asked.on("error", reject);
      asked.end(body);
    });
}
