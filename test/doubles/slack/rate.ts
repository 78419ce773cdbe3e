import type { Clock } from "../../../src/contracts/clock.ts";

/** Calls a minute of each tier, and about one message a second and channel (https://docs.slack.dev/apis/web-api/rate-limits). */
const perMinute: Record<string, number> = {
  "usergroups.list": 20,
  "chat.update": 50,
  "chat.delete": 50,
  "chat.unfurl": 50,
  "conversations.open": 50,
  "conversations.info": 50,
  "conversations.replies": 50,
};
/** About one message a second and channel, with short bursts. */
const burst = 4;
const everyMs = 1_000;

export function createRates(clock: Clock): {
  /** Seconds to wait, when the call comes too early. */
  refused(method: string, channel: string): number | undefined;
} {
  const passed = new Map<string, number[]>();
  const emptyAt = new Map<string, number>();
  const now = () => clock.now();

  function message(key: string): number | undefined {
    const from = Math.max(now(), emptyAt.get(key) ?? 0);
    const at = from - (burst - 1) * everyMs;
    if (at > now()) return Math.ceil((at - now()) / 1000);
    emptyAt.set(key, from + everyMs);
    return undefined;
  }

  return {
    refused(method, channel) {
      if (method === "chat.postMessage" || method === "chat.postEphemeral") return message(`${method}:${channel}`);
      const recent = (passed.get(method) ?? []).filter((at) => at > now() - 60_000);
      const [oldest] = recent;
      if (recent.length >= (perMinute[method] ?? 100) && oldest !== undefined)
        return Math.ceil((oldest + 60_000 - now()) / 1000);
      passed.set(method, [...recent, now()]);
      return undefined;
    },
  };
}
