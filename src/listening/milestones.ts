import { createHash } from "node:crypto";
import { z } from "zod";
import type { Clock } from "../contracts/clock.ts";
import { companyViews } from "../contracts/company.ts";
import type { Events } from "../contracts/events.ts";
import { listenerOf, type Stats } from "../contracts/listening.ts";
import type { Log } from "../contracts/log.ts";
import type { Milestone, Milestones } from "../contracts/milestones.ts";
import { personSettings } from "../contracts/people-store.ts";
import type { Posts } from "../contracts/posts.ts";
import type { Job } from "../contracts/scheduler.ts";
import type { ShareSpot, Sharing } from "../contracts/sharing.ts";
import type { SettingStore } from "../contracts/store.ts";

const EVERY_MS = 60 * 60_000;
const YEAR_MS = 365.2425 * 24 * 60 * 60_000;
/** Whoever cannot be reached for so long is not told of it any more. */
const OWED_FOR_MS = 7 * 24 * 60 * 60_000;
const ALWAYS = { fromAt: 0, untilAt: Number.MAX_SAFE_INTEGER };
const MOST_ARTISTS = 50;
/** Told at once; what an hour brings is hardly ever more. */
const MOST_OWED = 5;
const levels = {
  plays: [1_000, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000],
  artist: [100, 500, 1_000, 5_000, 10_000],
};

const milestone = z.discriminatedUnion("what", [
  z.object({ what: z.literal("plays"), count: z.number() }),
  z.object({ what: z.literal("artist"), count: z.number(), artist: z.string() }),
  z.object({ what: z.literal("years"), count: z.number() }),
]);
/** How far somebody was when they were last looked at. Never goes back: what is deleted or hidden is not reached a second time. */
const state = z.object({
  at: z.number(),
  plays: z.number(),
  level: z.number(),
  years: z.number(),
  artists: z.record(z.string(), z.number()),
  owed: z.array(z.object({ key: z.string(), since: z.number(), milestone })),
});
type State = z.output<typeof state>;

export type MilestoneParts = {
  /** Everybody whose listening is written down. */
  people(): Promise<readonly string[]>;
  stats: Pick<Stats, "totals" | "top" | "first">;
  /** False where sums may not be made. */
  statistics(): boolean;
  settings: Pick<SettingStore, "get" | "put">;
  sharing: Pick<Sharing, "places">;
  /** Whether the place is told what people hear. */
  announces(place: ShareSpot): Promise<boolean>;
  posts(): Pick<Posts, "owe">;
  events: Pick<Events, "emit">;
  clock: Clock;
  log: Log;
};

/** Looks every hour at how far everybody is. What an import brings was reached long ago, and is not told. */
export function createMilestones(parts: MilestoneParts): Milestones & { job: Job } {
  const { people, stats, settings, sharing, events, clock, log } = parts;
  const owner = personSettings.owner;

  async function known(personId: string): Promise<State | undefined> {
    return state.safeParse(await settings.get(owner(personId), personSettings.milestonesTold)).data;
  }
  const keep = (personId: string, next: State) => settings.put(owner(personId), personSettings.milestonesTold, next);

  async function look(personId: string): Promise<void> {
    const now = clock.now();
    const listener = listenerOf.person(personId);
    const before = await known(personId);
    const [[all], [since], artists, first] = await Promise.all([
      stats.totals([listener], ALWAYS),
      stats.totals([listener], { fromAt: before?.at ?? now, untilAt: now + 1 }),
      stats.top([listener], "artists", ALWAYS, { limit: MOST_ARTISTS }),
      stats.first(listener),
    ]);
    const plays = all?.plays ?? 0;
    const years = first ? Math.floor((now - first.startedAt) / YEAR_MS) : 0;
    const reached = Object.fromEntries(
      artists.flatMap(({ id, plays: count }) => {
        const level = Math.max(levelOf(levels.artist, count), before?.artists[id] ?? 0);
        return level > 0 ? [[String(id), level]] : [];
      }),
    );
    const level = Math.max(levelOf(levels.plays, plays), before?.level ?? 0);
    const next: State = {
      at: now,
      plays,
      level,
      years: Math.max(years, before?.years ?? 0),
      artists: reached,
      owed: (before?.owed ?? []).filter((each) => now - each.since < OWED_FOR_MS),
    };
    const off = (await settings.get(owner(personId), personSettings.milestones)) === "off";
    // More than was heard meanwhile: it came by a file, or by another person who is the same by now.
    const brought = !before || plays - before.plays > (since?.plays ?? 0);
    const news: Milestone[] = [];
    if (before && !brought) {
      if (level > before.level) news.push({ what: "plays", count: level });
      for (const { id, name } of artists) {
        const count = reached[id] ?? 0;
        if (count > (before.artists[id] ?? 0)) news.push({ what: "artist", count, artist: name.slice(0, 100) });
      }
      if (next.years > before.years) news.push({ what: "years", count: next.years });
    }
    if (off) next.owed = [];
    else
      for (const one of news.slice(0, MOST_OWED)) {
        const key = `milestone:${personId}:${one.what}:${one.count}:${one.what === "artist" ? one.artist : ""}`.slice(
          0,
          180,
        );
        next.owed.push({ key, since: now, milestone: one });
      }
    await keep(personId, next);
    // To be told once it is kept: the same key is never posted twice.
    for (const { key, milestone: one } of next.owed) {
      await post(personId, key, one);
      events.emit({ type: "milestone.reached", personId, key, milestone: one });
    }
  }

  async function post(personId: string, key: string, one: Milestone): Promise<void> {
    const view = { kind: companyViews.milestone, key: JSON.stringify([personId, one]) };
    for (const place of await sharing.places("compare", personId)) {
      if (!(await parts.announces(place))) continue;
      const spot = JSON.stringify([place.platform, place.tenant, place.id]);
      // Names and ids are long, and what tells two places apart may stand at the end of them.
      const told = createHash("sha256").update(`${key}:${spot}`).digest("base64url");
      await parts.posts().owe(`milestone:${told}`, { place, view });
    }
  }

  return {
    async told(personId, key) {
      const before = await known(personId);
      if (before) await keep(personId, { ...before, owed: before.owed.filter((each) => each.key !== key) });
    },

    job: {
      name: "milestones",
      async run(signal) {
        if (parts.statistics())
          for (const personId of await people()) {
            if (signal.aborted) break;
            try {
              await look(personId);
            } catch (error) {
              log.warn({ err: error, personId }, "the milestones of a person could not be looked at");
            }
          }
        return { againInMs: EVERY_MS };
      },
    },
  };
}

/** The highest that was reached; 0 where none was. */
function levelOf(all: readonly number[], count: number): number {
  return all.findLast((level) => count >= level) ?? 0;
}
