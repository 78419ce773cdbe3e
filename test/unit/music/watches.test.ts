import { describe, expect, it } from "vitest";
import { SegueError } from "../../../src/contracts/errors.ts";
import type { MusicProvider, MusicSession, PlayerState } from "../../../src/contracts/music.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { createMemoryProvider } from "../../fakes/memory-player.ts";
import { createDesk, type Desk, wish } from "./desk.ts";

const harbour = wish({ album: "harbour lights" });
const minutes = (count: number) => count * 60_000;

/** A shared player that tells of its changes, on the clock of the desk. */
async function open() {
  const clock = createFakeClock();
  const provider = createMemoryProvider({ clock });
  const desk = createDesk({ clock, provider });
  await desk.run((player) => player.play(harbour));
  await clock.advance(0);
  desk.happenings.length = 0;
  const asked = provider.calls.length;
  return { desk, clock, provider, asked: () => provider.calls.slice(asked) };
}
const views = (desk: Desk) => desk.happenings.filter(({ type }) => type === "view.changed").length;

describe("a shared player that tells of its changes", () => {
  it("is known to have been paused at the machine, without a call", async () => {
    const { desk, clock, provider, asked } = await open();
    const player = await desk.open();
    await clock.advance(10_000);
    expect((await player.known())?.playing).toBe(true);
    expect(views(desk)).toBe(0);
    provider.byHand.pause();
    await clock.advance(0);
    expect(await player.known()).toMatchObject({ playing: false, progressMs: 10_000 });
    expect(views(desk)).toBe(1);
    expect(asked()).toEqual([]);
  });

  it("is not asked what plays, however long ago it told, nor what it plays next", async () => {
    const { desk, clock, asked } = await open();
    const first = await desk.run((player) => player.state());
    await clock.advance((first?.item?.durationMs ?? 0) + 1_000);
    const second = await desk.run((player) => player.state());
    expect(second?.item?.uri).not.toBe(first?.item?.uri);
    expect(second).toMatchObject({ playing: true, progressMs: 1_000 });
    await clock.advance(minutes(1));
    expect((await desk.run((player) => player.state()))?.progressMs).toBe(61_000);
    expect(asked()).toEqual([]);
  });

  it("is heard for as long as the program runs, however long nobody uses it", async () => {
    const { desk, clock, provider, asked } = await open();
    await clock.advance(minutes(24 * 60));
    desk.happenings.length = 0;
    provider.byHand.volume(7);
    await clock.advance(0);
    expect(views(desk)).toBe(1);
    expect(asked()).toEqual([]);
  });

  it("is heard from the start on where the program says so, before anybody has used it", async () => {
    const clock = createFakeClock();
    const provider = createMemoryProvider({ clock });
    const desk = createDesk({ clock, provider });
    const session = provider.open({ kind: "shared", playerId: "shelf" });
    await session.play({ context: "memory:album:harbour-lights" });
    desk.orchestrator.listen();
    desk.orchestrator.listen();
    await clock.advance(0);
    desk.happenings.length = 0;
    provider.byHand.pause();
    await clock.advance(0);
    expect(desk.happenings).toEqual([{ type: "view.changed", kind: "now-playing", key: "shared:memory:shelf" }]);
    expect((await (await desk.open({ quiet: true })).known())?.playing).toBe(false);
    await clock.until(desk.orchestrator.stop());
  });

  it("is not listened to for the sake of a card that is drawn anew", async () => {
    const clock = createFakeClock();
    const desk = createDesk({ clock, provider: createMemoryProvider({ clock }) });
    await desk.open({ quiet: true });
    expect(clock.pending()).toBe(0);
  });

  it("is left alone when the orchestrator stops, for good", async () => {
    const { desk, clock } = await open();
    await clock.until(desk.orchestrator.stop());
    expect(clock.pending()).toBe(0);
    await desk.open();
    await clock.advance(0);
    expect(clock.pending()).toBe(0);
  });
});

describe("a player that is no longer heard", () => {
  /** Tells what it plays each time it is listened to, and breaks off after a while. */
  function fragile(breaksAfterMs: number) {
    const clock = createFakeClock();
    const inner = createMemoryProvider({ clock });
    let listened = 0;
    let hears: ((state: PlayerState | undefined) => void) | undefined;
    const provider: MusicProvider = {
      ...inner,
      open(who) {
        const session: MusicSession = inner.open(who);
        return {
          ...session,
          async watch(onChange, signal) {
            listened += 1;
            hears = onChange;
            onChange(undefined);
            await clock.sleep(breaksAfterMs, signal);
            throw new SegueError("Unavailable", { service: "memory", why: "connection" });
          },
        };
      },
    };
    const desk = createDesk({ clock, provider });
    return { desk, clock, inner, listened: () => listened, tell: (state?: PlayerState) => hears?.(state) };
  }

  it("is asked meanwhile, and listened to again at growing distance", async () => {
    const { desk, clock, inner, listened } = fragile(minutes(1));
    await desk.run((player) => player.state());
    // It said that nothing is on, which holds.
    expect(inner.calls).toEqual([]);
    await clock.advance(minutes(1) + 200);
    expect(await desk.run((player) => player.state())).toBeUndefined();
    expect(inner.calls).toEqual(["state"]);
    await clock.advance(60);
    expect(listened()).toBe(2);
    await clock.until(desk.orchestrator.stop());
  });

  it("says nothing any more once listening has ended", async () => {
    const { desk, clock, tell } = fragile(minutes(60));
    const player = await desk.open();
    await clock.until(desk.orchestrator.stop());
    desk.happenings.length = 0;
    tell({ at: clock.now(), playing: true, progressMs: 0, shuffle: false, repeat: "off", refused: [] });
    await clock.advance(0);
    expect(await player.known()).toBeUndefined();
    expect(desk.happenings).toEqual([]);
  });
});
