import { LRUCache } from "lru-cache";
import type { Adapter } from "../contracts/adapter.ts";
import type { Clock } from "../contracts/clock.ts";
import type { Sent } from "../contracts/incoming.ts";
import type { Courtesy } from "./courtesy.ts";

/** So long at most a card is held back for the sake of others. */
const courtesyMs = 100;

/** When a message may be edited: as often as its platform asks for its place, and after whoever waits for an answer. */
export function createEditTurns({
  courtesy,
  clock,
  signal,
}: {
  /** Absent: cards are drawn whoever waits. */
  courtesy: Pick<Courtesy, "after"> | undefined;
  clock: Clock;
  signal: AbortSignal;
}) {
  const nextAt = new LRUCache<string, number>({ max: 1_000 });
  let last = Promise.resolve();

  return {
    /** A player's card may stand with many, and nobody waits for those: whoever waits for an answer goes before and between them. */
    spaced(): Promise<void> {
      const untilAt = clock.now() + courtesyMs;
      last = last
        .then(() => courtesy?.after(untilAt, signal))
        .then(() => new Promise((resolve) => setImmediate(resolve)));
      return last;
    },
    /** What is drawn while its place takes no edit would have to be drawn again. */
    async due({ place }: Sent): Promise<void> {
      const left = (nextAt.get(JSON.stringify(place)) ?? 0) - clock.now();
      if (left > 0) await clock.sleep(left, signal);
    },
    /** Resolves at this message's turn in its place; true when that took waiting. */
    async turn(adapter: Adapter, sent: Sent): Promise<boolean> {
      const place = JSON.stringify(sent.place);
      const now = clock.now();
      const at = Math.max(now, nextAt.get(place) ?? 0);
      nextAt.set(place, at + 60_000 / adapter.limits.editsPerMinute);
      if (at > now) await clock.sleep(at - now, signal);
      return at > now;
    },
  };
}
