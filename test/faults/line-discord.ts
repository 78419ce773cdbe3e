import { openChat, until } from "../doubles/discord/chat.ts";
import { createFakeClock } from "../fakes/clock.ts";
import { createJumpingClock } from "../fakes/jumping-clock.ts";
import type { Line, LineFault } from "./line.ts";

/** So that a heart that does not beat is missed soon. */
const beatMs = 150;

type DiscordLine = Line & { double: Awaited<ReturnType<typeof openChat>>["double"] };

export async function openDiscordLine(): Promise<DiscordLine> {
  const clock = createFakeClock();
  const own = createJumpingClock(clock);
  const chat = await openChat(clock, { double: { beatMs }, options: { clock: own } });
  const anna = chat.double.person("anna");
  return {
    adapter: chat.adapter,
    clock,
    jump: own.jump,
    double: chat.double,
    start: chat.start,
    says: (text) => anna.says(anna.direct(), text),
    heard: () => chat.heard.flatMap((event) => (event.type === "text" ? [{ key: event.key, text: event.text }] : [])),
    tries: () =>
      chat.double.gateway.state.attempts + chat.double.calls.filter(({ path }) => path.includes("/gateway/bot")).length,
    stored: () => JSON.stringify([...chat.kept]),
    close: chat.stop,
  };
}

const event = (d: unknown) => JSON.stringify({ op: 0, s: 1_000, t: "MESSAGE_CREATE", d });
const frame = (name: string, raw: string | Buffer): LineFault<DiscordLine> => ({
  name,
  begin: ({ double }) => double.gateway.raw(raw),
});
/** Said to the library, which then ends the connection. */
const told = (name: string, packet: unknown): LineFault<DiscordLine> => ({
  name,
  async begin({ double, adapter }) {
    double.gateway.raw(JSON.stringify(packet));
    await until(() => adapter.healthy?.() !== true);
  },
});
const closed = (code: number, words: string): LineFault<DiscordLine> => ({
  name: `close code ${code}, ${words}`,
  begin({ double }) {
    double.gateway.state.refuses = code;
    double.gateway.disconnect(code);
  },
  end({ double }) {
    double.gateway.state.refuses = undefined;
  },
});

export const discordFaults: LineFault<DiscordLine>[] = [
  { name: "silence on an open connection", begin: ({ double }) => double.gateway.hush() },
  { name: "reset", begin: ({ double }) => double.gateway.cut() },
  {
    name: "reset, and nobody there for a minute",
    begin: ({ double }) => double.down(),
    end: ({ double }) => double.up(),
  },
  {
    name: "connections are not taken for a minute",
    begin({ double }) {
      double.gateway.state.accepting = false;
      double.gateway.cut();
    },
    end({ double }) {
      double.gateway.state.accepting = true;
    },
  },
  frame("a frame of bytes", Buffer.from([0, 1, 2, 0xff, 0xfe])),
  frame("a frame that is no JSON", "<html>Bad gateway</html>"),
  frame("truncated JSON", event({ id: "1", content: "play hello" }).slice(0, 40)),
  frame("wrong types: an event", event({ id: 5, content: [], author: null, channel_id: {} })),
  frame("wrong types: READY", JSON.stringify({ op: 0, s: 1_000, t: "READY" })),
  frame("wrong types: GUILD_CREATE", JSON.stringify({ op: 0, s: 1_000, t: "GUILD_CREATE", d: { roles: 7 } })),
  frame("wrong types: an opcode without its data", JSON.stringify({ op: 10 })),
  frame("a huge frame (3 MB)", event({ id: "1", content: "x".repeat(3_000_000) })),
  {
    name: "a frame that announces 4 GB",
    begin: ({ double }) => double.gateway.bytes(Buffer.from([0x81, 127, 0, 0, 0, 1, 0, 0, 0, 0])),
  },
  told("“reconnect” (opcode 7)", { op: 7, d: null }),
  told("“invalid session” (opcode 9)", { op: 9, d: false }),
  closed(4000, "unknown error"),
  closed(4004, "the token is refused"),
  { name: "close code 4008, too much was sent", begin: ({ double }) => double.gateway.disconnect(4008) },
  { name: "close code 4009, the session is over", begin: ({ double }) => double.gateway.disconnect(4009) },
  closed(4014, "an intent is not allowed"),
];
