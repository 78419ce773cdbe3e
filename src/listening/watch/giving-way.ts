/**
 * What calls are spent on, in the order in which it gives way when they run short: what shows the least to the fewest first.
 * Between `widensAt` and `stopsAt` (shares of the day's budget that are spent, whoever spent them) the waits grow without
 * bound; from `stopsAt` on nothing is asked. What cannot wait longer only stops. People's commands come after all of these:
 * nothing here spends what is left for them.
 *
 * All of it ends before the last lanes do (net's `laneStopsAt`: 0.85 for now playing, 0.9 for history), so that it is this order
 * that decides, and the lists of recent plays, which alone keep the record whole, are the last to be read.
 */
export const givingWay = [
  /** What files and diaries left out of the tracks that they named. */
  { purpose: "details", widensAt: 0.3, stopsAt: 0.3 },
  /** Refreshing an open live view between the changes. */
  { purpose: "live", widensAt: 0.3, stopsAt: 0.5 },
  /** Finding out that somebody has begun to listen. */
  { purpose: "idle", widensAt: 0.74, stopsAt: 0.78 },
  /** Finding out that somebody goes on after a pause. */
  { purpose: "paused", widensAt: 0.78, stopsAt: 0.8 },
  /** The next track, at the end of the one before it. */
  { purpose: "end", widensAt: 0.82, stopsAt: 0.82 },
  /** The list of recent plays. */
  { purpose: "recent", widensAt: 0.88, stopsAt: 0.88 },
] as const;

export type Purpose = (typeof givingWay)[number]["purpose"];

/** Calls of the last day: `used` by everybody, out of `daily`; without it nothing is short. */
export type Budget = { daily: number | undefined; used: number };

/** 1 where there is enough, 0 where nothing may be asked; a wait is divided by it. */
export function ease(purpose: Purpose, { daily, used }: Budget): number {
  if (daily === undefined) return 1;
  const rule = givingWay.find((each) => each.purpose === purpose);
  const spent = daily > 0 ? used / daily : 1;
  if (!rule || spent >= rule.stopsAt) return 0;
  return spent <= rule.widensAt ? 1 : (rule.stopsAt - spent) / (rule.stopsAt - rule.widensAt);
}

export type Standing = { purpose: Purpose; standing: "full" | "widened" | "stopped" };

/** How it stands with each, for people to see. */
export function standings(budget: Budget): Standing[] {
  return givingWay.map(({ purpose }) => {
    const left = ease(purpose, budget);
    return { purpose, standing: left === 1 ? "full" : left > 0 ? "widened" : "stopped" };
  });
}
