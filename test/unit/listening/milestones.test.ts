import { describe, expect, it, onTestFinished } from "vitest";
import type { HappeningOf } from "../../../src/contracts/events.ts";
import { listenerOf } from "../../../src/contracts/listening.ts";
import { personSettings } from "../../../src/contracts/people-store.ts";
import type { Post } from "../../../src/contracts/posts.ts";
import { createEvents } from "../../../src/core/events.ts";
import { createPrivateTimes } from "../../../src/listening/ledger/private-times.ts";
import { createMilestones } from "../../../src/listening/milestones.ts";
import { createSharing } from "../../../src/listening/sharing.ts";
import { createStats } from "../../../src/listening/stats/stats.ts";
import { DAY, MINUTE, openLedger, song, watched } from "../../support/ledger.ts";
import { silentLog as log } from "../../support/log.ts";

const person = listenerOf.person("ada");
const hall = { platform: "web", tenant: "", id: "hall" };
const signal = new AbortController().signal;

async function stand() {
  const { clock, store, ledger, close } = await openLedger();
  onTestFinished(close);
  const events = createEvents(log);
  const told: HappeningOf<"milestone.reached">[] = [];
  events.on("milestone.reached", (happening) => void told.push(happening));
  const privateTimes = createPrivateTimes({ store, clock });
  const sharing = createSharing({ store, privateTimes, hasLeft: async () => false, clock, log });
  const owed = new Map<string, Post>();
  const allows = { statistics: true, announces: true };
  const milestones = createMilestones({
    people: async () => ["ada"],
    stats: createStats({ store, clock }),
    statistics: () => allows.statistics,
    settings: store.settings,
    sharing,
    announces: async () => allows.announces,
    posts: () => ({
      async owe(key, post) {
        if (owed.has(key)) return false;
        owed.set(key, post);
        return true;
      },
    }),
    events,
    clock,
    log,
  });
  /** So many plays of one artist, the last of them a moment ago. */
  async function hears(count: number, from = clock.now()) {
    const plays = Array.from({ length: count }, (_, at) => {
      const endedAt = from - at * 4 * MINUTE;
      return watched(song(1), endedAt - 3 * MINUTE, endedAt);
    });
    await ledger.record(person, plays);
  }
  const look = () => milestones.job.run(signal);
  const pass = async (ms: number) => {
    await clock.advance(ms);
    await look();
  };
  return { clock, store, sharing, milestones, told, owed, allows, hears, look, pass };
}

describe("milestones", () => {
  it("are told when they are reached, again until somebody was told, and never a second time", async () => {
    const { clock, milestones, told, hears, look, pass } = await stand();
    await hears(98);
    await look();
    expect(told).toEqual([]);
    await clock.advance(DAY);
    await hears(3);
    await look();
    expect(told.map(({ milestone }) => milestone)).toEqual([
      { what: "artist", count: 100, artist: expect.any(String) },
    ]);
    await pass(DAY);
    expect(told).toHaveLength(2);
    expect(told[1]?.key).toBe(told[0]?.key);
    await milestones.told("ada", told[0]?.key ?? "");
    await pass(DAY);
    expect(told).toHaveLength(2);
  });

  it("are silent about what was reached before, or came by a file", async () => {
    const { clock, told, hears, look } = await stand();
    await hears(150);
    await look();
    await clock.advance(DAY);
    // Long ago, and not between the two looks.
    await hears(1_200, clock.now() - 30 * DAY);
    await look();
    expect(told).toEqual([]);
  });

  it("are not told to whoever does not want them, nor later what was reached meanwhile", async () => {
    const { clock, store, told, hears, look } = await stand();
    await hears(98);
    await look();
    await store.settings.put(personSettings.owner("ada"), personSettings.milestones, "off");
    await clock.advance(DAY);
    await hears(3);
    await look();
    await store.settings.remove(personSettings.owner("ada"), personSettings.milestones);
    await look();
    expect(told).toEqual([]);
  });

  it("are told to each place, however alike their long names are", async () => {
    const { clock, sharing, owed, hears, look } = await stand();
    await hears(98);
    await look();
    const rooms = ["1", "2"].map((last) => ({
      platform: "web",
      tenant: "1".repeat(100),
      id: `${"9".repeat(100)}${last}`,
    }));
    for (const room of rooms) await sharing.allow("ada", "compare", room);
    await clock.advance(DAY);
    await hears(3);
    await look();
    expect([...owed.values()].map(({ place }) => place)).toEqual(rooms);
    for (const key of owed.keys()) expect(key.length).toBeLessThanOrEqual(200);
  });

  it("count years since the first play", async () => {
    const { clock, told, hears, look, pass } = await stand();
    await hears(1, clock.now() - 364 * DAY);
    await look();
    await pass(3 * DAY);
    expect(told.map(({ milestone }) => milestone)).toEqual([{ what: "years", count: 1 }]);
  });

  it.each([
    { allowed: true, announces: true, posts: 1 },
    { allowed: true, announces: false, posts: 0 },
    { allowed: false, announces: true, posts: 0 },
  ])(
    "are posted once where comparisons may be seen and announcements are on: %o",
    async ({ allowed, announces, posts }) => {
      const { clock, sharing, allows, owed, hears, look } = await stand();
      allows.announces = announces;
      if (allowed) await sharing.allow("ada", "compare", hall);
      await hears(98);
      await look();
      await clock.advance(DAY);
      await hears(3);
      await look();
      await look();
      expect(owed.size).toBe(posts);
      for (const post of owed.values()) expect(post).toMatchObject({ place: hall, view: { kind: "milestone" } });
    },
  );

  it("are nothing where sums may not be made", async () => {
    const { store, allows, hears, look } = await stand();
    allows.statistics = false;
    await hears(98);
    await look();
    expect(await store.settings.get(personSettings.owner("ada"), personSettings.milestonesTold)).toBeUndefined();
  });
});
