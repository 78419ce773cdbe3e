import type { Clock } from "../../src/contracts/clock.ts";

/** Another's time, told wrong: a machine's clock that is set while waits go on as they were. */
export type JumpingClock = Clock & { jump(ms: number): void };

export function createJumpingClock(clock: Clock): JumpingClock {
  let wrongBy = 0;
  return {
    now: () => clock.now() + wrongBy,
    sleep: (ms, signal) => clock.sleep(ms, signal),
    jump(ms) {
      wrongBy += ms;
    },
  };
}
