import { z } from "zod";
import type { Clock } from "../../contracts/clock.ts";
import { isSegueError } from "../../contracts/errors.ts";
import type { AccountRef, PlayerFeed } from "../../contracts/listening.ts";
import type { Log } from "../../contracts/log.ts";
import type { PlayStore } from "../../contracts/plays.ts";
import type { Job } from "../../contracts/scheduler.ts";
import type { SettingStore } from "../../contracts/store.ts";
import { toHeardRow } from "../ledger/words.ts";
import { heardOf } from "../recorder/observe.ts";
import { type Budget, ease } from "../watch/giving-way.ts";
import type { Spending } from "../watch/spending.ts";

const MINUTE = 60_000;
const DAY_MS = 24 * 60 * MINUTE;
const CALL_MS = 10_000;
/** After a refusal that names no time, and while calls are short. */
const REST_MS = 60 * MINUTE;
/** What a service did not tell then it may tell by now. */
const ROUND_MS = 30 * DAY_MS;
/** Between two slices of the search for what lacks something; each takes a few ms. */
const SLICE_MS = 200;

const row = { owner: "listening", name: "details" } as const;
const progressSchema = z.object({
  dayAt: z.number(),
  used: z.number(),
  /** Tracks up to this number were looked at in this round. */
  throughId: z.number(),
  roundAt: z.number(),
});
type Progress = z.output<typeof progressSchema>;

/**
 * Looks up, one by one, what files and diaries left out of the tracks that they named: album, length and picture. Each thing once,
 * for everybody; so many calls a day at most, spread over the day, in the last lane, and the first of all to give way.
 */
export function createDetails(parts: {
  plays: Pick<PlayStore, "lacking" | "learn">;
  feed: Pick<PlayerFeed, "item">;
  /** In whose name a provider can be asked; undefined where nobody is linked to it. */
  account: (provider: string) => AccountRef | undefined;
  budget: (provider: string) => Promise<Budget>;
  spending: Pick<Spending, "count">;
  settings: Pick<SettingStore, "get" | "put">;
  /** Calls; 0 asks for nothing. */
  perDay: number;
  clock: Clock;
  log: Log;
}): Job {
  const { plays, feed, settings, perDay, clock, log } = parts;
  const apartMs = perDay > 0 ? DAY_MS / perDay : DAY_MS;

  async function progressOf(): Promise<Progress> {
    const now = clock.now();
    const kept = progressSchema.safeParse(await settings.get(row.owner, row.name));
    const before = kept.success ? kept.data : { dayAt: now, used: 0, throughId: 0, roundAt: now };
    const over = before.dayAt > now || now - before.dayAt >= DAY_MS;
    return over ? { ...before, dayAt: now, used: 0 } : before;
  }

  const providerOf = (uri: string): string => uri.slice(0, uri.indexOf(":"));

  /** True where the thing need not be asked for again in this round. */
  async function fetchOne(uri: string, account: AccountRef, signal: AbortSignal): Promise<void> {
    const deadlineAt = clock.now() + CALL_MS;
    const item = await feed.item(account, uri, { reason: "details", deadlineAt, signal });
    if (item.type === "track" || item.type === "episode") await plays.learn(uri, toHeardRow(heardOf(item)));
  }

  async function round(signal: AbortSignal): Promise<number> {
    const progress = await progressOf();
    const save = (change: Partial<Progress>) => settings.put(row.owner, row.name, { ...progress, ...change });
    if (progress.used >= perDay) return progress.dayAt + DAY_MS - clock.now();
    const { tracks, throughId, end } = await plays.lacking(progress.throughId);
    for (const { id, uri } of tracks) {
      const account = parts.account(providerOf(uri));
      if (!account) continue;
      if (ease("details", await parts.budget(account.provider)) === 0) return REST_MS;
      try {
        await fetchOne(uri, account, signal);
      } catch (error) {
        if (signal.aborted || !isSegueError(error)) throw error;
        const later =
          isSegueError(error, "QuotaExceeded") ||
          isSegueError(error, "RateLimited") ||
          isSegueError(error, "Unavailable");
        log.debug({ uri, code: error.code }, "the details of a track could not be had");
        if (later) return Math.max(REST_MS, (error.retryAt ?? 0) - clock.now());
      }
      await parts.spending.count("details");
      await save({ used: progress.used + 1, throughId: id });
      return apartMs;
    }
    if (!end) {
      await save({ throughId });
      return SLICE_MS;
    }
    if (clock.now() - progress.roundAt >= ROUND_MS) {
      await save({ throughId: 0, roundAt: clock.now() });
      return apartMs;
    }
    if (throughId !== progress.throughId) await save({ throughId });
    return REST_MS;
  }

  return {
    name: detailsName,
    async run(signal) {
      return perDay > 0 ? { againInMs: await round(signal) } : "stop";
    },
  };
}
export const detailsName = "listening.details";
