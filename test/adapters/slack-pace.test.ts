import { describe, expect, it } from "vitest";
import { createPace } from "../../adapters/slack/pace.ts";
import { createFakeClock } from "../fakes/clock.ts";
import { createJumpingClock } from "../fakes/jumping-clock.ts";

const rate = { burst: 3, everyMs: 1_000 };
const hour = 60 * 60_000;

describe("the pace of slack", () => {
  it.each([-24, -1, 24])("is what it was after the machine's clock was set by %s hours", async (hours) => {
    const timer = createFakeClock();
    const clock = createJumpingClock(timer);
    const pace = createPace({ clock, signal: new AbortController().signal });
    for (let call = 0; call < 3; call++) await pace.turn("posts", rate);
    pace.pause("other", rate, 10_000);
    clock.jump(hours * hour);
    const from = timer.now();
    await timer.until(pace.turn("posts", rate));
    expect(timer.now() - from).toBeLessThanOrEqual(1_000);
    await timer.until(pace.turn("other", rate));
    expect(timer.now() - from).toBeLessThanOrEqual(13_000);
    // And it is kept from then on.
    const then = timer.now();
    await timer.until(Promise.all(Array.from({ length: 8 }, () => pace.turn("fresh", rate))));
    expect(timer.now() - then).toBe(5_000);
  });
});
