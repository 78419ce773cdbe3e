import { createServer } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { createTerminalChat } from "../adapters/terminal/index.ts";
import { createWebChat } from "../adapters/web/index.ts";
import { createAccounts } from "./accounts/accounts.ts";
import { loadKeyRing } from "./accounts/key-ring.ts";
import { createVault } from "./accounts/vault.ts";
import type { Config } from "./config.ts";
import type { Adapter } from "./contracts/adapter.ts";
import type { Clock } from "./contracts/clock.ts";
import { listenerOf } from "./contracts/listening.ts";
import type { Log } from "./contracts/log.ts";
import type { MusicProvider } from "./contracts/music.ts";
import type { Job } from "./contracts/scheduler.ts";
import { personSettings, type Store } from "./contracts/store.ts";
import { type Bot, createBot } from "./core/bot.ts";
import { createEvents } from "./core/events.ts";
import { createHost } from "./core/host.ts";
import { createI18n, readLocales } from "./core/i18n.ts";
import { createPlaces } from "./core/places.ts";
import { createRegistry, loadSkills } from "./core/registry.ts";
import { createScheduler } from "./jobs/scheduler.ts";
import { createTimers } from "./jobs/timers.ts";
import { createLanguage, loadDeviceWords } from "./language/index.ts";
import { createHistory } from "./listening/history.ts";
import { callbackPath, localAddress, loginPath } from "./main/addresses.ts";
import { connectListening } from "./main/listening.ts";
import { loadPlatforms } from "./main/platforms.ts";
import { loadProviders } from "./main/providers.ts";
import { createMetrics } from "./metrics.ts";
import { createOrchestrator } from "./music/orchestrator.ts";
import { budgets } from "./music/providers/spotify/budgets.ts";
import { createHttp } from "./net/http.ts";
import { openCache } from "./store/kv/cache.ts";
import { lockDataDir } from "./store/lock.ts";
import { openStore } from "./store/open.ts";
import { createOriginJudge } from "./web/origin.ts";
import { readPictureUrl } from "./web/pictures.ts";
import { createWebServer } from "./web/server.ts";

const root = join(import.meta.dirname, "..");
const locales = join(root, "locales");
/** Platforms as people know them, for pages that name where somebody speaks; our own chats have words in each language. */
const platformNames: Record<string, string> = {
  discord: "Discord",
  slack: "Slack",
  telegram: "Telegram",
};
const recoverMs = 15_000;
const sweepMs = 60 * 60_000;
const stopMs = 10_000;

export type Terminal = { input: NodeJS.ReadableStream; output: NodeJS.WritableStream };

export type Segue = {
  /** Where the web chat and the link pages are. */
  url: string;
  rehearsal: boolean;
  dataDir: string;
  /** To be typed to the bot by whoever runs it; absent once that is done. */
  operatorCode: string | undefined;
  /** Settles when the program must end though nobody asked: rejects with why. */
  failed: Promise<never>;
  /** Finishes what is in hand, within ten seconds. */
  stop(): Promise<void>;
};

/** How each started part is ended, in the order of the starts; each is told how many ms are left for it. */
type Undo = ((leftMs: number) => unknown)[];

/** Puts the parts together and starts them. Whatever was started is stopped again when a later part fails. */
export async function startSegue(
  config: Config,
  options: { clock: Clock; log: Log; terminal?: Terminal; onTerminalClosed?: () => void },
): Promise<Segue> {
  const undo: Undo = [];
  const stop = async () => {
    // One time limit for all of it: what one part uses up, the next has less of.
    const endAt = options.clock.now() + stopMs;
    for (const each of undo.splice(0).reverse()) await each(Math.max(0, endAt - options.clock.now()));
  };
  try {
    return { ...(await assemble(config, options, undo)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function assemble(
  config: Config,
  { clock, log, terminal, onTerminalClosed }: Parameters<typeof startSegue>[1],
  undo: Undo,
): Promise<Omit<Segue, "stop">> {
  const dataDir = config.rehearsal ? join(config.dataDir, "rehearsal") : config.dataDir;
  const lock = lockDataDir(dataDir);
  undo.push(() => lock.release());
  const port = config.PORT === 0 ? await freePort(config.HOST) : config.PORT;
  const here = localAddress(config, port);

  const [connectProviders, store, cache, skills] = await Promise.all([
    loadProviders(config, { clock, log, port, dataDir, onStop: (end) => undo.push(end) }),
    openStore({
      url: config.DATABASE_URL ?? `sqlite:${join(dataDir, "segue.db")}`,
      clock,
      log,
      backupDir: join(dataDir, "backups"),
    }),
    openCache({ file: join(dataDir, "cache.db"), clock, log }),
    loadSkills(join(root, "skills")),
  ]);
  undo.push(
    () => store.close(),
    () => cache.close(),
  );
  const failed = new Promise<never>((_resolve, reject) => store.onLost(reject));
  // Whoever started us listens to it; until then a loss must not be "unhandled".
  failed.catch(() => undefined);

  const metrics = createMetrics({
    usage: () => http.usage(budgets.api),
    people: () => store.people.count(),
    openStreams: () => webChat.openStreams(),
  });
  const http = createHttp({
    clock,
    log,
    calls: store.calls,
    gates: store.gates,
    // Token calls are no calls of the Web API: a spent day must not keep anybody from linking or renewing.
    limits: (budget) => ({
      windowCalls: config.SPOTIFY_CALLS_PER_30_SECONDS,
      windowMs: 30_000,
      ...(budget === budgets.api ? { dailyCalls: config.SPOTIFY_DAILY_BUDGET } : {}),
    }),
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
  const history = createHistory({ store, clock });
  const people = createAccounts({
    store,
    vault,
    providers,
    clock,
    events,
    log,
    async forgetPlays(personId, provider) {
      const listener = listenerOf.person(personId);
      // Whoever comes back is asked again.
      await store.settings.remove(listener, personSettings.recording);
      return history.desk.forgetOrigin(listener, provider);
    },
    refreshAheadMs: config.SPOTIFY_REFRESH_AHEAD_SECONDS * 1000,
    ...(config.PUBLIC_URL === undefined ? {} : { publicUrl: config.PUBLIC_URL }),
  });
  const i18n = createI18n({
    files: await readLocales(
      locales,
      skills.map((skill) => skill.name),
    ),
    fallback: "en",
    strict: false,
    log,
  });
  const places = createPlaces({
    store,
    adapters: () => adapters,
    providers: connected,
    locales: i18n.locales,
    clock,
    log,
  });
  const orchestrator = createOrchestrator({
    providers: connected,
    sharedPlayers: places.sharedPlayers,
    accounts: people.accounts,
    cache,
    queue: store.queue,
    aliases: store.aliases,
    timers,
    settings: store.settings,
    deviceWords: loadDeviceWords(),
    events,
    clock,
    log,
  });

  undo.push(() => orchestrator.stop());

  const { listening, histories } = await connectListening({
    history,
    feed: orchestrator.feed,
    providers: connected,
    async budget() {
      const { limits, last24h } = await http.usage(budgets.api);
      return { daily: limits.dailyCalls, used: last24h };
    },
    // A false service has no terms.
    statisticsAnyway: config.DERIVED_STATISTICS === "on" || config.rehearsal,
    store,
    scheduler,
    events,
    clock,
    log,
  });
  undo.push(() => listening.stop());

  const language = createLanguage({
    links: { find: (text) => linkIn(text, providers) },
    names: ["segue"],
    services: connected.map(({ name }) => name.toLowerCase()),
  });

  const ending = new AbortController();
  const origin = createOriginJudge(webAddress(config));
  const webChat = createWebChat({
    clock,
    log,
    origin,
    kept: (key) => bot.kept("web", key),
    locales,
    ...(config.CHAT_TOKEN === undefined ? {} : { token: config.CHAT_TOKEN }),
    linkable: connected.some(({ linking }) => linking !== undefined),
    ...(config.rehearsal ? { badge: "Rehearsal" } : {}),
  });
  const adapters: Adapter[] = [
    webChat,
    ...(await loadPlatforms(config, { clock, log, locales, settings: store.settings })),
  ];
  if (terminal) {
    adapters.push(
      createTerminalChat({
        ...terminal,
        clock,
        user: userInfo().username,
        locale: config.LOCALE,
        onClose: onTerminalClosed ?? (() => {}),
      }),
    );
  }
  const registry = createRegistry(skills, i18n);
  const defaults = {
    locale: config.LOCALE,
    timeZone: config.TIME_ZONE ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
  const bot = createBot({
    store,
    language,
    skills: registry,
    i18n,
    orchestrator,
    accounts: people.accounts,
    places,
    histories,
    adapters,
    events,
    misses: config.KEEP_MISSES === "on",
    clock,
    log,
    cache,
    links: { open: (id) => providers.get(id)?.home },
    defaults,
    alone: config.DATABASE_URL === undefined,
  });

  const host = createHost({
    bot,
    store,
    registry,
    i18n,
    orchestrator,
    accounts: people.accounts,
    places,
    events,
    clock,
    log,
    defaults,
    picture: async (url) => {
      // What the platform can fetch from us, it fetches.
      const named = config.PUBLIC_URL === undefined ? readPictureUrl(here, url) : undefined;
      return named && providers.get(named.provider)?.picture?.(named.id, ending.signal);
    },
    suggestSearchesPerDay: config.AUTOCOMPLETE_SEARCHES_PER_DAY,
    signal: ending.signal,
  });

  const web = createWebServer({
    ...webAddress(config),
    port,
    clock,
    log,
    linkFlow: people.linkFlow,
    callbacks: connected.flatMap((provider) => (provider.linking ? [callbackOf(provider)] : [])),
    pictures: async (id, picture, signal) => providers.get(id)?.picture?.(picture, signal),
    listeners: adapters.flatMap((adapter) => adapter.listener ?? []),
    readiness: () =>
      Object.fromEntries([
        ...adapters.map((adapter) => [adapter.platform, adapter.healthy?.() ?? true]),
        ...connected.map((provider) => [provider.id, provider.healthy?.() ?? true]),
      ]),
    metrics: metrics.read,
    locales,
    locale: config.LOCALE,
    platformName: (platform) => platformNames[platform] ?? platform,
  });

  undo.push((leftMs) => bot.stop(leftMs));
  // After the chats, whose open streams would keep it waiting.
  undo.push((leftMs) => web.stop(Math.min(leftMs, 3_000)));
  for (const job of [...people.jobs, ...history.jobs, recoverJob(bot), sweepJob(store, clock)]) scheduler.add(job);
  timers.start();
  for (const adapter of adapters) {
    undo.push(() => adapter.stop?.());
    await adapter.start(host, ending.signal);
  }
  undo.push(() => ending.abort());
  // What was lost meanwhile is told through the bot, so the bot is there first.
  await people.start();
  // Answers that an earlier run owes are posted through the adapters, so they come first.
  await bot.recover();
  // Before shared players are heard, so that what they tell first is known, too.
  await listening.start();
  // Cards of an earlier run follow shared players again before anybody asks for anything.
  orchestrator.listen();
  await web.start();
  // First of all at the end: what is in hand is answered while the ways to answer are still open.
  undo.push((leftMs) => bot.stop(leftMs));
  // Patterns are compiled while nobody waits, a slice at a time, so that the first messages need not.
  const warm = () => {
    if (!ending.signal.aborted && language.warm()) setImmediate(warm);
  };
  setImmediate(warm);
  log.info({ port, rehearsal: config.rehearsal }, "ready");

  return {
    url: config.PUBLIC_URL ?? here,
    rehearsal: config.rehearsal,
    dataDir,
    operatorCode: await people.operator.ensureOperatorCode(),
    failed,
  };
}

function callbackOf({ id, name }: MusicProvider) {
  return { provider: id, providerName: name, callbackPath: callbackPath(id), loginPath: loginPath(id) };
}

function webAddress(config: Config) {
  return {
    host: config.HOST,
    ...(config.PUBLIC_URL === undefined ? {} : { publicUrl: config.PUBLIC_URL }),
    ...(config.TRUSTED_PROXIES === undefined ? {} : { trustedProxies: config.TRUSTED_PROXIES }),
  };
}

function linkIn(
  text: string,
  providers: ReadonlyMap<string, MusicProvider>,
): { url: string; start: number; end: number } | undefined {
  for (const provider of providers.values()) {
    const found = provider.recognise(text) ?? provider.unreadable?.(text);
    if (found) return { url: text.slice(found.start, found.end), start: found.start, end: found.end };
  }
  return undefined;
}

function recoverJob(bot: Bot): Job {
  return {
    name: "recover",
    async run() {
      await bot.recover();
      return { againInMs: recoverMs };
    },
  };
}

function sweepJob(store: Store, clock: Clock): Job {
  return {
    name: "sweep",
    async run() {
      await store.sweep(clock.now());
      return { againInMs: sweepMs };
    },
  };
}

/** For PORT=0: the redirect address must be known before anything listens. */
function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, host, () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
