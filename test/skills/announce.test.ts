import { describe, expect, it } from "vitest";
import { SegueError } from "../../src/contracts/errors.ts";
import { createChatAdapter } from "../fakes/chat-adapter.ts";
import { creep, gone, hall, hello, minuteMs, openHall, song } from "./announce-stage.ts";

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
