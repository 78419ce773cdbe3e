import type { Clock } from "../contracts/clock.ts";
import type { HistoryDesk, Ledger, ListenerKey, Played, Stats } from "../contracts/listening.ts";
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

/** That can have begun at the same moment. */
const mostAtOnce = 10;

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
  const stats = createStats(parts);
  const takenBack: TakenBack = async (listener, moment, play) => {
    for (const tell of told) await tell(listener, moment, play);
  };
  async function playOf(listener: ListenerKey, playId: number): Promise<Played | undefined> {
    const kept = await parts.store.plays.get(listener, playId);
    const near = kept && (await stats.recent(listener, { beforeAt: kept.startedAt + 1, limit: mostAtOnce }));
    return near?.find((play) => play.playId === playId);
  }
  return {
    ledger: createLedger({ ...parts, privateTimes: privateTimes.within }),
    desk: tellingDesk(createHistoryDesk({ ...parts, reviews }), takenBack, playOf),
    stats,
    privateTimes,
    onTakenBack: (tell) => void told.push(tell),
    jobs: [reviews.job, ...(keepDays === undefined ? [] : [createRetention({ ...parts, keepDays })])],
  };
}
