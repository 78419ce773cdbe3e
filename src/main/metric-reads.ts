import type { Adapter } from "../contracts/adapter.ts";
import type { Bot } from "../core/bot.ts";
import type { Watch } from "../listening/watch/watch.ts";
import type { MetricReads } from "../metrics.ts";
import type { ReadStandings } from "./readiness.ts";
import { stateOf } from "./status.ts";

/** What metrics ask of parts that are made after them. */
export function createMetricReads(parts: {
  adapters(): readonly Pick<Adapter, "platform">[];
  bot(): Pick<Bot, "inHand">;
  watch(): Pick<Watch, "status">;
  standings: ReadStandings;
  openStreams(): number;
}): Pick<MetricReads, "openStreams" | "inHand" | "watched" | "parts"> & { platforms(): readonly string[] } {
  const platforms = () => parts.adapters().map(({ platform }) => platform);
  return {
    openStreams: parts.openStreams,
    platforms,
    inHand: () => counted(platforms(), parts.bot().inHand()),
    async watched() {
      const { accounts } = await parts.watch().status();
      return counted(["watching", "covered", "idle", "expired"], accounts.map(stateOf));
    },
    parts: () =>
      Object.fromEntries(Object.entries(parts.standings()).map(([name, { ready }]) => [name, Number(ready)])),
  };
}

/** Those of which there is none are told, too: what vanishes from a graph looks like a fault. */
function counted(names: readonly string[], found: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = Object.fromEntries(names.map((name) => [name, 0]));
  for (const each of found) counts[each] = (counts[each] ?? 0) + 1;
  return counts;
}
