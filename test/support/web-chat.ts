import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createWebChat, type Origin, type WebChatOptions } from "../../adapters/web/index.ts";
import type { Reply } from "../../src/contracts/reply.ts";
import { root } from "../house/source.ts";
import { silentLog } from "./log.ts";

const here: Origin = { address: "127.0.0.1", loopback: true, hostAllowed: true, secure: false };

/** The web chat on a real port of its own, and a client that speaks its program interface. */
export async function openWebChat(options: Partial<WebChatOptions> & Pick<WebChatOptions, "clock">) {
  const adapter = createWebChat({
    log: silentLog,
    origin: () => here,
    locales: `${root}/locales`,
    linkable: true,
    ...options,
  });
  const server: Server = createServer((request, response) => adapter.listener?.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    adapter,
    url,
    server,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export type Heard = { type: string; id: string; reply: Reply; number: string; answers?: string };

/** Reads a server-sent event stream until it is closed. */
export function listen(url: string, user: string, lastSeen?: string) {
  const controller = new AbortController();
  const heard: Heard[] = [];
  const waiting: (() => void)[] = [];
  const opened = Promise.withResolvers<void>();
  const reading = (async () => {
    const response = await fetch(`${url}/chat/events?user=${encodeURIComponent(user)}`, {
      signal: controller.signal,
      headers: lastSeen === undefined ? {} : { "last-event-id": lastSeen },
    });
    let rest = "";
    opened.resolve();
    for await (const chunk of response.body ?? []) {
      rest += Buffer.from(chunk).toString("utf8");
      const parts = rest.split("\n\n");
      rest = parts.pop() ?? "";
      for (const part of parts) {
        const field = (name: string) =>
          part
            .split("\n")
            .find((line) => line.startsWith(`${name}: `))
            ?.slice(name.length + 2);
        const data = field("data");
        if (data !== undefined) heard.push({ ...(JSON.parse(data) as Heard), number: field("id") ?? "" });
      }
      for (const wake of waiting.splice(0)) wake();
    }
  })().catch(() => {});
  return {
    heard,
    opened: opened.promise,
    async until(count: number): Promise<Heard[]> {
      while (heard.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
      return heard;
    },
    async close() {
      controller.abort();
      await reading;
    },
  };
}
