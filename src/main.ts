import { join } from "node:path";
import type { Config } from "./config.ts";
import type { Clock } from "./contracts/clock.ts";
import { listenerOf } from "./contracts/listening.ts";
import type { Log } from "./contracts/log.ts";
import { createBot } from "./core/bot.ts";
import { createHost } from "./core/host.ts";
import { createPlaces } from "./core/places.ts";
import { loadSkills } from "./core/registry.ts";
import type { Services } from "./core/services.ts";
import { loadDeviceWords } from "./language/index.ts";
import { createHistory } from "./listening/history.ts";
import { createSharing } from "./listening/sharing.ts";
import { publicAddressOf, webAddress } from "./main/addresses.ts";
import { connectAnnouncing, watchingOf } from "./main/announcing.ts";
import { createNote, noteDiaries, noteHistories, noteSharing } from "./main/audited.ts";
import { connectFiles } from "./main/brought-files.ts";
import { loadChats, type Terminal } from "./main/chats.ts";
import { connectCompany } from "./main/company.ts";
import { connectDiaries } from "./main/diaries.ts";
import { connectDigests, drawn } from "./main/digests.ts";
import { openGround, type Undo } from "./main/ground.ts";
import { recoverJob, sweepJob } from "./main/jobs.ts";
import { connectListening } from "./main/listening.ts";
import { createMetricReads } from "./main/metric-reads.ts";
import { connectPeople } from "./main/people.ts";
import { createPressure } from "./main/pressure.ts";
import { createReadStandings } from "./main/readiness.ts";
import { startParts } from "./main/start.ts";
import { createReadStatus } from "./main/status.ts";
import { listeningTimers } from "./main/timers.ts";
import { connectWeb } from "./main/web.ts";
import { connectWords } from "./main/words.ts";
import { createOrchestrator } from "./music/orchestrator.ts";
import { budgets } from "./music/providers/spotify/budgets.ts";
import { createOriginJudge } from "./web/origin.ts";
import { readPictureUrl } from "./web/pictures.ts";

const root = join(import.meta.dirname, "..");
const locales = join(root, "locales");
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
  const house = { store, scheduler, events, clock, log };

  const keepDays = config.HISTORY_KEEP_DAYS;
  const history = createHistory({ store, clock, ...(keepDays === undefined ? {} : { keepDays }) });
  const sharing = createSharing({
    store,
    privateTimes: history.privateTimes,
    hasLeft: (personId, place) => places.hasLeft(personId, place),
    clock,
    log,
  });
  const { people, waiting } = connectPeople(config, {
    history,
    sharing,
    providers,
    vault,
    tally: metrics.links,
    ...house,
  });
  const { i18n, registry, language } = await connectWords({ skills, providers, locales, log });
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
    ...house,
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
    statisticsAnyway: config.DERIVED_STATISTICS === "on",
    rehearsal: config.rehearsal,
    async onPrivate(listener) {
      await announcer.recheck(listener);
      await recheck(listener);
    },
    ...house,
  });
  undo.push(() => listening.stop());
  const histories = noteHistories(kept, note);

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
  const defaults = {
    locale: config.LOCALE,
    timeZone: config.TIME_ZONE ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
  const telling = {
    posts: () => bot.posts,
    history,
    sharing,
    providers: connected,
    statistics: histories.statistics,
    defaults,
    ...house,
  };
  const announcer = connectAnnouncing({ ...telling, places: () => places, watch: listening.watch });
  undo.push(() => announcer.stop());
  const { digests, pictures } = connectDigests({
    ...telling,
    places,
    dataDir,
    address: publicAddressOf(config, port),
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
    namesOf: store.people.namesOf,
    privately: history.privateTimes.areNow,
  });
  const { company, recheck, erasing, milestones } = connectCompany({
    ...telling,
    places,
    files,
    digests,
    pictures,
    forget: people.forget,
    cache,
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
  const core = {
    services,
    i18n,
    orchestrator,
    accounts: people.accounts,
    places,
    defaults,
    ...house,
  };
  const bot = createBot({
    ...core,
    language,
    skills: registry,
    milestones,
    adapters,
    misses: config.KEEP_MISSES === "on",
    cache,
    links: { open: (id) => providers.get(id)?.home },
    alone: config.DATABASE_URL === undefined,
    tally: metrics.chat,
    pressed: createPressure(clock),
  });
  const host = createHost({
    ...core,
    bot,
    registry,
    picture: async (url) => {
      // What the platform can fetch from us, it fetches.
      const named = config.PUBLIC_URL === undefined ? readPictureUrl(here, url) : undefined;
      return named && picture(named.provider, named.id, ending.signal);
    },
    suggestSearchesPerDay: config.AUTOCOMPLETE_SEARCHES_PER_DAY,
    signal: ending.signal,
  });

  const standings = createReadStandings({ adapters, providers: connected, scheduler, clock });
  const web = connectWeb(config, {
    port,
    clock,
    log,
    linkFlow: people.linkFlow,
    files: files.pages,
    pictures: async (provider, id, signal) => picture(provider, id, signal),
    readiness: standings,
    metrics: metrics.read,
    mayLookIn: webChat.admits,
    locales,
    providers: connected,
    adapters,
  });
  const jobs = [
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
  ];
  await startParts(
    {
      jobs,
      scheduler,
      timers,
      adapters,
      host,
      people,
      files,
      bot,
      listening,
      diaries,
      waiting,
      announcer,
      orchestrator,
      web,
      language,
      ending,
    },
    undo,
  );
  log.info({ port, rehearsal: config.rehearsal }, "ready");

  return {
    url: config.PUBLIC_URL ?? here,
    rehearsal: config.rehearsal,
    dataDir,
    operatorCode: await people.operator.ensureOperatorCode(),
    failed,
  };
}
