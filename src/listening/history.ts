import type { Clock } from "../contracts/clock.ts";
import type { HistoryDesk, Ledger, Stats } from "../contracts/listening.ts";
import type { Job } from "../contracts/scheduler.ts";
import type { Store } from "../contracts/store.ts";
import { type TakenBack, tellingDesk } from "./digest/taken-back.ts";
import { createHistoryDesk } from "./ledger/desk.ts";
import { createLedger } from "./ledger/ledger.ts";
import { createPrivateTimes, type PrivateTimes } from "./ledger/private-times.ts";
import { createRetention } from "./ledger/retention.ts";
import { createReviews } from "./ledger/review.ts";
import { createStats } from "./stats/stats.ts";

/** What was heard, as far as it is kept: written down, looked after, and asked. */
export type History = {
  ledger: Ledger;
  desk: HistoryDesk;
  stats: Stats;
  privateTimes: PrivateTimes;
  /** Told before and after a listener deletes or hides something; they are answered then. */
  onTakenBack(told: TakenBack): void;
  /** To be given to the scheduler. */
  jobs: Job[];
};

export function createHistory(parts: {
  /** What is older is deleted; everything is kept where that is not given. */
  keepDays?: number;
  store: Pick<Store, "plays" | "playStats" | "settings">;
  clock: Clock;
}): History {
  const { keepDays } = parts;
  const privateTimes = createPrivateTimes(parts);
  const reviews = createReviews(parts);
  const told: TakenBack[] = [];
  const takenBack: TakenBack = async (listener, moment) => {
    for (const tell of told) await tell(listener, moment);
  };
  return {
    ledger: createLedger({ ...parts, privateTimes: privateTimes.within }),
    desk: tellingDesk(createHistoryDesk({ ...parts, reviews }), takenBack),
    stats: createStats(parts),
    privateTimes,
    onTakenBack: (tell) => void told.push(tell),
    jobs: [reviews.job, ...(keepDays === undefined ? [] : [createRetention({ ...parts, keepDays })])],
  };
}
