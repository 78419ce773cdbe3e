import { createTelegramChat, type TelegramChatOptions } from "../../../adapters/telegram/index.ts";
import type { Adapter } from "../../../src/contracts/adapter.ts";
import { root } from "../../house/source.ts";
import { silentLog } from "../../support/log.ts";
import { createTelegramDouble } from "./index.ts";
import { createQuickClock } from "./quick-clock.ts";

export const token = "7000001:test-token-that-nobody-may-see";

/** The adapter beside a double of the platform, and how to know when the adapter is done with what it was sent. */
export async function openTelegramChat(
  options: Partial<TelegramChatOptions> = {},
  create = createTelegramChat,
  platformClock = options.clock,
) {
  const clock = options.clock ?? createQuickClock();
  const double = await createTelegramDouble({ token, clock: platformClock ?? clock });
  const remembered = new Map<string, string>();
  const inner = create({
    token,
    apiUrl: double.url,
    clock,
    log: silentLog,
    locales: `${root}/locales`,
    kept: {
      get: async (name) => remembered.get(name),
      set: async (name, value) => void remembered.set(name, value),
    },
    ...options,
  });
  let inHand = 0;
  const waiting: (() => void)[] = [];
  const adapter: Adapter = {
    ...inner,
    start: (host, signal) =>
      inner.start(
        {
          ...host,
          async deliver(event, answer) {
            inHand += 1;
            try {
              await host.deliver(event, answer);
            } finally {
              inHand -= 1;
              for (const wake of waiting.splice(0)) wake();
            }
          },
        },
        signal,
      ),
  };
  return {
    double,
    adapter,
    clock,
    /** Resolves when the update is confirmed and core is done with it. */
    async settled(update: number): Promise<void> {
      await double.updates.confirmed(update);
      while (inHand > 0) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}
