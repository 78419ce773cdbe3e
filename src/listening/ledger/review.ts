import type { Clock } from "../../contracts/clock.ts";
import type { ListenerKey, Period } from "../../contracts/listening.ts";
import type { Evidence, KeptPlay, PlayRow, Review } from "../../contracts/plays.ts";
import type { Job } from "../../contracts/scheduler.ts";
import type { Store } from "../../contracts/store.ts";
import { decide, decideHidden } from "./derive.ts";
import { LONGEST_MS } from "./merge.ts";

/** A few hundred plays of who listens much: some milliseconds of the main thread, then others have a turn. */
const STEP_MS = 10 * 24 * 60 * 60_000;
const EVERY_MS = 60_000;

/**
 * What a review did to the plays of one step, which reaches a little into the next: as they were, as those are now that were decided, by id, and
 * those that are no more.
 */
export type Reviewed = { before: KeptPlay[]; after: Map<number, PlayRow>; gone: KeptPlay[] };
export type Reviews = {
  /** Decides all plays of the period anew, a step at a time. Stopped in between, nothing is half done. */
  run(
    listener: ListenerKey,
    period: Period,
    options?: {
      /** What rules hide is all that is looked at. */
      hidingAlone?: boolean;
      stays?: (evidence: Evidence) => boolean;
      on?: (step: Reviewed, untilAt: number) => void | Promise<void>;
    },
  ): Promise<void>;
  /** Does what was left to do for the listener: after a rule, a deletion, or the joining of two people. */
  finish(listener: ListenerKey, on?: (step: Reviewed) => void): Promise<void>;
  /** Takes up what an earlier run of the program left. */
  job: Job;
};

export function createReviews({ store: { plays }, clock }: { store: Pick<Store, "plays">; clock: Clock }): Reviews {
  const run: Reviews["run"] = async (listener, period, { stays, hidingAlone = false, on } = {}) => {
    const bounds = await plays.bounds(listener);
    const untilAt = bounds ? Math.min(period.untilAt, bounds.lastAt + 1) : period.fromAt;
    for (let at = Math.max(period.fromAt, bounds?.firstAt ?? 0); at < untilAt; at += STEP_MS) {
      const to = Math.min(at + STEP_MS, untilAt);
      // Who belongs together may stand on both sides of the step's edge.
      const about = hidingAlone
        ? ({ periods: [{ fromAt: at, untilAt: to }], evidence: false } as const)
        : { periods: [{ fromAt: at - LONGEST_MS, untilAt: to + LONGEST_MS }] };
      let before: KeptPlay[] = [];
      const { revision, ids } = await plays.revise(listener, about, (near) => {
        before = near.plays;
        if (hidingAlone) return decideHidden(near);
        return decide(near, [], new Set(near.plays.map(({ trackId }) => trackId)), stays);
      });
      const after = new Map(revision.put.map((play, index) => [ids[index] ?? 0, play]));
      const leaving = new Set(revision.gone);
      await on?.({ before, after, gone: before.filter(({ id }) => leaving.has(id)) }, to);
      await clock.sleep(0);
    }
  };

  async function finishOne(review: Review, on?: (step: Reviewed) => void): Promise<void> {
    let left = review;
    await run(review.listener, review, {
      hidingAlone: review.what === "hiding",
      async on(step, untilAt) {
        on?.(step);
        await plays.reviewed(left, untilAt);
        left = { ...left, fromAt: untilAt };
      },
    });
    await plays.reviewed(left, left.untilAt);
  }

  return {
    run,
    async finish(listener, on) {
      for (const review of await plays.reviews(listener)) await finishOne(review, on);
    },
    job: {
      name: "listening.reviews",
      async run(signal) {
        for (const review of await plays.reviews()) {
          if (signal.aborted) break;
          await finishOne(review);
        }
        return { againInMs: EVERY_MS };
      },
    },
  };
}
