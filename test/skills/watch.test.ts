import { describe, expect, it } from "vitest";
import { minuteMs, openHall, ownPlayers } from "./announce-stage.ts";

describe("watching by hand", () => {
  it("begins, says how long it still lasts, can be made longer, and ends", async () => {
    const held = await openHall(ownPlayers);
    const ann = held.user("ann");
    // Noon UTC is 13:00 in Berlin.
    expect((await ann.says("/watch"))?.text).toBe("I keep an eye on Testify for 30 minutes, until 13:30.");
    await held.clock.advance(10 * minuteMs);
    expect((await ann.says("/watch"))?.text).toBe("I keep an eye on Testify for another 20 minutes, until 13:30.");
    expect((await ann.presses("30 minutes more"))?.text).toMatch(/for 50 minutes, until 14:00/);
    expect((await ann.presses("Stop watching"))?.text).toMatch(/^I no longer keep an eye/);
    expect((await ann.says("/watch stop"))?.text).toBe("I was not keeping an eye on anything.");
    expect((await ann.says("/watch 5"))?.text).toMatch(/for 5 minutes/);
    await held.clock.advance(6 * minuteMs);
    expect((await ann.says("/watch stop"))?.text).toMatch(/no longer|not keeping/);
  });

  it("of a player that is shared is for those who may set up work there", async () => {
    const held = await openHall();
    await held.meet("ann");
    expect((await held.user("ann", { place: "hall" }).says("/watch"))?.text).toMatch(
      /^The player here is shared, and only/,
    );
    expect((await held.user("ola", { place: "hall" }).says("/watch"))?.text).toMatch(/^I keep an eye on /);
  });
});
