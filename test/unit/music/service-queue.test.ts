import { describe, expect, it } from "vitest";
import { SegueError } from "../../../src/contracts/errors.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { createMemoryProvider } from "../../fakes/memory-player.ts";
import { createDesk, createNotes, wish } from "./desk.ts";

const track = (title: string) => wish({ track: title });

/** An album plays on a shared player, with two songs queued; what is done "meanwhile" comes just before the nth call after. */
async function open() {
  const clock = createFakeClock();
  let meanwhile: { calls: number; run: () => void } | undefined;
  const provider = createMemoryProvider({
    clock,
    before(action) {
      if (action !== "queue" || !meanwhile) return;
      meanwhile.calls--;
      if (meanwhile.calls > 0) return;
      const { run } = meanwhile;
      meanwhile = undefined;
      run();
    },
  });
  const desk = createDesk({ clock, provider });
  await desk.run((player) => player.play(wish({ album: "harbour lights" })));
  await desk.run((player) => player.enqueue(track("by and by"), "last"));
  await desk.run((player) => player.enqueue(track("1999"), "last"));
  const titles = async () => (await desk.run((player) => player.queue())).own.map((row) => row.title);
  const from = provider.calls.length;
  return {
    desk,
    provider,
    titles,
    asked: () => provider.calls.slice(from),
    /** Another hand on the player, between the look (the first call) and the edit (the second). */
    between: (run: () => void) => {
      meanwhile = { calls: 2, run };
    },
  };
}

describe("a queue that the service edits itself", () => {
  it("takes what is queued next before, and last behind what was queued, in one look and one edit", async () => {
    const { desk, titles, asked } = await open();
    expect((await titles()).slice(0, 2)).toEqual(["By and By", "1999"]);
    await desk.run((player) => player.enqueue(track("stop the ferry"), "next"));
    expect((await titles()).slice(0, 3)).toEqual(["Stop the Ferry", "By and By", "1999"]);
    // What came of each is read back, which costs nothing here.
    expect(asked().filter((call) => call !== "state")).toEqual(["queue", "search", "queue", "queue", "queue"]);
    expect(desk.timers.rows()).toEqual([]);
  });

  it("takes an album whole and in order", async () => {
    const { desk, titles } = await open();
    await desk.run((player) => player.enqueue(wish({ album: "nocturnes for no one" }), "next"));
    expect((await titles()).slice(0, 3)).toEqual(["Première lueur", "1999", "By and By"]);
  });

  it("moves, removes and clears by what is shown", async () => {
    const { desk, titles } = await open();
    const all = await titles();
    expect(await desk.run((player) => player.queueMove(2, 1))).toMatchObject({ title: "1999" });
    expect((await titles()).slice(0, 2)).toEqual(["1999", "By and By"]);
    expect(await desk.run((player) => player.queueRemove(1))).toMatchObject({ title: "1999" });
    expect((await titles())[0]).toBe("By and By");
    expect(await desk.run((player) => player.queueClear())).toEqual({ removed: all.length - 1, left: 0 });
    expect(await titles()).toEqual([]);
    await expect(desk.run((player) => player.queueRemove(1))).rejects.toMatchObject({ details: { what: "queue" } });
  });

  it("is edited at the right place though somebody else moves things meanwhile", async () => {
    const { desk, provider, titles, between } = await open();
    between(() => provider.byHand.queueMove(0, 2));
    const before = await titles();
    between(() => provider.byHand.queueMove(0, 2));
    expect(await desk.run((player) => player.queueRemove(1))).toMatchObject({ title: "By and By" });
    const after = await titles();
    expect(after).not.toContain("By and By");
    expect(after).toHaveLength(before.length - 1);
  });

  it("says so when somebody else has taken the item out meanwhile, and touches nothing", async () => {
    const { desk, provider, titles, between } = await open();
    between(() => provider.byHand.queueClear());
    await expect(desk.run((player) => player.queueMove(1, 2))).rejects.toMatchObject({
      code: "NotFound",
      details: { what: "queue_item", query: "By and By" },
    });
    expect(await titles()).toEqual([]);
  });

  it("begins with what is queued into silence", async () => {
    const clock = createFakeClock();
    const provider = createMemoryProvider({ clock });
    const desk = createDesk({ clock, provider });
    const done = await desk.run((player) => player.enqueue(track("low water"), "last"));
    expect(done).toMatchObject({ added: 1, started: true });
    expect(await desk.run((player) => player.state())).toMatchObject({ playing: true, item: { title: "Low Water" } });
  });

  it("gives back what was queued last by undo, and nothing that others queued", async () => {
    const { desk, titles } = await open();
    const before = await titles();
    await desk.run((player) => player.enqueue(wish({ album: "nocturnes for no one" }), "next"));
    expect(await desk.run((player) => player.undo())).toMatchObject({ act: "queue" });
    expect(await titles()).toEqual(before);
    expect(await desk.run((player) => player.undo())).toMatchObject({ act: "queue", item: { title: "1999" } });
    expect((await titles())[0]).toBe("By and By");
  });

  it("comes back whole by undo after it was cleared, and what was queued still goes before what plays by itself", async () => {
    const { desk, provider, titles } = await open();
    const before = await titles();
    await desk.run((player) => player.queueClear());
    expect(await titles()).toEqual([]);
    expect(await desk.run((player) => player.undo())).toEqual({ act: "queue_clear" });
    expect(await titles()).toEqual(before);
    const session = provider.open({ kind: "shared", playerId: "shelf" });
    expect((await session.queue?.show())?.added).toBe(2);
  });

  it("is replaced by what is played instead", async () => {
    const { desk, titles } = await open();
    await desk.run((player) => player.enqueue(track("low water"), "replace"));
    expect(await titles()).not.toContain("By and By");
    expect((await desk.run((player) => player.state()))?.item).toMatchObject({ title: "Low Water" });
  });
});

describe("a command that died while it edited such a queue", () => {
  async function diesAfter(command: "enqueue" | "remove" | "move") {
    const { desk, titles } = await open();
    const notes = createNotes();
    const before = await titles();
    const run = (resumed: boolean) =>
      desk.run(
        async (player) => {
          if (command === "enqueue") await player.enqueue(track("stop the ferry"), "next");
          else if (command === "remove") await player.queueRemove(1);
          else await player.queueMove(1, 2);
        },
        { once: notes.once, resumed },
      );
    await run(false);
    const once = await titles();
    expect(once).not.toEqual(before);
    await run(true);
    return { once, twice: await titles() };
  }

  it.each(["enqueue", "remove", "move"] as const)("does not do it twice: %s", async (command) => {
    const { once, twice } = await diesAfter(command);
    expect(twice).toEqual(once);
  });

  it("does it though somebody else has queued the very same before", async () => {
    const { desk, titles, between } = await open();
    const before = await titles();
    const notes = createNotes();
    const queue = (resumed: boolean) =>
      desk.run((player) => player.enqueue(track("by and by"), "last"), { once: notes.once, resumed });
    between(() => {
      throw new Error("killed");
    });
    await expect(queue(false)).rejects.toThrow();
    expect(await titles()).toEqual(before);
    for (let run = 0; run < 2; run++) {
      await queue(true);
      expect((await titles()).filter((title) => title === "By and By")).toHaveLength(2);
    }
  });

  it("looks when no answer came, and says that nobody knows only where it is not there", async () => {
    for (const arrives of [true, false]) {
      const clock = createFakeClock();
      const inner = createMemoryProvider({ clock });
      const session = inner.open({ kind: "shared", playerId: "shelf" });
      const { queue } = session;
      const edit = queue?.edit;
      if (!queue || !edit) throw new Error("the shared player edits its queue");
      const provider = {
        ...inner,
        open: () => ({
          ...session,
          queue: {
            ...queue,
            edit: {
              ...edit,
              async insert(uris: readonly string[], where: "next" | "last") {
                if (arrives) await edit.insert(uris, where);
                throw new SegueError("Unconfirmed", { action: "queue" });
              },
            },
          },
        }),
      };
      const desk = createDesk({ clock, provider });
      await desk.run((player) => player.play(wish({ album: "harbour lights" })));
      const done = desk.run((player) => player.enqueue(track("by and by"), "next"));
      if (arrives) expect(await done).toMatchObject({ added: 1 });
      else await expect(done).rejects.toMatchObject({ code: "Unconfirmed" });
    }
  });
});
