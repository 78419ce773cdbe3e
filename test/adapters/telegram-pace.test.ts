import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Refused } from "../../adapters/telegram/client.ts";
import { createPace } from "../../adapters/telegram/pace.ts";
import { SegueError } from "../../src/contracts/errors.ts";
import { createLimits } from "../doubles/telegram/limits.ts";
import { createFakeClock } from "../fakes/clock.ts";
import { createJumpingClock } from "../fakes/jumping-clock.ts";

/** Long enough after the start that nothing of an earlier run counts. */
async function startPace() {
  const clock = createFakeClock();
  const pace = createPace(clock);
  await clock.advance(1_000);
  return { clock, pace };
}

describe("the pace of telegram", () => {
  it("never breaks a limit of Telegram's, whatever is asked when, and loses nothing", async () => {
    const job = fc.record({
      afterMs: fc.nat(800),
      chat: fc.constantFrom("1", "2", "-3"),
      edits: fc.option(fc.constantFrom("a", "b")),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(job, { maxLength: 30 }), async (jobs) => {
        const clock = createFakeClock();
        const limits = createLimits(clock.now);
        const pace = createPace(clock);
        const settled: Promise<unknown>[] = [];
        for (const { afterMs, chat, edits } of jobs) {
          await clock.advance(afterMs);
          const task = async () => limits.pass(Number(chat));
          settled.push(pace.run({ chat, group: chat.startsWith("-"), task, ...(edits ? { replaces: edits } : {}) }));
        }
        await clock.until(Promise.all(settled));
        pace.stop();
        expect(clock.pending()).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  it.each([-24, -1, 24])("is what it was after the machine's clock was set by %s hours", async (hours) => {
    const timer = createFakeClock();
    const clock = createJumpingClock(timer);
    const pace = createPace(clock);
    await timer.advance(1_000);
    const at: number[] = [];
    const send = (chat: string, task = async () => void at.push(timer.now())) => pace.run({ chat, group: true, task });
    await timer.until(Promise.all(Array.from({ length: 19 }, () => send("-1"))));
    let refused = false;
    const blocked = send("-2", async () => {
      if (!refused) {
        refused = true;
        throw new Refused("sendMessage", 429, "Too Many Requests", { retryAfterMs: 5_000 });
      }
      at.push(timer.now());
    });
    await timer.advance(100);
    clock.jump(hours * 60 * 60_000);
    at.length = 0;
    const from = timer.now();
    await timer.until(Promise.all([send("-1"), send("-3"), blocked]));
    expect(at).toHaveLength(3);
    // No more is waited than a pause or a full group asks for.
    expect(timer.now() - from).toBeLessThanOrEqual(60_000);
    await timer.advance(2_000);
    at.length = 0;
    const later = timer.now();
    await timer.until(Promise.all([send("-4"), send("-4")]));
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(1_000);
    expect(timer.now() - later).toBeLessThan(5_000);
    pace.stop();
  });

  it("sends thirty a second to all chats together, and no more", async () => {
    const { clock, pace } = await startPace();
    const at: number[] = [];
    const begun = clock.now();
    const all = Array.from({ length: 65 }, (_, chat) =>
      pace.run({ chat: String(chat), group: false, task: async () => void at.push(clock.now() - begun) }),
    );
    await clock.until(Promise.all(all));
    expect(at.map((ms) => Math.floor(ms / 1000))).toEqual([
      ...Array(30).fill(0),
      ...Array(30).fill(1),
      ...Array(5).fill(2),
    ]);
  });

  it("sends twenty a minute to a group, a second apart, and what no longer fits is told at once", async () => {
    const { clock, pace } = await startPace();
    const at: number[] = [];
    const begun = clock.now();
    const posts = Array.from({ length: 25 }, () =>
      pace
        .run({ chat: "-3", group: true, task: async () => void at.push(clock.now() - begun) })
        .catch((error: SegueError) => error.code),
    );
    const outcomes = await clock.until(Promise.all(posts));
    expect(at).toEqual([...Array(20).keys(), 60].map((seconds) => seconds * 1_000));
    expect(outcomes.filter((outcome) => outcome === "RateLimited")).toHaveLength(4);
  });

  it("shows the newest state only, and answers before it edits", async () => {
    const clock = createFakeClock();
    const pace = createPace(clock);
    const done: string[] = [];
    const run = (name: string, replaces?: string) =>
      pace.run({ chat: "1", group: false, task: async () => done.push(name), ...(replaces ? { replaces } : {}) });
    const all = [
      run("first"),
      run("edit 1", "m"),
      run("edit 2", "m"),
      run("other edit", "n"),
      run("post"),
      run("edit 3", "m"),
    ];
    await clock.until(Promise.all(all));
    expect(done).toEqual(["first", "post", "edit 3", "other edit"]);
  });

  it("lets a second go by at its start in each chat: nobody knows what the run before it has just sent", async () => {
    const clock = createFakeClock();
    const begun = clock.now();
    const pace = createPace(clock);
    const run = (chat: string) => pace.run({ chat, group: false, task: async () => clock.now() - begun });
    expect(await clock.until(Promise.all([run("1"), run("2")]))).toEqual([1_000, 1_000]);
    expect(await clock.until(Promise.all([run("1"), run("3")]))).toEqual([2_000, 1_000]);
  });

  it("waits as long as 429 says, in that chat alone, and does it again", async () => {
    const { clock, pace } = await startPace();
    const begun = clock.now();
    let tries = 0;
    const slow = pace.run({
      chat: "1",
      group: false,
      task: async () => {
        tries += 1;
        if (tries === 1) throw new Refused("sendMessage", 429, "Too Many Requests", { retryAfterMs: 7_000 });
        return clock.now() - begun;
      },
    });
    const other = pace.run({ chat: "2", group: false, task: async () => clock.now() - begun });
    expect(await clock.until(other)).toBe(0);
    expect(await clock.until(slow)).toBe(7_000);
  });

  it("gives up at once when 429 asks for longer than anybody waits, and says until when", async () => {
    const { clock, pace } = await startPace();
    const task = async () => {
      throw new Refused("sendMessage", 429, "Too Many Requests", { retryAfterMs: 3_600_000 });
    };
    const refused = await pace.run({ chat: "1", group: false, task }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "RateLimited", retryAt: clock.now() + 3_600_000 });
    expect(clock.pending()).toBe(0);
  });

  it("repeats what cannot have been sent, and never a post of which nobody knows", async () => {
    const clock = createFakeClock();
    const pace = createPace(clock);
    const failing = (error: SegueError) => {
      let left = 2;
      return async () => {
        left -= 1;
        if (left >= 0) throw error;
        return "done";
      };
    };
    const unsent = new SegueError("Unavailable", { service: "telegram", why: "connection" });
    const unknown = new SegueError("Unconfirmed", { action: "telegram" });
    expect(await clock.until(pace.run({ chat: "1", group: false, task: failing(unsent) }))).toBe("done");
    expect(await clock.until(pace.run({ chat: "1", group: false, task: failing(unknown), replaces: "m" }))).toBe(
      "done",
    );
    await expect(clock.until(pace.run({ chat: "1", group: false, task: failing(unknown) }))).rejects.toBe(unknown);
  });

  it("takes no more than fits, and lets go of everything when it stops", async () => {
    const clock = createFakeClock();
    const pace = createPace(clock);
    const run = () =>
      pace.run({ chat: "1", group: false, task: async () => "sent" }).catch((error: SegueError) => error.code);
    const all = Array.from({ length: 60 }, run);
    expect((await Promise.all(all.slice(52))).every((code) => code === "RateLimited")).toBe(true);
    pace.stop();
    const codes = await Promise.all(all);
    expect(codes.filter((code) => code === "Unavailable").length).toBeGreaterThan(40);
    expect(await run()).toBe("Unavailable");
    expect(clock.pending()).toBe(0);
  });
});
