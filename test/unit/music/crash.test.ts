import { describe, expect, it } from "vitest";
import { SegueError } from "../../../src/contracts/errors.ts";
import type { PlayerState } from "../../../src/contracts/music.ts";
import type { Player } from "../../../src/contracts/player.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { createScriptedProvider } from "../../fakes/scripted-session.ts";
import { bareWish, createDesk, createNotes, type Desk, wish } from "./desk.ts";
import { albumUri, createShelf, uriOf } from "./shelf.ts";

const lost = () => new SegueError("Unconfirmed", { action: "" });

async function album(desk: Desk): Promise<void> {
  await desk.run((player) => player.play(wish({ album: "nevermind" })));
  await desk.run((player) => player.state({ fresh: true }));
  desk.world.spent();
}

describe("a lost answer", () => {
  it("is settled by one read when it shows the effect", async () => {
    const desk = createDesk();
    await album(desk);
    desk.world.fail("pause", lost(), { after: true });
    expect(await desk.run((player) => player.pause())).toMatchObject({ changed: true });
    expect(desk.world.spent()).toEqual(["pause", "state"]);
  });

  it("is repeated once when the read shows none and repeating does no harm", async () => {
    const desk = createDesk();
    await album(desk);
    desk.world.fail("pause", lost());
    await desk.run((player) => player.pause());
    expect(desk.world.spent()).toEqual(["pause", "state", "pause"]);
    expect(desk.world.playing()).toBeUndefined();
  });

  it("is never repeated for a skip", async () => {
    const desk = createDesk();
    await album(desk);
    desk.world.fail("next", lost());
    await expect(desk.run((player) => player.next())).rejects.toMatchObject({
      code: "Unconfirmed",
      details: { action: "next" },
    });
    desk.world.fail("next", lost(), { after: true });
    await desk.run((player) => player.state({ fresh: true }));
    await desk.run((player) => player.next());
    expect(desk.world.playing()).toBe(uriOf("Nirvana", "Come As You Are"));
  });
});

describe("a second run after a crash", () => {
  it("does not skip twice", async () => {
    const desk = createDesk();
    await album(desk);
    const notes = createNotes();
    await desk.run((player) => player.next(), { once: notes.once });
    desk.restart();
    await desk.clock.advance(2_000);
    expect(await desk.run((player) => player.next(), { once: notes.once, resumed: true })).toMatchObject({
      changed: true,
    });
    expect(desk.world.playing()).toBe(uriOf("Nirvana", "Come As You Are"));
  });

  it("skips when the first run had not", async () => {
    const desk = createDesk();
    await album(desk);
    const notes = createNotes();
    desk.world.fail("next", new Error("killed"));
    await desk.run((player) => player.next(), { once: notes.once }).catch(() => undefined);
    await desk.run((player) => player.next(), { once: notes.once, resumed: true });
    expect(desk.world.playing()).toBe(uriOf("Nirvana", "Come As You Are"));
  });

  it("says so when nobody can know", async () => {
    const desk = createDesk();
    desk.world.byHand.play([uriOf("Adele", "Hello"), uriOf("Prince", "1999")]);
    const notes = createNotes();
    await desk.run((player) => player.next(), { once: notes.once });
    desk.restart();
    await expect(desk.run((player) => player.next(), { once: notes.once, resumed: true })).rejects.toMatchObject({
      code: "Unconfirmed",
    });
    expect(desk.world.calls.filter(({ method }) => method === "next")).toHaveLength(1);
  });

  it("does not make it louder twice", async () => {
    const desk = createDesk();
    await album(desk);
    const notes = createNotes();
    await desk.run((player) => player.volume({ by: 10 }), { once: notes.once });
    desk.restart();
    expect(await desk.run((player) => player.volume({ by: 10 }), { once: notes.once, resumed: true })).toMatchObject({
      to: 60,
    });
    expect(desk.world.devices[0]?.volume).toBe(60);
  });

  it("does not seek twice", async () => {
    const desk = createDesk();
    await album(desk);
    await desk.run((player) => player.pause());
    const notes = createNotes();
    const { positionMs } = await desk.run((player) => player.seek({ byMs: 30_000 }), { once: notes.once });
    desk.restart();
    await desk.run((player) => player.seek({ byMs: 30_000 }), { once: notes.once, resumed: true });
    expect(desk.world.state()?.progressMs).toBe(positionMs);
  });

  it("does not start the music from the top, nor search again", async () => {
    const desk = createDesk();
    const notes = createNotes();
    await desk.run((player) => player.play(bareWish("hello")), { once: notes.once });
    desk.restart();
    await desk.clock.advance(30_000);
    desk.world.spent();
    const played = await desk.run((player) => player.play(bareWish("hello")), { once: notes.once, resumed: true });
    expect(played).toMatchObject({ confirmed: true, chosen: { title: "Hello" } });
    expect(desk.world.spent()).toEqual(["state"]);
    expect(desk.world.state()?.progressMs).toBe(30_000);
  });

  it("takes the same act back, not the one before it", async () => {
    const desk = createDesk();
    await album(desk);
    await desk.run((player) => player.volume({ to: 20 }));
    await desk.run((player) => player.shuffle(true));
    // Killed before the note of what to take back was written.
    const killed = async <T>(_key: string, compute: () => Promise<T>): Promise<T> => {
      await compute();
      throw new Error("killed");
    };
    await expect(desk.run((player) => player.undo(), { once: killed })).rejects.toThrow("killed");
    expect(await desk.run((player) => player.undo(), { resumed: true })).toMatchObject({ act: "shuffle" });
    expect(desk.world.devices[0]?.volume).toBe(20);
    expect(await desk.run((player) => player.undo())).toMatchObject({ act: "volume", volume: 50 });
  });

  it("does not put songs back into a playlist twice", async () => {
    const desk = createDesk();
    const { uri } = await desk.run((player) => player.playlistCreate("Mix", false));
    const song = uriOf("Adele", "Hello");
    await desk.run((player) => player.playlistFill(uri, [song]));
    await desk.run((player) => player.playlistRemove(uri, wish({}, { uri: song })));
    const notes = createNotes();
    const undo = (resumed: boolean) => desk.run((player) => player.undo(), { once: notes.once, resumed });
    await undo(false);
    expect(await undo(true)).toMatchObject({ act: "playlist_remove" });
    expect(desk.world.contents.get(uri)).toEqual([song]);
  });

  it("takes queued items back once and says so twice", async () => {
    const desk = createDesk();
    await album(desk);
    await desk.run((player) => player.enqueue(bareWish("thriller"), "last"));
    await desk.run((player) => player.enqueue(wish({ track: "beat it" }), "last"));
    const notes = createNotes();
    const undo = (resumed: boolean) => desk.run((player) => player.undo(), { once: notes.once, resumed });
    await undo(false);
    expect(await undo(true)).toMatchObject({ act: "queue" });
    expect((await desk.queue.list("acc-1")).filter((row) => row.handedAt === undefined)).toEqual([]);
  });

  it("plays what the first run chose when it had not come to it", async () => {
    const desk = createDesk();
    const notes = createNotes();
    desk.world.fail("play", new Error("killed"));
    await desk.run((player) => player.play(wish({ album: "25" })), { once: notes.once }).catch(() => undefined);
    desk.world.spent();
    await desk.run((player) => player.play(wish({ album: "25" })), { once: notes.once, resumed: true });
    expect(desk.world.spent()).toEqual(["state", "devices", "play"]);
    expect(desk.world.state()?.context?.uri).toBe(albumUri("Adele", "25"));
  });

  it("does not begin anew what an earlier run put on at once", async () => {
    const desk = createDesk();
    const notes = createNotes();
    const now = (resumed: boolean) =>
      desk.run((player) => player.enqueue(wish({ album: "25" }), "now"), { once: notes.once, resumed });
    await now(false);
    await desk.clock.advance(20_000);
    desk.world.spent();
    expect(await now(true)).toMatchObject({ added: 1, device: { id: "kitchen-1" } });
    expect(desk.world.spent()).toEqual(["state"]);
  });

  it("does not begin anew what an earlier run queued into silence", async () => {
    const desk = createDesk();
    const notes = createNotes();
    await desk.run((player) => player.play(bareWish("thriller")));
    await desk.run((player) => player.state({ fresh: true }));
    desk.world.activate(undefined);
    const queue = (resumed: boolean) =>
      desk.run((player) => player.enqueue(wish({ album: "25" }), "last"), { once: notes.once, resumed });
    await queue(false);
    await desk.clock.advance(20_000);
    desk.world.spent();
    await queue(true);
    expect(desk.world.spent()).toEqual(["state"]);
    expect(await desk.queue.list("acc-1")).toEqual([]);
  });
});

/** A player whose state names no context, as that of a daemon which began again, or was lost. */
function withoutContexts() {
  const clock = createFakeClock();
  const scripted = createScriptedProvider({ clock, catalogue: createShelf() });
  const bare = (state: PlayerState | undefined) => {
    if (!state) return undefined;
    const { context: _unknown, ...rest } = state;
    return rest;
  };
  const provider: typeof scripted = {
    ...scripted,
    open(who) {
      const session = scripted.open(who);
      return { ...session, state: async (options) => bare(await session.state(options)) };
    },
  };
  return { desk: createDesk({ clock, provider }), world: scripted.world, clock };
}

describe("a player that knows no context any more", () => {
  const plays: Record<string, (player: Player) => Promise<unknown>> = {
    "a song in its album": (player) => player.play(wish({ track: "hello", artist: "adele" })),
    "an album": (player) => player.play(wish({ album: "nevermind" })),
    "an artist": (player) => player.play(wish({ artist: "nirvana" })),
  };

  for (const [what, play] of Object.entries(plays)) {
    it(`is not started from the top again by a second run: ${what}`, async () => {
      const { desk, world, clock } = withoutContexts();
      const notes = createNotes();
      await desk.run(play, { once: notes.once });
      desk.restart();
      await clock.advance(30_000);
      world.spent();
      expect(await desk.run(play, { once: notes.once, resumed: true })).toMatchObject({ confirmed: true });
      expect(world.spent()).toEqual(["state"]);
      expect(world.state()?.progressMs).toBe(30_000);
    });

    it(`is not sent a play twice when its answer was lost: ${what}`, async () => {
      const { desk, world } = withoutContexts();
      world.fail("play", lost(), { after: true });
      await desk.run(play);
      expect(world.spent().filter((method) => method === "play")).toHaveLength(1);
    });

    it(`is started by a second run when something else plays: ${what}`, async () => {
      const { desk, world } = withoutContexts();
      const notes = createNotes();
      world.byHand.play([uriOf("Prince", "1999")]);
      world.fail("play", new Error("killed"));
      await desk.run(play, { once: notes.once }).catch(() => undefined);
      world.spent();
      await desk.run(play, { once: notes.once, resumed: true });
      expect(world.spent()).toContain("play");
    });
  }
});

describe("an accepted play that is not there yet", () => {
  it("is confirmed by a read", async () => {
    const desk = createDesk();
    desk.world.pendingMs = 500;
    expect(await desk.run((player) => player.play(bareWish("hello")))).toMatchObject({ confirmed: true });
    expect(desk.world.spent()).toEqual(["search", "play", "state"]);
  });

  it("is told as unconfirmed after two reads", async () => {
    const desk = createDesk();
    desk.world.pendingMs = undefined;
    expect(await desk.run((player) => player.play(bareWish("hello")))).toMatchObject({ confirmed: false });
    expect(desk.world.spent()).toEqual(["search", "play", "state", "state"]);
  });
});
