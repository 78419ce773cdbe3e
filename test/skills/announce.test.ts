import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { SegueError } from "../../src/contracts/errors.ts";
import { listenerOf, type Sighting } from "../../src/contracts/listening.ts";
import { createHistory } from "../../src/listening/history.ts";
import { createChatAdapter } from "../fakes/chat-adapter.ts";
import { type Crash, type CrashingStore, crashingStore } from "../support/crash.ts";
import { hall, minuteMs, openHall, ownPlayers, song } from "./announce-stage.ts";

const hello = song("Hello");
const skyfall = song("Skyfall");
const creep = song("Creep", "Radiohead");
const gone = "What stood here was taken back.";

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

describe("a place that is told what people hear", () => {
  it("sees one card of each who agreed, edited in place, and one line at the end", async () => {
    const held = await openHall();
    const ann = await held.agreed("ann");
    const bob = await held.agreed("bob");
    await held.hears(ann, hello);
    await held.hears(bob, creep);
    expect(held.shown()).toEqual(["ann is listening to Hello by Adele.", "bob is listening to Creep by Radiohead."]);
    await held.pass(3 * minuteMs);
    await held.hears(ann, creep);
    await held.pass(3 * minuteMs);
    await held.hears(ann, song("Karma Police", "Radiohead"));
    await held.pass(3 * minuteMs);
    await held.hears(ann, "paused");
    expect(held.shown()[0]).toBe("ann has paused Karma Police by Radiohead.");
    await held.pass(17 * minuteMs);
    expect(held.shown()).toEqual([
      "ann listened to 3 songs, mostly Radiohead (9 min, Memory).",
      "bob listened to 1 song (4 min, Memory).",
    ]);
    await held.hears(ann, hello);
    expect(held.shown()).toHaveLength(3);
  });

  it("is shown the picture, the names, the way to the song and whose it is, and can have it too", async () => {
    const held = await openHall();
    await held.hears(await held.agreed("ann"), hello);
    const card = held.adapter.shown.at(-1);
    expect(card).toMatchObject({ place: hall, reply: { visibility: "public" } });
    expect(card?.to).toBeUndefined();
    expect(card?.reply.blocks).toMatchObject([
      { type: "text", text: "ann is listening to" },
      { type: "image", url: "https://art.example/a.jpg" },
      { type: "heading", text: "Hello" },
      { type: "text", text: "Adele" },
      { type: "attribution", text: "Memory", url: "https://music.example/Hello" },
      { type: "buttons", buttons: [{ command: { intent: "playback.play" } }, { command: { intent: "queue.add" } }] },
    ]);
  });

  it("speaks its own language and tells times in its own zone", async () => {
    const held = await openHall({ statistics: false });
    const ann = await held.agreed("ann");
    const choices = { locale: "de", timeZone: "Asia/Tokyo", announce: { on: true } };
    await held.store.settings.put("place:test::hall", "place.choices", choices);
    await held.restart();
    await held.hears(ann, hello);
    expect(held.shown()).toEqual(["ann hört Hello von Adele."]);
    await held.hears(ann, "nothing");
    // Noon UTC is 21:00 there; without statistics nothing is counted.
    expect(held.shown()).toEqual(["ann hat bis 21:00 Musik gehört."]);
  });

  it("is asked by its managers alone, and says so to others", async () => {
    const held = await openHall();
    await held.meet("ann");
    expect(await held.say("/announce on", "ann")).toMatch(/those who manage this place/i);
    expect(await held.say("/announce", "ann")).toMatch(/Announcements are off here.*\nNobody shows/s);
    expect(await held.say("/announce on", "ola")).toMatch(/^Announcements are on here/);
    expect(await held.say("/announce off", "ann")).toMatch(/those who manage this place/i);
    expect(await held.say("/announce limit 5", "ola")).toMatch(/5 new cards a day/);
    expect(await held.say("/announce limit many", "ola")).toMatch(/from 1 to 500/);
    expect((await held.user("ann").says("/announce on"))?.text).toMatch(/places with others/);
  });
});

describe("a place where the bot keeps silent, or does without it", () => {
  it.each([
    ["answers", "off"],
    ["command_off", "announce"],
  ])("%s %s: is shown nothing", async (setting, value) => {
    const held = await openHall();
    const ann = await held.agreed("ann");
    await held.hears(ann, hello);
    expect((await held.user("ola", { place: "hall" }).sends("place.set", { setting, value }))?.text).toMatch(/Saved/);
    await held.pass(2 * minuteMs);
    await held.hears(ann, creep);
    expect(held.shown()).toEqual([expect.stringMatching(/^ann listened to/)]);
  });
});

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

describe("why was nothing posted", () => {
  it("is answered with all that is in the way, and the next step", async () => {
    const held = await openHall();
    await held.meet("ann");
    const first = await held.user("ann", { place: "hall" }).says("/announce why");
    expect(first?.text).toMatch(/off in this place.*\nYou have not agreed.*\nI know of no music account/s);
    expect(first?.blocks.at(-1)).toMatchObject({ buttons: [{ command: { slots: { what: "me" } } }] });
    const ann = await held.agreed("ann");
    await held.hears(ann, hello);
    expect(await held.say("/announce why")).toBe(
      "Nothing is in the way: your card is here, or comes with the next song.",
    );
  });

  it("tells what a platform did with the card", async () => {
    const held = await openHall();
    const ann = await held.agreed("ann");
    held.adapter.onSend = (moment, what) => {
      if (moment === "before" && what === "send") throw new SegueError("Forbidden", { why: "removed" });
    };
    await held.hears(ann, hello);
    expect(await held.say("/announce why")).toMatch(/did not take the last card \(Forbidden\)/);
    held.adapter.onSend = () => {};
    await held.hears(ann, creep);
    expect(held.shown()).toEqual([]);
    await held.pass(58 * minuteMs);
    for (const title of ["One", "Two"]) await held.hears(ann, song(title, "U2", 70 * minuteMs));
    await held.pass(3 * minuteMs);
    await held.hears(ann, song("Three", "U2"));
    expect(held.shown()).toEqual(["ann is listening to Three by U2."]);
  });

  it("says that the platform is out of reach", async () => {
    const adapter = Object.assign(createChatAdapter(), { healthy: () => up });
    let up = true;
    const held = await openHall({ adapter });
    await held.agreed("ann");
    up = false;
    expect(await held.say("/announce why")).toMatch(/cannot be reached right now/);
  });
});

describe("a shared player", () => {
  it("is shown where the place has it and its managers agreed", async () => {
    const held = await openHall();
    const player = "player:memory/shelf";
    await held.say("/announce on", "ola");
    await held.hears(player, hello);
    expect(held.shown()).toEqual([]);
    await held.meet("ann");
    const slots = { provider: "memory", player: "shelf", state: "on" };
    const refused = await held.user("ann", { place: "hall" }).sends("announce.player", slots);
    expect(refused?.text).toMatch(/those who manage this place/i);
    expect((await held.user("ola", { place: "hall" }).presses(/^Yes, show/))?.text).toMatch(/^I show here what/);
    await held.hears(player, creep);
    expect(held.shown()).toHaveLength(1);
    expect(held.shown()[0]).toMatch(/ plays Creep by Radiohead\.$/);
    expect(held.watch().interests(player)).toHaveLength(1);
    await held.user("ola", { place: "hall" }).presses(/^Stop showing/);
    await held.pass(2_000);
    expect(held.shown()).toEqual([gone]);
  });

  it("is shown in every place that agreed, also of several that do so at once", async () => {
    const held = await openHall();
    const places = ["hall", "attic", "yard"];
    const slots = { provider: "memory", player: "shelf", state: "on" };
    await Promise.all(
      places.map((place, at) => {
        const manager = held.user(`ola${at}`, { place });
        return manager.sends("help");
      }),
    );
    for (const at of places.keys())
      await held.store.people.setOperator((await held.store.people.find(held.user(`ola${at}`).ref))?.id ?? "");
    for (const [at, place] of places.entries()) await held.user(`ola${at}`, { place }).says("/announce on");
    await Promise.all(places.map((place, at) => held.user(`ola${at}`, { place }).sends("announce.player", slots)));
    const agreed = await held.store.settings.get("player:memory/shelf", "announce_places");
    expect((agreed as { id: string }[]).map(({ id }) => id).sort()).toEqual([...places].sort());
  });
});

describe("what others hear", () => {
  it("is told where they allowed it, and nowhere else", async () => {
    const held = await openHall();
    const ann = await held.agreed("Ann Marie");
    const bob = await held.meet("bob");
    await held.hears(ann, hello);
    await held.hears(bob, creep);
    expect(await held.say("what is everyone playing", "eve")).toBe(
      "What is on here\nAnn Marie is listening: Hello by Adele",
    );
    expect((await held.user("eve", { place: "hall" }).sends("nowplaying.everyone"))?.text).toMatch(/Hello by Adele/);
    expect(await held.say("what is ann listening to", "eve")).toBe("Ann Marie is listening to Hello by Adele.");
    expect(await held.say("what is bob listening to", "eve")).toBe(
      "Nobody called bob lets this place see what they hear.",
    );
    expect((await held.user("eve", { place: "attic" }).sends("nowplaying.everyone"))?.text).toMatch(/Nobody who lets/);
    expect((await held.user("eve").sends("nowplaying.everyone"))?.text).toMatch(/ask there/);
    await held.hears(ann, "nothing");
    expect(await held.say("what is ann listening to", "eve")).toMatch(/not listening to anything right now/);
  });
});

describe("kill -9 while somebody begins, and goes on, to listen", () => {
  /** Resolves with the calls that a process made, which died at one of them and was followed by another. */
  async function run(crash?: Crash): Promise<{ shown: string[]; calls: string[] }> {
    const held = await openHall();
    const ann = await held.agreed("ann");
    let crashing: CrashingStore | undefined;
    await held.restart((store) => {
      crashing = crashingStore(store, crash && { ...crash, at: crash.at + before });
      return crashing.store;
    });
    await held.pass(10);
    if (!crash) before = crashing?.calls.length ?? 0;
    for (const next of [hello, creep]) await held.hears(ann, next);
    const calls = crashing?.calls.slice(before) ?? [];
    if (crash) {
      await held.restart();
      // The platform's lease on what was in hand, and what is seen at the start.
      await held.pass(2 * minuteMs);
      await held.hears(ann, creep);
    }
    return { shown: held.shown(), calls };
  }
  /** Calls that a start makes by itself. */
  let before = 0;

  it("at any write: one card, that shows what is heard", async () => {
    const whole = await run();
    expect(whole.shown).toEqual(["ann is listening to Creep by Radiohead."]);
    expect(whole.calls).toContain("cards.put");
    const writes = whole.calls.flatMap((name, at) => (/\.(put|take|begin|settle)$/.test(name) ? [at] : []));
    expect(writes.length).toBeGreaterThan(5);
    for (const at of writes)
      for (const moment of ["before", "after"] as const) {
        const { shown } = await run({ at, moment });
        expect(shown, `${moment} ${at} ${whole.calls[at]}`).toEqual(whole.shown);
      }
  }, 120_000);
});

describe("whatever happens, in any order", () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("hear" as const), who: fc.nat(1), song: fc.nat(3) }),
    fc.record({ do: fc.constantFrom("pause" as const, "silence" as const), who: fc.nat(1) }),
    fc.record({ do: fc.constantFrom("stop" as const, "agree" as const, "private" as const), who: fc.nat(1) }),
    fc.record({ do: fc.constantFrom("wait" as const, "chat" as const, "restart" as const), who: fc.nat(1) }),
  );

  it("a place sees at most one card of each, and nothing of whom it may not", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
        const held = await openHall(ownPlayers);
        const names = ["ann", "bob"] as const;
        const ids = [await held.agreed("ann"), await held.agreed("bob")];
        const allowed = [true, true];
        const hidden = [false, false];
        for (const each of steps) {
          const { who } = each;
          const [name, id] = [names[who] ?? "ann", ids[who] ?? ""];
          if (each.do === "hear") await held.hears(id, song(`Song ${each.song}`, "Adele", 3 * minuteMs));
          if (each.do === "pause") await held.hears(id, "paused");
          if (each.do === "silence") await held.hears(id, "nothing");
          if (each.do === "stop") await held.say("/announce stop", name);
          if (each.do === "agree")
            await held.user(name, { place: "hall" }).sends("announce.set", { what: "me", sure: "yes" });
          if (each.do === "private") await held.user(name).sends("hiding.set", { minutes: 24 * 60 });
          if (each.do === "wait") await held.pass(10 * minuteMs);
          if (each.do === "chat")
            for (let at = 0; at < 9; at++)
              await held.send(held.event("eve", { text: "hm" }, { place: "hall", addressed: false }));
          if (each.do === "restart") await held.restart();
          await held.pass(2_000);
          if (each.do === "stop" || each.do === "agree") allowed[who] = each.do === "agree";
          if (each.do === "private") hidden[who] = true;
          for (const [at, called] of names.entries()) {
            const cards = held.shown().filter((text) => text.startsWith(`${called} `));
            const live = cards.filter((text) => / is listening to | has paused /.test(text));
            expect(live.length).toBeLessThanOrEqual(allowed[at] && !hidden[at] ? 1 : 0);
            if (!allowed[at]) expect(cards).toEqual([]);
          }
        }
      }),
      { numRuns: 12, seed: 20261121 },
    );
  }, 120_000);
});
