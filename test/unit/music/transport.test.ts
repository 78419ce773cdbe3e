import { describe, expect, it } from "vitest";
import { SegueError } from "../../../src/contracts/errors.ts";
import { bareWish, createDesk, type Desk, wish } from "./desk.ts";
import { uriOf } from "./shelf.ts";

async function album(desk: Desk): Promise<void> {
  await desk.run((player) => player.play(wish({ album: "nevermind" })));
  await desk.run((player) => player.state({ fresh: true }));
  desk.world.spent();
}

describe("what is so already", () => {
  it("says that nothing changed when a paused player is paused", async () => {
    const desk = createDesk();
    await album(desk);
    expect(await desk.run((player) => player.pause())).toMatchObject({ changed: true, state: { playing: false } });
    expect(await desk.run((player) => player.pause())).toMatchObject({ changed: false });
    desk.restart();
    await desk.clock.advance(60_000);
    expect(await desk.run((player) => player.pause())).toMatchObject({ changed: false });
  });

  it("reads the state once when the refusal has no reason and nothing is known", async () => {
    const desk = createDesk();
    desk.world.byHand.play([uriOf("Adele", "Hello")]);
    expect(await desk.cost((player) => player.resume())).toEqual(["resume", "state"]);
    expect(await desk.run((player) => player.resume())).toMatchObject({ changed: false });
  });

  it.each([
    ["pause", "already_paused"],
    ["resume", "already_playing"],
  ] as const)("does not take a guessed reason for %s over what is so", async (act, reason) => {
    const desk = createDesk();
    await album(desk);
    if (act === "resume") await desk.run((player) => player.pause());
    desk.world.spent();
    desk.world.fail(act, new SegueError("Restricted", { reason }));
    await expect(desk.run((player) => player[act]())).rejects.toMatchObject({
      code: "Restricted",
      details: { reason: "unknown" },
    });
    expect(desk.world.spent()).toEqual([act, "state"]);
    expect((await (await desk.open()).known())?.playing).toBe(act === "pause");
  });

  it("names the device where it is what refuses", async () => {
    const desk = createDesk();
    await album(desk);
    desk.world.fail("pause", new SegueError("Restricted", { reason: "already_paused" }));
    desk.world.devices = desk.world.devices.map((one) => ({ ...one, restricted: true }));
    await expect(desk.run((player) => player.pause())).rejects.toMatchObject({
      details: { reason: "device_restricted", device: "Kitchen speaker" },
    });
  });

  it("finds by one read that somebody paused it at the device a moment ago", async () => {
    const desk = createDesk();
    await album(desk);
    desk.world.byHand.pause();
    expect(await desk.run((player) => player.pause())).toMatchObject({ changed: false, state: { playing: false } });
    expect(desk.world.spent()).toEqual(["pause", "state"]);
  });

  it("passes a refusal on that means something else", async () => {
    const desk = createDesk();
    await album(desk);
    desk.world.fail("pause", new SegueError("Restricted", { reason: "unknown" }));
    await expect(desk.run((player) => player.pause())).rejects.toMatchObject({ code: "Restricted" });
  });

  it("does not say of a player that has nothing to go on with that nothing plays", async () => {
    const desk = createDesk();
    await album(desk);
    await desk.run((player) => player.pause());
    desk.world.activate(undefined);
    desk.world.fail("resume", new SegueError("Restricted", { reason: "nothing_playing" }));
    await expect(desk.run((player) => player.resume())).rejects.toMatchObject({
      details: { reason: "nothing_to_resume" },
    });
    // What was known a moment ago is not believed any more.
    expect(await desk.run((player) => player.state())).toBeUndefined();
  });

  it("finds nothing to pause when nothing is active, and nothing to skip", async () => {
    const desk = createDesk();
    desk.world.activate(undefined);
    expect(await desk.run((player) => player.pause())).toMatchObject({ changed: false });
    desk.world.spent();
    await expect(desk.run((player) => player.next())).rejects.toMatchObject({ details: { reason: "nothing_playing" } });
    // Known from the pause a moment ago.
    expect(desk.world.spent()).toEqual([]);
  });
});

describe("bounds", () => {
  it.each([
    [
      "volume",
      (desk: Desk) => desk.run((player) => player.volume({ to: 900 })),
      { field: "volume", why: "range", min: 0, max: 100, given: "900" },
    ],
    [
      "volume below",
      (desk: Desk) => desk.run((player) => player.volume({ to: -1 })),
      { field: "volume", why: "range" },
    ],
    ["volume nowhere", (desk: Desk) => desk.run((player) => player.volume({ by: Number.NaN })), { why: "range" }],
    [
      "seek past the end",
      (desk: Desk) => desk.run((player) => player.seek({ positionMs: 99 * 60_000 + 99_000 })),
      { field: "position", why: "range", min: 0, max: 180_000 },
    ],
    [
      "seek beyond",
      (desk: Desk) => desk.run((player) => player.seek({ percent: 101 })),
      { field: "percent", why: "range" },
    ],
    [
      "too many skips",
      (desk: Desk) => desk.run((player) => player.next(21)),
      { field: "count", why: "range", max: 20 },
    ],
    ["no skip", (desk: Desk) => desk.run((player) => player.previous(0)), { field: "count", why: "range", min: 1 }],
    [
      "skip to what is not there",
      (desk: Desk) => desk.run((player) => player.skipTo(9)),
      { field: "index", why: "range", max: 3 },
    ],
  ])("%s", async (name, run, details) => {
    const desk = createDesk();
    await album(desk);
    const before = desk.world.playing();
    await expect(run(desk), name).rejects.toMatchObject({ code: "InvalidInput", details });
    expect(desk.world.playing()).toBe(before);
    expect(desk.world.spent().filter((call) => call !== "queue.show")).toEqual([]);
  });

  it("keeps relative seeks inside the track", async () => {
    const desk = createDesk();
    await album(desk);
    expect(await desk.run((player) => player.seek({ byMs: -60_000 }))).toMatchObject({ positionMs: 0 });
    expect(await desk.run((player) => player.seek({ byMs: 3_600_000 }))).toMatchObject({
      positionMs: 179_000,
      durationMs: 180_000,
    });
    expect(await desk.run((player) => player.seek({ percent: 50 }))).toMatchObject({ positionMs: 90_000 });
  });
});

describe("transport", () => {
  it("skips to the nth of what is up next and names it", async () => {
    const desk = createDesk();
    await album(desk);
    const done = await desk.run((player) => player.skipTo(2));
    expect(done.item).toMatchObject({ title: "Lithium" });
    expect(desk.world.playing()).toBe(uriOf("Nirvana", "Lithium"));
    expect(desk.world.spent()).toEqual(["queue.show", "next", "next"]);
  });

  it("counts what the queue shows, and refuses what lies behind our own waiting items", async () => {
    const desk = createDesk();
    await album(desk);
    await desk.run((player) => player.enqueue(bareWish("thriller"), "last"));
    await desk.run((player) => player.enqueue(wish({ track: "beat it" }), "last"));
    desk.world.spent();
    const before = desk.world.playing();
    await expect(desk.run((player) => player.skipTo(2))).rejects.toMatchObject({
      code: "InvalidInput",
      details: { field: "index", why: "range", min: 1, max: 1, given: "2" },
    });
    expect(desk.world.playing()).toBe(before);
    expect(desk.world.spent()).toEqual(["queue.show"]);
    expect((await desk.run((player) => player.skipTo(1))).item).toMatchObject({ title: "Thriller" });
    expect(desk.world.playing()).toBe(uriOf("Michael Jackson", "Thriller"));
    // The next of ours is not with the service yet.
    await expect(desk.run((player) => player.skipTo(1))).rejects.toMatchObject({
      code: "NotFound",
      details: { what: "next" },
    });
  });

  it("counts on behind what was handed over when nothing waits", async () => {
    const desk = createDesk();
    await album(desk);
    await desk.run((player) => player.enqueue(bareWish("thriller"), "last"));
    const { handed, upNext } = await desk.run((player) => player.queue());
    const third = [...handed, ...upNext][2];
    expect((await desk.run((player) => player.skipTo(3))).item.uri).toBe(third?.uri);
    expect(desk.world.playing()).toBe(third?.uri);
  });

  it("does two commands sent at once in their order", async () => {
    const desk = createDesk();
    await album(desk);
    const [one, two] = [await desk.open(), await desk.open()];
    await desk.clock.until(Promise.all([one.next(), two.next(), one.pause()]));
    expect(desk.world.spent()).toEqual(["next", "next", "pause"]);
    expect(desk.world.state()).toMatchObject({ playing: false, item: { title: "Lithium" } });
  });

  it("lets a command that waits too long fail, and those behind it go on", async () => {
    const desk = createDesk();
    await album(desk);
    let release = () => {};
    const stuck = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = await desk.open({
      once: async (_key, compute) => {
        await stuck;
        return compute();
      },
    });
    const first = slow.next();
    const waiting = (await desk.open()).pause();
    waiting.catch(() => undefined);
    await desk.clock.advance(15_000);
    await expect(waiting).rejects.toMatchObject({ code: "Unavailable", details: { why: "timeout" } });
    release();
    await first;
    await desk.run((player) => player.pause());
    expect(desk.world.spent()).toEqual(["next", "pause"]);
  });

  it("starts from the top and is heard", async () => {
    const desk = createDesk();
    await album(desk);
    await desk.clock.advance(20_000);
    await desk.run((player) => player.pause());
    await desk.run((player) => player.restart());
    expect(desk.world.state()).toMatchObject({ playing: true, progressMs: 0 });
  });

  it("mutes and comes back to where it was", async () => {
    const desk = createDesk();
    await album(desk);
    await desk.run((player) => player.volume({ to: 35 }));
    expect(await desk.run((player) => player.volume("mute"))).toMatchObject({ changed: true, to: 0 });
    expect(await desk.run((player) => player.volume("unmute"))).toMatchObject({ to: 35 });
    expect(desk.world.devices[0]?.volume).toBe(35);
    expect(await desk.run((player) => player.volume("unmute"))).toMatchObject({ changed: false });
  });

  it("looks how loud it is before it mutes, when nobody knows, and comes back to that", async () => {
    const desk = createDesk();
    desk.world.byHand.play([uriOf("Adele", "Hello")]);
    desk.world.byHand.volume(72);
    expect(await desk.cost((player) => player.volume("mute"))).toEqual(["state", "volume"]);
    expect(desk.world.devices[0]?.volume).toBe(0);
    expect(await desk.run((player) => player.volume("unmute"))).toMatchObject({ to: 72 });
    expect(desk.world.devices[0]?.volume).toBe(72);
  });

  it("takes a mute back, though nobody knew how loud it was", async () => {
    const desk = createDesk();
    desk.world.byHand.play([uriOf("Adele", "Hello")]);
    desk.world.byHand.volume(72);
    await desk.run((player) => player.volume("mute"));
    expect(await desk.run((player) => player.undo())).toMatchObject({ act: "volume", volume: 72 });
  });

  it("tells views of what changed, and only then", async () => {
    const desk = createDesk();
    await album(desk);
    desk.happenings.length = 0;
    await desk.run((player) => player.pause());
    expect(desk.happenings).toEqual([{ type: "view.changed", kind: "now-playing", key: "acc-1" }]);
    desk.happenings.length = 0;
    await desk.run((player) => player.state({ fresh: true }));
    expect(desk.happenings).toEqual([]);
  });

  it("does not show the track that a skip just left", async () => {
    const desk = createDesk();
    await album(desk);
    const late = desk.world.state();
    await desk.run((player) => player.next());
    let reads = 0;
    const state = desk.world.state;
    desk.world.state = () => (reads++ === 0 ? late : state());
    expect(await desk.run((player) => player.state())).toMatchObject({ item: { title: "Come As You Are" } });
    expect(reads).toBe(2);
  });
});

describe("a free account", () => {
  it("pays one call to find out, then none for a day", async () => {
    const desk = createDesk();
    desk.world.free = true;
    desk.world.byHand.play([uriOf("Adele", "Hello")]);
    await expect(desk.run((player) => player.pause())).rejects.toMatchObject({ code: "PremiumRequired" });
    expect(desk.account.free).toBe(true);
    desk.world.spent();
    await expect(desk.run((player) => player.play(bareWish("hello")))).rejects.toMatchObject({
      code: "PremiumRequired",
    });
    await expect(desk.run((player) => player.volume({ by: 5 }))).rejects.toMatchObject({ code: "PremiumRequired" });
    expect(desk.world.spent()).toEqual([]);
    const player = await desk.open();
    expect([
      player.offers("pause"),
      player.offers("queue.edit"),
      player.offers("like"),
      player.offers("playlists"),
    ]).toEqual([false, false, true, true]);
    expect(await desk.run((opened) => opened.state())).toMatchObject({ item: { title: "Hello" } });
    expect(await desk.run((opened) => opened.like())).toMatchObject({ changed: true });
  });

  it("is tried again after a day, and healed by a success", async () => {
    const desk = createDesk();
    desk.world.free = true;
    await desk.run((player) => player.pause()).catch(() => undefined);
    await desk.clock.advance(24 * 3_600_000 + 1);
    desk.world.free = false;
    desk.world.byHand.play([uriOf("Adele", "Hello")]);
    await desk.run((player) => player.pause());
    expect(desk.account.free).toBe(false);
    expect((await desk.open()).offers("pause")).toBe(true);
  });

  it("is tried again at once when the person says so", async () => {
    const desk = createDesk();
    desk.world.free = true;
    await desk.run((player) => player.pause()).catch(() => undefined);
    desk.world.free = false;
    await desk.orchestrator.checkPlanAgain("ann");
    await desk.run((player) => player.play(bareWish("hello")));
    expect(desk.account.free).toBe(false);
  });
});

describe("accounts", () => {
  it("says what is missing", async () => {
    const desk = createDesk();
    desk.account.linked = false;
    await expect(desk.run((player) => player.play(bareWish("hello")))).rejects.toMatchObject({
      code: "NotLinked",
      details: { provider: "scripted" },
    });
    expect((await desk.open()).offers("play")).toBe(true);
    expect(await desk.orchestrator.providerFor("ann")).toEqual({ id: "scripted", name: "Scripted", needsLink: true });
    desk.account.linked = true;
    desk.account.status = "needs_relink";
    await expect(desk.run((player) => player.state())).rejects.toMatchObject({ code: "NeedsRelink" });
    expect(desk.world.calls).toEqual([]);
  });

  it("looks a link up for people without an account where the provider can", async () => {
    const { createScriptedProvider } = await import("../../fakes/scripted-session.ts");
    const { createShelf } = await import("./shelf.ts");
    const catalogue = createShelf();
    const provider = {
      ...createScriptedProvider({ clock: createDesk().clock, catalogue }),
      publicLookup: async (uri: string) => {
        const found = catalogue.tracks.find((track) => track.uri === uri);
        if (!found) throw new SegueError("NotFound", { what: "item" });
        return found;
      },
    };
    const desk = createDesk({ provider });
    desk.account.linked = false;
    expect(await desk.run((player) => player.lookup(`see ${uriOf("Adele", "Hello")}`))).toMatchObject({
      title: "Hello",
    });
    await expect(desk.run((player) => player.play(wish({ url: uriOf("Adele", "Hello") })))).rejects.toMatchObject({
      code: "NotLinked",
    });
  });

  it("finds links of any provider", () => {
    const desk = createDesk();
    expect(desk.orchestrator.recognise("listen: scripted:track:abc now")).toEqual({
      provider: "scripted",
      uri: "scripted:track:abc",
      type: "track",
      start: 8,
      end: 26,
    });
    expect(desk.orchestrator.recognise("nothing here")).toBeUndefined();
  });
});
