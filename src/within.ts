import type { Clock } from "./contracts/clock.ts";
import { SegueError } from "./contracts/errors.ts";

/** Gives `work` a signal that ends after `ms`, and raises Unavailable then even when the work does not listen to it. */
export async function within<T>(
  clock: Clock,
  ms: number,
  service: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const settled = new AbortController();
  const timer = clock.sleep(ms, settled.signal).then(
    () => {
      const error = new SegueError("Unavailable", { service, why: "timeout" });
      late.abort(error);
      throw error;
    },
    // Aborted by the work having ended, which settles the race first.
    () => new Promise<never>(() => {}),
  );
  try {
    return await Promise.race([work(late.signal), timer]);
  } finally {
    // Without a reason of its own every abort makes an error with a stack.
    settled.abort("over");
  }
}
