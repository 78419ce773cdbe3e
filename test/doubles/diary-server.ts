import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { onTestFinished } from "vitest";

export type Asked = {
  method: string;
  path: string;
  query: URLSearchParams;
  body: string;
  headers: IncomingMessage["headers"];
};
export type Said = { status: number; json?: unknown; headers?: Record<string, string> };

/** Is given what closes the server. */
export type Ended = (close: () => Promise<void>) => void;

/** A false diary on a port of its own, for as long as the test runs. What `answer` throws is the test's failure. */
export async function openDiaryServer(
  answer: (asked: Asked) => Said | "hang" | Promise<Said | "hang">,
  ended: Ended = onTestFinished,
): Promise<string> {
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const url = new URL(request.url ?? "/", "http://diary");
    const said = await answer({
      method: request.method ?? "",
      path: url.pathname,
      query: url.searchParams,
      body: Buffer.concat(parts).toString("utf8"),
      headers: request.headers,
    });
    // The connection breaks: whoever asked cannot know what became of it.
    if (said === "hang") return void request.socket.destroy();
    response.writeHead(said.status, { "content-type": "application/json", ...said.headers });
    response.end(said.json === undefined ? "" : JSON.stringify(said.json));
  };
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      response.writeHead(599).end();
      throw error;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ended(
    () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
}
