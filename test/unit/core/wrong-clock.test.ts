import { describe, expect, it } from "vitest";
import type { Adapter } from "../../../src/contracts/adapter.ts";
import { createAllowance } from "../../../src/core/allowance.ts";
import { createStandings } from "../../../src/core/standing.ts";
import { createTries } from "../../../src/core/tries.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { createJumpingClock } from "../../fakes/jumping-clock.ts";
import { silentLog } from "../../support/log.ts";

const hour = 60 * 60_000;

describe("what is kept for a while", () => {
  it.each([-24, -1, 24])("is kept no longer by a clock that is set by %s hours", async (hours) => {
    const timer = createFakeClock();
    const clock = createJumpingClock(timer);
    let asked = 0;
    const adapter = {
      platform: "chat",
      standing: async () => {
        asked++;
        return { manager: true, groups: [] };
      },
    } as Partial<Adapter> as Adapter;
    const standings = createStandings({ adapter: () => adapter, clock, log: silentLog });
    const place = { platform: "chat", tenant: "", id: "room" };
    const user = { platform: "chat", tenant: "", id: "ann" };
    await standings(place, user);
    await standings(place, user);
    expect(asked).toBe(1);
    clock.jump(hours * hour);
    await timer.advance(5 * 60_000);
    await standings(place, user);
    expect(asked).toBe(2);
    await standings(place, user);
    expect(asked).toBe(2);
  });
});

describe.each([-24, -1, 24])("a clock that is set by %s hours", (hours) => {
  it("shuts nobody out who may ask so often", async () => {
    const clock = createJumpingClock(createFakeClock());
    const allowance = createAllowance({ count: 3, windowMs: 60_000 });
    const take = () => allowance.take("ann", clock.now());
    for (let each = 0; each < 3; each++) expect(take()).toBeUndefined();
    expect(take()).toBeDefined();
    clock.jump(hours * hour);
    for (let each = 0; each < 3; each++) expect(take()).toBeUndefined();
    expect(take()).toBe(clock.now() + 60_000);
  });

  it("keeps back what could not be told for no longer than its pause", async () => {
    const timer = createFakeClock();
    const clock = createJumpingClock(timer);
    const tries = createTries(clock);
    expect(tries.begin("news")).toBe(true);
    tries.end("news", "failed");
    expect(tries.begin("news")).toBe(false);
    clock.jump(hours * hour);
    if (hours < 0) expect(tries.begin("news")).toBe(false);
    await timer.advance(61_000);
    expect(tries.begin("news")).toBe(true);
  });
});
