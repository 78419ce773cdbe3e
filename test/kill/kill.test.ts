import { expect, it } from "vitest";
import { runKills } from "./driver.ts";
import { flows } from "./flows/index.ts";

const minuteMs = 60_000;
/** Two of each flow, in two minutes on two cores: what goes wrong once in fifty kills is for `npm run test:kill` to find. */
const KILLS = 20;

/** `npm run -s test:kill -- --kills 500 --seed 2` goes on from here. */
it("loses, doubles and leaves half done nothing, however often the program is killed", {
  timeout: 15 * minuteMs,
  retry: 2,
}, async () => {
  const { kills, lost, doubled, halfDone, found } = await runKills({ kills: KILLS, seed: 1, flows, lanes: 2 });
  expect({ lost, doubled, halfDone }, found.join("\n")).toEqual({ lost: 0, doubled: 0, halfDone: 0 });
  expect(Object.keys(kills)).toHaveLength(flows.length);
  for (const count of Object.values(kills)) expect(count).toBeGreaterThanOrEqual(KILLS / flows.length);
});
