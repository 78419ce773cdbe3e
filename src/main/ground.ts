import { join, relative } from "node:path";
import { requireKeys } from "../accounts/key-check.ts";
import { followKeyRing, type KeySources, readKeySources } from "../accounts/key-ring.ts";
import { createVault } from "../accounts/vault.ts";
import type { Config } from "../config.ts";
import type { Clock } from "../contracts/clock.ts";
import type { Log } from "../contracts/log.ts";
import type { OutboxStore } from "../contracts/message-store.ts";
import { createEvents } from "../core/events.ts";
import { createScheduler } from "../jobs/scheduler.ts";
import { createTimers } from "../jobs/timers.ts";
import { createMetrics, type MetricReads } from "../metrics.ts";
import { budgets } from "../music/providers/spotify/budgets.ts";
import { createHttp } from "../net/http.ts";
import { openCache } from "../store/kv/cache.ts";
import { lockDataDir } from "../store/lock.ts";
import { openStore } from "../store/open.ts";
import { freePort, localAddress } from "./addresses.ts";
import { folderOf, keySourcesOf, storeOptions } from "./data.ts";
import { diaryLimits } from "./diaries.ts";
import { loadProviders } from "./providers.ts";

/** How each started part is ended, in the order of the starts; each is told how many ms are left for it. */
export type Undo = ((leftMs: number) => unknown)[];

/** What everything else stands on: the data folder, the store, the way out to services, time and tasks. */
export async function openGround(
  config: Config,
  {
    clock,
    log,
    undo,
    reads,
  }: {
    clock: Clock;
    log: Log;
    undo: Undo;
    reads: Pick<MetricReads, "openStreams" | "inHand" | "watched" | "parts"> & { platforms(): readonly string[] };
  },
) {
  const dataDir = folderOf(config);
  const keys = keySourcesOf(config, log);
  const lock = lockDataDir(dataDir);
  undo.push(() => lock.release());
  const port = config.PORT === 0 ? await freePort(config.HOST) : config.PORT;
  const here = localAddress(config, port);

  const [connectProviders, store, cache] = await Promise.all([
    loadProviders(config, { clock, log, port, dataDir, onStop: (end) => undo.push(end) }),
    openStore({ ...storeOptions(config, clock, log), admit: (sealed) => requireKeys(sealed, keys) }),
    openCache({ file: join(dataDir, "cache.db"), clock, log }),
  ]);
  undo.push(
    () => store.close(),
    () => cache.close(),
  );
  const metrics = createMetrics({
    ...reads,
    now: () => clock.now(),
    usage: () => http.usage(budgets.api),
    people: () => store.people.count(),
    outbox: () => countOutbox(store.outbox),
    outboxLate: () => lateOutbox(store.outbox, reads.platforms(), clock.now()),
    databaseBytes: () => store.bytes(),
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
  events.on("device.woke", metrics.deviceWoke);
  const scheduler = createScheduler({ clock, log });
  undo.push((leftMs) => scheduler.stop(leftMs));
  const timers = createTimers({ store: store.timers, scheduler, clock, log });
  undo.push((leftMs) => timers.stop(leftMs));
  const vault = createVault(followKeyRing(keys));
  if (!config.rehearsal) pointOutKeys(keys);
  return { dataDir, port, here, store, cache, metrics, http, connected, providers, events, scheduler, timers, vault };
}

async function countOutbox(outbox: Pick<OutboxStore, "count">) {
  const [waiting, sending, sent, unconfirmed, dead] = await Promise.all([
    outbox.count("waiting"),
    outbox.count("sending"),
    outbox.count("sent"),
    outbox.count("unconfirmed"),
    outbox.count("dead"),
  ]);
  return { waiting, sending, sent, unconfirmed, dead };
}

async function lateOutbox(outbox: Pick<OutboxStore, "nextDueAt">, platforms: readonly string[], now: number) {
  const all = platforms.map(async (platform) => {
    const dueAt = await outbox.nextDueAt(platform);
    return [platform, dueAt === undefined ? 0 : Math.max(0, now - dueAt) / 1000] as const;
  });
  return Object.fromEntries(await Promise.all(all));
}

/** Doctor says the same; whoever never asks it finds it here. */
function pointOutKeys({ dataDir, log, ...sources }: KeySources): void {
  const beside = readKeySources({ dataDir, log, ...sources }).find(
    ({ file }) => file !== undefined && !relative(dataDir, file).startsWith(".."),
  );
  if (beside)
    log.info(
      { path: beside.file },
      "the encryption keys lie beside the data they protect; docs/operations.md parts them",
    );
}
