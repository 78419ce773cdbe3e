import type { Clock } from "../contracts/clock.ts";
import { SegueError } from "../contracts/errors.ts";

/** What a platform is asked: its answer, or Unavailable when that takes longer. The request itself is left to its own deadline. */
export async function within<T>(ms: number, task: Promise<T>, clock: Clock): Promise<T> {
  const done = new AbortController();
  const late = clock.sleep(ms, done.signal).then(() => {
    throw new SegueError("Unavailable", { service: "platform", why: "timeout" });
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([task, late]);
  } finally {
    // Without a reason of its own every abort makes an error with a stack.
    done.abort("over");
  }
}
