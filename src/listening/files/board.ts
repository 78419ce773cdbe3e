import { LRUCache } from "lru-cache";
import type { Clock } from "../../contracts/clock.ts";
import type { Events } from "../../contracts/events.ts";
import type { BroughtState } from "../../contracts/history-files.ts";

/** What ended can be looked at for a day, as messages are. */
const SHOWN_MS = 24 * 60 * 60_000;
const MOST_SHOWN = 1_000;
/** The message that shows it may only be on its way when it ends: whoever looks on is told again after these. */
const AGAIN_MS = [2_000, 10_000, 40_000] as const;

export type Board = ReturnType<typeof createBoard>;

/** How far files are that are not being read: on their way here, or at their end. */
export function createBoard({
  events,
  clock,
  stopping,
}: {
  events: Pick<Events, "emit">;
  clock: Clock;
  stopping: AbortSignal;
}) {
  const shown = new LRUCache<string, BroughtState>({ max: MOST_SHOWN, ttl: SHOWN_MS, perf: clock, ttlResolution: 0 });
  const tell = (id: string) => events.emit({ type: "view.changed", kind: "import", key: id });

  return {
    /** Whoever looks on sees it as it is now. */
    tell,
    /** What is drawn already is not drawn again. */
    tellSurely(id: string): void {
      tell(id);
      const again = async () => {
        for (const ms of AGAIN_MS) {
          await clock.sleep(ms, stopping);
          tell(id);
        }
      };
      // Ends by the end of the program alone.
      again().catch(() => undefined);
    },
    get: (id: string): BroughtState | undefined => shown.get(id),
    put: (state: BroughtState): void => void shown.set(state.id, state),
    remove: (id: string): void => void shown.delete(id),
    removeOf(personId: string): void {
      for (const [id, state] of shown) if (state.personId === personId) shown.delete(id);
    },
  };
}
