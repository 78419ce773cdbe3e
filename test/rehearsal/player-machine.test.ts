import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { advance } from "../../src/rehearsal/player/advance.ts";
import { apply } from "../../src/rehearsal/player/commands.ts";
import { createDevice, deactivate, removeDevice } from "../../src/rehearsal/player/devices.ts";
import { upcoming } from "../../src/rehearsal/player/order.ts";
import { disallows } from "../../src/rehearsal/player/refusals.ts";
import {
  activeDevice,
  type Command,
  createPlayerState,
  type Ended,
  type PlayerState,
  progressAt,
  type Surroundings,
} from "../../src/rehearsal/player/state.ts";

const MINUTE_MS = 60_000;
const DEVICES = [
  createDevice({ name: "Kitchen" }, "test"),
  createDevice({ name: "TV", supportsVolume: false }, "test"),
  createDevice({ name: "Radio", restricted: true }, "test"),
];
const IDS = [...DEVICES.map((device) => device.id), "gone"];

function around(change: Partial<Surroundings> = {}): Surroundings {
  return {
    // "t:3" lasts four minutes; whatever ends in 7 cannot be played; "?" does not exist.
    describe(uri) {
      const number = Number(uri.split(":")[1]);
      if (Number.isNaN(number)) return undefined;
      return {
        kind: uri.startsWith("e") ? "episode" : "track",
        durationMs: (number + 1) * MINUTE_MS,
        playable: number % 10 !== 7,
      };
    },
    seed: 1,
    idleAfterMs: 10 * MINUTE_MS,
    nextAtEnd: "stop",
    refuseUnchangedShuffle: false,
    ads: null,
    ...change,
  };
}

type Move = { wait: number } | { command: Command } | { remove: string } | { deactivate: true };

const uri = fc.oneof(
  { arbitrary: fc.integer({ min: 0, max: 12 }).map((n) => `t:${n}`), weight: 9 },
  fc.constantFrom("e:2", "?"),
);
const device = fc.option(fc.constantFrom(...IDS), { nil: undefined });
const context = fc.option(
  fc.constantFrom("album", "playlist", "show").map((type) => ({ uri: `c:${type}`, type: type as "album" })),
  { nil: null },
);
const what = fc
  .record({
    context,
    list: fc.array(uri, { minLength: 1, maxLength: 6 }),
    startAt: fc.option(fc.nat(5), { nil: undefined }),
  })
  .map((given) => ({
    ...given,
    startAt: given.startAt === undefined ? undefined : Math.min(given.startAt, given.list.length - 1),
  }));
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({
    do: fc.constant("play" as const),
    deviceId: device,
    what: fc.option(what, { nil: undefined }),
    positionMs: fc.option(fc.nat(20 * MINUTE_MS), { nil: undefined }),
  }),
  fc.record({ do: fc.constantFrom("pause" as const, "next" as const, "previous" as const), deviceId: device }),
  fc.record({ do: fc.constant("seek" as const), deviceId: device, positionMs: fc.nat(20 * MINUTE_MS) }),
  fc.record({ do: fc.constant("volume" as const), deviceId: device, percent: fc.integer({ min: 0, max: 100 }) }),
  fc.record({ do: fc.constant("shuffle" as const), deviceId: device, on: fc.boolean() }),
  fc.record({
    do: fc.constant("repeat" as const),
    deviceId: device,
    mode: fc.constantFrom("off" as const, "context" as const, "track" as const),
  }),
  fc.record({ do: fc.constant("queue" as const), deviceId: device, uri }),
  fc.record({ do: fc.constant("transfer" as const), deviceId: fc.constantFrom(...IDS), play: fc.boolean() }),
);
const move: fc.Arbitrary<Move> = fc.oneof(
  { arbitrary: fc.record({ command }), weight: 8 },
  { arbitrary: fc.record({ wait: fc.nat(15 * MINUTE_MS) }), weight: 4 },
  { arbitrary: fc.record({ remove: fc.constantFrom(...IDS) }), weight: 1 },
  { arbitrary: fc.constant({ deactivate: true as const }), weight: 1 },
);
const surroundings = fc
  .record({
    nextAtEnd: fc.constantFrom("stop" as const, "refuse" as const),
    refuseUnchangedShuffle: fc.boolean(),
    ads: fc.constantFrom(null, { everyItems: 2, durationMs: 30_000 }),
  })
  .map(around);

/** What must be true of every player at every moment. */
function checkState(state: PlayerState, at: number): void {
  const progress = progressAt(state, at);
  expect(progress).toBeGreaterThanOrEqual(0);
  expect(progress).toBeLessThanOrEqual(state.now?.durationMs ?? 0);
  if (state.playing) {
    expect(state.now).not.toBeNull();
    expect(activeDevice(state)).toBeDefined();
  }
  if (state.activeDeviceId !== null) expect(activeDevice(state)).toBeDefined();
  expect([...state.order].sort((a, b) => a - b)).toEqual(state.list.map((_, index) => index));
  expect(state.cursor).toBeLessThan(Math.max(1, state.order.length));
  expect(state.heardMs).toBeGreaterThanOrEqual(0);
  expect(upcoming(state).length).toBeLessThanOrEqual(20);
}

function checkEnded(ended: readonly Ended[], from: number, to: number): void {
  let last = from;
  for (const each of ended) {
    expect(each.endedAt).toBeGreaterThanOrEqual(each.startedAt);
    expect(each.endedAt).toBeLessThanOrEqual(to);
    expect(each.heardMs).toBeLessThanOrEqual(each.endedAt - each.startedAt);
    expect(each.endedAt).toBeGreaterThanOrEqual(last);
    last = each.endedAt;
  }
}

const COMMAND_OF = {
  pausing: { do: "pause" },
  resuming: { do: "play" },
  seeking: { do: "seek", positionMs: 0 },
  skipping_next: { do: "next" },
  skipping_prev: { do: "previous" },
  toggling_repeat_context: { do: "repeat", mode: "context" },
  toggling_repeat_track: { do: "repeat", mode: "track" },
} as const satisfies Record<string, Command>;

describe("a player under any sequence of commands and waits", () => {
  it("never stands where it cannot stand, and refuses exactly what it announces", () => {
    fc.assert(
      fc.property(surroundings, fc.array(move, { maxLength: 40 }), (where, moves) => {
        let at = 1_000_000;
        let state = createPlayerState(DEVICES, at);
        let seenUntil = 0;
        for (const each of moves) {
          const before = at;
          if ("wait" in each) at += each.wait;
          const step = advance(state, where, at);
          checkEnded(step.ended, seenUntil, at);
          state = step.state;
          seenUntil = Math.max(seenUntil, step.ended.at(-1)?.endedAt ?? 0);
          const outcome =
            "command" in each
              ? apply(state, each.command, where, at)
              : {
                  refusal: null,
                  step:
                    "remove" in each
                      ? removeDevice(state, each.remove, at)
                      : "deactivate" in each
                        ? deactivate(state, at)
                        : { state, ended: [] },
                };
          if (outcome.refusal === null) {
            checkEnded(outcome.step.ended, seenUntil, at);
            state = outcome.step.state;
          }
          checkState(state, at);
          expect(at).toBeGreaterThanOrEqual(before);
          const announced = disallows(state, where);
          for (const [name, command] of Object.entries(COMMAND_OF)) {
            const refused = apply(state, command, where, at).refusal !== null;
            expect(refused, name).toBe(announced[name as keyof typeof COMMAND_OF] === true);
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  it("is the same whether it is looked at often or once", () => {
    fc.assert(
      fc.property(
        fc.array(uri, { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        fc.array(fc.nat(7 * MINUTE_MS), { maxLength: 12 }),
        (list, shuffle, waits) => {
          const start = createPlayerState(DEVICES, 0);
          const first = apply(
            { ...start, shuffle },
            { do: "play", deviceId: IDS[0], what: { context: null, list } },
            around(),
            0,
          );
          if (first.refusal !== null) return;
          let at = 0;
          let often = first.step.state;
          for (const wait of waits) {
            at += wait;
            often = advance(often, around(), at).state;
          }
          const once = advance(first.step.state, around(), at).state;
          expect({ ...often, activeDeviceId: null }).toEqual({ ...once, activeDeviceId: null });
          expect(progressAt(often, at)).toBe(progressAt(once, at));
        },
      ),
    );
  });
});

describe("a very long look away", () => {
  it("ends in silence, soon enough", () => {
    const playing = apply(
      createPlayerState(DEVICES, 0),
      { do: "play", deviceId: IDS[0], what: { context: null, list: ["t:0"] } },
      around(),
      0,
    );
    if (playing.refusal !== null) throw new Error(playing.refusal);
    const state = { ...playing.step.state, repeat: "track" as const };
    const tenYears = 10 * 365 * 24 * 60 * MINUTE_MS;
    const step = advance(state, around(), tenYears);
    expect(step.state.playing).toBe(false);
    expect(progressAt(step.state, tenYears)).toBe(0);
  });
});
