import { createDiscordChat } from "../../adapters/discord/index.ts";
import { systemClock } from "../../src/clock.ts";
import { type AdapterUnderTest, adapterSuite } from "../contract/adapter-suite.ts";
import { locales, until } from "../doubles/discord/chat.ts";
import { createDiscordDouble, token } from "../doubles/discord/server.ts";
import { silentLog } from "../support/log.ts";

/** discord.js against the double, over a real socket. */
adapterSuite("discord", async (): Promise<AdapterUnderTest> => {
  const clock = systemClock;
  const double = await createDiscordDouble(clock);
  const anna = double.person("anna");
  const kept = { get: async () => undefined, set: async () => {} };
  const adapter = createDiscordChat({ token, apiUrl: double.apiUrl, clock, log: silentLog, locales, kept });
  let done = 0;
  const after = async (act: () => void) => {
    const before = done;
    act();
    await until(() => done > before);
  };
  return {
    adapter: {
      ...adapter,
      start: (host, signal) =>
        adapter.start(
          {
            ...host,
            async deliver(event, answer) {
              await host.deliver(event, answer);
              done += 1;
            },
          },
          signal,
        ),
    },
    says: (text) => after(() => anna.says(anna.direct(), text)),
    presses: (label) => after(() => anna.presses(label)),
    seen: async () => anna.seen(),
    stop: double.stop,
  };
});
