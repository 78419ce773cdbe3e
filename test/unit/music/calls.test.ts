import { describe, expect, it } from "vitest";
import { device } from "../../fakes/scripted-session.ts";
import { bareWish, createDesk, type Desk, wish } from "./desk.ts";
import { albumUri, uriOf } from "./shelf.ts";

/** The table of src/music/README.md, counted. */
async function playing(desk: Desk): Promise<void> {
  await desk.run((player) => player.play(bareWish("hello")));
  await desk.run((player) => player.state({ fresh: true }));
  desk.world.spent();
}

describe("calls of one command, nothing known", () => {
  it.each([
    ["play X", (desk: Desk) => desk.cost((player) => player.play(bareWish("hello"))), ["search", "play"]],
    ["pause", (desk: Desk) => desk.cost((player) => player.pause()), ["pause"]],
    ["next", (desk: Desk) => desk.cost((player) => player.next()), ["next"]],
    ["three times next", (desk: Desk) => desk.cost((player) => player.next(3)), ["next", "next", "next"]],
    ["volume 40", (desk: Desk) => desk.cost((player) => player.volume({ to: 40 })), ["volume"]],
    ["louder", (desk: Desk) => desk.cost((player) => player.volume({ by: 10 })), ["state", "volume"]],
    ["shuffle", (desk: Desk) => desk.cost((player) => player.shuffle(true)), ["shuffle"]],
    ["repeat", (desk: Desk) => desk.cost((player) => player.repeat("context")), ["repeat"]],
    ["seek", (desk: Desk) => desk.cost((player) => player.seek({ positionMs: 60_000 })), ["state", "seek"]],
    ["restart", (desk: Desk) => desk.cost((player) => player.restart()), ["seek"]],
    ["like", (desk: Desk) => desk.cost((player) => player.like()), ["state", "save"]],
    ["state", (desk: Desk) => desk.cost((player) => player.state()), ["state"]],
    ["queue", (desk: Desk) => desk.cost((player) => player.queue()), ["queue.show"]],
    ["devices", (desk: Desk) => desk.cost((player) => player.devices()), ["devices"]],
    ["search", (desk: Desk) => desk.cost((player) => player.search("hello")), ["search"]],
    ["playlists", (desk: Desk) => desk.cost((player) => player.playlists()), ["playlists"]],
    ["sleep in 20 minutes", (desk: Desk) => desk.cost((player) => player.sleep({ inMs: 1_200_000 })), []],
    ["known", (desk: Desk) => desk.cost((player) => player.known()), []],
  ])("%s", async (name, spend, expected) => {
    const desk = createDesk();
    // Something is on already, begun by hand at the device, of which the bot knows nothing.
    desk.world.byHand.play([
      uriOf("Adele", "Hello"),
      uriOf("Queen", "Love of My Life"),
      uriOf("Prince", "1999"),
      uriOf("Prince", "1999"),
    ]);
    expect(await spend(desk), name).toEqual(expected);
  });
});

describe("calls of one command, the state known", () => {
  it.each([
    ["louder", (desk: Desk) => desk.cost((player) => player.volume({ by: 10 })), ["volume"]],
    ["seek", (desk: Desk) => desk.cost((player) => player.seek({ byMs: 30_000 })), ["seek"]],
    ["like", (desk: Desk) => desk.cost((player) => player.like()), ["save"]],
    ["state", (desk: Desk) => desk.cost((player) => player.state()), []],
    ["sleep after this track", (desk: Desk) => desk.cost((player) => player.sleep({ after: "track" })), []],
    ["the same again", (desk: Desk) => desk.cost((player) => player.play(bareWish("Hello!"))), ["play"]],
    [
      "play what a picker offered",
      (desk: Desk) => desk.cost((player) => player.play(wish({}, { uri: uriOf("Lionel Richie", "Hello") }))),
      ["play"],
    ],
    ["an album", (desk: Desk) => desk.cost((player) => player.play(wish({ album: "thriller" }))), ["search", "play"]],
    [
      "queue a track",
      (desk: Desk) => desk.cost((player) => player.enqueue(bareWish("thriller"), "last")),
      ["search", "queue.add"],
    ],
    [
      "queue an album",
      (desk: Desk) => desk.cost((player) => player.enqueue(wish({ album: "nevermind" }), "last")),
      ["search", "albumTracks", "queue.add"],
    ],
    [
      "shuffled",
      (desk: Desk) => desk.cost((player) => player.play(wish({ artist: "queen", shuffle: "on" }))),
      ["search", "shuffle", "play"],
    ],
  ])("%s", async (name, spend, expected) => {
    const desk = createDesk();
    await playing(desk);
    expect(await spend(desk), name).toEqual(expected);
  });

  it("plays by a device's name with one list in ten minutes", async () => {
    const desk = createDesk({
      devices: [device("k", "Kitchen speaker", { active: true }), device("p", "Ann's iPhone", { kind: "phone" })],
    });
    expect(await desk.cost((player) => player.play(bareWish("hello", { device: "my phone" })))).toEqual([
      "search",
      "devices",
      "play",
    ]);
    expect(await desk.cost((player) => player.play(bareWish("thriller", { device: "the kitchen" })))).toEqual([
      "search",
      "play",
    ]);
    expect(desk.world.calls.at(-1)?.args[1]).toBe("k");
  });

  it("makes one write of ten presses, and answers every one", async () => {
    const desk = createDesk();
    await playing(desk);
    const player = await desk.open();
    const all = Array.from({ length: 10 }, () => player.volume({ by: 3 }));
    const answers = await desk.clock.until(Promise.all(all));
    expect(desk.world.spent()).toEqual(["volume"]);
    expect(desk.world.calls.at(-1)?.args[0]).toBe(80);
    expect(answers.map(({ to }) => to)).toEqual([53, 56, 59, 62, 65, 68, 71, 74, 77, 80]);
    expect(answers.every(({ changed }) => changed)).toBe(true);
  });

  it("sends the level that was said", async () => {
    const desk = createDesk();
    await playing(desk);
    const player = await desk.open();
    await desk.clock.until(
      Promise.all([player.volume({ to: 20 }), player.volume({ to: 70 }), player.volume({ to: 40 })]),
    );
    expect(desk.world.spent()).toEqual(["volume"]);
    expect(desk.world.devices[0]?.volume).toBe(40);
  });

  it("makes one write of presses that come one after the other", async () => {
    const desk = createDesk();
    await playing(desk);
    const player = await desk.open();
    const answers = [];
    for (let press = 0; press < 4; press++) {
      answers.push(player.volume({ by: -5 }));
      await desk.clock.advance(120);
    }
    await desk.clock.until(Promise.all(answers));
    expect(desk.world.spent()).toEqual(["volume"]);
    expect(desk.world.calls.at(-1)?.args[0]).toBe(30);
  });

  it("sends nothing for louder than loudest", async () => {
    const desk = createDesk({ devices: [device("k", "Kitchen", { active: true, volume: 100 })] });
    await playing(desk);
    const answer = await desk.run((player) => player.volume({ by: 20 }));
    expect(answer).toMatchObject({ changed: false, from: 100, to: 100 });
    expect(desk.world.spent()).toEqual([]);
  });

  it("reads the state again once the track must be over", async () => {
    const desk = createDesk();
    await playing(desk);
    await desk.clock.advance(175_000);
    await desk.run((player) => player.state({ fresh: true }));
    desk.world.spent();
    await desk.clock.advance(10_000);
    expect(await desk.cost((player) => player.state())).toEqual(["state"]);
  });

  it("knows what plays after it started it, without a call, until it must be over", async () => {
    const desk = createDesk();
    const { chosen } = await desk.run((player) => player.play(bareWish("hello")));
    desk.world.spent();
    await desk.clock.advance(14_000);
    const shown = await desk.run((player) => player.state());
    expect(shown).toMatchObject({ playing: true, item: chosen, progressMs: 14_000 });
    const player = await desk.open();
    await desk.clock.advance(160_000);
    expect((await player.known())?.item).toEqual(chosen);
    await desk.clock.advance(10_000);
    // Something else may be on by now: what it is, nobody told.
    expect((await player.known())?.item).toBeUndefined();
    expect(desk.world.spent()).toEqual([]);
    expect((await desk.run((one) => one.state()))?.item).toMatchObject({ title: "Send My Love" });
    expect(desk.world.spent()).toEqual(["state"]);
  });

  it("lets the progress run without a call", async () => {
    const desk = createDesk();
    await playing(desk);
    const before = await desk.run((player) => player.state());
    await desk.clock.advance(7_000);
    const after = await desk.run((player) => player.state());
    expect((after?.progressMs ?? 0) - (before?.progressMs ?? 0)).toBe(7_000);
    expect(desk.world.spent()).toEqual([]);
  });

  it("never calls when opened quietly", async () => {
    const desk = createDesk();
    const player = await desk.open({ quiet: true });
    expect(await player.state({ fresh: true })).toBeUndefined();
    await expect(desk.clock.until(player.play(bareWish("hello")))).rejects.toMatchObject({ code: "Unavailable" });
    expect(await player.known()).toBeUndefined();
    expect(desk.world.calls).toEqual([]);
  });

  it("plays a track inside its album", async () => {
    const desk = createDesk();
    await desk.run((player) => player.play(wish({ track: "beat it", artist: "michael jackson" })));
    expect(desk.world.calls.at(-1)?.args[0]).toEqual({
      context: albumUri("Michael Jackson", "Thriller"),
      from: { uri: uriOf("Michael Jackson", "Beat It") },
    });
  });

  it("remembers after a restart what it knew", async () => {
    const desk = createDesk();
    await playing(desk);
    desk.restart();
    expect(await desk.cost((player) => player.volume({ by: 10 }))).toEqual(["volume"]);
  });
});
