import { ConfigError, loadConfig } from "../config.ts";
import type { Check } from "../contracts/checks.ts";
import type { Clock } from "../contracts/clock.ts";
import { examine, print } from "../doctor/examine.ts";
import { partsToCheck } from "./checks.ts";

/** Looks at everything that is set up and writes one line each. Resolves whether all of it is well. */
export async function runDoctor(clock: Clock, write: (text: string) => void): Promise<boolean> {
  const checks = await look(clock);
  write(print(checks));
  const failed = checks.filter(({ status }) => status === "failed").length;
  const warned = checks.filter(({ status }) => status === "warning").length;
  if (failed > 0) write(`\n${failed} ${failed === 1 ? "thing is" : "things are"} not well.`);
  else if (warned > 0) write(`\nIt can run. Have a look at what is marked with !, ${warned} in all.`);
  else write("\nAll is well.");
  return failed === 0;
}

async function look(clock: Clock): Promise<Check[]> {
  const node: Check = { name: "Node", status: "ok", found: process.versions.node };
  try {
    const config = loadConfig();
    const settings: Check = config.rehearsal
      ? {
          name: "Settings",
          status: "warning",
          found: "no music service is set up: Segue rehearses",
          todo: "Run npm run -s segue -- setup, or set SPOTIFY_CLIENT_ID or MPD_URL.",
        }
      : { name: "Settings", status: "ok", found: "each can be read" };
    return [node, settings, ...(await examine(partsToCheck(config, clock), clock))];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [
      node,
      ...error.message.split("\n").map(
        (found): Check => ({
          name: "Settings",
          status: "failed",
          found,
          todo: "See .env.example for every setting.",
        }),
      ),
    ];
  }
}
