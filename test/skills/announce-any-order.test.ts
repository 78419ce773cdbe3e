import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Crash, type CrashingStore, crashingStore } from "../support/crash.ts";
import { creep, hello, minuteMs, openHall, ownPlayers, song } from "./announce-stage.ts";

describe("kill -9 while somebody begins, and goes on, to listen", () => {
  /** Resolves with the calls that a process made, which died at one of them and was followed by another. */
  async function run(crash?: Crash): Promise<{ shown: string[]; calls: string[] }> {
    const held = await openHall();
    const ann = await held.agreed("ann");
    let crashing: CrashingStore | undefined;
    await held.restart((store) => {
      crashing = crashingStore(store, crash && { ...crash, at: crash.at + before });
      return crashing.store;
    });
    await held.pass(10);
    if (!crash) before = crashing?.calls.length ?? 0;
    for (const next of [hello, creep]) await held.hears(ann, next);
    const calls = crashing?.calls.slice(before) ?? [];
    if (crash) {
      await held.restart();
      // The platform's lease on what was in hand, and what is seen at the start.
      await held.pass(2 * minuteMs);
      await held.hears(ann, creep);
    }
    return { shown: held.shown(), calls };
  }
  /** Calls that a start makes by itself. */
  let before = 0;

  it("at any write: one card, that shows what is heard", async () => {
    const whole = await run();
    expect(whole.shown).toEqual(["ann is listening to Creep by Radiohead."]);
    expect(whole.calls).toContain("cards.put");
    const writes = whole.calls.flatMap((name, at) => (/\.(put|take|begin|settle)$/.test(name) ? [at] : []));
    expect(writes.length).toBeGreaterThan(5);
    for (const at of writes)
      for (const moment of ["before", "after"] as const) {
        const { shown } = await run({ at, moment });
        expect(shown, `${moment} ${at} ${whole.calls[at]}`).toEqual(whole.shown);
      }
  }, 120_000);
});

describe("whatever happens, in any order", () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("hear" as const), who: fc.nat(1), song: fc.nat(3) }),
    fc.record({ do: fc.constantFrom("pause" as const, "silence" as const), who: fc.nat(1) }),
    fc.record({ do: fc.constantFrom("stop" as const, "agree" as const, "private" as const), who: fc.nat(1) }),
    fc.record({ do: fc.constantFrom("wait" as const, "chat" as const, "restart" as const), who: fc.nat(1) }),
  );

  it("a place sees at most one card of each, and nothing of whom it may not", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
        const held = await openHall(ownPlayers);
        const names = ["ann", "bob"] as const;
        const ids = [await held.agreed("ann"), await held.agreed("bob")];
        const allowed = [true, true];
        const hidden = [false, false];
        for (const each of steps) {
          const { who } = each;
          const [name, id] = [names[who] ?? "ann", ids[who] ?? ""];
          if (each.do === "hear") await held.hears(id, song(`Song ${each.song}`, "Adele", 3 * minuteMs));
          if (each.do === "pause") await held.hears(id, "paused");
          if (each.do === "silence") await held.hears(id, "nothing");
          if (each.do === "stop") await held.say("/announce stop", name);
          if (each.do === "agree")
            await held.user(name, { place: "hall" }).sends("announce.set", { what: "me", sure: "yes" });
          if (each.do === "private") await held.user(name).sends("hiding.set", { minutes: 24 * 60 });
          if (each.do === "wait") await held.pass(10 * minuteMs);
          if (each.do === "chat")
            for (let at = 0; at < 9; at++)
              await held.send(held.event("eve", { text: "hm" }, { place: "hall", addressed: false }));
          if (each.do === "restart") await held.restart();
          await held.pass(2_000);
          if (each.do === "stop" || each.do === "agree") allowed[who] = each.do === "agree";
          if (each.do === "private") hidden[who] = true;
          for (const [at, called] of names.entries()) {
            const cards = held.shown().filter((text) => text.startsWith(`${called} `));
            const live = cards.filter((text) => / is listening to | has paused /.test(text));
            expect(live.length).toBeLessThanOrEqual(allowed[at] && !hidden[at] ? 1 : 0);
            if (!allowed[at]) expect(cards).toEqual([]);
          }
        }
      }),
      { numRuns: 12, seed: 20261121 },
    );
  }, 120_000);
});
