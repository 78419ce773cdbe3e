import { describe, expect, it } from "vitest";
import { listenerOf } from "../../src/contracts/listening.ts";
import { createChatAdapter } from "../fakes/chat-adapter.ts";
import { creep, gone, hall, hello, minuteMs, openHall, song } from "./announce-stage.ts";

describe("a card", () => {
  it("moves down when it is buried or old, and leaves one line behind", async () => {
    const held = await openHall();
    const ann = await held.agreed("ann");
    await held.hears(ann, hello);
    const chat = async (count: number) => {
      for (let at = 0; at < count; at++)
        await held.send(held.event("bob", { text: "hm" }, { place: "hall", addressed: false }));
    };
    await chat(7);
    await held.hears(ann, creep);
    expect(held.shown()).toEqual(["ann is listening to Creep by Radiohead."]);
    await chat(1);
    await held.hears(ann, hello);
    expect(held.shown()).toEqual(["ann: this goes on further down.", "ann is listening to Hello by Adele."]);
    for (let minutes = 0; minutes < 6 * 60; minutes += 4) {
      await held.hears(ann, song(`Song ${minutes}`));
      await held.clock.advance(4 * minuteMs);
    }
    await held.hears(ann, creep);
    expect(held.shown()).toHaveLength(3);
    expect(held.shown()[1]).toBe("ann: this goes on further down.");
  }, 30_000);

  it("is found again after a restart: no second one for the same session", async () => {
    const held = await openHall();
    const ann = await held.agreed("ann");
    await held.hears(ann, hello);
    await held.pass(3 * minuteMs);
    await held.restart();
    await held.hears(ann, creep);
    await held.pass(3 * minuteMs);
    await held.hears(ann, "nothing");
    await held.pass(16 * minuteMs);
    expect(held.shown()).toEqual(["ann listened to 2 songs (6 min, Memory)."]);
  });

  it("that a dead process had made and not owed is posted by the next", async () => {
    const held = await openHall();
    const ann = await held.agreed("ann");
    const now = held.clock.now();
    const session = { startedAt: now, at: now, playing: true, item: hello, progressMs: 0, itemMs: 0, listenedMs: 0 };
    const row = { id: "left", listener: `person:${ann}`, place: hall, status: "live" as const };
    await held.store.cards.put([
      { ...row, session: { ...session, songs: 0, artists: [], origin: "memory" }, createdAt: now, changedAt: now },
    ]);
    await held.restart();
    await held.pass(2_000);
    expect(held.shown()).toEqual(["ann is listening to Hello by Adele."]);
  });

  it("that must not be seen any more is taken back by the next start, whatever the last one missed", async () => {
    const held = await openHall();
    const ann = await held.agreed("ann");
    await held.hears(ann, hello);
    await held.store.shares.remove({ personId: ann });
    await held.restart();
    await held.pass(2_000);
    expect(held.shown()).toEqual([gone]);
  });

  it("that was over, or has moved, before its platform came back is not posted any more", async () => {
    const adapter = Object.assign(createChatAdapter(), { healthy: () => up });
    let up = true;
    const held = await openHall({ adapter });
    const ann = await held.agreed("ann");
    up = false;
    for (let minutes = 0; minutes <= 6 * 60; minutes += 4) {
      await held.hears(ann, song(`Song ${minutes}`));
      await held.clock.advance(4 * minuteMs);
    }
    await held.hears(ann, creep);
    expect((await held.store.cards.list("moved", undefined, 10)).length).toBe(1);
    up = true;
    await held.pass(minuteMs);
    expect(held.shown()).toEqual(["ann is listening to Creep by Radiohead."]);
    up = false;
    await held.hears(ann, "nothing");
    await held.pass(20 * minuteMs);
    await held.hears(ann, hello);
    await held.hears(ann, "nothing");
    await held.pass(20 * minuteMs);
    up = true;
    await held.pass(2 * minuteMs);
    expect(held.shown()).toHaveLength(1);
    expect(await held.say("/announce why")).not.toMatch(/NotFound/);
  }, 30_000);

  it("is the only one of somebody who is heard of while the program begins", async () => {
    const held = await openHall();
    const ann = await held.agreed("ann");
    await held.hears(ann, hello);
    await held.restart((store) => ({
      ...store,
      cards: {
        ...store.cards,
        async list(...asked: Parameters<typeof store.cards.list>) {
          held.events.emit({ type: "now_playing.changed", now: held.watch().hears(listenerOf.person(ann), creep) });
          for (let turns = 0; turns < 50; turns++) await new Promise(setImmediate);
          return store.cards.list(...asked);
        },
      },
    }));
    await held.hears(ann, creep);
    expect(await held.store.cards.list("live", undefined, 10)).toHaveLength(1);
    expect(held.shown()).toEqual(["ann is listening to Creep by Radiohead."]);
  });

  it("keeps nobody watched whose leave is gone without a word", async () => {
    const held = await openHall();
    const ann = await held.agreed("ann");
    await held.hears(ann, hello);
    expect(held.watch().interests(listenerOf.person(ann))).toHaveLength(1);
    await held.store.shares.remove({ personId: ann });
    await held.pass(2 * minuteMs);
    expect(held.shown()).toEqual([gone]);
    expect(held.watch().interests(listenerOf.person(ann))).toEqual([]);
  });

  it("that is over goes within the hour where it may not be seen any more and nobody said a word", async () => {
    const held = await openHall();
    const ann = await held.agreed("ann");
    await held.hears(ann, hello);
    await held.hears(ann, "nothing");
    await held.pass(20 * minuteMs);
    expect(held.shown()).not.toEqual([gone]);
    await held.store.shares.remove({ personId: ann });
    await held.pass(130 * minuteMs);
    expect(held.shown()).toEqual([gone]);
  });

  it("ends with the quiet hours of the place and of the person, and begins after them", async () => {
    const held = await openHall();
    const ann = await held.agreed("ann");
    await held.hears(ann, song("Long", "Adele", 9 * 60 * minuteMs));
    // It is 13:00 in Berlin.
    expect(await held.say("/announce hours 14:00-16:00", "ola")).toMatch(/14:00–16:00/);
    expect(await held.say("/announce quiet 15:00-17:00")).toMatch(/15:00–17:00 \(Europe\/Berlin\)/);
    await held.pass(62 * minuteMs);
    expect(held.shown()).toEqual([expect.stringMatching(/^ann listened to 1 song \(1 h [01] min, Memory\)\.$/)]);
    expect(await held.say("/announce why")).toMatch(/This place has quiet hours until 16:00/);
    await held.pass(120 * minuteMs);
    expect(await held.say("/announce why")).toMatch(/You have quiet hours until 17:00/);
    expect(held.shown()).toHaveLength(1);
    await held.pass(60 * minuteMs);
    expect(held.shown()).toHaveLength(2);
    expect(held.shown()[1]).toBe("ann is listening to Long by Adele.");
    expect(await held.say("/announce quiet off")).toMatch(/none/);
    expect(await held.say("/announce quiet whenever")).toMatch(/did not understand/);
  });

  it("is not posted beyond what the place wants in a day", async () => {
    const held = await openHall();
    const [ann, bob] = [await held.agreed("ann"), await held.agreed("bob")];
    await held.say("/announce limit 1", "ola");
    await held.hears(ann, hello);
    await held.hears(bob, song("Long", "Adele", 30 * 60 * minuteMs));
    expect(held.shown()).toHaveLength(1);
    expect(await held.say("/announce why", "bob")).toMatch(/The 1 card that this place wants.*13:00/);
    await held.pass(24 * 60 * minuteMs);
    expect(held.shown()[1]).toBe("bob is listening to Long by Adele.");
  });
});
