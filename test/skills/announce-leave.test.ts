import { describe, expect, it, vi } from "vitest";
import { SegueError } from "../../src/contracts/errors.ts";
import { listenerOf, type Sighting } from "../../src/contracts/listening.ts";
import { createHistory } from "../../src/listening/history.ts";
import { creep, gone, hello, minuteMs, openHall, ownPlayers, skyfall, song } from "./announce-stage.ts";

/** Somebody who lets the hall see it and has one play of an hour ago in their history. */
async function withPlay() {
  const held = await openHall({ ...ownPlayers, only: ["announce", "history", "help", "place"] });
  const ann = await held.agreed("ann");
  const listener = listenerOf.person(ann);
  const history = createHistory({ store: held.store, clock: held.clock });
  /** A song of four minutes that began so long ago. */
  async function records(title: string, ago: number, artist = "Adele"): Promise<number> {
    const startedAt = held.clock.now() - ago;
    const sighting: Sighting = {
      source: { origin: "memory", way: "observed" },
      key: `${title} ${startedAt}`,
      heard: { kind: "track", title, artists: [{ name: artist }], durationMs: 4 * minuteMs },
      startedAt,
      endedAt: startedAt + 4 * minuteMs,
      exact: "both",
    };
    await history.ledger.record(listener, [sighting]);
    const all = await history.stats.recent(listener, { limit: 10 });
    return all.find((play) => play.title === title && play.startedAt === startedAt)?.playId ?? 0;
  }
  const first = await records("Hello", 64 * minuteMs);
  async function does(intent: string, slots: Record<string, unknown>): Promise<void> {
    expect((await held.user("ann").sends(intent, slots))?.text).toMatch(/deleted|hidden/i);
    await held.pass(2_000);
  }
  return {
    held,
    ann,
    records,
    deletes: (play = first) => does("history.delete", { play, sure: "yes" }),
    async hides() {
      const [latest] = await history.stats.recent(listener, { limit: 1 });
      await does("history.hide", { what: "track", id: latest?.trackId });
    },
  };
}

describe("whoever is shown", () => {
  it("has seen the very card, who sees it and how long it stays, and said yes", async () => {
    const held = await openHall();
    const ann = await held.meet("ann");
    await held.say("/announce on", "ola");
    const asked = await held.user("ann", { place: "hall" }).says("/announce me");
    expect(asked).toMatchObject({ kind: "question", visibility: "private" });
    expect(asked?.text).toMatch(/Everybody here would see.*30 days/);
    expect(asked?.blocks.map(({ type }) => type)).toContain("heading");
    await held.hears(ann, hello);
    expect(held.shown()).toEqual([]);
    await held.user("ann", { place: "hall" }).presses("No");
    await held.hears(ann, creep);
    expect(held.shown()).toEqual([]);
    await held.user("ann", { place: "hall" }).says("/announce me");
    await held.user("ann", { place: "hall" }).presses("Yes, show it here");
    await held.pass(1_000);
    // What they hear right now, without a new song.
    expect(held.shown()).toEqual(["ann is listening to Creep by Radiohead."]);
    expect(await held.say("/announce", "bob")).toMatch(/Shown here when they listen: ann\./);
  });

  it("takes it back, and with it everything that is there", async () => {
    const held = await openHall();
    const ann = await held.agreed("ann");
    await held.hears(ann, hello);
    await held.hears(ann, "nothing");
    await held.pass(20 * minuteMs);
    await held.hears(ann, creep);
    expect(await held.say("/announce stop")).toMatch(/taken back the cards/);
    await held.pass(2_000);
    expect(held.shown()).toEqual([gone, gone]);
    await held.hears(ann, hello);
    expect(held.shown()).toEqual([gone, gone]);
    expect(await held.say("/announce stop")).toMatch(/sees nothing/);
    expect(JSON.stringify(await held.store.cards.list("gone", undefined, 10))).not.toMatch(/Hello|Creep|person:/);
  });

  it("is taken back once more when the platform was down, and after a restart", async () => {
    const held = await openHall();
    await held.hears(await held.agreed("ann"), hello);
    held.adapter.onSend = (moment, what) => {
      if (moment === "before" && what === "edit")
        throw new SegueError("Unavailable", { service: "test", why: "connection" });
    };
    await held.say("/announce stop");
    await held.pass(30_000);
    expect(held.shown()).toEqual(["ann is listening to Hello by Adele."]);
    await held.restart();
    held.adapter.onSend = () => {};
    await held.pass(2 * minuteMs);
    expect(held.shown()).toEqual([gone]);
  });

  it("goes at once when they are private, and comes back after that", async () => {
    const held = await openHall(ownPlayers);
    const ann = await held.agreed("ann");
    await held.hears(ann, hello);
    await held.user("ann").sends("hiding.set", { minutes: 60 });
    await held.pass(2_000);
    expect(held.shown()).toEqual([gone]);
    await held.hears(ann, creep);
    expect(held.shown()).toEqual([gone]);
    expect(await held.say("/announce why")).toMatch(/You are private until 14:00/);
    await held.user("ann").sends("hiding.set");
    await held.pass(2_000);
    expect(held.shown()).toEqual([gone, "ann is listening to Creep by Radiohead."]);
    await held.user("ann").sends("hiding.set", { minutes: 5 });
    await held.hears(ann, song("Long", "Adele", 60 * minuteMs));
    await held.pass(4 * minuteMs);
    expect(held.shown()).toEqual([gone, gone]);
    await held.pass(3 * minuteMs);
    expect(held.shown()).toEqual([gone, gone, "ann is listening to Long by Adele."]);
  });

  it("takes what is over with them when they hide something, and the sums of what goes on", async () => {
    const { held, ann, hides } = await withPlay();
    await held.hears(ann, hello);
    await held.pass(21 * minuteMs);
    expect(held.shown()).toEqual(["ann listened to 1 song (4 min, memory)."]);
    await held.hears(ann, hello);
    await held.pass(3 * minuteMs);
    await hides();
    expect(held.shown()).toEqual([gone, "ann is listening to Hello by Adele."]);
    await held.hears(ann, creep);
    await held.pass(21 * minuteMs);
    expect(held.shown()[1]).toBe("ann listened to 1 song (4 min, memory).");
  });

  it("loses the one play that they delete, and stands otherwise", async () => {
    const { held, ann, records, deletes } = await withPlay();
    for (const each of [hello, skyfall, creep]) {
      await held.hears(ann, each);
      await held.pass(4 * minuteMs);
    }
    await held.pass(20 * minuteMs);
    const whole = "ann listened to 3 songs, mostly Adele (12 min, memory).";
    expect(held.shown()).toEqual([whole]);
    // What was heard before is on no card.
    await deletes();
    expect(held.shown()).toEqual([whole]);
    const heard = await records("Hello", 32 * minuteMs);
    await deletes(heard);
    expect(held.shown()).toEqual(["ann listened to 2 songs (8 min, memory)."]);
    await deletes(await records("Skyfall", 28 * minuteMs));
    expect(held.shown()).toEqual(["ann listened to 1 song (4 min, memory)."]);
    await deletes(await records("Creep", 24 * minuteMs, "Radiohead"));
    expect(held.shown()).toEqual([gone]);
  });

  it("loses it once where the deletion broke off, and they ask again", async () => {
    const { held, ann, records, deletes } = await withPlay();
    for (const each of [hello, skyfall, creep]) {
      await held.hears(ann, each);
      await held.pass(4 * minuteMs);
    }
    await held.pass(20 * minuteMs);
    const heard = await records("Hello", 32 * minuteMs);
    const broken = vi.spyOn(held.store.plays, "bury").mockRejectedValueOnce(new Error("disk full"));
    await held.user("ann").sends("history.delete", { play: heard, sure: "yes" });
    expect(broken).toHaveBeenCalledOnce();
    await held.pass(2_000);
    expect(held.shown()).toEqual(["ann listened to 2 songs (8 min, memory)."]);
    await deletes(heard);
    expect(held.shown()).toEqual(["ann listened to 2 songs (8 min, memory)."]);
  });

  it("is shown nowhere any more once their account is unlinked", async () => {
    const held = await openHall();
    const ann = await held.agreed("ann");
    await held.hears(ann, hello);
    held.events.emit({ type: "link.removed", personId: ann, accountId: "a", provider: "memory" });
    await held.pass(2_000);
    expect(held.shown()).toEqual([gone]);
  });

  it("is watched for the place's sake only while they let it, and it wants it", async () => {
    const held = await openHall();
    const ann = await held.agreed("ann");
    const interests = () => held.watch().interests(`person:${ann}`);
    expect(interests()).toEqual(['announce ["test","","hall"]']);
    await held.say("/announce off", "ola");
    expect(interests()).toEqual([]);
    await held.say("/announce on", "ola");
    expect(interests()).toHaveLength(1);
    await held.say("/announce stop");
    await held.pass(1_000);
    expect(interests()).toEqual([]);
  });
});
