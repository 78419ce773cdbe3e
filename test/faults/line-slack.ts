import { createSlackChat } from "../../adapters/slack/index.ts";
import manifest from "../../adapters/slack/manifest.json" with { type: "json" };
import type { Incoming } from "../../src/contracts/incoming.ts";
import { until } from "../doubles/discord/chat.ts";
import { createSlackDouble, type SlackDouble } from "../doubles/slack/index.ts";
import { createFakeClock } from "../fakes/clock.ts";
import { createJumpingClock } from "../fakes/jumping-clock.ts";
import { hostWith } from "../support/host.ts";
import { silentLog } from "../support/log.ts";
import type { Line, LineFault } from "./line.ts";

type SlackLine = Line & { slack: SlackDouble };

/** https://docs.slack.dev/apis/events-api#retries: at once, after a minute, after five. */
const retriesMs = [0, 60_000, 4 * 60_000];

export async function openSlackLine(): Promise<SlackLine> {
  const clock = createFakeClock();
  const own = createJumpingClock(clock);
  const slack = await createSlackDouble({ clock, scopes: manifest.oauth_config.scopes.bot });
  const anna = slack.person("anna");
  const adapter = createSlackChat({
    workspaces: [{ botToken: slack.world.botToken, events: { appToken: slack.world.appToken } }],
    apiUrl: slack.apiUrl,
    clock: own,
    log: silentLog,
    locales: "locales",
  });
  const heard: Incoming[] = [];
  const ending = new AbortController();
  const over = new AbortController();

  async function says(text: string): Promise<void> {
    const taken = () => slack.says(anna, text).catch(() => ({ acknowledged: false }));
    let outcome = await taken();
    for (const afterMs of retriesMs) {
      if (outcome.acknowledged) return;
      await clock.sleep(afterMs, over.signal);
      outcome = await slack.redeliver().catch(() => ({ acknowledged: false }));
    }
  }
  return {
    adapter,
    clock,
    jump: own.jump,
    slack,
    start: () =>
      adapter.start(
        hostWith(async (event) => void heard.push(event)),
        ending.signal,
      ),
    says: (text) => void says(text).catch(() => undefined),
    heard: () => heard.flatMap((event) => (event.type === "text" ? [{ key: event.key, text: event.text }] : [])),
    tries: () =>
      slack.world.calls.filter(({ method }) => method === "auth.test" || method === "apps.connections.open").length,
    stored: () => "",
    async close() {
      over.abort("over");
      ending.abort();
      await adapter.stop?.();
      await slack.stop();
    },
  };
}

const all =
  (of: (socket: SlackDouble["sockets"] extends ReadonlySet<infer S> ? S : never) => void) =>
  ({ slack }: SlackLine) => {
    for (const socket of slack.sockets) of(socket);
  };
const frame = (name: string, payload: string | Buffer): LineFault<SlackLine> => ({
  name,
  begin: all((socket) => socket.raw(payload)),
});
const told = (reason: string): LineFault<SlackLine> => ({
  name: `“disconnect”, ${reason}`,
  begin({ slack }) {
    slack.turnAway(reason);
    slack.disconnect(reason);
  },
  end: ({ slack }) => slack.turnAway(undefined),
});
/** Of what opens a connection, for a minute. */
const refused = (name: string, answer: Parameters<SlackDouble["fault"]>[1]): LineFault<SlackLine> => ({
  name,
  begin({ slack }) {
    for (let call = 0; call < 500; call++) slack.fault("apps.connections.open", answer);
    slack.disconnect("cut");
  },
  end: ({ slack }) => void slack.world.faults.splice(0),
});
const envelope = (payload: unknown) => JSON.stringify({ envelope_id: "e1", type: "events_api", payload });

export const slackFaults: LineFault<SlackLine>[] = [
  {
    name: "silence on an open connection",
    begin: all((socket) => socket.hush()),
    noticed: ({ adapter }) => until(() => adapter.healthy?.() !== true, 20_000),
  },
  { name: "reset", begin: ({ slack }) => slack.disconnect("cut") },
  {
    name: "reset, and nobody there for a minute",
    begin: ({ slack }) => slack.goDown(),
    end: ({ slack }) => slack.comeBack(),
  },
  frame("a frame of bytes", Buffer.from([0, 1, 2, 0xff, 0xfe])),
  frame("a frame that is no JSON", "<html>Bad gateway</html>"),
  frame("truncated JSON", envelope({ event: { type: "message", text: "play hello" } }).slice(0, 60)),
  frame("wrong types: null", "null"),
  frame("wrong types: an envelope", JSON.stringify({ envelope_id: 7, type: [], payload: "x" })),
  frame("wrong types: an event", envelope({ event: { type: 5, text: {}, channel: null } })),
  frame(
    "a huge frame (3 MB)",
    envelope({ type: "event_callback", event: { type: "message", text: "x".repeat(3_000_000) } }),
  ),
  {
    name: "a frame that announces 4 GB",
    begin: all((socket) => socket.bytes(Buffer.from([0x81, 127, 0, 0, 0, 1, 0, 0, 0, 0]))),
  },
  { name: "“disconnect”, refresh_requested", begin: ({ slack }) => slack.disconnect("refresh") },
  { name: "“disconnect”, warning", begin: ({ slack }) => slack.disconnect("warning") },
  told("link_disabled"),
  told("too_many_websockets"),
  refused("HTTP 500", { status: 500 }),
  refused("HTTP 401", { status: 401 }),
  refused("“invalid_auth”", { error: "invalid_auth" }),
  refused("“internal_error”", { error: "internal_error" }),
  refused("HTTP 429, 30 s", { retryAfter: 30 }),
  refused("HTTP 429, 5 min", { retryAfter: 300 }),
];
