import { join } from "node:path";
import { createAccounts } from "./accounts/accounts.ts";
import { createSlots } from "./accounts/slots.ts";
import type { Config } from "./config.ts";
import type { Clock } from "./contracts/clock.ts";
import { listenerOf } from "./contracts/listening.ts";
import type { Log } from "./contracts/log.ts";
import { personSettings } from "./contracts/people-store.ts";
import { createBot } from "./core/bot.ts";
import { createHost } from "./core/host.ts";
import { createI18n, readLocales } from "./core/i18n.ts";
import { createPlaces } from "./core/places.ts";
import { createRegistry, loadSkills } from "./core/registry.ts";
import type { Services } from "./core/services.ts";
import { createLanguage, loadDeviceWords } from "./language/index.ts";
import { createHistory } from "./listening/history.ts";
import { createSharing } from "./listening/sharing.ts";
import { callbackOf, publicAddressOf, webAddress } from "./main/addresses.ts";
import { connectAnnouncing, watchingOf } from "./main/announcing.ts";
import { createNote, noteDiaries, noteHistories, noteSharing } from "./main/audited.ts";
import { connectFiles } from "./main/brought-files.ts";
import { loadChats, type Terminal } from "./main/chats.ts";
import { connectCompany } from "./main/company.ts";
import { connectDiaries } from "./main/diaries.ts";
import { connectDigests, drawn } from "./main/digests.ts";
import { openGround, type Undo } from "./main/ground.ts";
import { recoverJob, sweepJob } from "./main/jobs.ts";
import { linkIn, serviceNames } from "./main/links.ts";
import { connectListening } from "./main/listening.ts";
import { createMetricReads } from "./main/metric-reads.ts";
import { createPressure } from "./main/pressure.ts";
import { createReadStandings } from "./main/readiness.ts";
import { createReadStatus } from "./main/status.ts";
import { listeningTimers } from "./main/timers.ts";
import { createOrchestrator } from "./music/orchestrator.ts";
import { budgets } from "./music/providers/spotify/budgets.ts";
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
const stopMs = 10_000;

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
  const [ground, skills] = await Promise.all([
    openGround(config, {
      clock,
      log,
      undo,
      reads: createMetricReads({
        adapters: () => adapters,
        bot: () => bot,
        watch: () => listening.watch,
        standings: () => standings(),
        openStreams: () => webChat.openStreams(),
      }),
    }),
    loadSkills(join(root, "skills")),
  ]);
  const { dataDir, port, here, store, cache, metrics, http, connected, providers, events, scheduler, timers, vault } =
    ground;
  const failed = new Promise<never>((_resolve, reject) => store.onLost(reject));
  // Whoever started us listens to it; until then a loss must not be "unhandled".
  failed.catch(() => undefined);

  const keepDays = config.HISTORY_KEEP_DAYS;
  const history = createHistory({ store, clock, ...(keepDays === undefined ? {} : { keepDays }) });
  const waiting = createSlots({
    // A rehearsal's service lets in whom it has.
    places: new Map(config.rehearsal || config.SPOTIFY_PLACES === 0 ? [] : [["spotify", config.SPOTIFY_PLACES]]),
    providers,
    store,
    events,
    clock,
    log,
  });
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
    async unlisted(personId, provider) {
      await waiting.slots.ask(personId, provider);
    },
    sharing: {
      ended: (shares) => sharing.ended(shares),
      joined: (earlier, personId) => sharing.joined(earlier, personId),
    },
    tally: metrics.links,
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
  const sharing = createSharing({
    store,
    privateTimes: history.privateTimes,
    hasLeft: (personId, place) => places.hasLeft(personId, place),
    clock,
    log,
  });
  const note = createNote({ store, clock, log });
  noteSharing(sharing, note);
  const places = createPlaces({
    store,
    sharing,
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

  const diaries = connectDiaries(config, {
    http,
    vault,
    providers: connected,
    history,
    record: (personId, on) => histories.of(listenerOf.person(personId)).setRecording(on),
    store,
    scheduler,
    events,
    clock,
    log,
  });
  undo.push(() => diaries.stop());

  const { listening, histories: kept } = await connectListening({
    sources: diaries.sources,
    history,
    feed: orchestrator.feed,
    providers: connected,
    async budget() {
      const { limits, last24h } = await http.usage(budgets.api);
      return { daily: limits.dailyCalls, used: last24h };
    },
    timers: listeningTimers(config),
    detailsPerDay: config.HISTORY_DETAILS_PER_DAY,
    // A false service has no terms.
    statisticsAnyway: config.DERIVED_STATISTICS === "on" || config.rehearsal,
    async onPrivate(listener) {
      await announcer.recheck(listener);
      await recheck(listener);
    },
    store,
    scheduler,
    events,
    clock,
    log,
  });
  undo.push(() => listening.stop());
  const histories = noteHistories(kept, note);

  const language = createLanguage({
    links: { find: (text) => linkIn(text, providers) },
    names: ["segue"],
    services: serviceNames(connected),
  });

  const ending = new AbortController();
  const origin = createOriginJudge(webAddress(config));
  const { webChat, adapters } = await loadChats(config, {
    terminal,
    onTerminalClosed,
    origin,
    kept: (platform, key) => bot.kept(platform, key),
    linkable: connected.some(({ linking }) => linking !== undefined),
    locales,
    settings: store.settings,
    clock,
    log,
  });
  const registry = createRegistry(skills, i18n);
  const defaults = {
    locale: config.LOCALE,
    timeZone: config.TIME_ZONE ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
  const announcer = connectAnnouncing({
    posts: () => bot.posts,
    places: () => places,
    watch: listening.watch,
    sharing,
    history,
    providers: connected,
    statistics: histories.statistics,
    store,
    defaults,
    scheduler,
    events,
    clock,
    log,
  });
  undo.push(() => announcer.stop());
  const { digests, pictures } = connectDigests({
    posts: () => bot.posts,
    history,
    places,
    sharing,
    providers: connected,
    statistics: histories.statistics,
    store,
    dataDir,
    address: publicAddressOf(config, port),
    defaults,
    scheduler,
    events,
    clock,
    log,
  });
  undo.push(
    () => digests.stop(),
    () => pictures.close(),
  );
  const picture = (provider: string, id: string, signal: AbortSignal) =>
    provider === drawn ? pictures.find(id) : providers.get(provider)?.picture?.(id, signal);
  const files = connectFiles(config, {
    ledger: history.ledger,
    adapters: () => adapters,
    dataDir,
    localUrl: here,
    store,
    note,
    imported: metrics.imported,
    events,
    clock,
    log,
  });
  const readStatus = createReadStatus({
    usage: () => http.usage(budgets.api),
    watch: listening.watch,
    running: files.running,
    nameOf: async (personId) => (await store.people.identities(personId))[0]?.name,
    async isPrivate(listener) {
      const now = clock.now();
      return (await history.privateTimes.within(listener, { fromAt: now, untilAt: now + 1 })).length > 0;
    },
  });
  const { company, recheck, erasing, milestones } = connectCompany({
    history,
    statistics: histories.statistics,
    sharing,
    places,
    files,
    digests,
    pictures,
    forget: people.forget,
    posts: () => bot.posts,
    providers: connected,
    store,
    cache,
    defaults,
    events,
    clock,
    log,
  });
  const services: Services = {
    announcements: announcer,
    digests,
    pictures,
    watching: (listener) => watchingOf(listening.watch, listener),
    files,
    status: readStatus,
    histories,
    diaries: noteDiaries(diaries.diaries, note),
    slots: waiting.slots,
    sharing,
    company,
    erasing,
  };
  const bot = createBot({
    services,
    scheduler,
    store,
    language,
    skills: registry,
    i18n,
    orchestrator,
    accounts: people.accounts,
    places,
    milestones,
    adapters,
    events,
    misses: config.KEEP_MISSES === "on",
    clock,
    log,
    cache,
    links: { open: (id) => providers.get(id)?.home },
    defaults,
    alone: config.DATABASE_URL === undefined,
    tally: metrics.chat,
    pressed: createPressure(clock),
  });

  const host = createHost({
    bot,
    services,
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
      return named && picture(named.provider, named.id, ending.signal);
    },
    suggestSearchesPerDay: config.AUTOCOMPLETE_SEARCHES_PER_DAY,
    signal: ending.signal,
  });

  const standings = createReadStandings({ adapters, providers: connected, scheduler, clock });
  const web = createWebServer({
    ...webAddress(config),
    port,
    clock,
    log,
    linkFlow: people.linkFlow,
    callbacks: connected.flatMap((provider) => (provider.linking ? [callbackOf(provider)] : [])),
    files: files.pages,
    pictures: async (provider, id, signal) => picture(provider, id, signal),
    listeners: adapters.flatMap((adapter) => adapter.listener ?? []),
    readiness: standings,
    metrics: metrics.read,
    mayLookIn: webChat.admits,
    locales,
    locale: config.LOCALE,
    platformName: (platform) => platformNames[platform] ?? platform,
  });

  undo.push((leftMs) => bot.stop(leftMs));
  // After the chats, whose open streams would keep it waiting.
  undo.push((leftMs) => web.stop(Math.min(leftMs, 3_000)));
  for (const job of [
    ...people.jobs,
    ...history.jobs,
    ...sharing.jobs,
    ...digests.jobs,
    ...diaries.jobs,
    waiting.job,
    erasing.job,
    milestones.job,
    recoverJob(bot),
    sweepJob(store, clock),
  ])
    scheduler.add(job);
  timers.start();
  for (const adapter of adapters) {
    undo.push(() => adapter.stop?.());
    await adapter.start(host, ending.signal);
  }
  undo.push(() => ending.abort());
  // What was lost meanwhile is told through the bot, so the bot is there first.
  people.start();
  // Files of an earlier run, before anybody who was interrupted brings them again.
  await files.resume();
  undo.push(() => files.stop());
  // Answers that an earlier run owes are posted through the adapters, so they come first.
  await bot.recover();
  // Before shared players are heard, so that what they tell first is known, too.
  bot.posts.start();
  await listening.start();
  await diaries.start();
  waiting.start();
  undo.push(() => waiting.stop());
  await announcer.start();
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
