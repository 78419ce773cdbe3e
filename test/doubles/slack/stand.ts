import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "vitest";
import { createSlackChat } from "../../../adapters/slack/index.ts";
import manifest from "../../../adapters/slack/manifest.json" with { type: "json" };
import type { Adapter, Answer, Host } from "../../../src/contracts/adapter.ts";
import type { Incoming } from "../../../src/contracts/incoming.ts";
import type { Log } from "../../../src/contracts/log.ts";
import { createFakeClock, type FakeClock } from "../../fakes/clock.ts";
import { hostWith } from "../../support/host.ts";
import { silentLog } from "../../support/log.ts";
import { createSlackDouble, type SlackDouble } from "./index.ts";

/** What real input and output bring about, on a busy machine too. */
export const soon = <T>(look: () => T) => expect.poll(look, { timeout: 10_000, interval: 10 });

export type SlackStand = {
  clock: FakeClock;
  slack: SlackDouble;
  adapter: Adapter;
  /** What core would have heard. */
  heard: Incoming[];
  /** How core answers from now on. */
  answer(how: (event: Incoming, answer: Answer) => Promise<void>): void;
  host: Host;
  /** Where signed requests arrive, where events come by them. */
  requests: string;
  start(): Promise<void>;
  abort(): void;
  stop(): Promise<void>;
};

/** The adapter with its real client library against the double, with exactly the rights of the manifest. */
export async function openSlack(
  options: { events?: "socket" | "http"; host?: Partial<Host>; scopes?: readonly string[]; log?: Log } = {},
): Promise<SlackStand> {
  const clock = createFakeClock();
  const slack = await createSlackDouble({ clock, scopes: options.scopes ?? manifest.oauth_config.scopes.bot });
  const byHttp = options.events === "http";
  const adapter = createSlackChat({
    workspaces: [
      {
        botToken: slack.world.botToken,
        events: byHttp ? { signingSecret: slack.signingSecret } : { appToken: slack.world.appToken },
      },
    ],
    apiUrl: slack.apiUrl,
    clock,
    log: options.log ?? silentLog,
    locales: "locales",
  });
  const server = createServer((request, response) => adapter.listener?.handle(request, response));
  let requests = "";
  if (byHttp) {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    requests = `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`;
    slack.deliverTo(requests);
  }
  const heard: Incoming[] = [];
  let respond: (event: Incoming, answer: Answer) => Promise<void> = async () => {};
  const host = hostWith(async (event, answer) => {
    heard.push({ ...event, ...(await answer.told?.()) });
    await respond(event, answer);
  }, options.host);
  const ending = new AbortController();
  return {
    clock,
    slack,
    adapter,
    heard,
    host,
    requests,
    answer(how) {
      respond = how;
    },
    abort: () => ending.abort(),
    start: () => adapter.start(host, ending.signal),
    async stop() {
      ending.abort();
      await adapter.stop?.();
      await slack.stop();
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}
