import { describe, expect, it } from "vitest";
import { SegueError } from "../../../src/contracts/errors.ts";
import type { Player } from "../../../src/contracts/player.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { createMemoryProvider } from "../../fakes/memory-player.ts";
import { device } from "../../fakes/scripted-session.ts";
import { bareWish, createDesk, createNotes, type Desk, wish } from "./desk.ts";
import { albumUri, uriOf } from "./shelf.ts";

async function album(desk: Desk): Promise<void> {
  await desk.run((player) => player.play(wish({ album: "nevermind" })));
  await desk.run((player) => player.state({ fresh: true }));
  desk.world.spent();
}

describe("undo of the last act", () => {
  it.each<[string, (player: Player) => Promise<unknown>, string[], Record<string, unknown>]>([
    ["volume", (player) => player.volume({ by: 30 }), ["volume"], { act: "volume", volume: 50 }],
    ["shuffle", (player) => player.shuffle(true), ["shuffle"], { act: "shuffle", on: false }],
    ["repeat", (player) => player.repeat("track"), ["repeat"], { act: "repeat", mode: "off" }],
    ["pause", (player) => player.pause(), ["resume"], { act: "pause" }],
    ["next", (player) => player.next(2), ["play"], { act: "next", item: { title: "Smells Like Teen Spirit" } }],
    ["like", (player) => player.like(), ["unsave"], { act: "like", item: { title: "Smells Like Teen Spirit" } }],
  ])("%s", async (name, act, calls, undone) => {
    const desk = createDesk();
    await album(desk);
    await desk.clock.advance(10_000);
    const before = desk.world.state();
    const liked = [...desk.world.liked];
    await desk.run(act);
    desk.world.spent();
    expect(await desk.run((player) => player.undo()), name).toMatchObject(undone);
    expect(desk.world.spent()).toEqual(calls);
    const after = desk.world.state();
    expect({ ...after, progressMs: 0, at: 0 }).toEqual({ ...before, progressMs: 0, at: 0 });
    expect(Math.abs((after?.progressMs ?? 0) - (before?.progressMs ?? 0))).toBeLessThan(2_000);
    expect(desk.world.liked).toEqual(liked);
  });

  it("goes back to what was on, in its context and at its second", async () => {
    const desk = createDesk();
    await album(desk);
    await desk.clock.advance(42_000);
    await desk.run((player) => player.play(bareWish("hello")));
    const undone = await desk.run((player) => player.undo());
    expect(undone).toMatchObject({ act: "play", item: { title: "Smells Like Teen Spirit" } });
    expect(desk.world.state()).toMatchObject({ context: { uri: albumUri("Nirvana", "Nevermind") }, playing: true });
    expect(Math.round((desk.world.state()?.progressMs ?? 0) / 1000)).toBe(42);
  });

  it("stops what was begun out of silence", async () => {
    const desk = createDesk();
    await desk.run((player) => player.play(bareWish("hello")));
    expect(await desk.run((player) => player.undo())).toEqual({ act: "play", on: false });
    expect(desk.world.playing()).toBeUndefined();
  });

  it.each([true, false])("says where it went back to when only the context was known, playing: %s", async (playing) => {
    const desk = createDesk();
    // No look since: which song of the album plays is not known.
    await desk.run((player) => player.play(wish({ album: "nevermind" })));
    if (!playing) await desk.run((player) => player.pause());
    await desk.run((player) => player.play(bareWish("hello")));
    const undone = await desk.run((player) => player.undo());
    expect(undone).toEqual({ act: "play", item: expect.objectContaining({ type: "album", title: "Nevermind" }) });
    expect(desk.world.state()).toMatchObject({ context: { uri: albumUri("Nirvana", "Nevermind") }, playing });
  });

  it("takes back one act after the other, and none of its own", async () => {
    const desk = createDesk();
    await album(desk);
    await desk.run((player) => player.volume({ to: 20 }));
    await desk.run((player) => player.shuffle(true));
    expect(await desk.run((player) => player.undo())).toMatchObject({ act: "shuffle" });
    expect(await desk.run((player) => player.undo())).toMatchObject({ act: "volume", volume: 50 });
    expect(await desk.run((player) => player.undo())).toMatchObject({ act: "play" });
    await expect(desk.run((player) => player.undo())).rejects.toMatchObject({
      code: "NotFound",
      details: { what: "undo" },
    });
  });

  it("moves back to the device before", async () => {
    const desk = createDesk({ devices: [device("k", "Kitchen", { active: true }), device("p", "Phone")] });
    await album(desk);
    await desk.run((player) => player.transfer({ device: "phone" }));
    expect(await desk.run((player) => player.undo())).toMatchObject({ act: "transfer", device: { id: "k" } });
    expect(desk.world.devices.find((one) => one.active)?.id).toBe("k");
  });

  it("takes waiting items out of the queue, and is honest about handed ones", async () => {
    const desk = createDesk();
    await album(desk);
    await desk.run((player) => player.enqueue(bareWish("thriller"), "last"));
    await desk.run((player) => player.enqueue(bareWish("hello"), "last"));
    expect(await desk.run((player) => player.undo())).toMatchObject({ act: "queue", item: { title: "Hello" } });
    await expect(desk.run((player) => player.undo())).rejects.toMatchObject({ details: { reason: "not_offered" } });
    expect(desk.world.queued).toEqual([uriOf("Michael Jackson", "Thriller")]);
  });

  it("does not stop what somebody else has started since", async () => {
    const theirs = [uriOf("Adele", "Hello"), uriOf("Prince", "1999")];
    const acts: ((player: Player) => Promise<unknown>)[] = [
      (player) => player.play(wish({ album: "thriller" })),
      (player) => player.play(bareWish("thriller")),
      (player) => player.next(),
      async (player) => {
        await player.next();
        await player.previous();
      },
    ];
    for (const act of acts) {
      const desk = createDesk();
      await album(desk);
      await desk.run(act);
      desk.world.byHand.play(theirs);
      await desk.run((player) => player.state({ fresh: true }));
      await expect(desk.run((player) => player.undo())).rejects.toMatchObject({
        code: "NotFound",
        details: { what: "undo" },
      });
      expect(desk.world.playing()).toBe(theirs[0]);
    }
  });

  it("does not stop what another person told the same player, though nobody has looked since", async () => {
    const clock = createFakeClock();
    const memory = createMemoryProvider({ clock });
    const desk = createDesk({ clock, provider: memory });
    const bob = { personId: "bob" };
    await desk.run((player) => player.play(wish({ album: "harbour lights" })));
    await clock.advance(1_000);
    await desk.run((player) => player.next());
    await clock.advance(1_000);
    await desk.run((player) => player.play(wish({ album: "harbour lights" })), bob);
    const calls = memory.calls.length;
    await expect(desk.run((player) => player.undo())).rejects.toMatchObject({ details: { what: "undo" } });
    expect(memory.calls).toHaveLength(calls);
    expect(await desk.run((player) => player.undo(), bob)).toMatchObject({ act: "play" });
  });

  it("still takes back a play or a skip whose list has gone on by itself", async () => {
    const desk = createDesk();
    await album(desk);
    await desk.run((player) => player.play(wish({ album: "thriller" })));
    desk.world.byHand.skip();
    await desk.run((player) => player.state({ fresh: true }));
    await desk.run((player) => player.next());
    desk.world.byHand.skip();
    await desk.run((player) => player.state({ fresh: true }));
    expect(await desk.run((player) => player.undo())).toMatchObject({ act: "next" });
    expect(await desk.run((player) => player.undo())).toMatchObject({ act: "play" });
    expect(desk.world.state()).toMatchObject({ context: { uri: albumUri("Nirvana", "Nevermind") } });
  });

  it("forgets after an hour, and keeps people apart", async () => {
    const desk = createDesk();
    await album(desk);
    await expect(desk.run((player) => player.undo(), { personId: "bob" })).rejects.toMatchObject({ code: "NotFound" });
    await desk.clock.advance(3_600_001);
    await expect(desk.run((player) => player.undo())).rejects.toMatchObject({ code: "NotFound" });
  });

  it("can be tried again when it failed", async () => {
    const desk = createDesk();
    await album(desk);
    await desk.run((player) => player.volume({ to: 20 }));
    desk.world.fail("volume", new SegueError("Unavailable", { service: "x", why: "timeout" }));
    await expect(desk.run((player) => player.undo())).rejects.toMatchObject({ code: "Unavailable" });
    await desk.run((player) => player.undo());
    expect(desk.world.devices[0]?.volume).toBe(50);
  });
});

describe("sleep timer", () => {
  it("pauses at its time with one call, also after a restart", async () => {
    const desk = createDesk();
    await album(desk);
    const { at } = await desk.run((player) => player.sleep({ inMs: 20 * 60_000 }));
    expect(at).toBe(desk.clock.now() + 20 * 60_000);
    desk.world.byHand.play([uriOf("Adele", "Hello"), ...Array.from({ length: 9 }, () => uriOf("Prince", "1999"))]);
    desk.restart();
    await desk.timers.runNext();
    expect(desk.clock.now()).toBe(at);
    expect(desk.world.spent()).toEqual(["pause"]);
    expect(desk.world.playing()).toBeUndefined();
  });

  it("replaces, and ends", async () => {
    const desk = createDesk();
    await desk.run((player) => player.sleep({ inMs: 60_000 }));
    await desk.run((player) => player.sleep({ inMs: 120_000 }));
    expect(desk.timers.rows()).toHaveLength(1);
    expect(await desk.run((player) => player.sleep(undefined))).toEqual({ cancelled: true });
    expect(await desk.run((player) => player.sleep(undefined))).toEqual({ cancelled: false });
    expect(desk.world.calls).toEqual([]);
  });

  it("can be looked at, is nobody's after its time, and says whose it is", async () => {
    const desk = createDesk();
    await album(desk);
    expect(await desk.run((player) => player.sleeping())).toBeUndefined();
    const { at, replaced } = await desk.run((player) => player.sleep({ inMs: 60_000 }));
    expect(replaced).toBeUndefined();
    expect(await desk.run((player) => player.sleeping())).toEqual({ at, own: true });
    await desk.clock.advance(60_000);
    expect(await desk.run((player) => player.sleeping())).toBeUndefined();
    const ends = await desk.run((player) => player.sleep({ after: "track" }));
    expect(await desk.run((player) => player.sleeping())).toEqual({ at: ends.at, after: "track", own: true });
    expect(desk.world.calls).not.toContain("pause");
  });

  it("is taken back by undo, and so is its end: the timer before it runs again", async () => {
    const desk = createDesk();
    const first = await desk.run((player) => player.sleep({ inMs: 60_000 }));
    await desk.run((player) => player.sleep({ inMs: 120_000 }));
    expect(await desk.run((player) => player.undo())).toEqual({ act: "sleep", on: true });
    expect(await desk.run((player) => player.sleeping())).toEqual({ at: first.at, own: true });
    await desk.run((player) => player.sleep(undefined));
    expect(await desk.run((player) => player.undo())).toEqual({ act: "sleep", on: true });
    expect(await desk.run((player) => player.sleeping())).toEqual({ at: first.at, own: true });
    expect(await desk.run((player) => player.undo())).toEqual({ act: "sleep", on: false });
    expect(desk.timers.rows()).toEqual([]);
    expect(desk.world.calls).toEqual([]);
  });

  it("knows after a crash which timer there was before, and that it was called off", async () => {
    const desk = createDesk();
    const first = await desk.run((player) => player.sleep({ inMs: 60_000 }));
    const notes = createNotes();
    const again = (run: (player: Player) => Promise<unknown>, once: typeof notes.once) =>
      desk.run(run, { once, resumed: true });
    await desk.run((player) => player.sleep({ inMs: 120_000 }), { once: notes.once });
    expect(await again((player) => player.sleep({ inMs: 120_000 }), notes.once)).toMatchObject({
      replaced: { at: first.at },
    });
    const ending = createNotes();
    await desk.run((player) => player.sleep(undefined), { once: ending.once });
    expect(await again((player) => player.sleep(undefined), ending.once)).toEqual({ cancelled: true });
  });

  it("stops with the track that plays, so that the next one is not heard", async () => {
    const desk = createDesk();
    await album(desk);
    await desk.run((player) => player.sleep({ after: "track" }));
    while (desk.timers.rows().length > 0) await desk.timers.runNext();
    expect(desk.world.state()).toMatchObject({ playing: false, item: { title: "Smells Like Teen Spirit" } });
  });

  it("aims anew when somebody seeks back meanwhile", async () => {
    const desk = createDesk();
    await album(desk);
    await desk.run((player) => player.sleep({ after: "track" }));
    await desk.clock.advance(60_000);
    await desk.run((player) => player.seek({ positionMs: 0 }));
    const before = desk.clock.now();
    while (desk.timers.rows().length > 0) await desk.timers.runNext();
    expect(desk.clock.now() - before).toBeGreaterThan(170_000);
    expect(desk.world.state()).toMatchObject({ playing: false, item: { title: "Smells Like Teen Spirit" } });
  });

  it("stops with the album", async () => {
    const desk = createDesk();
    await album(desk);
    expect(await desk.cost((player) => player.sleep({ after: "album" }))).toEqual(["albumTracks"]);
    while (desk.timers.rows().length > 0) await desk.timers.runNext();
    expect(desk.world.state()).toMatchObject({ playing: false, item: { title: "Polly" } });
  });

  it("says that it cannot tell where an album ends that is shuffled", async () => {
    const desk = createDesk();
    await album(desk);
    await desk.run((player) => player.shuffle(true));
    await expect(desk.run((player) => player.sleep({ after: "album" }))).rejects.toMatchObject({
      details: { reason: "not_offered" },
    });
  });

  it.each([
    ["does nothing any more when it is half an hour late and more", 31 * 60_000, true],
    ["still pauses when it is a little late", 20 * 60_000, false],
  ])("%s", async (_, lateMs, plays) => {
    const desk = createDesk();
    await album(desk);
    await desk.run((player) => player.sleep({ inMs: 60_000 }));
    await desk.clock.advance(60_000 + lateMs);
    await desk.run((player) => player.play(wish({ album: "nevermind" })));
    await desk.timers.runNext();
    expect(desk.world.playing() !== undefined).toBe(plays);
    expect(desk.timers.rows()).toEqual([]);
  });

  it("does not try again when the service wants to be left alone for longer than that", async () => {
    const desk = createDesk();
    await album(desk);
    await desk.run((player) => player.sleep({ inMs: 60_000 }));
    const retryAt = desk.clock.now() + 3 * 60 * 60_000;
    desk.world.fail("pause", new SegueError("RateLimited", { scope: "service" }, { retryAt }));
    await desk.timers.runNext();
    expect(desk.timers.rows()).toEqual([]);
  });

  it("tries again when the service is away", async () => {
    const desk = createDesk();
    await album(desk);
    await desk.run((player) => player.sleep({ inMs: 60_000 }));
    desk.world.fail("pause", new SegueError("Unavailable", { service: "x", why: "timeout" }));
    await desk.timers.runNext();
    expect(desk.world.playing()).toBeDefined();
    await desk.timers.runNext();
    expect(desk.world.playing()).toBeUndefined();
  });
});
