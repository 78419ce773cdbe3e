import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { validateRequest, validateResponse } from "../rehearsal/openapi.ts";

type RelayedCall = { method: string; path: string; search: URLSearchParams; body: string; status: number };

/**
 * Stands between a client and the false platform, and holds every request of the Web API against its strict description
 * and every answer against the full one. What is wrong is collected, for the test to expect none.
 */
export async function startCheckedRelay(target: () => string) {
  const problems: string[] = [];
  const calls: RelayedCall[] = [];
  let losing = false;

  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const body = Buffer.concat(chunks);
      const url = new URL(incoming.url ?? "/", "http://relay.invalid");
      const isApi = url.pathname.startsWith("/v1/");
      const { method = "GET", headers } = incoming;
      if (isApi) {
        const flat = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
        for (const problem of validateRequest(method, incoming.url ?? "/", flat, body.toString("utf8")))
          problems.push(`${method} ${incoming.url}: ${problem}`);
        // A write without a body must say so, and "resume" must have none.
        if ((method === "PUT" || method === "POST") && body.length === 0 && headers["content-length"] !== "0")
          problems.push(`${method} ${incoming.url}: no Content-Length: 0`);
        if (body.toString("utf8").trim() === "{}") problems.push(`${method} ${incoming.url}: an empty object as body`);
      }
      const onward = request(
        `${target()}${incoming.url}`,
        { method, headers: { ...headers, host: new URL(target()).host } },
        (answer) => {
          const parts: Buffer[] = [];
          answer.on("data", (chunk: Buffer) => parts.push(chunk));
          answer.on("end", () => {
            const text = Buffer.concat(parts).toString("utf8");
            const status = answer.statusCode ?? 0;
            calls.push({ method, path: url.pathname, search: url.searchParams, body: body.toString("utf8"), status });
            if (isApi) problems.push(...problemsOf(method, url, status, answer.headers["content-type"] ?? "", text));
            if (losing && method !== "GET") outgoing.destroy();
            else outgoing.writeHead(status, answer.headers).end(Buffer.concat(parts));
          });
        },
      );
      onward.on("error", () => outgoing.destroy());
      onward.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    problems,
    calls,
    /** While it runs, no answer to a write comes back. */
    async losing<T>(run: () => Promise<T>): Promise<T> {
      losing = true;
      try {
        return await run();
      } finally {
        losing = false;
      }
    },
    clear() {
      problems.length = 0;
      calls.length = 0;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
export type CheckedRelay = Awaited<ReturnType<typeof startCheckedRelay>>;

function problemsOf(method: string, url: URL, status: number, type: string, text: string): string[] {
  // With `fields` an answer is a part of what is described; refusals in plain text are none of it.
  if (url.searchParams.has("fields") || (status >= 400 && !type.startsWith("application/json"))) return [];
  let body: unknown = text === "" ? undefined : text;
  try {
    if (text !== "" && type.startsWith("application/json")) body = JSON.parse(text);
  } catch {
    return [`${method} ${url.pathname} answered no JSON`];
  }
  return validateResponse(method, url.pathname.slice(3), status, body).map(
    (problem) => `${method} ${url.pathname} answered: ${problem}`,
  );
}
