import { describe, expect, it } from "vitest";
import type { Incoming } from "../../src/contracts/incoming.ts";
import { DAY, incoming, reply, type Stores, unique } from "./store-rows.ts";

/** Work in hand: events, posts and timers, each given to one taker. */
export function eventSuite(stores: Stores): void {
  describe("events", () => {
    it("accepts a key once, whoever delivers it again", async () => {
      const event = incoming();
      const lease = { untilAt: 1000, owner: "a" };
      expect(await stores.store.events.accept(event, lease)).toMatchObject({
        event,
        commands: [],
        done: 0,
        attempts: 1,
      });
      expect(await stores.store.events.accept(event, lease)).toBeUndefined();
      expect(await stores.other.events.accept({ ...event }, { untilAt: 9, owner: "b" })).toBeUndefined();
      const elsewhere = { ...event, place: { ...event.place, platform: "terminal" } };
      expect(await stores.store.events.accept(elsewhere, lease)).toBeDefined();
    });

    it("keeps plan, notes, progress and replies for a second run", async () => {
      const event = incoming();
      const row = await stores.store.events.accept(event, { untilAt: 10 * DAY, owner: "a" });
      const id = row?.id ?? "";
      const commands = [
        { intent: "playback.pause", slots: {} },
        { intent: "volume.set", slots: { level: 30 } },
        { intent: "help", slots: {} },
      ];
      await stores.store.events.plan(id, commands);
      await stores.store.events.begin(id);
      await stores.store.events.note(id, 'odd "key" \'', { was: [1, null, "ü\u0000\u202e"] });
      await stores.store.events.note(id, "twice", 1);
      await stores.store.events.note(id, "twice", null);
      await stores.store.events.advance(id, reply("paused"));
      await stores.store.events.begin(id);
      await stores.store.events.advance(id, undefined);
      await stores.store.events.begin(id);
      const again = await stores.other.events.find("web", event.key);
      expect(again).toEqual({
        id,
        event,
        commands,
        done: 2,
        begun: true,
        notes: { 'odd "key" \'': { was: [1, null, "ü\u0000\u202e"] }, twice: null },
        replies: [reply("paused")],
        attempts: 1,
        finished: false,
      });
      await stores.store.events.advance(id, reply("help"));
      await stores.store.events.finish(id, 5);
      const done = await stores.store.events.find("web", event.key);
      expect(done).toMatchObject({ done: 3, begun: false, finished: true });
      expect(done?.replies.map((each) => each.text)).toEqual(["paused", "help"]);
      expect(await stores.store.events.find("web", unique("unknown"))).toBeUndefined();
    });

    it("does not advance past a command that has not begun", async () => {
      const row = await stores.store.events.accept(incoming(), { untilAt: 10 * DAY, owner: "a" });
      const id = row?.id ?? "";
      await expect(stores.store.events.advance(id, reply("no"))).rejects.toThrow("no begun command");
      await stores.store.events.begin(id);
      await stores.store.events.advance(id, reply("yes"));
      await expect(stores.store.events.advance(id, reply("no"))).rejects.toThrow();
    });

    it("keeps hostile text as it came", async () => {
      const text = `\u0000\u202e@everyone '; drop table events; -- ${"💥".repeat(2000)} \ud800`;
      const event = incoming(undefined, text);
      await stores.store.events.accept(event, { untilAt: 10 * DAY, owner: "a" });
      expect((await stores.other.events.find("web", event.key))?.event).toEqual(event);
    });

    it("hands an abandoned event to exactly one taker, oldest first, and not before its lease is over", async () => {
      const now = stores.clock.now();
      const keys = Array.from({ length: 12 }, () => unique("abandoned"));
      for (const key of keys) {
        await stores.store.events.accept(incoming(key), { untilAt: now + 1000, owner: "dead" });
        stores.clock.jumpTo(stores.clock.now() + 1);
      }
      const finished = await stores.store.events.find("web", keys[3] ?? "");
      await stores.store.events.finish(finished?.id ?? "", now);
      const mine = (rows: { event: Incoming }[]) =>
        rows.map((row) => row.event.key).filter((key) => keys.includes(key));
      expect(mine(await stores.store.events.takeAbandoned(now + 999, { untilAt: now + DAY, owner: "b" }, 50))).toEqual(
        [],
      );
      const taken = await Promise.all(
        [stores.store, stores.other, stores.store, stores.other].map((each, index) =>
          each.events.takeAbandoned(now + 1000, { untilAt: now + 2000, owner: `t${index}` }, 4),
        ),
      );
      for (const rows of taken) {
        expect(rows.length).toBeLessThanOrEqual(4);
        const order = mine(rows).map((key) => keys.indexOf(key));
        expect(order).toEqual([...order].sort((a, b) => a - b));
      }
      const all = taken.flat();
      expect(all.every((row) => row.attempts === 2)).toBe(true);
      const rest = await stores.store.events.takeAbandoned(now + 1000, { untilAt: now + 2000, owner: "rest" }, 50);
      expect(mine([...all, ...rest]).sort()).toEqual(keys.filter((_, index) => index !== 3).sort());
      const extended = all[0];
      await stores.store.events.extend(extended?.id ?? "", now + 5000);
      const later = await stores.store.events.takeAbandoned(now + 2000, { untilAt: now + 9000, owner: "c" }, 50);
      expect(mine(later)).not.toContain(extended?.event.key);
      expect(mine(later)).toHaveLength(10);
    });
  });

  describe("outbox", () => {
    it("takes a key once, gives it to one sender, and remembers how it ended", async () => {
      const platform = unique("platform");
      const key = unique("post");
      expect(await stores.store.outbox.put({ key, platform, body: { text: "hi" }, dueAt: 10 })).toBe(true);
      expect(await stores.other.outbox.put({ key, platform, body: { text: "again" }, dueAt: 10 })).toBe(false);
      const lease = { untilAt: 100, owner: "a" };
      expect(await stores.store.outbox.take(platform, 9, lease, 5)).toEqual([]);
      const taken = (
        await Promise.all(
          [stores.store, stores.other, stores.store].map((each) => each.outbox.take(platform, 10, lease, 5)),
        )
      ).flat();
      expect(taken).toEqual([{ key, platform, body: { text: "hi" }, status: "sending", attempts: 1, dueAt: 10 }]);
      await stores.store.outbox.settle(key, { retryAt: 50, error: "down" });
      expect(await stores.store.outbox.take(platform, 49, lease, 5)).toEqual([]);
      expect(await stores.store.outbox.take(platform, 50, lease, 5)).toMatchObject([
        { attempts: 2, lastError: "down" },
      ]);
      expect(await stores.other.outbox.take(platform, 100, { untilAt: 200, owner: "b" }, 5)).toMatchObject([
        { attempts: 3 },
      ]);
      await stores.other.outbox.settle(key, { retryAt: 150, error: "away", untried: true });
      expect(await stores.store.outbox.get(key)).toMatchObject({ status: "waiting", attempts: 2, dueAt: 150 });
      expect(await stores.other.outbox.take(platform, 150, { untilAt: 200, owner: "b" }, 5)).toMatchObject([
        { attempts: 3 },
      ]);
      const sent = { platform: "web", place: { platform: "web", tenant: "", id: "room" }, id: "m1" };
      await stores.store.outbox.settle(key, { status: "sent", sent });
      expect(await stores.store.outbox.get(key)).toMatchObject({ status: "sent", sent, attempts: 3 });
      expect(await stores.store.outbox.take(platform, 9_999, lease, 5)).toEqual([]);
      expect(await stores.store.outbox.put({ key, platform, body: 1, dueAt: 1 })).toBe(false);
    });

    it("counts by status", async () => {
      const platform = unique("platform");
      const before = await stores.store.outbox.count("dead");
      const key = unique("post");
      await stores.store.outbox.put({ key, platform, body: 1, dueAt: 1 });
      await stores.store.outbox.settle(key, { status: "dead", error: "gone" });
      expect(await stores.store.outbox.count("dead")).toBe(before + 1);
    });
  });

  describe("a clock that is put back", () => {
    const minute = 60_000;
    it("holds back no post that was owed, or is to be tried again soon, and sends none of tomorrow's", async () => {
      const platform = unique("platform");
      const now = stores.clock.now();
      const { outbox } = stores.store;
      const put = (key: string, dueAt: number) => outbox.put({ key: `${platform} ${key}`, platform, body: {}, dueAt });
      await put("at once", now);
      await put("tomorrow", now + DAY);
      await put("again", now);
      await outbox.settle(`${platform} again`, { retryAt: now + minute, error: "down" });
      const earlier = now - DAY;
      const taken = await outbox.take(platform, earlier, { untilAt: earlier + minute, owner: "a" }, 5);
      expect(taken.map(({ key }) => key.slice(platform.length + 1)).sort()).toEqual(["again", "at once"]);
      // In hand as of that clock.
      expect(await outbox.take(platform, earlier + 1, { untilAt: earlier + minute, owner: "b" }, 5)).toEqual([]);
    });

    it("makes no lease of a dead process last as long as it was put back by", async () => {
      const platform = unique("platform");
      const now = stores.clock.now();
      const { outbox, timers } = stores.store;
      await outbox.put({ key: platform, platform, body: {}, dueAt: 10 });
      await outbox.take(platform, now, { untilAt: now + minute, owner: "dead" }, 5);
      await timers.put({ name: "sleep", owner: platform, dueAt: 10, data: null });
      await timers.takeDue(now, now + minute, 10);
      const earlier = now - 60 * minute;
      const lease = { untilAt: earlier + minute, owner: "b" };
      expect(await outbox.take(platform, earlier, lease, 5)).toMatchObject([{ key: platform }]);
      const due = await timers.takeDue(earlier, lease.untilAt, 10);
      expect(due.map(({ owner }) => owner)).toContain(platform);
      // Of two machines, one clock is a little ahead.
      const behind = earlier - 2_000;
      expect(await outbox.take(platform, behind, { untilAt: behind + minute, owner: "c" }, 5)).toEqual([]);
      const again = await timers.takeDue(behind, behind + minute, 10);
      expect(again.map(({ owner }) => owner)).not.toContain(platform);
      await timers.remove("sleep", platform);
    });
  });

  describe("timers", () => {
    it("hands a due timer to exactly one taker until its lease is over", async () => {
      const owners = Array.from({ length: 9 }, () => unique("owner"));
      for (const [index, owner] of owners.entries()) {
        await stores.store.timers.put({ name: "sleep", owner, dueAt: 1000 - index, data: { index } });
      }
      await stores.store.timers.put({ name: "later", owner: owners[0] ?? "", dueAt: 1001, data: null });
      expect(await stores.other.timers.nextDueAt()).toBe(992);
      expect(await stores.store.timers.takeDue(991, 2000, 10)).toEqual([]);
      const taken = await Promise.all(
        [stores.store, stores.other, stores.store].map((each) => each.timers.takeDue(1000, 2000, 4)),
      );
      const rows = [...taken.flat(), ...(await stores.store.timers.takeDue(1000, 2000, 10))];
      expect(rows.map((row) => row.owner).sort()).toEqual([...owners].sort());
      expect(rows.every((row) => row.name === "sleep")).toBe(true);
      expect(await stores.store.timers.nextDueAt()).toBe(1001);
      await stores.store.timers.remove("later", owners[0] ?? "");
      expect(await stores.store.timers.nextDueAt()).toBe(2000);
      expect(await stores.store.timers.takeDue(1999, 3000, 10)).toEqual([]);
      expect(await stores.store.timers.takeDue(2000, 3000, 10)).toHaveLength(9);
      for (const owner of owners) expect(await stores.store.timers.finish("sleep", owner, 3000)).toBe(true);
      expect(await stores.store.timers.nextDueAt()).toBeUndefined();
    });

    it("keeps a timer that was put anew while the old one was in hand", async () => {
      const owner = unique("owner");
      await stores.store.timers.put({ name: "look", owner, dueAt: 10, data: 1 });
      expect(await stores.store.timers.takeDue(10, 100, 5)).toEqual([{ name: "look", owner, dueAt: 10, data: 1 }]);
      await stores.store.timers.put({ name: "look", owner, dueAt: 50, data: 2 });
      expect(await stores.store.timers.finish("look", owner, 100)).toBe(false);
      expect(await stores.store.timers.get("look", owner)).toEqual({ name: "look", owner, dueAt: 50, data: 2 });
      expect(await stores.store.timers.remove("look", owner)).toBe(true);
      expect(await stores.store.timers.remove("look", owner)).toBe(false);
    });
  });

  it("serves many at once without waiting for ever", async () => {
    const results = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const each = index % 2 ? stores.store : stores.other;
        const row = await each.events.accept(incoming(), { untilAt: 1, owner: "a" });
        await each.events.begin(row?.id ?? "");
        await each.events.advance(row?.id ?? "", reply("x"));
        await each.events.finish(row?.id ?? "", 1);
        return row?.id;
      }),
    );
    expect(new Set(results).size).toBe(200);
  });
}
