import type { Clock } from "../contracts/clock.ts";
import type { HistoryDesk, Ledger, Stats } from "../contracts/listening.ts";
import type { Job } from "../contracts/scheduler.ts";
import type { Store } from "../contracts/store.ts";
import { createHistoryDesk } from "./ledger/desk.ts";
import { createLedger } from "./ledger/ledger.ts";
import { createPrivateTimes, type PrivateTimes } from "./ledger/private-times.ts";
import { createReviews } from "./ledger/review.ts";
import { createStats } from "./stats/stats.ts";

/** What was heard, as far as it is kept: written down, looked after, and asked. */
export type History = {
  ledger: Ledger;
  desk: HistoryDesk;
  stats: Stats;
  privateTimes: PrivateTimes;
  /** To be given to the scheduler. */
  jobs: Job[];
};

export function createHistory(parts: {
  store: Pick<Store, "plays" | "playStats" | "settings">;
  clock: Clock;
}): History {
  const privateTimes = createPrivateTimes(parts);
  const reviews = createReviews(parts);
  return {
    ledger: createLedger({ ...parts, privateTimes: privateTimes.within }),
    desk: createHistoryDesk({ ...parts, reviews }),
    stats: createStats(parts),
    privateTimes,
    jobs: [reviews.job],
  };
}
