import type { Clock } from "../contracts/clock.ts";

/** Lets what nobody waits for go behind what somebody waits for. */
export interface Courtesy {
  /** Somebody waits, until the answer is called. */
  begin(): () => void;
  /** Resolves when nobody waits, or at `untilAt`: those who wait may never end. Never rejects. */
  after(untilAt: number, signal: AbortSignal): Promise<void>;
}

export function createCourtesy(clock: Clock): Courtesy {
  let waiting = 0;
  let quiet = Promise.withResolvers<void>();
  return {
    begin() {
      if (waiting++ === 0) quiet = Promise.withResolvers<void>();
      let ended = false;
      return () => {
        if (ended) return;
        ended = true;
        if (--waiting === 0) quiet.resolve();
      };
    },
    async after(untilAt, signal) {
      const left = untilAt - clock.now();
      if (waiting === 0 || left <= 0) return;
      const done = new AbortController();
      const late = clock.sleep(left, AbortSignal.any([signal, done.signal])).catch(() => undefined);
      await Promise.race([quiet.promise, late]);
      // Without a reason of its own every abort makes an error with a stack.
      done.abort("over");
    },
  };
}
