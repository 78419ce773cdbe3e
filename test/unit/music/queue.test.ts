import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SegueError } from "../../../src/contracts/errors.ts";
import type { PlayWish } from "../../../src/contracts/player.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { createMemoryProvider } from "../../fakes/memory-player.ts";
import { bareWish, createDesk, createNotes, type Desk, wish } from "./desk.ts";
import { uriOf } from "./shelf.ts";

const titles = async (desk: Desk): Promise<string[]> =>
  (await desk.queue.list("acc-1")).filter((row) => row.handedAt === undefined).map((row) => row.title);

async function album(desk: Desk): Promise<void> {
  await desk.run((player) => player.play(wish({ album: "a night at the opera" })));
  await desk.run((player) => player.state({ fresh: true }));
  desk.world.spent();
}

/** Lets the music run and says what was heard, in order, until the queue has nothing more to hand over. */
async function listen(desk: Desk, tracks: number): Promise<string[]> {
  const heard: string[] = [];
  for (let step = 0; step < tracks * 60 && heard.length < tracks; step++) {
    const now = desk.world.playing();
    if (now && heard.at(-1) !== now) heard.push(now);
    const [timer] = desk.timers.rows();
    if (timer && timer.dueAt <= desk.clock.now() + 5_000) await desk.timers.runNext();
    else await desk.clock.advance(5_000);
  }
  return heard;
}

describe("Segue's own queue", () => {
  it("hands the first over at once and the others one at a time, with one read and one add each", async () => {
    const desk = createDesk();
    await album(desk);
    await desk.run((player) => player.enqueue(bareWish("thriller"), "last"));
    expect(await desk.run((player) => player.enqueue(wish({ track: "beat it" }), "last"))).toMatchObject({
      added: 1,
      started: false,
    });
    await desk.run((player) => player.enqueue(wish({ track: "billie jean" }), "last"));
    expect(desk.world.queued).toEqual([uriOf("Michael Jackson", "Thriller")]);
    expect(await titles(desk)).toEqual(["Beat It", "Billie Jean"]);
    desk.world.spent();
    expect(await listen(desk, 5)).toEqual([
      uriOf("Queen", "Bohemian Rhapsody - Remastered 2011"),
      uriOf("Michael Jackson", "Thriller"),
      uriOf("Michael Jackson", "Beat It"),
      uriOf("Michael Jackson", "Billie Jean"),
      uriOf("Queen", "You're My Best Friend"),
    ]);
    expect(desk.world.spent()).toEqual(["state", "queue.add", "state", "queue.add"]);
    expect(desk.timers.rows()).toEqual([]);
  });

  it("keeps what was accepted and lost in a crash, though its person had queued the very same before", async () => {
    const desk = createDesk();
    await album(desk);
    await desk.run((player) => player.enqueue(bareWish("thriller"), "last"));
    await desk.run((player) => player.enqueue(wish({ track: "beat it" }), "last"));
    const notes = createNotes();
    const dying = async <T>(key: string, compute: () => Promise<T>): Promise<T> => {
      const value = await notes.once(key, compute);
      if (key.includes("queue.stood")) throw new Error("killed");
      return value;
    };
    const again = (once: typeof notes.once, resumed: boolean) =>
      desk.run((player) => player.enqueue(wish({ track: "beat it" }), "last"), { once, resumed });
    await expect(again(dying, false)).rejects.toThrow("killed");
    expect(await titles(desk)).toEqual(["Beat It"]);
    for (let run = 0; run < 2; run++) {
      await again(notes.once, true);
      expect(await titles(desk)).toEqual(["Beat It", "Beat It"]);
    }
  });

  it("comes back by undo after it was cleared", async () => {
    const desk = createDesk();
    await album(desk);
    for (const track of ["thriller", "beat it", "billie jean"])
      await desk.run((player) => player.enqueue(wish({ track }), "last"));
    const before = await titles(desk);
    expect(before).toHaveLength(2);
    await desk.run((player) => player.queueClear());
    expect(await titles(desk)).toEqual([]);
    expect(await desk.run((player) => player.undo())).toEqual({ act: "queue_clear" });
    expect(await titles(desk)).toEqual(before);
    // The first is with the service already; the others follow it.
    expect(desk.timers.rows()).toHaveLength(1);
  });

  it("makes no call while nothing waits", async () => {
    const desk = createDesk();
    await album(desk);
    await desk.run((player) => player.enqueue(bareWish("thriller"), "last"));
    expect(desk.timers.rows()).toEqual([]);
  });

  it("goes on after a restart, and after a skip", async () => {
    const desk = createDesk();
    await album(desk);
    await desk.run((player) => player.enqueue(wish({ album: "nevermind" }), "last"));
    desk.restart();
    await desk.run((player) => player.next());
    expect(await listen(desk, 4)).toEqual([
      uriOf("Nirvana", "Smells Like Teen Spirit"),
      uriOf("Nirvana", "Come As You Are"),
      uriOf("Nirvana", "Lithium"),
      uriOf("Nirvana", "Polly"),
    ]);
  });

  it("puts what shall be next before what waits, after what the service holds", async () => {
    const desk = createDesk();
    await album(desk);
    await desk.run((player) => player.enqueue(wish({ album: "nevermind" }), "last"));
    await desk.run((player) => player.enqueue(wish({ track: "1999", artist: "prince" }), "next"));
    expect(await titles(desk)).toEqual(["1999", "Come As You Are", "Lithium", "Polly"]);
    const view = await desk.run((player) => player.queue());
    expect(view.current).toMatchObject({ title: "Bohemian Rhapsody - Remastered 2011" });
    expect(view.own.map((row) => row.title)).toEqual(["1999", "Come As You Are", "Lithium", "Polly"]);
    // What the service holds plays first, and is shown once.
    expect(view.handed.map((item) => item.title)).toEqual(["Smells Like Teen Spirit"]);
    expect(view.upNext.map((item) => item.title)).toEqual(["You're My Best Friend", "Love of My Life"]);
  });

  it("moves, removes and clears, and says honestly what the service keeps", async () => {
    const desk = createDesk();
    await album(desk);
    await desk.run((player) => player.enqueue(wish({ album: "nevermind" }), "last"));
    desk.world.spent();
    expect(await desk.run((player) => player.queueMove(3, 1))).toMatchObject({ title: "Polly" });
    expect(await titles(desk)).toEqual(["Polly", "Come As You Are", "Lithium"]);
    expect(await desk.run((player) => player.queueRemove(2))).toMatchObject({ title: "Come As You Are" });
    await expect(desk.run((player) => player.queueRemove(3))).rejects.toMatchObject({
      code: "InvalidInput",
      details: { field: "position", why: "range", min: 1, max: 2 },
    });
    expect(await desk.run((player) => player.queueClear())).toEqual({ removed: 2, left: 1 });
    expect(await titles(desk)).toEqual([]);
    await expect(desk.run((player) => player.queueMove(1, 2))).rejects.toMatchObject({ code: "NotFound" });
    expect(desk.world.spent()).toEqual([]);
    expect(desk.timers.rows()).toEqual([]);
  });

  it("plays now, and replaces", async () => {
    const desk = createDesk();
    await album(desk);
    await desk.run((player) => player.enqueue(wish({ album: "nevermind" }), "last"));
    await desk.run((player) => player.enqueue(bareWish("thriller"), "now"));
    expect(desk.world.playing()).toBe(uriOf("Michael Jackson", "Thriller"));
    expect(await titles(desk)).toHaveLength(3);
    await desk.run((player) => player.enqueue(wish({ track: "1999", artist: "prince" }), "replace"));
    expect(desk.world.playing()).toBe(uriOf("Prince", "1999"));
    expect(await titles(desk)).toEqual([]);
  });

  it.each<[string, PlayWish, string[]]>([
    ["where the person says", wish({ album: "nevermind" }, { device: "kitchen" }), ["devices", "queue.add", "play"]],
    ["on the only device there is", wish({ album: "nevermind" }), ["queue.add", "devices", "play"]],
  ])("begins with what is queued into silence, %s", async (_, wanted, calls) => {
    const desk = createDesk();
    await album(desk);
    desk.world.activate(undefined);
    await desk.clock.advance(11 * 60_000);
    desk.world.spent();
    const { added, started, device: on } = await desk.run((player) => player.enqueue(wanted, "last"));
    expect({ added, started, on: on?.name }).toEqual({ added: 4, started: true, on: "Kitchen speaker" });
    expect(desk.world.spent()).toEqual(["search", "albumTracks", ...calls]);
    expect(await listen(desk, 4)).toEqual([
      uriOf("Nirvana", "Smells Like Teen Spirit"),
      uriOf("Nirvana", "Come As You Are"),
      uriOf("Nirvana", "Lithium"),
      uriOf("Nirvana", "Polly"),
    ]);
    expect(desk.timers.rows()).toEqual([]);
  });

  it("begins with what has waited longest, and goes on with the rest", async () => {
    const desk = createDesk();
    await album(desk);
    await desk.run((player) => player.enqueue(wish({ album: "nevermind" }), "last"));
    desk.world.activate(undefined);
    desk.world.queued = [];
    await desk.clock.advance(40 * 60_000);
    const { started } = await desk.run((player) => player.enqueue(wish({ track: "1999", artist: "prince" }), "last"));
    // Music began, but not with this.
    expect(started).toBe(false);
    expect(await listen(desk, 4)).toEqual([
      uriOf("Nirvana", "Come As You Are"),
      uriOf("Nirvana", "Lithium"),
      uriOf("Nirvana", "Polly"),
      uriOf("Prince", "1999"),
    ]);
  });

  it("leaves out what cannot be played", async () => {
    const desk = createDesk();
    await album(desk);
    await desk.run((player) => player.enqueue(wish({ album: "nevermind" }), "last"));
    desk.world.fail("queue.add", new SegueError("Restricted", { reason: "content_unavailable" }));
    await desk.timers.runNext();
    expect(desk.world.queued).toEqual([uriOf("Nirvana", "Lithium")]);
    expect(await titles(desk)).toEqual(["Polly"]);
  });

  it("loses nothing to a fault, and waits longer each time", async () => {
    const desk = createDesk();
    await album(desk);
    await desk.run((player) => player.enqueue(wish({ album: "nevermind" }), "last"));
    const at = desk.clock.now() + 7_200_000;
    desk.world.fail("state", new SegueError("QuotaExceeded", {}, { retryAt: at }));
    await desk.timers.runNext();
    expect(desk.timers.rows()[0]?.dueAt).toBe(at);
    desk.world.fail("state", new SegueError("Unavailable", { service: "x", why: "timeout" }), { times: 3 });
    const dues: number[] = [];
    for (let look = 0; look < 3; look++) {
      await desk.timers.runNext();
      dues.push((desk.timers.rows()[0]?.dueAt ?? 0) - desk.clock.now());
    }
    expect(dues).toEqual([...dues].sort((a, b) => a - b));
    expect(await titles(desk)).toHaveLength(3);
  });

  it("rests after a while when the player stays paused, and wakes with it", async () => {
    const desk = createDesk();
    await album(desk);
    await desk.run((player) => player.enqueue(wish({ album: "nevermind" }), "last"));
    await desk.run((player) => player.pause());
    desk.world.spent();
    let looks = 0;
    while (await desk.timers.runNext()) looks++;
    expect(looks).toBeLessThanOrEqual(8);
    expect(desk.world.spent().length).toBeLessThanOrEqual(8);
    await desk.run((player) => player.resume());
    expect(desk.timers.rows()).toHaveLength(1);
    expect((await listen(desk, 5)).slice(1)).toEqual([
      uriOf("Nirvana", "Smells Like Teen Spirit"),
      uriOf("Nirvana", "Come As You Are"),
      uriOf("Nirvana", "Lithium"),
      uriOf("Nirvana", "Polly"),
    ]);
  });

  it("notices that what it gave was skipped over", async () => {
    const desk = createDesk();
    await album(desk);
    await desk.run((player) => player.enqueue(wish({ album: "nevermind" }), "last"));
    desk.world.byHand.skip();
    desk.world.byHand.skip();
    await desk.timers.runNext();
    expect(desk.world.queued).toEqual([uriOf("Nirvana", "Come As You Are")]);
  });

  it("is not doubled by a second run", async () => {
    const desk = createDesk();
    await album(desk);
    const notes = createNotes();
    await desk.run((player) => player.enqueue(wish({ album: "nevermind" }), "last"), { once: notes.once });
    desk.restart();
    await desk.run((player) => player.enqueue(wish({ album: "nevermind" }), "last"), {
      once: notes.once,
      resumed: true,
    });
    expect(desk.world.queued).toHaveLength(1);
    expect(await titles(desk)).toHaveLength(3);
  });

  it("is not doubled when the first run died right after the hand-over", async () => {
    const desk = createDesk();
    await album(desk);
    const notes = createNotes();
    const append = desk.queue.append;
    desk.queue.append = () => Promise.reject(new Error("killed"));
    await desk
      .run((player) => player.enqueue(wish({ album: "nevermind" }), "last"), { once: notes.once })
      .catch(() => undefined);
    desk.queue.append = append;
    await desk.run((player) => player.enqueue(wish({ album: "nevermind" }), "last"), {
      once: notes.once,
      resumed: true,
    });
    expect(desk.world.queued).toEqual([uriOf("Nirvana", "Smells Like Teen Spirit")]);
    expect(await titles(desk)).toEqual(["Come As You Are", "Lithium", "Polly"]);
  });

  describe("a hand-over that is cut off", () => {
    const killed = () => Promise.reject(new Error("killed"));
    const [beatIt, billieJean] = ["Beat It", "Billie Jean"].map((title) => uriOf("Michael Jackson", title));

    async function waitingTwo(): Promise<Desk> {
      const desk = createDesk();
      await album(desk);
      await desk.run((player) => player.enqueue(bareWish("thriller"), "last"));
      await desk.run((player) => player.enqueue(wish({ track: "beat it" }), "last"));
      await desk.run((player) => player.enqueue(wish({ track: "billie jean" }), "last"));
      return desk;
    }

    /** The look dies, and its lease runs out. */
    async function die(desk: Desk): Promise<void> {
      const [timer] = desk.timers.rows();
      const { remove, append } = desk.queue;
      // Nobody is left to tidy up after the call.
      const calls = desk.world.calls.length;
      const dead = () => desk.world.calls.slice(calls).some(({ method }) => method === "queue.add");
      desk.queue.remove = (key, id) => (dead() ? killed() : remove(key, id));
      desk.queue.append = killed;
      await expect(desk.timers.runNext()).rejects.toThrow("killed");
      Object.assign(desk.queue, { remove, append });
      if (timer) await desk.timers.put(timer);
      desk.restart();
    }

    it.each(["before it was sent", "after it was sent"])("%s is heard once", async (when) => {
      const desk = await waitingTwo();
      desk.world.fail("queue.add", new Error("killed"), { after: when === "after it was sent" });
      await die(desk);
      const heard = await listen(desk, 4);
      expect(heard.filter((uri) => uri === beatIt || uri === billieJean)).toEqual([beatIt, billieJean]);
    });

    it("before it was marked is heard once", async () => {
      const desk = await waitingTwo();
      const { markHanded } = desk.queue;
      desk.queue.markHanded = killed;
      await die(desk);
      desk.queue.markHanded = markHanded;
      const heard = await listen(desk, 4);
      expect(heard.filter((uri) => uri === beatIt || uri === billieJean)).toEqual([beatIt, billieJean]);
    });

    it("without an answer, nor a look after it, is heard once and keeps its id", async () => {
      const desk = await waitingTwo();
      const before = (await desk.queue.list("acc-1")).map((row) => row.id).slice(1);
      desk.world.fail("queue.add", new SegueError("Unconfirmed", { action: "" }), { after: true });
      desk.world.fail("queue.show", new SegueError("Unavailable", { service: "scripted", why: "timeout" }));
      await desk.timers.runNext();
      expect((await desk.queue.list("acc-1")).map((row) => row.id)).toEqual(before);
      const heard = await listen(desk, 4);
      expect(heard.filter((uri) => uri === beatIt || uri === billieJean)).toEqual([beatIt, billieJean]);
    });

    it("by a refusal keeps its id and its place", async () => {
      const desk = await waitingTwo();
      const before = (await desk.queue.list("acc-1")).map((row) => row.id).slice(1);
      desk.world.fail("queue.add", new SegueError("Unavailable", { service: "scripted", why: "timeout" }));
      await desk.timers.runNext();
      expect((await desk.queue.list("acc-1")).map((row) => row.id)).toEqual(before);
      expect(await titles(desk)).toEqual(["Beat It", "Billie Jean"]);
    });
  });

  it("keeps nothing when there is no device to hand it to, so that the kept wish can be run again", async () => {
    const desk = createDesk({ devices: [] });
    await expect(desk.run((player) => player.enqueue(bareWish("thriller"), "last"))).rejects.toMatchObject({
      code: "NoActiveDevice",
    });
    expect(await desk.queue.list("acc-1")).toEqual([]);
  });

  it("is heard in the order of a plain list, whatever is put in, moved and removed", async () => {
    const op = fc.oneof(
      fc.record({ act: fc.constant("last" as const), title: fc.nat(9) }),
      fc.record({ act: fc.constant("next" as const), title: fc.nat(9) }),
      fc.record({ act: fc.constant("move" as const), from: fc.nat(5), to: fc.nat(5) }),
      fc.record({ act: fc.constant("remove" as const), at: fc.nat(5) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(op, { maxLength: 12 }), async (ops) => {
        const desk = createDesk();
        await album(desk);
        const uris = ["Hello", "Send My Love", "When We Were Young"].map((title) => uriOf("Adele", title));
        const all = [
          ...uris,
          ...["Thriller", "Beat It", "Billie Jean"].map((title) => uriOf("Michael Jackson", title)),
        ];
        const given: string[] = [];
        const model: string[] = [];
        for (const step of ops) {
          if (step.act === "last" || step.act === "next") {
            const uri = all[step.title % all.length] ?? "";
            if (given.includes(uri) || model.includes(uri)) continue;
            await desk.run((player) => player.enqueue(wish({}, { uri }), step.act));
            if (given.length === 0) given.push(uri);
            else if (step.act === "last") model.push(uri);
            else model.unshift(uri);
          } else if (step.act === "move") {
            if (step.from >= model.length || step.to >= model.length) continue;
            await desk.run((player) => player.queueMove(step.from + 1, step.to + 1));
            model.splice(step.to, 0, ...model.splice(step.from, 1));
          } else if (step.at < model.length) {
            await desk.run((player) => player.queueRemove(step.at + 1));
            model.splice(step.at, 1);
          }
        }
        const expected = [...given, ...model];
        const heard = await listen(desk, expected.length + 1);
        expect(heard.slice(1)).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  });
});

describe("a service that edits its own queue", () => {
  it("keeps the queue itself", async () => {
    const clock = createFakeClock();
    const provider = createMemoryProvider({ clock });
    const desk = createDesk({ provider });
    const played = await desk.run((player) => player.play(wish({ album: "harbour lights" })));
    expect(played.chosen).toMatchObject({ title: "Harbour Lights" });
    await desk.run((player) => player.enqueue(wish({ track: "by and by" }), "last"));
    await desk.run((player) => player.enqueue(wish({ track: "1999" }), "next"));
    const view = await desk.run((player) => player.queue());
    expect(view.own.slice(0, 2).map((row) => row.title)).toEqual(["1999", "By and By"]);
    expect(await desk.run((player) => player.queueRemove(1))).toMatchObject({ title: "1999" });
    const after = await desk.run((player) => player.queue());
    expect(after.own[0]).toMatchObject({ title: "By and By" });
    expect((await desk.run((player) => player.queueClear())).left).toBe(0);
    expect(desk.timers.rows()).toEqual([]);
    expect((await desk.open()).shared).toBe(true);
    expect((await desk.open()).offers("like")).toBe(false);
    await expect(desk.run((player) => player.like())).rejects.toMatchObject({ details: { reason: "not_offered" } });
  });
});
