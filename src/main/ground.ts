import { join } from "node:path";
import { loadKeyRing } from "../accounts/key-ring.ts";
import { createVault } from "../accounts/vault.ts";
import type { Config } from "../config.ts";
import type { Clock } from "../contracts/clock.ts";
import type { Log } from "../contracts/log.ts";
import { createEvents } from "../core/events.ts";
import { createScheduler } from "../jobs/scheduler.ts";
import { createTimers } from "../jobs/timers.ts";
import { createMetrics } from "../metrics.ts";
import { budgets } from "../music/providers/spotify/budgets.ts";
import { createHttp } from "../net/http.ts";
import { openCache } from "../store/kv/cache.ts";
import { lockDataDir } from "../store/lock.ts";
import { openStore } from "../store/open.ts";
import { freePort, localAddress } from "./addresses.ts";
import { diaryLimits } from "./diaries.ts";
import { loadProviders } from "./providers.ts";

/** How each started part is ended, in the order of the starts; each is told how many ms are left for it. */
export type Undo = ((leftMs: number) => unknown)[];

/** What everything else stands on: the data folder, the store, the way out to services, time and tasks. */
export async function openGround(
  config: Config,
  { clock, log, undo, openStreams }: { clock: Clock; log: Log; undo: Undo; openStreams: () => number },
) {
  const dataDir = config.rehearsal ? join(config.dataDir, "rehearsal") : config.dataDir;
  const lock = lockDataDir(dataDir);
  undo.push(() => lock.release());
  const port = config.PORT === 0 ? await freePort(config.HOST) : config.PORT;
  const here = localAddress(config, port);

  const [connectProviders, store, cache] = await Promise.all([
    loadProviders(config, { clock, log, port, dataDir, onStop: (end) => undo.push(end) }),
    openStore({
      url: config.DATABASE_URL ?? `sqlite:${join(dataDir, "segue.db")}`,
      clock,
      log,
      backupDir: join(dataDir, "backups"),
    }),
    openCache({ file: join(dataDir, "cache.db"), clock, log }),
  ]);
  undo.push(
    () => store.close(),
    () => cache.close(),
  );
  const metrics = createMetrics({
    usage: () => http.usage(budgets.api),
    people: () => store.people.count(),
    openStreams,
  });
  const http = createHttp({
    clock,
    log,
    calls: store.calls,
    gates: store.gates,
    // Token calls are no calls of the Web API: a spent day must not keep anybody from linking or renewing.
    limits: (budget) =>
      diaryLimits(budget) ?? {
        windowCalls: config.SPOTIFY_CALLS_PER_30_SECONDS,
        windowMs: 30_000,
        ...(budget === budgets.api ? { dailyCalls: config.SPOTIFY_DAILY_BUDGET } : {}),
      },
    breaker: { failures: config.BREAKER_FAILURES, openMs: config.BREAKER_SECONDS * 1000 },
    onCall: metrics.onCall,
  });
  undo.push(() => http.close());
  const connected = connectProviders(http);
  const providers = new Map(connected.map((provider) => [provider.id, provider]));

  const events = createEvents(log);
  const scheduler = createScheduler({ clock, log });
  undo.push((leftMs) => scheduler.stop(leftMs));
  const timers = createTimers({ store: store.timers, scheduler, clock, log });
  undo.push((leftMs) => timers.stop(leftMs));
  const vault = createVault(
    loadKeyRing({ dataDir, log, ...(config.ENCRYPTION_KEYS === undefined ? {} : { setting: config.ENCRYPTION_KEYS }) }),
  );
  return { dataDir, port, here, store, cache, metrics, http, connected, providers, events, scheduler, timers, vault };
}
