import type { Clock } from "../../src/contracts/clock.ts";
import type { Incoming } from "../../src/contracts/incoming.ts";
import { openTelegramChat, token } from "../doubles/telegram/chat.ts";
import type { createTelegramDouble } from "../doubles/telegram/index.ts";
import { Refusal, tooMany } from "../doubles/telegram/refusal.ts";
import { createFakeClock } from "../fakes/clock.ts";
import { createJumpingClock } from "../fakes/jumping-clock.ts";
import { hostWith } from "../support/host.ts";
import type { Line, LineFault } from "./line.ts";

type Double = Awaited<ReturnType<typeof createTelegramDouble>>;
type TelegramLine = Line & { double: Double };
const anna = 42;

export async function openTelegramLine(): Promise<TelegramLine> {
  const clock = createFakeClock();
  const own = createJumpingClock(clock);
  const remembered = new Map<string, string>();
  const { double, adapter } = await openTelegramChat(
    {
      clock: own,
      kept: {
        get: async (name) => remembered.get(name),
        set: async (name, value) => void remembered.set(name, value),
      },
    },
    undefined,
    clock,
  );
  double.world.addUser({ id: anna });
  const heard: Incoming[] = [];
  const ending = new AbortController();
  return {
    adapter,
    clock,
    jump: own.jump,
    double,
    start: () =>
      adapter.start(
        hostWith(async (event) => void heard.push(event)),
        ending.signal,
      ),
    says: (text) => void double.says(anna, anna, text),
    heard: () => heard.flatMap((event) => (event.type === "text" ? [{ key: event.key, text: event.text }] : [])),
    tries: () =>
      double.called("getMe").length + double.called("getUpdates").filter(({ args }) => args.limit !== undefined).length,
    stored: () => JSON.stringify([...remembered]),
    async close() {
      ending.abort();
      await adapter.stop?.();
      await double.down();
    },
  };
}

type Fate = Parameters<Double["befall"]>[1];
const updates = /^getUpdates$/;
/** For a minute, of whoever asks what is new; what was asked before it ends with its connection. */
const asking = (name: string, fate: Fate, method = updates): LineFault<TelegramLine> => ({
  name,
  begin({ double }) {
    double.befall(method, fate);
    double.hangUp();
  },
  end: ({ double }) => double.befall(method, undefined),
});
/** For as long as a fault lasts. */
async function rival({ url }: Double, clock: Clock): Promise<void> {
  for (const untilAt = clock.now() + 60_000; clock.now() < untilAt; await clock.sleep(3_000))
    await fetch(`${url}/bot${token}/getUpdates`, { method: "POST" }).catch(() => undefined);
}
const result = (value: unknown) => ({ status: 200, text: JSON.stringify({ ok: true, result: value }) });

export const telegramFaults: LineFault<TelegramLine>[] = [
  asking("timeout", "silence"),
  { name: "reset", begin: ({ double }) => double.hangUp() },
  asking("reset, again and again", "cut before"),
  asking("reset after it was done, again and again", "cut after"),
  {
    name: "reset, and nobody there for a minute",
    begin: ({ double }) => double.down(),
    end: ({ double }) => double.up(),
  },
  asking("HTTP 500", new Refusal(500, "Internal Server Error")),
  asking("HTTP 502 in HTML", { status: 502, text: "<html>Bad gateway</html>" }),
  asking("HTML instead of JSON", { status: 200, text: "<html>Hello</html>" }),
  asking("truncated JSON", { status: 200, text: '{"ok":true,"result":[{"update_id":1,"mess' }),
  asking("wrong types: no list", result({ update_id: 1 })),
  asking("wrong types: nothings in the list", result([null, 7, {}])),
  asking("wrong types: an update's number is a word", result([{ update_id: "900000000", message: 5 }])),
  asking("huge answer (40 MB)", { status: 200, text: `{"ok":true,"result":[],"x":"${"x".repeat(40_000_000)}"}` }),
  asking("HTTP 401, of every call", new Refusal(401, "Unauthorized"), /./),
  asking(
    "HTTP 409, somebody else asks with the same token",
    new Refusal(
      409,
      "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    ),
  ),
  asking(
    "HTTP 409, a webhook is set",
    new Refusal(
      409,
      "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    ),
  ),
  {
    name: "somebody else asks with the same token every 3 s",
    begin: ({ double, clock }) => void rival(double, clock),
    end: () => {},
  },
  asking("an empty list at once, though it was asked to wait", result([])),
  asking("HTTP 429, 30 s", tooMany(30)),
  asking("HTTP 429 without a time", new Refusal(429, "Too Many Requests")),
];
