import { monotonicMs } from "../bench/monotonic.ts";

/** What became of what people said on one platform. */
export type Tally = {
  sent: number;
  answered: number;
  /** Told in words that there is too much to do, each for itself or once for several of the same person's within a minute. */
  refused: number;
  lost: number;
  /** Words beyond one for each message. */
  doubled: number;
  /** Ms from each message to its answer. */
  took: number[];
  /** A few of the words that nobody had asked for. */
  strange: string[];
};

/** The line by which a message is refused; whoever has had it is told no more within the minute. */
const busy = /say it again in a minute|was a lot at once/;
const silentMs = 60_000;

/**
 * Counts answers against what was said: a person's messages are answered in the order in which they were said, each by one message; a
 * refusal comes at once, and so belongs to the last that is open. `refusedAt` outlives a part of the run, as a minute does.
 */
export function createTally(refusedAt: Map<number, number>) {
  const open = new Map<number, number[]>();
  const tally: Tally = { sent: 0, answered: 0, refused: 0, lost: 0, doubled: 0, took: [], strange: [] };
  let waiting = 0;
  let lastAt = 0;
  let over = false;

  return {
    said(person: number): void {
      const mine = open.get(person) ?? [];
      open.set(person, mine);
      mine.push(monotonicMs());
      tally.sent++;
      waiting++;
    },
    told(person: number, text: string): void {
      if (over) return;
      lastAt = monotonicMs();
      const mine = open.get(person) ?? [];
      const refused = busy.test(text);
      const at = refused ? mine.pop() : mine.shift();
      if (refused) refusedAt.set(person, lastAt);
      if (at === undefined) {
        tally.doubled++;
        if (tally.strange.length < 5) tally.strange.push(text.slice(0, 300));
        return;
      }
      waiting--;
      if (refused) tally.refused++;
      else {
        tally.answered++;
        tally.took.push(lastAt - at);
      }
    },
    waiting: () => waiting,
    lastAt: () => lastAt,
    /** What is still open is lost, unless the person had been told. */
    end(): Tally {
      over = true;
      for (const [person, mine] of open)
        for (const at of mine) {
          if (Math.abs(at - (refusedAt.get(person) ?? Number.NEGATIVE_INFINITY)) < silentMs) tally.refused++;
          else tally.lost++;
        }
      return tally;
    },
  };
}
