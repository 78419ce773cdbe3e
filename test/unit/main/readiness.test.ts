import { describe, expect, it } from "vitest";
import { createReadStandings } from "../../../src/main/readiness.ts";
import { createFakeClock } from "../../fakes/clock.ts";

function setup() {
  const clock = createFakeClock();
  const up = { chat: true, player: true };
  const jobs = [{ kind: "posts", jobs: 3, down: 0 }] as {
    kind: string;
    jobs: number;
    down: number;
    why?: string;
  }[];
  const read = createReadStandings({
    adapters: [
      { platform: "chat", healthy: () => up.chat, trouble: () => "the token is refused" },
      { platform: "terminal" },
    ],
    providers: [{ id: "player", healthy: () => up.player }],
    scheduler: { standing: () => jobs },
    clock,
  });
  return { clock, up, jobs, read };
}

describe("readiness", () => {
  it("is that of every connection and of every kind of job", () => {
    expect(setup().read()).toEqual({
      chat: { ready: true },
      terminal: { ready: true },
      player: { ready: true },
      "job posts": { ready: true },
    });
  });

  it("says why a connection is down, and since when it is seen so", async () => {
    const { clock, up, read } = setup();
    up.chat = false;
    up.player = false;
    expect(read().chat).toEqual({ ready: false, why: "the token is refused; seen so for 0 s" });
    await clock.advance(40_000);
    expect(read()).toMatchObject({
      chat: { ready: false, why: "the token is refused; seen so for 40 s" },
      player: { ready: false, why: "it does not run; seen so for 40 s" },
    });
    up.chat = true;
    expect(read().chat).toEqual({ ready: true });
    up.chat = false;
    expect(read().chat).toMatchObject({ why: "the token is refused; seen so for 0 s" });
  });

  it("bears with one job, and not with all of a kind", () => {
    const { jobs, read } = setup();
    jobs[0] = { kind: "posts", jobs: 3, down: 1, why: "hangs for 700 s" };
    expect(read()["job posts"]).toEqual({ ready: true, why: "1 of 3: hangs for 700 s" });
    jobs[0] = { kind: "posts", jobs: 3, down: 3, why: "failed 3 times running: the disk is full" };
    expect(read()["job posts"]).toEqual({ ready: false, why: "3 of 3: failed 3 times running: the disk is full" });
  });

  it.each(["diaries.read", "diaries.forward", "listening.watch", "sweep"])(
    "tells that %s is down, and that the chat does without",
    (kind) => {
      const { jobs, read } = setup();
      // Of one person there is one: it is all there are.
      jobs[0] = { kind, jobs: 1, down: 1, why: "failed 3 times running: it does not answer" };
      expect(read()[`job ${kind}`]).toEqual({
        ready: false,
        optional: true,
        why: "1 of 1: failed 3 times running: it does not answer",
      });
    },
  );
});
