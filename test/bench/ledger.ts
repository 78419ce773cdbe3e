import { ledgerOf } from "./bot-process.ts";
import { emit } from "./figures.ts";
import type { SpotifyProcess } from "./spotify-process.ts";

/** What the server counted against what the bot, which has stopped, wrote down. A difference fails the run. */
export async function checkLedger(after: string, dataDir: string, spotify: SpotifyProcess): Promise<void> {
  const server = await spotify.count();
  const budgets = ledgerOf(dataDir);
  const ledger = Object.values(budgets).reduce((sum, calls) => sum + calls, 0);
  const equal = server === ledger;
  emit({ bench: "ledger", after, server, ledger, equal, budgets });
  if (!equal) process.exitCode = 1;
}
