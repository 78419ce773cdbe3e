import { expect, it } from "vitest";
import { runKills } from "./driver.ts";
import { flows } from "./flows/index.ts";

const minuteMs = 60_000;
/** Ten of each flow, in about five minutes on two cores. */
const KILLS = 100;

/** `npm run -s test:kill -- --kills 500 --seed 2` goes on from here. */
it(
  "loses, doubles and leaves half done nothing, however often the program is killed",
  async () => {
    const { kills, lost, doubled, halfDone, found } = await runKills({ kills: KILLS, seed: 1, flows, lanes: 2 });
    expect({ lost, doubled, halfDone }, found.join("\n")).toEqual({ lost: 0, doubled: 0, halfDone: 0 });
    expect(Object.keys(kills)).toHaveLength(flows.length);
    for (const count of Object.values(kills)) expect(count).toBeGreaterThanOrEqual(KILLS / flows.length);
  },
  15 * minuteMs,
);
