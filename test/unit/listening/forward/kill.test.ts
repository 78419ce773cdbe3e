import { describe, expect, it } from "vitest";
import { HOUR, MINUTE, openForwarding } from "./world.ts";

describe("kill -9 at any moment", () => {
  it("loses no play and doubles none, in both diaries", async () => {
    const whole = await openForwarding();
    for (const diary of ["listenbrainz", "lastfm"] as const) await whole.connect(diary);
    await whole.passes(HOUR);
    for (const back of [0, 1, 2])
      await whole.hears(back, { endedAt: whole.clock.now() - back * 4 * MINUTE - 2 * MINUTE });
    const { calls, end } = await whole.run();
    await whole.passes(2 * MINUTE);
    end();
    const steps = calls.length;
    for (let at = 0; at < steps; at++)
      for (const moment of ["before", "after"] as const) {
        const { brainz, fm, store, told, clock, passes, hears, connect, run } = await openForwarding();
        const ids = [(await connect("listenbrainz")).id, (await connect("lastfm")).id];
        const [ada, adaFm] = [brainz.user("ada"), fm.user("ada")];
        await passes(HOUR);
        for (const back of [0, 1, 2]) await hears(back, { endedAt: clock.now() - back * 4 * MINUTE - 2 * MINUTE });
        const first = await run({ crash: { at, moment } });
        await passes(2 * MINUTE);
        first.end();
        await run();
        await passes(20 * MINUTE);
        const said = `${moment} call ${at} (${calls[at]})`;
        expect(ada.listens.map(({ track_metadata }) => track_metadata.track_name).sort(), said).toEqual([
          "Song 0",
          "Song 1",
          "Song 2",
        ]);
        expect(adaFm.scrobbles.map(({ track }) => track).sort(), said).toEqual(["Song 0", "Song 1", "Song 2"]);
        expect(told, said).toEqual([]);
        for (const id of ids) expect(await store.diaries.countForwards(id), said).toMatchObject({ sent: 3, dead: 0 });
      }
    expect(steps).toBeGreaterThan(15);
  }, 240_000);
});
