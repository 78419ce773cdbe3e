import { LRUCache } from "lru-cache";
import type { Clock } from "../contracts/clock.ts";
import type { Incoming } from "../contracts/incoming.ts";
import { type Reply, say } from "../contracts/reply.ts";
import { createAllowance } from "./allowance.ts";
import type { I18n } from "./i18n.ts";
import { createMoments } from "./times.ts";

/** Shorter than the minute after which they are asked to come again, which nobody counts. */
const silenceMs = 45_000;
/** People who are remembered to have been told. */
const remembered = 10_000;

/** Who must come again later: a person who says too much at once, and anybody where more wait than can be answered soon. */
export interface Door {
  /** `reply`: what is said to whoever is turned away, absent where nothing is. Undefined where the event may come in. */
  turnsAway(event: Incoming, person: string): { reply?: Reply } | undefined;
}

export function createDoor(parts: {
  /** Commands that one person may send within a sliding window. */
  allowance: { count: number; windowMs: number };
  /** Whether as many of the person's, or of the platform's, wait as may. */
  full: { person(person: string): boolean; platform(platform: string): boolean };
  i18n: I18n;
  defaults: { locale: string; timeZone: string };
  clock: Clock;
}): Door {
  const { full, i18n, defaults, clock } = parts;
  const allowance = createAllowance(parts.allowance);
  const toldAt = new LRUCache<string, number>({ max: remembered });

  function words(event: Incoming, retryAt: number | "busy"): Reply {
    const locale = i18n.negotiate(event.locale, defaults.locale);
    const t = i18n.translator("core", locale, defaults.timeZone);
    if (retryAt === "busy") return say(t("busy"), undefined, { kind: "error" });
    const { note, timed } = createMoments();
    const time = i18n.moment(retryAt, { now: clock.now(), locale, timeZone: defaults.timeZone, note });
    return timed(say(t("error.RateLimited.person", { time: time ?? "none" }), undefined, { kind: "error" }));
  }

  return {
    turnsAway(event, person) {
      const now = clock.now();
      const busy = full.platform(event.place.platform);
      const retryAt = busy ? "busy" : full.person(person) ? now + 1_000 : allowance.take(person, now);
      if (retryAt === undefined) return undefined;
      // Whoever did not speak to the bot is not told off for it either.
      if (!event.addressed && !event.direct) return {};
      // Words are answered once in a while, however many there are. A command or a press that nobody answers looks broken.
      if (event.type !== "command" && now - (toldAt.get(person) ?? Number.NEGATIVE_INFINITY) < silenceMs) return {};
      toldAt.set(person, now);
      return { reply: words(event, retryAt) };
    },
  };
}
