import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { runKills } from "./driver.ts";
import { flows } from "./flows/index.ts";

// npm run -s test:kill -- [--kills 500] [--seed 1] [--flow NAME] [--lanes 2] [--tell]
const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    kills: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    flow: { type: "string" },
    lanes: { type: "string", default: String(Math.min(2, availableParallelism())) },
    tell: { type: "boolean", default: false },
  },
});
const chosen = flows.filter(({ name }) => values.flow === undefined || name === values.flow);
if (chosen.length === 0)
  throw new Error(`no flow ${values.flow}; there is: ${flows.map(({ name }) => name).join(", ")}`);
const tally = await runKills({
  kills: Number(values.kills),
  seed: Number(values.seed),
  lanes: Number(values.lanes),
  flows: chosen,
  ...(values.tell ? { tell: (line: string) => void process.stderr.write(`${line}\n`) } : {}),
});
process.stdout.write(`${JSON.stringify(tally, null, 2)}\n`);
process.exit(tally.lost + tally.doubled + tally.halfDone === 0 ? 0 : 1);
