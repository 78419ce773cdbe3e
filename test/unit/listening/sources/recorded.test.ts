import { describe, expect, it } from "vitest";
import type { Heard } from "../../../../src/contracts/listening.ts";
import { createScheduler } from "../../../../src/jobs/scheduler.ts";
import { createRecorder } from "../../../../src/listening/recorder/recorder.ts";
import { stateOf } from "../../../../src/listening/sources/state.ts";
import { createOutages } from "../../../../src/listening/watch/outages.ts";
import { watchTimers } from "../../../../src/listening/watch/timers.ts";
import { createFakeClock } from "../../../fakes/clock.ts";
import { createFakeLedger } from "../../../fakes/ledger.ts";
import { createFakeFeed } from "../../../fakes/player-feed.ts";
import { createFakeSettings } from "../../../fakes/settings.ts";
import { silentLog } from "../../../support/log.ts";

const SECOND = 1_000;
const ann = "person:ann";

async function open() {
  const clock = createFakeClock();
  const ledger = createFakeLedger();
  const recorder = createRecorder({
    ledger,
    feed: createFakeFeed(clock).feed,
    settings: createFakeSettings(),
    scheduler: createScheduler({ clock, log: silentLog }),
    spending: { count: async () => {} },
    outages: createOutages(clock, watchTimers),
    budget: async () => ({ daily: 1_000, used: 0 }),
    clock,
    log: silentLog,
  });
  const tells = async (heard: Heard | undefined, sinceAt = clock.now()) => {
    recorder.seen({
      key: `${ann} diary`,
      by: "push",
      listener: ann,
      source: { origin: "diary", way: "playing" },
      state: heard && stateOf(heard, sinceAt, clock.now()),
      at: clock.now(),
      told: true,
    });
    await clock.advance(0);
  };
  return { clock, ledger, tells };
}

const words = (title: string, more: Partial<Heard> = {}): Heard => ({
  kind: "track",
  title,
  artists: [{ name: "Band" }],
  ...more,
});

describe("what only words are known of", () => {
  it("is written down as words, with the time that it was heard, of whatever length it is", async () => {
    const { clock, ledger, tells } = await open();
    const beganAt = clock.now();
    for (let second = 0; second < 180; second += 15) {
      await tells(words("One"), beganAt);
      await clock.advance(15 * SECOND);
    }
    await tells(words("Two"));
    const [play, ...others] = ledger.sightings(ann);
    expect(others).toEqual([]);
    expect(play).toMatchObject({ heard: { title: "One" }, startedAt: beganAt, listenedMs: 180 * SECOND });
    expect(play?.heard).not.toHaveProperty("uri");
    expect(play?.heard).not.toHaveProperty("durationMs");
  });

  it("keeps the address and the length that its source gave", async () => {
    const { clock, ledger, tells } = await open();
    await tells(words("One", { uri: "tunes:track:1", durationMs: 120 * SECOND }));
    await clock.advance(120 * SECOND);
    await tells(words("Two"));
    expect(ledger.sightings(ann)).toMatchObject([{ heard: { uri: "tunes:track:1", durationMs: 120 * SECOND } }]);
  });

  it("is one song while it goes on, in whatever spelling of capitals and accents", async () => {
    const { clock, ledger, tells } = await open();
    const beganAt = clock.now();
    await tells(words("Café"), beganAt);
    await clock.advance(60 * SECOND);
    await tells(words("CAFE"), beganAt);
    await clock.advance(60 * SECOND);
    await tells(undefined);
    await tells(words("Next"));
    expect(ledger.sightings(ann)).toHaveLength(1);
  });
});
