import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Sighting } from "../../../src/contracts/listening.ts";
import {
  kept,
  type LedgerStand,
  listed,
  MINUTE,
  MORNING,
  noted,
  openLedger,
  SECOND,
  somebody,
  song,
  watched,
} from "../../support/ledger.ts";

let stand: LedgerStand;
beforeAll(async () => {
  stand = await openLedger();
});
afterAll(() => stand.close());

/** What really happened: songs one after the other, some of them again and again, some skipped, some paused. */
type Truth = { number: number; durationMs: number; startedAt: number; endedAt: number; listenedMs: number };
const step = fc.record({
  number: fc.integer({ min: 1, max: 4 }),
  times: fc.constantFrom(1, 1, 1, 2, 3),
  share: fc.constantFrom(1, 1, 1, 1, 0.6, 0.25),
  pauseMs: fc.constantFrom(0, 0, 0, 0, 40 * SECOND, 20 * MINUTE),
  breakMs: fc.constantFrom(0, 0, 0, SECOND, 5 * MINUTE, 90 * MINUTE),
});
const day = fc.array(step, { minLength: 1, maxLength: 12 }).map((steps) => {
  let at = MORNING;
  return steps.flatMap(({ number, times, share, pauseMs, breakMs }) =>
    Array.from({ length: times }, (): Truth => {
      const durationMs = (120 + number * 37) * SECOND;
      const listenedMs = Math.round(durationMs * share);
      const startedAt = at;
      const endedAt = startedAt + listenedMs + pauseMs;
      at = endedAt + breakMs;
      return { number, durationMs, startedAt, endedAt, listenedMs };
    }),
  );
});

/** How three sources tell of it: the player, seen by us; its list of the latest plays; a diary elsewhere that knows words. */
function told(truth: readonly Truth[], jitter: readonly number[], listMeans: "end" | "start"): Sighting[] {
  const shift = (index: number) => jitter[index % jitter.length] ?? 0;
  return truth.flatMap(({ number, durationMs, startedAt, endedAt, listenedMs }, index) => {
    const heard = song(number, { durationMs });
    const at = (listMeans === "end" ? endedAt : startedAt) + shift(index * 3 + 1);
    return [
      watched(heard, startedAt + shift(index * 3), endedAt, { key: `watched ${startedAt}`, listenedMs }),
      ...(listenedMs >= 30 * SECOND ? [listed(heard, at, { key: `listed ${startedAt}` })] : []),
      ...(listenedMs * 2 >= durationMs
        ? [noted(heard, startedAt + shift(index * 3 + 2), { key: `noted ${startedAt}` })]
        : []),
    ];
  });
}
const jitter = fc.array(fc.integer({ min: -3 * SECOND, max: 3 * SECOND }), { minLength: 5, maxLength: 9 });

async function recorded(batches: readonly Sighting[][]) {
  const listener = somebody();
  for (const batch of batches) await stand.ledger.record(listener, batch);
  return kept(stand, listener);
}

describe("a day of listening, told by three sources", () => {
  it("has each play once, repeats and all", async () => {
    await fc.assert(
      fc.asyncProperty(day, jitter, fc.constantFrom("end", "start"), async (truth, jitters, means) => {
        const plays = await recorded([told(truth, jitters, means)]);
        expect(plays).toHaveLength(truth.length);
        for (const [index, play] of plays.entries()) {
          const { startedAt, listenedMs } = truth[index] ?? { startedAt: 0, listenedMs: 0 };
          expect(Math.abs(play.startedAt - startedAt)).toBeLessThanOrEqual(3 * SECOND);
          expect(Math.abs(play.listenedMs - listenedMs)).toBeLessThanOrEqual(3 * SECOND);
        }
      }),
      { numRuns: 50 },
    );
  }, 60_000);

  it("is the same ledger in any order, in batches of any size, however often it is told", async () => {
    await fc.assert(
      fc.asyncProperty(
        day.chain((truth) =>
          fc.record({
            all: fc
              .tuple(jitter, fc.constantFrom("end", "start"))
              .map(([jitters, means]) => told(truth, jitters, means)),
            order: fc.infiniteStream(fc.nat()),
            sizes: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
          }),
        ),
        // Some sources miss some plays.
        fc.infiniteStream(fc.integer({ min: 0, max: 9 })),
        async ({ all, order, sizes }, misses) => {
          const seen = all.filter(() => (misses.next().value ?? 0) > 1);
          const inOrder = await recorded([seen]);
          const again = [...seen, ...seen.filter((_, index) => index % 2 === 0)];
          const shuffled = again
            .map((sighting) => ({ sighting, place: order.next().value ?? 0 }))
            .sort((a, b) => a.place - b.place)
            .map(({ sighting }) => sighting);
          const batches: Sighting[][] = [];
          for (let at = 0, turn = 0; at < shuffled.length; turn++) {
            const size = sizes[turn % sizes.length] ?? 1;
            batches.push(shuffled.slice(at, at + size));
            at += size;
          }
          expect(await recorded(batches)).toEqual(inOrder);
        },
      ),
      { numRuns: 50 },
    );
  }, 60_000);
});
