import { z } from "zod";
import type { Clock } from "../../contracts/clock.ts";
import type { Events } from "../../contracts/events.ts";
import { type ListenerKey, listenerOf } from "../../contracts/listening.ts";
import type { Log } from "../../contracts/log.ts";
import { personSettings } from "../../contracts/people-store.ts";
import type { Job } from "../../contracts/scheduler.ts";
import type { SettingStore } from "../../contracts/store.ts";
import type { RecordedStanding } from "../recorder/recorder.ts";

export const watchdogName = "listening.watchdog";
/** Looks so often; costs no call. */
const EVERY_MS = 30 * 60_000;
const kept = z.object({ sinceAt: z.number(), told: z.boolean() });

/**
 * Notices when nothing has been learnt of somebody for too long though their listening is to be written down, and says so once:
 * to them, and to whoever runs the bot. Whose link has ended is told of that, and whoever is private wishes it so.
 */
export function createWatchdog(parts: {
  standings: () => readonly RecordedStanding[];
  hidden: (listener: ListenerKey) => boolean;
  settings: Pick<SettingStore, "get" | "put" | "remove">;
  events: Pick<Events, "emit">;
  /** From then on it is said. */
  silentMs: number;
  clock: Clock;
  log: Log;
}): Job {
  const { settings, events, silentMs, clock, log } = parts;

  async function look({ listener, provider, knownAt, expired }: RecordedStanding): Promise<boolean> {
    const before = kept.safeParse(await settings.get(listener, personSettings.silence));
    const silent = !expired && !parts.hidden(listener) && clock.now() - knownAt >= silentMs;
    if (!silent) {
      if (before.success) await settings.remove(listener, personSettings.silence);
      return false;
    }
    if (!before.success) {
      log.warn({ listener, provider, knownAt }, "nothing was learnt of what somebody hears for too long");
      await settings.put(listener, personSettings.silence, { sinceAt: knownAt, told: false });
    }
    if (!before.success || !before.data.told) tell(listener, before.success ? before.data.sinceAt : knownAt);
    return true;
  }

  function tell(listener: ListenerKey, sinceAt: number): void {
    const person = listenerOf.person("");
    if (!listener.startsWith(person)) return;
    events.emit({
      type: "person.needed",
      personId: listener.slice(person.length),
      key: `silence:${listener}:${sinceAt}`,
      words: { skill: "recording", key: "silent", values: { hours: Math.floor((clock.now() - sinceAt) / 3_600_000) } },
      buttons: [{ label: "button.state", intent: "recording.set", slots: {} }],
      told: () => settings.put(listener, personSettings.silence, { sinceAt, told: true }),
    });
  }

  return {
    name: watchdogName,
    async run() {
      const silent = new Map<string, number>();
      for (const standing of parts.standings()) {
        try {
          if (await look(standing)) silent.set(standing.provider, (silent.get(standing.provider) ?? 0) + 1);
        } catch (error) {
          // One person's rows that cannot be read keep nobody else from being looked after.
          log.error(
            { listener: standing.listener, err: error },
            "whether somebody is still recorded could not be told",
          );
        }
      }
      // The same words as the day before are not said again.
      for (const provider of silent.keys())
        events.emit({ type: "operator.needed", problem: "recording_silent", detail: { provider } });
      return { againInMs: EVERY_MS };
    },
  };
}
