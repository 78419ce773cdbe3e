import { join } from "node:path";
import { createDiscordChat, type DiscordChatOptions } from "../../../adapters/discord/index.ts";
import type { Adapter, Answer, Host } from "../../../src/contracts/adapter.ts";
import type { Clock } from "../../../src/contracts/clock.ts";
import type { Incoming } from "../../../src/contracts/incoming.ts";
import { hostWith } from "../../support/host.ts";
import { silentLog } from "../../support/log.ts";
import { createDiscordDouble, type DiscordDouble, token } from "./server.ts";

export const locales = join(import.meta.dirname, "../../../locales");

/** An adapter that talks to a double, and what core would see of it. */
export type Chat = {
  double: DiscordDouble;
  adapter: Adapter;
  heard: Incoming[];
  kept: Map<string, string>;
  /** What core does with an event; nothing unless a test says so. */
  respond: (event: Incoming, answer: Answer) => Promise<void>;
  start(): Promise<void>;
  /** Does it, and waits until core is done with what comes of it. */
  after<T>(act: () => T): Promise<T>;
  stop(): Promise<void>;
};

export async function openChat(
  clock: Clock,
  more: {
    options?: Partial<DiscordChatOptions>;
    host?: Partial<Host>;
    double?: Parameters<typeof createDiscordDouble>[1];
  } = {},
): Promise<Chat> {
  const double = await createDiscordDouble(clock, more.double);
  const ending = new AbortController();
  const kept = new Map<string, string>();
  let done = 0;
  const adapter = createDiscordChat({
    token,
    apiUrl: double.apiUrl,
    clock,
    log: silentLog,
    locales,
    kept: {
      get: async (key) => kept.get(key),
      set: async (key, value) => {
        kept.set(key, value);
      },
    },
    ...more.options,
  });
  const tracked =
    (deliver: Host["deliver"]): Host["deliver"] =>
    async (event, answer) => {
      try {
        await deliver(event, answer);
      } finally {
        done += 1;
      }
    };
  const chat: Chat = {
    double,
    kept,
    heard: [],
    respond: async () => {},
    adapter: {
      ...adapter,
      start: (host, signal) => adapter.start({ ...host, deliver: tracked(host.deliver) }, signal),
    },
    start: () =>
      chat.adapter.start(
        hostWith(async (event, answer) => {
          chat.heard.push(event);
          await chat.respond(event, answer);
        }, more.host),
        ending.signal,
      ),
    async after(act) {
      const before = done;
      const result = act();
      await until(() => done > before);
      return result;
    },
    async stop() {
      ending.abort();
      await adapter.stop?.();
      await double.stop();
    },
  };
  return chat;
}

/** Waits on real input and output; fails rather than hang. */
export async function until(holds: () => boolean, withinMs = 5_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not so within ${withinMs} ms: ${holds}`);
    await new Promise<void>((resolve) => setTimeout(resolve, 2));
  }
}

/** Resolves when no answer has come for a while: what should not happen has had its chance to. */
export async function quiet(chat: Chat, forMs = 60): Promise<void> {
  let calls = -1;
  while (calls !== chat.double.calls.length) {
    calls = chat.double.calls.length;
    await new Promise<void>((resolve) => setTimeout(resolve, forMs));
  }
}
