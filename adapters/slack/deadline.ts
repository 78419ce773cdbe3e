import type { Clock } from "../../src/contracts/clock.ts";
import { SegueError } from "../../src/contracts/errors.ts";

/** Raises Unavailable after `ms` even when the work does not listen to its signal. */
export async function within<T>(clock: Clock, ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController();
  const settled = new AbortController();
  const timer = clock.sleep(ms, settled.signal).then(
    () => {
      const error = new SegueError("Unavailable", { service: "slack", why: "timeout" });
      late.abort(error);
      throw error;
    },
    // Aborted because the work has ended, which settles the race first.
    () => new Promise<never>(() => {}),
  );
  try {
    return await Promise.race([work(late.signal), timer]);
  } finally {
    settled.abort("over");
  }
}
