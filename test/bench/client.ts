import { Agent, request as send } from "node:http";
import { monotonicMs } from "./monotonic.ts";

export type Response = {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  text: string;
  /** Monotonic ms: just before the request was written, and when its answer had been read. */
  sentAt: number;
  doneAt: number;
};

const answerWithinMs = 40_000;
const idleConnectionMs = 2_000;

/** Plain HTTP over connections that are kept, with as little of its own as possible around what is measured. */
export function createClient() {
  // An idle connection is let go before a server does it: one that is closed while it is used loses the request.
  const agent = new Agent({ keepAlive: true, maxSockets: 256, timeout: idleConnectionMs });

  function request(
    method: string,
    url: string,
    { headers = {}, body }: { headers?: Record<string, string>; body?: string } = {},
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      // A PUT without a body must say so.
      const length = method === "GET" ? {} : { "content-length": String(Buffer.byteLength(body ?? "")) };
      const sentAt = monotonicMs();
      const outgoing = send(url, { method, agent, headers: { ...length, ...headers } }, (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(parts).toString("utf8"),
            sentAt,
            doneAt: monotonicMs(),
          }),
        );
      });
      outgoing.setTimeout(answerWithinMs, () => outgoing.destroy(new Error(`no answer from ${url}`)));
      outgoing.on("error", (cause) => {
        const { origin, pathname } = new URL(url);
        reject(new Error(`${method} ${origin}${pathname}: ${cause.message}`, { cause }));
      });
      outgoing.end(body);
    });
  }

  return {
    request,
    postJson: (url: string, value: unknown) =>
      request("POST", url, { headers: { "content-type": "application/json" }, body: JSON.stringify(value) }),
    close: () => agent.destroy(),
  };
}
export type Client = ReturnType<typeof createClient>;
