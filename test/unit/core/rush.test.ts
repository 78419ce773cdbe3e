import { describe, expect, it } from "vitest";
import type { Incoming } from "../../../src/contracts/incoming.ts";
import { createDoor } from "../../../src/core/door.ts";
import { createI18n, readLocales } from "../../../src/core/i18n.ts";
import { createTurns } from "../../../src/core/turns.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { silentLog } from "../../support/log.ts";

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("turns", () => {
  function world({ pressed = false } = {}) {
    const clock = createFakeClock();
    const state = { pressed };
    const turns = createTurns({ few: 2, most: 4, waiting: 3, pressed: () => state.pressed, clock });
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const take = (name: number, key = "a") =>
      turns.take(key, async () => {
        begun.push(name);
        await new Promise<void>((resolve) => ends.push(resolve));
      });
    return { clock, state, turns, begun, ends, take };
  }

  it("are given to as many as wait for others, in the order in which they came", async () => {
    const { take, begun, ends, turns } = world();
    for (let name = 0; name < 6; name++) void take(name);
    await settled();
    expect(begun).toEqual([0, 1, 2, 3]);
    expect(turns.busy("a")).toBe(true);
    ends[1]?.();
    await settled();
    expect(begun).toEqual([0, 1, 2, 3, 4]);
  });

  it("are given to few while the processor is what all wait for, and to more soon after", async () => {
    const { take, begun, state, clock } = world({ pressed: true });
    for (let name = 0; name < 6; name++) void take(name);
    await settled();
    expect(begun).toEqual([0, 1]);
    state.pressed = false;
    await clock.advance(50);
    expect(begun).toEqual([0, 1, 2, 3]);
  });

  it("of one key are not held up by another's, and a task that fails gives its own on", async () => {
    const { take, begun, turns } = world({ pressed: true });
    void take(0);
    await expect(turns.take("a", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    void take(1);
    void take(2);
    void take(3, "b");
    await settled();
    expect(begun).toEqual([0, 1, 3]);
  });

  it("are full while as many wait as may, wherever they do", () => {
    const { turns } = world();
    const ends = [turns.expect("a"), turns.expect("a"), turns.expect("a")];
    expect([turns.full("a"), turns.full("b")]).toEqual([true, false]);
    ends[0]?.();
    ends[0]?.();
    expect(turns.full("a")).toBe(false);
    turns.expect("a");
    expect(turns.full("a")).toBe(true);
  });
});

describe("the door", async () => {
  const files = await readLocales("locales", []);
  const i18n = createI18n({ files, fallback: "en", strict: true, log: silentLog });

  function world() {
    const clock = createFakeClock();
    const full = { person: false, platform: false };
    const door = createDoor({
      allowance: { count: 2, windowMs: 10_000 },
      full: { person: () => full.person, platform: () => full.platform },
      i18n,
      defaults: { locale: "en", timeZone: "UTC" },
      clock,
    });
    let count = 0;
    const event = (more: Partial<Incoming> = {}): Incoming =>
      ({
        key: `e${count++}`,
        place: { platform: "test", tenant: "", id: "1" },
        user: { platform: "test", tenant: "", id: "1" },
        userName: "anna",
        addressed: true,
        direct: true,
        local: false,
        at: clock.now(),
        type: "text",
        text: "pause",
        ...more,
      }) as Incoming;
    return { clock, full, door, event };
  }

  it("tells each person once in a while that too many want something, in their language", async () => {
    const { clock, full, door, event } = world();
    full.platform = true;
    expect(door.turnsAway(event(), "anna")?.reply).toMatchObject({
      kind: "error",
      text: "A great many people want something of me right now. Please say it again in a minute.",
    });
    expect(door.turnsAway(event(), "anna")).toEqual({});
    expect(door.turnsAway(event({ locale: "de" }), "bert")?.reply?.text).toBe(
      "Gerade wollen sehr viele etwas von mir. Sag es bitte in einer Minute noch mal.",
    );
    await clock.advance(30_000);
    expect(door.turnsAway(event(), "anna")).toEqual({});
    // Whoever comes again "in a minute" may count it short.
    await clock.advance(20_000);
    expect(door.turnsAway(event(), "anna")?.reply).toBeDefined();
  });

  it("answers each command and press, which would look broken without", () => {
    const { full, door, event } = world();
    full.platform = true;
    const press = () => event({ type: "command", intent: "playback.pause", slots: {} } as Partial<Incoming>);
    expect(door.turnsAway(press(), "anna")?.reply).toBeDefined();
    expect(door.turnsAway(press(), "anna")?.reply).toBeDefined();
  });

  it("says nothing to whoever did not speak to the bot", () => {
    const { full, door, event } = world();
    full.platform = true;
    expect(door.turnsAway(event({ addressed: false, direct: false }), "anna")).toEqual({});
  });

  it("tells a person who says too much, until when", async () => {
    const { clock, door, event } = world();
    expect([door.turnsAway(event(), "anna"), door.turnsAway(event(), "anna")]).toEqual([undefined, undefined]);
    expect(door.turnsAway(event(), "anna")?.reply?.text).toMatch(/^That was a lot at once\. Please go on/);
    expect(door.turnsAway(event(), "bert")).toBeUndefined();
    await clock.advance(10_000);
    expect(door.turnsAway(event(), "anna")).toBeUndefined();
  });
});
