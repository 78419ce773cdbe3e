import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ease, givingWay, standings } from "../../../src/listening/watch/giving-way.ts";
import { habitOf, hourOfWeek, noHabit } from "../../../src/listening/watch/habits.ts";
import type { InterestKind } from "../../../src/listening/watch/interests.ts";
import { type Known, looksPerDay, nextLook, type Situation } from "../../../src/listening/watch/policy.ts";
import { watchTimers as timers } from "../../../src/listening/watch/timers.ts";
import { laneStopsAt } from "../../../src/net/ledger.ts";

const now = Date.UTC(2026, 10, 21, 12);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const plenty: Situation["budget"] = { daily: 1_000, used: 0, idle: 0, watched: 5 };
function situation(known: Known, more: Partial<Situation> = {}): Situation {
  const interests = new Set<InterestKind>(["announce"]);
  return { now, interests, covered: false, known, habit: noHabit, budget: plenty, ...more };
}
const look = (known: Known, more: Partial<Situation> = {}) => nextLook(situation(known, more), timers);
const playing = { as: "playing", at: now, endsAt: now + 3 * MINUTE, late: 0 } as const;
const spent = (share: number): Situation["budget"] => ({ ...plenty, used: share * 1_000 });

describe("when to look next", () => {
  it("is never while nobody is interested, or only to record, or a free source speaks", () => {
    expect(look(playing, { interests: new Set() })).toBeUndefined();
    expect(look(playing, { interests: new Set(["record"]) })).toBeUndefined();
    expect(look({ as: "unknown" }, { covered: true })).toBeUndefined();
  });

  it("is at once while nothing is known", () => {
    expect(look({ as: "unknown" })).toEqual({ at: now, purpose: "idle", why: "first" });
  });

  it("is a second after the end of the track that plays", () => {
    expect(look(playing)).toEqual({ at: now + 3 * MINUTE + SECOND, purpose: "end", why: "end" });
  });

  it("comes soon, later and later, when the track should be over and is not", () => {
    const waits = [1, 2, 3, 4].map((late) => (look({ ...playing, endsAt: now, late })?.at ?? 0) - now);
    expect(waits).toEqual([2, 4, 8, 16].map((seconds) => seconds * SECOND));
    expect(look({ ...playing, endsAt: now, late: 40 })?.at).toBe(now + timers.idleMinMs);
  });

  it("is soon when a command of ours left open what plays, and between advertisements", () => {
    expect(look({ as: "playing", at: now, late: 0 })).toEqual({ at: now + 2 * SECOND, purpose: "end", why: "unnamed" });
    expect(look({ as: "playing", at: now, late: 0, untold: true })?.at).toBe(now + 20 * SECOND);
  });

  it("follows a pause a few times, then takes the listener for idle", () => {
    const paused = (minutes: number) =>
      look({ as: "paused", sinceAt: now, at: now + minutes * MINUTE }, { now: now + minutes * MINUTE });
    expect(paused(0)).toMatchObject({ at: now + 2 * MINUTE, why: "paused" });
    expect(paused(2)).toMatchObject({ at: now + 6 * MINUTE, why: "paused" });
    expect(paused(6)).toMatchObject({ at: now + 15 * MINUTE, why: "paused" });
    expect(paused(15)).toMatchObject({ why: "idle" });
  });

  it("is brought forward by a sign of life, once a minute at most, and not for whoever plays already", () => {
    const idle = { as: "idle", at: now } as const;
    const later = now + 10 * MINUTE;
    expect(look(idle, { now: later, lookedAt: now, wokenAt: later })).toMatchObject({ at: later, why: "woken" });
    expect(look(idle, { now, lookedAt: now, wokenAt: now })).toMatchObject({ at: now + MINUTE, why: "woken" });
    expect(look(playing, { wokenAt: now })).toMatchObject({ why: "end" });
  });

  it("is every 3 s of playing and 15 s of silence while a live view is open", () => {
    const interests = new Set<InterestKind>(["live"]);
    expect(look(playing, { interests, lookedAt: now })).toEqual({ at: now + 3 * SECOND, purpose: "live", why: "live" });
    expect(look({ as: "idle", at: now }, { interests, lookedAt: now })?.at).toBe(now + 15 * SECOND);
    expect(look({ ...playing, endsAt: now }, { interests, lookedAt: now })).toMatchObject({ why: "end" });
  });

  it("is every minute of silence while somebody watches by hand", () => {
    expect(look({ as: "idle", at: now }, { interests: new Set(["manual"]) })?.at).toBe(now + MINUTE);
  });
});

describe("a budget that runs short", () => {
  it("gives way in the fixed order, and before the lanes of net do", () => {
    const order = givingWay.map(({ stopsAt }) => stopsAt);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    for (const { purpose, stopsAt, widensAt } of givingWay) {
      expect(widensAt).toBeLessThanOrEqual(stopsAt);
      expect(stopsAt).toBeLessThan(laneStopsAt[purpose === "recent" ? "history" : "now_playing"]);
    }
  });

  it("refreshes live views less and less, then only at the ends of tracks", () => {
    const live = (share: number) =>
      look(playing, { interests: new Set(["live"]), lookedAt: now, budget: spent(share) });
    expect(live(0.4)?.at).toBe(now + 6 * SECOND);
    expect(live(0.5)).toMatchObject({ why: "end" });
  });

  it("stops looking for beginnings before it stops looking at ends, and stops those at last", () => {
    expect(look({ as: "idle", at: now }, { budget: spent(0.78) })).toBeUndefined();
    expect(look(playing, { budget: spent(0.81) })).toMatchObject({ why: "end" });
    expect(look(playing, { budget: spent(0.82) })).toBeUndefined();
  });

  it("is shown as it stands", () => {
    const shown = standings({ daily: 1_000, used: 400 });
    expect(shown.slice(0, 3)).toEqual([
      { purpose: "details", standing: "stopped" },
      { purpose: "live", standing: "widened" },
      { purpose: "idle", standing: "full" },
    ]);
    expect(standings({ daily: 1_000, used: 830 }).map(({ standing }) => standing)).toEqual([
      "stopped",
      "stopped",
      "stopped",
      "stopped",
      "stopped",
      "full",
    ]);
    expect(standings({ daily: undefined, used: 1e9 }).every(({ standing }) => standing === "full")).toBe(true);
  });

  it("never lets more calls be easier to have than fewer", () => {
    const share = fc.double({ min: 0, max: 2, noNaN: true });
    fc.assert(
      fc.property(share, share, fc.constantFrom(...givingWay), (a, b, { purpose }) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)].map((each) =>
          ease(purpose, { daily: 1_000, used: each * 1_000 }),
        );
        expect(less).toBeGreaterThanOrEqual(more ?? 0);
      }),
    );
  });
});

describe("looks while idle", () => {
  const waits = (more: Partial<Situation>, hours: number) => {
    const at: number[] = [];
    for (let from = now; from < now + hours * HOUR; ) {
      const next = look({ as: "idle", at: from }, { now: from, ...more })?.at ?? Number.POSITIVE_INFINITY;
      at.push(next);
      from = next;
    }
    return at;
  };

  it("are as many as the budget buys beside what others spent", () => {
    const share = givingWay[2].widensAt;
    for (const used of [550, 600, 660]) {
      const budget = { ...plenty, used };
      const wanted = (1_000 * share - used) / 5;
      expect(looksPerDay(budget, timers)).toBeCloseTo(Math.max(8, wanted));
      expect(Math.abs(waits({ budget }, 24).length - Math.max(12, wanted))).toBeLessThanOrEqual(1);
    }
  });

  it("do not count against themselves", () => {
    const free = looksPerDay({ ...plenty, used: 560 }, timers);
    expect(looksPerDay({ ...plenty, used: 660, idle: 100 }, timers)).toBe(free);
  });

  it("are every two minutes where calls cost nothing", () => {
    expect(waits({ budget: { ...plenty, daily: undefined } }, 1)).toHaveLength(30);
  });

  it("come in the hours in which the person listens, and sooner than the long wait of a night would have it", () => {
    const evenings = Array.from({ length: 168 }, (_, hour) => (hour % 24 >= 18 && hour % 24 < 22 ? 20 : 0));
    const at = waits({ habit: habitOf(evenings) }, 24);
    const inEvening = at.filter((each) => new Date(each).getUTCHours() >= 18 && new Date(each).getUTCHours() < 22);
    expect(inEvening.length).toBeGreaterThan(at.length * 0.35);
    const first = inEvening[0] ?? 0;
    expect(new Date(first).getUTCHours()).toBe(18);
    expect(new Date(first).getUTCMinutes()).toBeLessThan(30);
  });
});

describe("habits", () => {
  it("count the hours of a week from Monday", () => {
    expect(hourOfWeek(Date.UTC(2026, 10, 16, 0))).toBe(0);
    expect(hourOfWeek(Date.UTC(2026, 10, 22, 23))).toBe(167);
  });

  it("weigh 1 on average, and never nothing", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(500), { minLength: 168, maxLength: 168 }), (plays) => {
        const habit = habitOf(plays);
        const weights = plays.map((_, hour) => habit(Date.UTC(2026, 10, 16) + hour * HOUR));
        expect(weights.reduce((sum, each) => sum + each, 0) / 168).toBeCloseTo(1);
        expect(Math.min(...weights)).toBeGreaterThan(0);
      }),
    );
  });

  it("are none where there are no plays, or no week", () => {
    for (const plays of [[], [1, 2, 3], Array.from({ length: 168 }, () => 0)])
      expect(habitOf(plays)(now)).toBe(noHabit(now));
  });

  it("hardly show after a handful of plays", () => {
    const few = Array.from({ length: 168 }, (_, hour) => (hour === 20 ? 3 : 0));
    const many = few.map((plays) => plays * 100);
    const at = Date.UTC(2026, 10, 16, 20);
    expect(habitOf(few)(at)).toBeLessThan(habitOf(many)(at) / 2);
    expect(habitOf(many)(at + 3 * DAY)).toBeLessThan(1);
  });
});
