import { parseArgs } from "node:util";
import { load } from "./load.ts";

/**
 * `npm run -s test:load -- [--seconds 60] [--rate 200] [--people 2000] [--burst 5000] [--node=FLAGS]`: one JSON object on stdout, progress on
 * stderr. README.md says what its fields mean. Ends with 1 when a message was lost or answered twice.
 */
const { values } = parseArgs({
  // Behind node, bin/run.js and the name of this file.
  args: process.argv.slice(3),
  options: {
    seconds: { type: "string", default: "60" },
    rate: { type: "string", default: "200" },
    people: { type: "string", default: "2000" },
    burst: { type: "string", default: "5000" },
    node: { type: "string", default: "" },
  },
});
const outcome = await load({
  seconds: Number(values.seconds),
  rate: Number(values.rate),
  people: Number(values.people),
  burst: Number(values.burst),
  node: values.node.split(" ").filter((flag) => flag !== ""),
  progress: (line) => void process.stderr.write(`${process.uptime().toFixed(1)} s: ${line}\n`),
});
process.stdout.write(`${JSON.stringify(outcome, null, 2)}\n`);
if (outcome.lost > 0 || outcome.doubled > 0) process.exitCode = 1;
