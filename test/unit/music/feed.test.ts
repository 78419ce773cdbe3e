import { describe, expect, it } from "vitest";
import type { AccountRef, PlayerNews } from "../../../src/contracts/listening.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { createMemoryProvider } from "../../fakes/memory-player.ts";
import { createDesk, type Desk, wish } from "./desk.ts";

const ann: AccountRef = { accountId: "acc-1", personId: "ann", provider: "scripted" };
const beatIt = wish({ track: "beat it" });

function open() {
  const desk = createDesk();
  const news: PlayerNews[] = [];
  const stop = desk.orchestrator.feed.on((each) => news.push(each));
  const call = (more = {}) => ({
    reason: "watch",
    deadlineAt: desk.clock.now() + 30_000,
    signal: new AbortController().signal,
    ...more,
  });
  const look = (account = ann) => desk.clock.until(desk.orchestrator.feed.look(account, call()));
  return { desk, news, stop, look, call };
}
const spent = (desk: Desk) => desk.world.spent();

describe("the feed of players", () => {
  it("tells of what our own commands did, without a call", async () => {
    const { desk, news } = open();
    const before = desk.clock.now();
    await desk.run((player) => player.play(beatIt));
    const calls = spent(desk);
    expect(calls).not.toContain("state");
    expect(news.at(-1)).toMatchObject({
      key: "acc-1",
      by: "command",
      at: before,
      state: { playing: true, progressMs: 0, item: { title: "Beat It" } },
    });
    await desk.run((player) => player.pause());
    expect(news.at(-1)).toMatchObject({ by: "command", state: { playing: false } });
  });

  it("looks with one call, and what it shows is known to commands as well", async () => {
    const { desk, news, look } = open();
    await desk.run((player) => player.play(beatIt));
    await desk.clock.advance(30_000);
    spent(desk);
    news.length = 0;
    const state = await look();
    expect(spent(desk)).toEqual(["state"]);
    expect(state).toMatchObject({ playing: true, progressMs: 30_000 });
    expect(news).toEqual([{ key: "acc-1", by: "reading", state, at: desk.clock.now() }]);
    await desk.run((player) => player.state());
    expect(spent(desk)).toEqual([]);
  });

  it("tells that nothing is active", async () => {
    const { news, look } = open();
    expect(await look()).toBeUndefined();
    expect(news).toMatchObject([{ by: "reading", state: undefined }]);
  });

  it("lets no command wait behind it, and does not let what it saw before the command win", async () => {
    const { desk, news, call } = open();
    await desk.run((player) => player.play(beatIt));
    await desk.clock.advance(1_000);
    const looking = desk.orchestrator.feed.look(ann, call());
    await desk.run((player) => player.pause());
    await desk.clock.until(looking);
    expect(news.at(-1)).toMatchObject({ by: "command", state: { playing: false } });
  });

  it("asks for nobody's player in the name of an account that is no longer theirs", async () => {
    const { desk, look } = open();
    await expect(look({ ...ann, accountId: "acc-0" })).rejects.toMatchObject({ code: "NotLinked" });
    desk.account.status = "needs_relink";
    await expect(look()).rejects.toMatchObject({ code: "NeedsRelink" });
    expect(spent(desk)).toEqual([]);
  });

  it("reads the latest plays with one call, and says where there are none to be had", async () => {
    const { desk, call } = open();
    const recent = desk.orchestrator.feed.recent(ann, call({ afterMs: 1 }));
    expect(await desk.clock.until(recent)).toEqual([]);
    expect(spent(desk)).toEqual(["recentlyPlayed"]);
    const bare = createDesk({ without: ["recentlyPlayed"] });
    await expect(bare.clock.until(bare.orchestrator.feed.recent(ann, call()))).rejects.toMatchObject({
      code: "Restricted",
      details: { reason: "not_offered" },
    });
  });

  it("hands on what a shared player tells by itself, and that it is no longer heard", async () => {
    const clock = createFakeClock();
    const provider = createMemoryProvider({ clock });
    const desk = createDesk({ clock, provider });
    await desk.run((player) => player.play(wish({ album: "harbour lights" })));
    await clock.advance(0);
    const news: PlayerNews[] = [];
    desk.orchestrator.feed.on((each) => news.push(each));
    provider.byHand.pause();
    await clock.advance(0);
    expect(news).toMatchObject([{ key: "shared:memory:shelf", by: "push", state: { playing: false } }]);
  });

  it("goes on when one listener fails, and stops telling those who have left", async () => {
    const { desk, news, stop } = open();
    desk.orchestrator.feed.on(() => {
      throw new Error("a listener's own fault");
    });
    const later: PlayerNews[] = [];
    desk.orchestrator.feed.on((each) => later.push(each));
    await desk.run((player) => player.play(beatIt));
    expect(later).toEqual(news);
    stop();
    const { length } = news;
    await desk.run((player) => player.pause());
    expect(news).toHaveLength(length);
    expect(later.length).toBeGreaterThan(length);
  });
});
