import { describe, expect, it } from "vitest";
import type { AccountRef } from "../../../src/contracts/listening.ts";
import { createEvents } from "../../../src/core/events.ts";
import { createScheduler } from "../../../src/jobs/scheduler.ts";
import { createListening } from "../../../src/listening/listening.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { createFakeLedger } from "../../fakes/ledger.ts";
import { createFakeFeed, track } from "../../fakes/player-feed.ts";
import { createFakeSettings } from "../../fakes/settings.ts";
import { silentLog } from "../../support/log.ts";

const MINUTE = 60_000;
const account: AccountRef = { accountId: "acc-1", personId: "ann", provider: "fake" };

/** As a program that starts while the service calls the one grant dead. */
function open(onRead?: () => void) {
  const clock = createFakeClock();
  const feed = createFakeFeed(clock);
  const events = createEvents(silentLog);
  const titles: string[] = [];
  events.on("now_playing.changed", ({ now }) => void titles.push(now.state?.item?.title ?? "-"));
  const listening = createListening({
    feed: feed.feed,
    ledger: createFakeLedger(),
    accounts: async () => [{ ...account, status: "needs_relink" }],
    async records() {
      onRead?.();
      return true;
    },
    budget: async () => ({ daily: 1_000, used: 0 }),
    settings: createFakeSettings(),
    scheduler: createScheduler({ clock, log: silentLog }),
    events,
    clock,
    log: silentLog,
  });
  const healed = () => events.emit({ type: "link.healed", ...account });
  return { clock, feed, hand: feed.byHand("acc-1"), listening, titles, healed };
}

describe("a link that was called dead when the program started", () => {
  it("costs no call, and is watched and read again as soon as it has healed", async () => {
    const { clock, feed, hand, listening, titles, healed } = open();
    hand.play([track("One")]);
    await listening.start();
    listening.watch.interest("person:ann", "announce", "room");
    await clock.advance(10 * MINUTE);
    expect(feed.calls).toEqual([]);
    expect(listening.recorder.standings()).toMatchObject([{ expired: true }]);
    healed();
    hand.play([track("Two")]);
    await clock.advance(MINUTE);
    expect(titles).toEqual(["Two"]);
    expect((await listening.watch.status()).accounts).toMatchObject([{ machine: "watching", known: "playing" }]);
    expect(listening.recorder.standings()).toMatchObject([{ expired: false }]);
    listening.stop();
  });

  it("is watched though it healed while the program was still starting", async () => {
    let told = false;
    const { clock, hand, listening, titles, healed } = open(() => {
      if (!told) healed();
      told = true;
    });
    hand.play([track("One")]);
    await listening.start();
    listening.watch.interest("person:ann", "announce", "room");
    await clock.advance(MINUTE);
    expect(titles).toEqual(["One"]);
    listening.stop();
  });
});
