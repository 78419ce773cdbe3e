import type { Clock } from "../contracts/clock.ts";
import type { Histories } from "../contracts/history.ts";
import type { ListenerKey } from "../contracts/listening.ts";
import { personSettings } from "../contracts/people-store.ts";
import type { SettingStore } from "../contracts/store.ts";
import type { History } from "./history.ts";

/** What each listener may do with their own history. `onRecording` hears of it once it is kept. */
export function createHistories(parts: {
  history: Pick<History, "ledger" | "desk" | "stats" | "privateTimes">;
  settings: Pick<SettingStore, "get" | "put" | "remove">;
  statistics: boolean;
  rehearsal?: boolean;
  /** A source as people know it. */
  nameOf(origin: string): string;
  onRecording(listener: ListenerKey, on: boolean): Promise<void>;
  /** Hears of it once what the listener hears is private, or is not any more. */
  onPrivate?(listener: ListenerKey): Promise<void>;
  /** When the listener's player was last seen, or read about. */
  knownAt?(listener: ListenerKey): number | undefined;
  clock: Clock;
}): Histories {
  const { history, settings, statistics, onRecording, clock } = parts;
  const { ledger, desk, stats, privateTimes } = history;

  const known = (listener: ListenerKey, readAt = 0) => {
    const knownAt = Math.max(readAt, parts.knownAt?.(listener) ?? 0);
    return knownAt > 0 ? { knownAt } : {};
  };

  return {
    statistics,
    rehearsal: parts.rehearsal ?? false,
    of: (listener) => ({
      async standing() {
        const now = clock.now();
        const [recording, hidden, { firstAt, lastAt, readAt }] = await Promise.all([
          settings.get(listener, personSettings.recording),
          privateTimes.within(listener, { fromAt: now, untilAt: now + 1 }),
          ledger.health(listener),
        ]);
        const [first] = hidden;
        return {
          recording: recording !== undefined,
          ...(typeof recording === "number" ? { since: recording } : {}),
          ...(first ? { privateUntil: first.untilAt } : {}),
          ...(firstAt === undefined ? {} : { firstAt }),
          ...(lastAt === undefined ? {} : { lastAt }),
          ...known(listener, readAt),
        };
      },
      async setRecording(on) {
        if (on) await settings.put(listener, personSettings.recording, clock.now());
        else await settings.remove(listener, personSettings.recording);
        await onRecording(listener, on);
      },
      async setPrivate(untilAt) {
        const now = clock.now();
        const changed =
          untilAt === undefined
            ? await privateTimes.end(listener, now)
            : await privateTimes.add(listener, { fromAt: now, untilAt }).then(() => true);
        await parts.onPrivate?.(listener);
        return changed;
      },
      top: (chart, period, options) => stats.top([listener], chart, period, options),
      async totals(period) {
        const [totals] = await stats.totals([listener], period);
        return totals ?? { plays: 0, listenedMs: 0, tracks: 0, artists: 0, unknownMs: 0 };
      },
      recent: (options) => stats.recent(listener, options),
      search: (words, options) => stats.search(listener, words, options),
      streaks: (zone) => stats.streaks(listener, zone),
      tellsMilestones: async () => (await settings.get(listener, personSettings.milestones)) !== "off",
      async tellMilestones(on) {
        if (on) await settings.remove(listener, personSettings.milestones);
        else await settings.put(listener, personSettings.milestones, "off");
      },
      origins: async () =>
        (await stats.origins(listener)).map((each) => ({ ...each, name: parts.nameOf(each.origin) })),
      gaps: (period) => ledger.gaps(listener, period),
      hide: (part) => desk.hide(listener, part),
      unhide: (ruleId) => desk.unhide(listener, ruleId),
      rules: () => desk.rules(listener),
      remove: (playId) => desk.remove(listener, { what: "play", playId }),
    }),
  };
}
