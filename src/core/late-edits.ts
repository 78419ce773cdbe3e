import type { Clock } from "../contracts/clock.ts";
import type { Log } from "../contracts/log.ts";
import type { ViewRow } from "../contracts/message-store.ts";

const firstPauseMs = 30_000;
const longestPauseMs = 15 * 60_000;
/** While its platform is known to be down nothing is asked of it. */
const lookEveryMs = 30_000;
/** A platform that is down for long owes no more than this; the rest stays for the next change. */
const most = 1_000;

/** Messages that their platform would not take an edit of for now. What changed last may be the end of it, so no change brings them up again. */
export function createLateEdits(parts: {
  /** Whether its platform can be reached. */
  reached(row: ViewRow): boolean;
  /** Tries once more; ends by `owe` or `settle`. */
  edit(row: ViewRow): Promise<void>;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}) {
  const { clock, log, signal } = parts;
  const owed = new Map<string, { tries: number; waits: boolean }>();

  async function wait(row: ViewRow, ms: number): Promise<void> {
    await clock.sleep(ms, signal);
    while (owed.has(row.id) && !parts.reached(row)) await clock.sleep(lookEveryMs, signal);
    const known = owed.get(row.id);
    if (!known) return;
    known.waits = false;
    await parts.edit(row);
  }

  return {
    /** `fromAt`: not before. */
    owe(row: ViewRow, fromAt = 0): void {
      const known = owed.get(row.id) ?? { tries: 0, waits: false };
      if (known.waits || (owed.size >= most && !owed.has(row.id))) return;
      const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(known.tries, 10));
      owed.set(row.id, { tries: known.tries + 1, waits: true });
      wait(row, Math.max(pauseMs, fromAt - clock.now())).catch((error: unknown) => {
        owed.delete(row.id);
        if (!signal.aborted) log.warn({ error, kind: row.kind }, "a view stays as it is until it changes");
      });
    },
    /** It is as it should be, or gone. */
    settle: (id: string): void => void owed.delete(id),
  };
}
