import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PlayerState, Track } from "../../../src/contracts/music.ts";
import { type EndedPlay, isWitness, observe, type Step } from "../../../src/listening/recorder/observe.ts";
import type { OpenPlay } from "../../../src/listening/recorder/trace.ts";
import { track } from "../../fakes/player-feed.ts";

const noon = Date.UTC(2026, 10, 21, 12);
const S = 1_000;
const one = track("One", 200 * S);
const two = track("Two", 180 * S);
const three = track("Three", 240 * S);

const at = (second: number, item: Track, progress: number, more: Partial<PlayerState> = {}): PlayerState => ({
  at: noon + second * S,
  playing: true,
  progressMs: progress * S,
  item,
  shuffle: false,
  repeat: "off",
  refused: [],
  ...more,
});

type Look = {
  second: number;
  state: PlayerState | undefined;
  by?: "reading" | "push" | "command";
  set?: boolean;
  hidden?: boolean;
};

/** Observations one after the other, beginning with a player that was seen idle at noon. */
function watch(looks: readonly Look[]) {
  let open: OpenPlay | undefined;
  let seenAt = noon;
  const ended: EndedPlay[] = [];
  const unseen: NonNullable<Step["unseen"]>[] = [];
  for (const { second, state, by = "reading", set = false, hidden = false } of looks) {
    const seen = { at: noon + second * S, state, by, set, hidden };
    const step = observe(open, seenAt, seen);
    open = step.open;
    if (isWitness(seen)) seenAt = seen.at;
    ended.push(...step.ended);
    if (step.unseen) unseen.push(step.unseen);
  }
  const short = ended.map((play) => ({
    title: play.heard.title,
    from: (play.startedAt - noon) / S,
    to: (play.endedAt - noon) / S,
    heard: play.listenedMs === undefined ? undefined : play.listenedMs / S,
    exact: play.exact,
    ...(play.skipped ? { skipped: true } : {}),
  }));
  return { ended: short, open, unseen: unseen.map((each) => [(each.fromAt - noon) / S, (each.untilAt - noon) / S]) };
}
const seen = (second: number, item: Track, progress: number, more: Partial<PlayerState> = {}): Look => ({
  second,
  state: at(second, item, progress, more),
});

describe("a play that is seen from end to end", () => {
  it("is whole when the next track is seen right after its end", () => {
    const { ended, unseen } = watch([seen(1, one, 1), seen(201, two, 1)]);
    expect(ended).toEqual([{ title: "One", from: 0, to: 200, heard: 200, exact: "both" }]);
    expect(unseen).toEqual([]);
  });

  it("does not count its pauses", () => {
    const { ended } = watch([
      seen(1, one, 1),
      seen(201, one, 141, { playing: false }),
      seen(300, one, 141, { playing: false }),
      seen(320, one, 151),
      seen(370, two, 1),
    ]);
    expect(ended).toEqual([{ title: "One", from: 0, to: 369, heard: 200, exact: "both" }]);
  });

  it("is heard to its end where the list ends with it and the player stands at its beginning", () => {
    const expected = [{ title: "One", from: 0, to: 200, heard: 200, exact: "both" }];
    const before = seen(1, one, 1);
    expect(watch([before, seen(201, one, 0, { playing: false })])).toMatchObject({ ended: expected, open: undefined });
    expect(watch([before, seen(201, three, 0, { playing: false })]).ended).toEqual(expected);
  });

  it("ends when the player's own word says so, and as far as is known when a command of ours does", () => {
    const skip: Look = { ...seen(60, two, 0), by: "push" };
    expect(watch([seen(1, one, 1), skip])).toMatchObject({
      ended: [{ title: "One", from: 0, to: 60, heard: 60, exact: "both", skipped: true }],
      unseen: [],
    });
    const unnamed: Look = { second: 60, state: { ...at(60, one, 0) }, by: "command" };
    delete unnamed.state?.item;
    expect(watch([seen(1, one, 1), unnamed])).toMatchObject({
      ended: [{ from: 0, to: 60, heard: undefined, exact: "start" }],
      unseen: [[1, 60]],
    });
  });

  it("goes on after a pause in which the player dropped out of sight", () => {
    const { ended } = watch([
      seen(1, one, 1),
      seen(201, one, 60, { playing: false }),
      { second: 900, state: undefined },
      seen(1_500, one, 100),
      seen(1_601, two, 1),
    ]);
    expect(ended).toEqual([{ title: "One", from: 0, to: 1_600, heard: 200, exact: "both" }]);
  });

  it("was heard up to where it stands, some time since the one before it ended, where it has taken that one's place", () => {
    const { ended } = watch([
      seen(1, one, 1),
      seen(250, two, 100, { playing: false }),
      seen(300, two, 120),
      seen(361, three, 1),
    ]);
    expect(ended[1]).toMatchObject({ title: "Two", from: 150, to: 360, heard: 180 });
  });

  it("is not thought to go on because of a command that had to do with something else", () => {
    const louder: Look = { ...seen(120, one, 120), by: "command" };
    const { ended } = watch([seen(1, one, 1), louder, seen(201, one, 35, { playing: false }), seen(300, two, 1)]);
    expect(ended).toEqual([{ title: "One", from: 0, to: 201, heard: 35, exact: "start" }]);
  });

  it("is not told of by a command that only repeats what was believed long after it must be over", () => {
    const louder: Look = { ...seen(900, one, 200), by: "command" };
    const { ended, open } = watch([seen(1, one, 1), louder, seen(901, two, 150)]);
    expect(ended).toMatchObject([{ title: "One", from: 0 }]);
    // What is found then did not begin with the command.
    expect(open).toMatchObject({ startedAt: noon + 751 * S, listenedMs: 150 * S });
    const nothingInHand = watch([{ ...seen(300, one, 200), by: "command" }, seen(301, two, 150)]);
    expect(nothingInHand.open).toMatchObject({ startedAt: noon + 151 * S });
  });

  it("was stopped in its first seconds, where it stands there long after", () => {
    const { ended } = watch([seen(1, one, 1), seen(201, one, 2, { playing: false }), seen(4_000, two, 1)]);
    expect(ended).toMatchObject([{ title: "One", heard: 2, exact: "start" }]);
  });

  it("did not go on by a command that was meant for something else", () => {
    const pause = { playing: false };
    const resumed: Look = { ...seen(400, one, 60), by: "command" };
    const stood = [seen(1, one, 1), seen(61, one, 60, pause), resumed];
    expect(watch([...stood, seen(650, two, 30)]).ended).toMatchObject([{ title: "One", heard: 60, exact: "start" }]);
    expect(watch([...stood, seen(541, two, 1)]).ended).toMatchObject([{ title: "One", heard: 200 }]);
    const late: Look = { ...seen(2_000, one, 60), by: "command" };
    expect(watch([...stood.slice(0, 2), late, seen(2_141, two, 1)]).ended).toMatchObject([{ heard: 60 }]);
  });

  it("has no end that was seen where it stood still and nobody saw what became of it", () => {
    const pause = { playing: false };
    const stood = [seen(1, one, 1), seen(150, one, 60, pause)];
    const expected = [{ title: "One", from: 0, to: 150, heard: 60, exact: "start" }];
    expect(watch([...stood, seen(5_000, two, 1)]).ended).toEqual(expected);
    expect(watch([...stood, { second: 5_000, state: undefined }]).ended).toEqual(expected);
    expect(watch([...stood, { second: 5_000, state: undefined, by: "push" }]).ended).toMatchObject([{ exact: "both" }]);
  });

  it("is an episode of its show where it is one", () => {
    const episode = { type: "episode", uri: "fake:episode:1", title: "Talk", durationMs: 900 * S } as const;
    const state: PlayerState = { ...at(1, one, 1), item: { ...episode, art: [], show: { name: "The Hourly" } } };
    const { open } = watch([{ second: 1, state }]);
    expect(open?.heard).toMatchObject({ kind: "episode", title: "Talk", artists: [{ name: "The Hourly" }] });
  });
});

describe("repeats", () => {
  it("are plays of their own: progress has come through zero at the track's end", () => {
    const { ended, open } = watch([seen(1, one, 1), seen(201, one, 1), seen(401, one, 1), seen(601, two, 1)]);
    expect(ended).toEqual(
      [0, 200, 400].map((from) => ({ title: "One", from, to: from + 200, heard: 200, exact: "both" })),
    );
    expect(open?.heard.title).toBe("Two");
  });

  it("that nobody looked at are counted where the player repeats the track and the time fits", () => {
    const repeat = { repeat: "track" } as const;
    const { ended } = watch([seen(1, one, 1, repeat), seen(650, one, 50, repeat)]);
    expect(ended.map(({ from, to }) => [from, to])).toEqual([
      [0, 200],
      [200, 400],
      [400, 600],
    ]);
    expect(watch([seen(1, one, 1), seen(650, one, 50)]).ended).toEqual([]);
  });

  it("also begin in the middle, when the track is started anew", () => {
    expect(watch([seen(100, one, 100), { ...seen(120, one, 0), by: "push" }]).ended).toMatchObject([
      { from: 0, to: 120, heard: 120 },
    ]);
    expect(watch([seen(100, one, 100), seen(130, one, 20)]).ended).toMatchObject([{ from: 0, to: 110 }]);
  });

  it("are not made by seeking back", () => {
    expect(watch([seen(120, one, 120), seen(140, one, 70)]).ended).toEqual([]);
    expect(watch([seen(120, one, 120), { ...seen(121, one, 60), by: "push" }]).ended).toEqual([]);
    const { ended } = watch([seen(120, one, 120), seen(140, one, 70), seen(271, two, 1)]);
    expect(ended).toMatchObject([{ from: 0, to: 270, heard: 270 }]);
  });

  it("are not made by a pause, nor by seeking forward, which does not count as heard either", () => {
    const { ended } = watch([seen(10, one, 10), seen(20, one, 180), seen(41, two, 1)]);
    expect(ended).toMatchObject([{ title: "One", heard: 40 }]);
  });
});

describe("what was not seen", () => {
  it("is the time before a track that was found in the middle", () => {
    const { open, unseen } = watch([seen(600, one, 100)]);
    expect(open).toMatchObject({ startedAt: noon + 500 * S, startSeen: true, listenedMs: 100 * S });
    expect(unseen).toEqual([[0, 500]]);
  });

  it("is everything between two looks that showed nothing", () => {
    expect(watch([{ second: 900, state: undefined }]).unseen).toEqual([[0, 900]]);
  });

  it("is the time in which others may have come and gone after a skip that was not ours", () => {
    const { ended, unseen } = watch([seen(1, one, 1), seen(201, two, 90)]);
    expect(ended).toEqual([{ title: "One", from: 0, to: 111, heard: undefined, exact: "start", skipped: true }]);
    expect(unseen).toEqual([[1, 111]]);
  });

  it("is the silence between two tracks, where it is long enough", () => {
    const { ended, unseen } = watch([seen(1, one, 1), seen(500, two, 100)]);
    // As likely it was paused: whoever knows the end may say so.
    expect(ended).toEqual([{ title: "One", from: 0, to: 400, heard: undefined, exact: "start" }]);
    expect(unseen).toEqual([[200, 400]]);
    const long = watch([seen(1, one, 1), seen(5_000, two, 100)]);
    expect(long.ended).toMatchObject([{ from: 0, to: 500, exact: "start" }]);
  });

  it("is no crossfade: a track that began a little early ended the one before", () => {
    const { ended, unseen } = watch([seen(1, one, 1), seen(201, two, 11)]);
    expect(ended).toEqual([{ title: "One", from: 0, to: 190, heard: 190, exact: "both" }]);
    expect(unseen).toEqual([]);
  });

  it("is the end of what was gone when somebody looked", () => {
    const { ended, unseen } = watch([seen(1, one, 1), { second: 201, state: undefined }]);
    expect(ended).toEqual([{ title: "One", from: 0, to: 200, heard: undefined, exact: "start" }]);
    expect(unseen).toEqual([[1, 201]]);
  });

  it("is how a track ended that stood still: at its end, where the time is just enough for that", () => {
    const paused = seen(100, one, 80, { playing: false });
    expect(watch([seen(1, one, 1), paused, seen(250, two, 10)]).ended).toEqual([
      { title: "One", from: 0, to: 240, heard: 200, exact: "start" },
    ]);
    const { ended } = watch([seen(1, one, 1), paused, seen(2_000, two, 10)]);
    expect(ended).toEqual([{ title: "One", from: 0, to: 100, heard: 80, exact: "start" }]);
  });

  it("holds no play of the track at which a player stands when its list is over", () => {
    const play: Look = { ...seen(900, three, 0), by: "command", set: true };
    const { ended } = watch([seen(1, one, 1), seen(201, two, 0, { playing: false }), play]);
    expect(ended.map(({ title }) => title)).toEqual(["One"]);
  });

  it("holds no play of a track that only stands there", () => {
    const standing = { playing: false };
    const { ended } = watch([seen(10, one, 90, standing), seen(900, one, 90, standing), seen(1_000, two, 1)]);
    expect(ended).toEqual([]);
    const resumed = watch([seen(10, one, 90, standing), seen(60, one, 120), seen(141, two, 1)]);
    expect(resumed.ended).toMatchObject([{ title: "One", from: 0, to: 140, heard: undefined, exact: "end" }]);
  });
});

describe("a listener who hides", () => {
  it("leaves what was heard before, up to the last public look", () => {
    const { ended } = watch([seen(60, one, 60), { second: 150, state: undefined, hidden: true }]);
    expect(ended).toEqual([{ title: "One", from: 0, to: 60, heard: undefined, exact: "start" }]);
  });
});

describe("any listening, looked at any time", () => {
  const act = fc.record({
    item: fc.constantFrom(one, two, three),
    playMs: fc.integer({ min: 5 * S, max: 240 * S }),
    pauseMs: fc.oneof(fc.constant(0), fc.integer({ min: 1 * S, max: 300 * S })),
  });

  it("is never more than what was played, and in order without overlap", () => {
    fc.assert(
      fc.property(
        fc.array(act, { minLength: 1, maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 60 }),
        (acts, gaps) => {
          // Each thing is played for a while, with a pause in its middle, and then the next.
          const pieces: { item: Track; from: number; to: number; progress: number; playing: boolean }[] = [];
          let time = noon + 10 * S;
          for (const { item, playMs, pauseMs } of acts) {
            const whole = Math.min(playMs, item.durationMs);
            const half = Math.floor(whole / 2);
            pieces.push({ item, from: time, to: time + half, progress: 0, playing: true });
            pieces.push({ item, from: time + half, to: time + half + pauseMs, progress: half, playing: false });
            pieces.push({
              item,
              from: time + half + pauseMs,
              to: time + whole + pauseMs,
              progress: half,
              playing: true,
            });
            time += whole + pauseMs;
          }
          const stateAt = (moment: number): PlayerState | undefined => {
            const piece = pieces.find(({ from, to }) => from <= moment && moment < to);
            if (!piece) return undefined;
            const { item, from, progress, playing } = piece;
            return at((moment - noon) / S, item, (progress + (playing ? moment - from : 0)) / S, { playing });
          };
          const looks: Look[] = [];
          let second = 0;
          for (const gap of gaps) {
            second += gap;
            looks.push({ second, state: stateAt(noon + second * S) });
          }
          looks.push({ second: second + 3_600, state: undefined });
          const { ended } = watch(looks);
          const until = noon + second * S;
          for (const play of ended) {
            expect(play.heard).not.toBe(0);
            expect(play.to).toBeGreaterThanOrEqual(play.from);
            expect(play.heard ?? 0).toBeLessThanOrEqual(play.to - play.from + 0.001);
          }
          ended.slice(1).forEach((play, index) => {
            expect(play.from).toBeGreaterThanOrEqual((ended[index]?.to ?? 0) - 0.001);
          });
          // Each look may be wrong about one end: what was begun after it, or left before it.
          const heard = ended.reduce((sum, play) => sum + (play.heard ?? 0), 0);
          expect(heard).toBeLessThanOrEqual((Math.max(until, time) - noon) / S + 240);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("is whole to the second where every change is told", () => {
    fc.assert(
      fc.property(fc.array(act, { minLength: 1, maxLength: 12 }), (acts) => {
        const looks: Look[] = [];
        const played: { title: string; heard: number }[] = [];
        let time = 10;
        for (const { item, playMs, pauseMs } of acts) {
          const whole = Math.floor(Math.min(playMs, item.durationMs) / S);
          const half = Math.floor(whole / 2);
          const pause = Math.floor(pauseMs / S);
          looks.push({ ...seen(time, item, 0), by: "push" });
          if (pause > 0) {
            looks.push({ ...seen(time + half, item, half, { playing: false }), by: "push" });
            looks.push({ ...seen(time + half + pause, item, half), by: "push" });
          }
          time += whole + pause;
          played.push({ title: item.title, heard: whole });
        }
        looks.push({ second: time, state: undefined, by: "push" });
        const { ended, unseen } = watch(looks);
        expect(ended.map(({ title, heard }) => ({ title, heard }))).toEqual(played);
        expect(unseen).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
