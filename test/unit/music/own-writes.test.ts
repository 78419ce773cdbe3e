import { describe, expect, it } from "vitest";
import { SegueError } from "../../../src/contracts/errors.ts";
import type { MusicProvider, MusicSession, PlayerState } from "../../../src/contracts/music.ts";
import type { Player } from "../../../src/contracts/player.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { createMemoryProvider } from "../../fakes/memory-player.ts";
import { createDesk, wish } from "./desk.ts";

/** Read after a command, this is how late the player's own news of it comes. */
const LATE_MS = 120;

type Slowness = { actMs?: number; stateMs?: number };
/** How a command ends instead of being carried out, and after how long. */
type Failing = Record<string, { afterMs: number; error: SegueError }>;

/**
 * A shared player whose news is late: what it tells is how it was when it changed, and by then our next command may be under
 * way, or done. `byHand` is what somebody else does with it.
 */
async function open({ actMs = 0, stateMs = 0 }: Slowness = {}) {
  const clock = createFakeClock();
  let slow: Slowness = {};
  let failing: Failing = {};
  const inner = createMemoryProvider({
    clock,
    async before(action) {
      const fails = failing[action];
      const ms = action === "state" ? slow.stateMs : (fails?.afterMs ?? slow.actMs);
      if (ms) await clock.sleep(ms);
      if (fails) throw fails.error;
    },
  });
  const provider: MusicProvider = {
    ...inner,
    open(who) {
      const session: MusicSession = inner.open(who);
      const told: Promise<void>[] = [];
      return {
        ...session,
        async watch(onChange, signal) {
          await session.watch?.((state) => {
            const later = clock.sleep(LATE_MS, signal).then(
              () => onChange(state),
              () => undefined,
            );
            told.push(later);
          }, signal);
          await Promise.all(told);
        },
      };
    },
  };
  const desk = createDesk({ clock, provider });
  await desk.run((player) => player.play(wish({ album: "harbour lights" })));
  await clock.advance(1_000);
  slow = { actMs, stateMs };
  const truth = async (): Promise<PlayerState | undefined> => {
    slow = {};
    return inner.open({ kind: "shared", playerId: "shelf" }).state();
  };
  const known = async () => (await desk.open({ quiet: true })).known();
  const fail = (with_: Failing) => {
    failing = with_;
  };
  return { desk, clock, provider: inner, truth, known, fail };
}

const title = (state: PlayerState | undefined) => (state?.item?.type === "track" ? state.item.title : undefined);
const at =
  (step: (player: Player) => Promise<{ state?: PlayerState }>) => async (desk: ReturnType<typeof createDesk>) =>
    title((await desk.run(step)).state);
const next = at((player) => player.next());
const previous = at((player) => player.previous());

describe("commands on a player that tells of its changes", () => {
  it("are answered with what came of them, one right after the other", async () => {
    const { desk } = await open();
    expect([await next(desk), await next(desk), await previous(desk)]).toEqual([
      "Stop the Ferry",
      "Lamp Oil",
      "Stop the Ferry",
    ]);
  });

  it("count from what the last one did: a pause that is told late does not make a resume needless", async () => {
    const { desk, clock } = await open();
    expect(await desk.run((player) => player.pause())).toMatchObject({ changed: true, state: { playing: false } });
    await clock.advance(LATE_MS);
    expect(await desk.run((player) => player.resume())).toMatchObject({ changed: true, state: { playing: true } });
    expect(await desk.run((player) => player.pause())).toMatchObject({ changed: true, state: { playing: false } });
  });

  it("know how long the song is that the last one began", async () => {
    const { desk, clock, provider, truth } = await open();
    provider.byHand.volume(7);
    await clock.advance(LATE_MS);
    const moved = await desk.run(async (player) => {
      await player.play(wish({ track: "by and by" }));
      return player.seek({ positionMs: 60_000 });
    });
    expect(moved.durationMs).toBe((await truth())?.item?.durationMs);
    expect(title(moved.state)).toBe("By and By");
  });

  it("of two people at once are each answered with their own", async () => {
    const { desk, clock, provider, truth, known } = await open({ actMs: 30 });
    provider.byHand.volume(7);
    await clock.advance(LATE_MS);
    const [ann, bob] = await Promise.all([desk.open(), desk.open({ personId: "bob" })]);
    const [one, two] = await clock.until(
      Promise.all([ann.play(wish({ track: "by and by" })), bob.play(wish({ track: "1999" }))]),
    );
    expect([title(one.state), title(two.state)]).toEqual(["By and By", "1999"]);
    expect(title(await known())).toBe("1999");
    await clock.advance(1_000);
    expect(title(await known())).toBe(title(await truth()));
  });

  it("are not undone by news of how it was before them", async () => {
    const { desk, clock, provider, known } = await open({ actMs: LATE_MS / 2 });
    // Told while the next command is under way, and while the one after it is.
    provider.byHand.volume(7);
    const step = clock.until(desk.open().then((player) => player.next()));
    expect(title((await step).state)).toBe("Stop the Ferry");
    expect((await known())?.device?.volume).toBe(7);
    provider.byHand.volume(9);
    await desk.run((player) => player.next());
    expect(await known()).toMatchObject({ item: { title: "Lamp Oil" }, device: { volume: 9 } });
  });

  it("lose nothing of what somebody else does meanwhile", async () => {
    const { desk, clock, provider, known } = await open({ actMs: 100, stateMs: 100 });
    const step = desk.open().then((player) => player.next());
    await clock.advance(150);
    provider.byHand.pause();
    await clock.until(step);
    await clock.advance(2_000);
    expect(await known()).toMatchObject({ playing: false, item: { title: "Stop the Ferry" } });
  });

  it("lose nothing of it where they end without an answer", async () => {
    const ends: [(player: Player) => Promise<unknown>, string, SegueError][] = [
      [(player) => player.next(), "next", new SegueError("Unavailable", { service: "memory", why: "timeout" })],
      [
        (player) => player.enqueue(wish({ track: "by and by" }), "last"),
        "queue",
        new SegueError("Unconfirmed", { action: "x" }),
      ],
    ];
    for (const [command, action, error] of ends) {
      const { desk, clock, provider, known, fail } = await open();
      fail({ [action]: { afterMs: LATE_MS * 2, error } });
      const failed = expect(desk.open().then(command)).rejects.toMatchObject({ code: error.code });
      await clock.advance(1);
      provider.byHand.pause();
      await clock.until(failed);
      await clock.advance(3_600_000);
      expect(await known(), error.code).toMatchObject({ playing: false });
    }
  });

  it("lose nothing of it where two fail at once, and the reading after the one is overtaken by the other", async () => {
    const { desk, clock, provider, known, fail } = await open({ stateMs: 200 });
    fail({
      seek: { afterMs: 150, error: new SegueError("Restricted", { reason: "content_unavailable" }) },
      next: { afterMs: 200, error: new SegueError("Unavailable", { service: "memory", why: "timeout" }) },
    });
    const [ann, bob] = await Promise.all([desk.open(), desk.open({ personId: "bob" })]);
    const both = Promise.allSettled([ann.seek({ positionMs: 60_000 }), bob.next()]);
    await clock.advance(1);
    provider.byHand.pause();
    expect((await clock.until(both)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await clock.advance(3_600_000);
    expect(await known()).toMatchObject({ playing: false });
  });

  it("are answered in time though reading takes long, and what was read is shown when it is here", async () => {
    const { desk, clock, known } = await open({ stateMs: 3_000 });
    const from = clock.now();
    const done = await desk.run((player) => player.pause());
    expect(done).toMatchObject({ changed: true, state: { playing: false } });
    expect(clock.now() - from).toBe(150);
    await desk.run((player) => player.next());
    await clock.advance(10_000);
    expect(await known()).toMatchObject({ playing: true, item: { title: "Stop the Ferry" } });
  });
});
