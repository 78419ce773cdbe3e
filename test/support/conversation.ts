import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { chatsOf } from "../../src/accounts/chats.ts";
import { createErasing } from "../../src/accounts/erasing.ts";
import type { Accounts } from "../../src/contracts/accounts.ts";
import type { Asker, Host } from "../../src/contracts/adapter.ts";
import type { Events } from "../../src/contracts/events.ts";
import type { Histories } from "../../src/contracts/history.ts";
import type { FileRef, Incoming, Place, UserRef } from "../../src/contracts/incoming.ts";
import type { Language } from "../../src/contracts/language.ts";
import type { Log } from "../../src/contracts/log.ts";
import type { MusicProvider, Picture } from "../../src/contracts/music.ts";
import type { Pictures } from "../../src/contracts/pictures.ts";
import type { MusicAccounts, Orchestrator } from "../../src/contracts/player.ts";
import type { Reply } from "../../src/contracts/reply.ts";
import type { Skill } from "../../src/contracts/skill.ts";
import type { ProgramStatus, ReadStatus } from "../../src/contracts/status.ts";
import type { Cache, Store } from "../../src/contracts/store.ts";
import type { Command } from "../../src/contracts/vocabulary.ts";
import { type Bot, type BotParts, createBot } from "../../src/core/bot.ts";
import { createEvents } from "../../src/core/events.ts";
import { createHost } from "../../src/core/host.ts";
import { createI18n, readLocales } from "../../src/core/i18n.ts";
import { localeFileSchema } from "../../src/core/locale-file.ts";
import { createPlaces, type Places } from "../../src/core/places.ts";
import { createRegistry, loadSkills } from "../../src/core/registry.ts";
import type { Services } from "../../src/core/services.ts";
import { createScheduler } from "../../src/jobs/scheduler.ts";
import { createLanguage } from "../../src/language/index.ts";
import { createCompany } from "../../src/listening/company.ts";
import { createHistoryFiles, type HistoryFilesPart } from "../../src/listening/files/history-files.ts";
import { createHistory, type History } from "../../src/listening/history.ts";
import { createImporter } from "../../src/listening/import/importer.ts";
import { createHistories } from "../../src/listening/own-history.ts";
import { createSharing } from "../../src/listening/sharing.ts";
import { connectAnnouncing, watchingOf } from "../../src/main/announcing.ts";
import { sourceName } from "../../src/main/diaries.ts";
import { digestsWith } from "../../src/main/digests.ts";
import { createOrchestrator } from "../../src/music/orchestrator.ts";
import { openStore } from "../../src/store/open.ts";
import { type ChatAdapter, createChatAdapter, type Shown } from "../fakes/chat-adapter.ts";
import { createFakeClock, type FakeClock } from "../fakes/clock.ts";
import { createMemoryProvider } from "../fakes/memory-player.ts";
import { noDiaries, noSlots } from "../fakes/nothing-offered.ts";
import { createFakePictures } from "../fakes/pictures.ts";
import { createScriptedWatch, type ScriptedWatch } from "../fakes/watch.ts";
import { deviceWords } from "./device-words.ts";
import { watched } from "./in-flight.ts";
import { readHere } from "./listening-files.ts";
import { capturedLog } from "./log.ts";
import { createScriptedAccounts } from "./scripted-accounts.ts";

const root = join(import.meta.dirname, "../..");

export type House = { events: Events; store: Store; clock: FakeClock; cache: Cache; places: Places };

export type ConversationOptions = {
  /** The real one by default. */
  language?: Language;
  /** Built for the store and events of this conversation, and again at each restart. The real one by default, over `provider`. */
  orchestrator?: (house: House) => Orchestrator;
  /** What the real orchestrator plays on; by default one shared player in memory, which needs no account. */
  provider?: (house: Omit<House, "places">) => MusicProvider | MusicProvider[];
  /** Searches in a day for half-typed words. */
  suggestSearchesPerDay?: number;
  /** Whether the operator has opened the shared player to everybody, everywhere; so by default where nobody can link an account. */
  opened?: boolean;
  /** What places know of providers, where the orchestrator is a test's own. */
  providers?: readonly Pick<MusicProvider, "id" | "linking" | "players">[];
  accounts?: (house: House) => Accounts & Partial<MusicAccounts>;
  /** Skills of the folder by name; all by default. */
  only?: readonly string[];
  /** Skills that are not in the folder, with the words of their locale file. */
  extra?: readonly { skill: Skill; words: unknown }[];
  /** Those that are drawn in memory by default. */
  pictures?: Pictures;
  /** Digests that are due are made. */
  digesting?: boolean;
  adapter?: ChatAdapter;
  /** Further platforms; people speak on the first unless they say where. */
  others?: readonly ChatAdapter[];
  /** Wraps the store that the bot sees. */
  store?: (store: Store) => Store;
  /** Where everybody's browser reaches us. */
  pages?: { publicUrl: string };
  status?: ReadStatus;
  /** Places are told what people hear, and what is owed to them is sent. */
  announcing?: boolean;
  /** Whether sums of what is heard may be made; so by default. */
  statistics?: boolean;
  /** The music service is a false one. */
  rehearsal?: boolean;
  /** Diaries and places, which there are none of by default. */
  free?: (
    house: House & { history: History; histories: Histories; log: Log },
  ) => Partial<Pick<Services, "diaries" | "slots">>;
  bot?: Partial<Pick<BotParts, "alone" | "allowance" | "gates" | "links" | "misses">>;
};

export type UserOptions = {
  /** One of the other platforms. */
  on?: string;
  /** A place that others see; by default the person speaks to the bot alone. */
  place?: string;
  /** In such a place: whether the bot is spoken to. */
  addressed?: boolean;
  local?: boolean;
  locale?: string;
  /** The message that theirs is about. */
  about?: string;
};

type Content = { text: string } | Command | { file: FileRef };

/** A person in a test. Every method resolves once the bot has answered, with what it newly showed there. */
type TestUser = {
  readonly ref: UserRef;
  says(text: string, options?: UserOptions): Promise<Reply | undefined>;
  /** The button, option or menu entry of this label, on the newest message that has it. */
  presses(label: string | RegExp): Promise<Reply | undefined>;
  posts(file: FileRef, options?: UserOptions): Promise<Reply | undefined>;
  sends(intent: string, slots?: Record<string, unknown>, options?: UserOptions): Promise<Reply | undefined>;
};

export type Conversation = {
  clock: FakeClock;
  store: Store;
  events: Events;
  adapter: ChatAdapter;
  logLines: string[];
  accounts(): Accounts;
  bot(): Bot;
  watch(): ScriptedWatch;
  /** What the running bot does for its platform. */
  host(): Host;
  /** Files of listening in the running bot. */
  files(): HistoryFilesPart;
  asker(name: string, options?: UserOptions): Asker;
  user(name: string, options?: UserOptions): TestUser;
  /** The newest message anybody sees. */
  last(): Shown | undefined;
  /** The last event once more, as a platform that heard no acknowledgement sends it. */
  redeliver(): Promise<void>;
  /** Ends nothing and begins anew over the same store, as after kill -9; recovered work is done when it resolves. */
  restart(wrap?: (store: Store) => Store): Promise<void>;
  /** Delivers without waiting, for tests in which the answer never comes. */
  send(event: Incoming): Promise<void>;
  event(name: string, content: Content, options?: UserOptions): Incoming;
};

/** The whole bot over a real SQLite file, with a platform and a clock that a test controls. */
export async function startConversation(options: ConversationOptions = {}): Promise<Conversation> {
  const clock = createFakeClock();
  const { log, lines } = capturedLog();
  const folder = mkdtempSync(join(tmpdir(), "segue-talk-"));
  const real = await openStore({ url: `sqlite:${join(folder, "talk.db")}`, clock, log });
  const adapter = options.adapter ?? createChatAdapter();
  const adapters = [adapter, ...(options.others ?? [])];
  const adapterOf = (platform: string) => adapters.find((each) => each.platform === platform) ?? adapter;
  const skills = (await loadSkills(join(root, "skills"))).filter(
    ({ name }) => !options.only || options.only.includes(name),
  );
  const extra = options.extra ?? [];
  const files = await readLocales(
    join(root, "locales"),
    skills.map((skill) => skill.name),
  );
  for (const { skill, words } of extra) files.get("en")?.set(skill.name, localeFileSchema.parse(words));
  const i18n = createI18n({ files, fallback: "en", strict: true, log });
  const registry = createRegistry([...skills, ...extra.map((each) => each.skill)], i18n);

  function build(wrap: (store: Store) => Store = (store) => store) {
    const store = wrap(real);
    const cache = createMemoryCache();
    const events = createEvents(log);
    const base = { events, store: real, clock, cache };
    const players = options.orchestrator ? [] : [options.provider?.(base) ?? createMemoryProvider({ clock })].flat();
    offered = options.providers ?? players;
    const history = createHistory({ store: { ...store, playStats: watched(store.playStats) }, clock });
    const sharing = createSharing({
      store,
      privateTimes: history.privateTimes,
      hasLeft: (personId, place) => places.hasLeft(personId, place),
      clock,
      log,
    });
    const places = createPlaces({
      store,
      sharing,
      adapters: () => adapters,
      providers: options.providers ?? players,
      locales: i18n.locales,
      clock,
      log,
    });
    const house = { ...base, places };
    const accounts = options.accounts?.(house) ?? createScriptedAccounts(events);
    const orchestrator = options.orchestrator?.(house) ?? realOrchestrator(house, accounts, players, log);
    const defaults = { locale: "en", timeZone: "Europe/Berlin" };
    const histories = createHistories({
      history,
      settings: store.settings,
      statistics: options.statistics ?? true,
      rehearsal: options.rehearsal ?? false,
      nameOf: (origin) => sourceName(origin, offered),
      onRecording: async () => {},
      async onPrivate(listener) {
        await announcer.recheck(listener);
        await company.recheck(listener);
      },
      clock,
    });
    const filesPart = createHistoryFiles({
      store,
      importer: createImporter({
        store,
        ledger: history.ledger,
        clock,
        folder: join(folder, "imports"),
        atOnce: 50,
        open: readHere,
      }),
      adapters: () => adapters,
      events,
      namesOf: async (personId) => (await store.people.identities(personId)).map(({ name }) => name),
      ...options.pages,
      localUrl: "http://127.0.0.1:8765",
      commands: { bring: "segue import FILE", take: "segue export --out" },
      clock,
      log,
    });
    const company = createCompany({
      stats: history.stats,
      sharing,
      people: store.people,
      views: store.views,
      events,
      clock,
      log,
      hasLeft: places.hasLeft,
      timeZone: defaults.timeZone,
      statistics: options.statistics ?? true,
    });
    history.onTakenBack(async (listener, moment) => {
      if (moment === "after") await company.recheck(listener);
    });
    const erasing = createErasing({
      store,
      sharing,
      async before(asker) {
        await filesPart.forget(asker.personId);
        await digests.forgetPerson(asker.personId);
        for (const chat of await chatsOf(store.settings, asker)) await places.forget(chat);
      },
      forget: () => pictures.forgetPreviews(),
      clock,
      events,
      log,
    });
    const scheduler = createScheduler({ clock, log });
    const watch = createScriptedWatch(clock);
    const announcer = connectAnnouncing({
      posts: () => bot.posts,
      places: () => places,
      watch,
      sharing,
      history,
      providers: offered,
      statistics: options.statistics ?? true,
      store,
      defaults,
      scheduler,
      events,
      clock,
      log,
    });
    const pictures = options.pictures ?? createFakePictures();
    const digests = digestsWith(
      {
        history,
        posts: () => bot.posts,
        places,
        sharing,
        statistics: options.statistics ?? true,
        store,
        defaults,
        scheduler,
        events,
        clock,
        log,
      },
      pictures,
    );
    const services: Services = {
      diaries: noDiaries,
      slots: noSlots,
      announcements: announcer,
      digests,
      pictures,
      watching: (listener) => watchingOf(watch, listener),
      files: filesPart,
      status: options.status ?? (async () => quietStatus),
      histories,
      sharing,
      company: company.open,
      erasing,
      ...options.free?.({ ...house, history, histories, log }),
    };
    const bot = createBot({
      services,
      scheduler,
      milestones: { told: async () => {} },
      store,
      cache,
      events,
      accounts,
      clock,
      log,
      i18n,
      language: options.language ?? realLanguage(),
      skills: registry,
      places,
      orchestrator,
      adapters,
      links: { open: () => "https://music.example/" },
      defaults,
      alone: true,
      ...options.bot,
    });
    const host = createHost({
      bot,
      services,
      store,
      registry,
      i18n,
      orchestrator,
      accounts,
      places,
      events,
      clock,
      log,
      defaults,
      picture: async (url) => (url === "https://here.example/cover" ? cover : undefined),
      suggestSearchesPerDay: options.suggestSearchesPerDay ?? 50,
      signal: new AbortController().signal,
    });
    /** Nothing goes on by itself. */
    function end() {
      announcer.stop();
      void scheduler.stop(0);
    }
    async function start() {
      await bot.recover();
      if (options.digesting) for (const job of digests.jobs) scheduler.add(job);
      if (!options.announcing) return;
      bot.posts.start();
      await announcer.start();
    }
    return { bot, accounts, events, host, files: filesPart, watch, start, end };
  }
  let offered: readonly Pick<MusicProvider, "id" | "linking" | "players">[] = [];
  let running = build(options.store);
  if (options.opened ?? offered.every(({ linking }) => linking === undefined)) {
    const [player] = offered.flatMap(({ id, players }) =>
      (players ?? []).map((each) => ({ provider: id, playerId: each.id })),
    );
    if (player) await real.settings.put("place:::", "place.choices", { player });
  }
  await running.start();
  onTestFinished(async () => {
    await running.files.stop();
    await real.close();
    rmSync(folder, { recursive: true, force: true });
  });

  let keys = 0;
  let lastEvent: Incoming | undefined;

  function event(name: string, content: Content, at: UserOptions = {}): Incoming {
    const { platform } = adapterOf(at.on ?? adapter.platform);
    const direct = at.place === undefined;
    const place: Place = { platform, tenant: "", id: at.place ?? `direct-${name}` };
    return {
      key: `e${++keys}`,
      place,
      user: { platform, tenant: "", id: name },
      userName: name,
      direct,
      addressed: direct || (at.addressed ?? true),
      local: at.local ?? false,
      at: clock.now(),
      ...(at.locale === undefined ? {} : { locale: at.locale }),
      ...(at.about === undefined ? {} : { about: at.about }),
      ...("text" in content
        ? { type: "text", text: content.text }
        : "file" in content
          ? { type: "file", file: content.file }
          : { type: "command", ...content }),
    };
  }

  const send = (incoming: Incoming) =>
    running.bot.deliver(incoming, adapterOf(incoming.place.platform).answerTo(incoming));

  async function exchange(incoming: Incoming): Promise<Reply | undefined> {
    lastEvent = incoming;
    await send(incoming);
    return adapterOf(incoming.place.platform).shown.find((message) => message.key === incoming.key)?.reply;
  }

  return {
    clock,
    store: real,
    get events() {
      return running.events;
    },
    adapter,
    logLines: lines,
    accounts: () => running.accounts,
    bot: () => running.bot,
    watch: () => running.watch,
    host: () => running.host,
    files: () => running.files,
    asker(name, at) {
      const { user, userName, place, direct, locale } = event(name, { text: "" }, at);
      return { user, userName, place, direct, ...(locale === undefined ? {} : { locale }) };
    },
    last: () => adapter.shown.at(-1),
    event,
    send,
    user(name, defaults = {}) {
      const mine = adapterOf(defaults.on ?? adapter.platform);
      const ref = { platform: mine.platform, tenant: "", id: name };
      return {
        ref,
        says: (text, at) => exchange(event(name, { text }, { ...defaults, ...at })),
        posts: (file, at) => exchange(event(name, { file }, { ...defaults, ...at })),
        sends: (intent, slots = {}, at) => exchange(event(name, { intent, slots }, { ...defaults, ...at })),
        presses(label) {
          const matches = (text: string) => (typeof label === "string" ? text === label : label.test(text));
          const seen = mine.shown.filter((message) => !message.to || message.to.id === name);
          const found = seen.flatMap(({ reply }) => pressables(reply)).findLast((each) => matches(each.label));
          if (!found)
            throw new Error(
              `nothing to press is called ${label}; there is ${seen.flatMap(({ reply }) => pressables(reply)).map((each) => each.label)}`,
            );
          return exchange(event(name, found.command, defaults));
        },
      };
    },
    async redeliver() {
      if (!lastEvent) throw new Error("nothing was delivered yet");
      await send({ ...lastEvent, at: clock.now() });
    },
    async restart(wrap) {
      running.end();
      running = build(wrap);
      await running.files.resume();
      await running.start();
      await running.bot.idle();
    },
  };
}

/** The one picture that only this house has. */
export const cover: Picture = { mediaType: "image/png", bytes: new Uint8Array([1, 2, 3]) };

const quietStatus: ProgramStatus = {
  calls: { used: 0, byLane: {}, looks: [], waiting: 0, closed: [] },
  watched: [],
  imports: [],
};

let language: Language | undefined;
/** Loading takes longer than any test of it; it holds no state. */
function realLanguage(): Language {
  language ??= createLanguage();
  return language;
}

function realOrchestrator(
  house: House,
  accounts: Accounts & Partial<MusicAccounts>,
  providers: MusicProvider[],
  log: Log,
): Orchestrator {
  const { store, clock, cache, events, places } = house;
  const nobody: MusicAccounts = {
    accountOf: async () => undefined,
    tokens: () => ({ token: async () => "", renew: async () => "" }),
    markFree: async () => {},
  };
  return createOrchestrator({
    providers,
    sharedPlayers: (place, personId) => places.sharedPlayers(place, personId),
    accounts: { ...nobody, ...(accounts.accountOf ? (accounts as Accounts & MusicAccounts) : {}) },
    cache,
    events,
    clock,
    log,
    queue: store.queue,
    aliases: store.aliases,
    settings: store.settings,
    deviceWords,
    // Timers ring in tests of their own; here they are only set.
    timers: {
      put: (row) => store.timers.put(row),
      get: (name, owner) => store.timers.get(name, owner),
      remove: (name, owner) => store.timers.remove(name, owner),
      on: () => {},
    },
  });
}

function pressables(reply: Reply): { label: string; command: Command }[] {
  return reply.blocks.flatMap((block): { label: string; command: Command }[] => {
    if (block.type === "buttons") return block.buttons;
    return block.type === "select" ? block.options : [];
  });
}

/** What may vanish, and does at every restart. */
function createMemoryCache(): Cache {
  const values = new Map<string, string>();
  return {
    async get<T>(key: string) {
      const text = values.get(key);
      return text === undefined ? undefined : (JSON.parse(text) as T);
    },
    async set(key, value) {
      values.set(key, JSON.stringify(value));
    },
    async delete(key) {
      values.delete(key);
    },
    async close() {},
  };
}
