import { generateKeySync } from "node:crypto";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import { createAccounts } from "../../src/accounts/accounts.ts";
import { createVault } from "../../src/accounts/vault.ts";
import type { Clock } from "../../src/contracts/clock.ts";
import { needs } from "../../src/contracts/music.ts";
import type { Button, Reply } from "../../src/contracts/reply.ts";
import { createScheduler } from "../../src/jobs/scheduler.ts";
import { createTimers } from "../../src/jobs/timers.ts";
import { createLanguage } from "../../src/language/index.ts";
import { createOrchestrator } from "../../src/music/orchestrator.ts";
import { recognise, unreadable } from "../../src/music/providers/spotify/links.ts";
import { createSpotifyProvider } from "../../src/music/providers/spotify/provider.ts";
import { createHttp } from "../../src/net/http.ts";
import { type Catalogue, loadCatalogue } from "../../src/rehearsal/catalogue/index.ts";
import { createRehearsalSpotify, type RehearsalSpotify } from "../../src/rehearsal/index.ts";
import type { SettingsPatch } from "../../src/rehearsal/settings.ts";
import type { FakeClock } from "../fakes/clock.ts";
import { type Conversation, type House, startConversation, type UserOptions } from "../support/conversation.ts";
import { deviceWords } from "../support/device-words.ts";
import { begun, inFlight } from "../support/in-flight.ts";
import { silentLog } from "../support/log.ts";

/** People of the rehearsal's cast: Premium with five devices, Premium with three, free. */
export const MIA = "mia.rehearsal";
export const JONAS = "jonas.rehearsal";
export const SAM = "sam.rehearsal";

type Control = RehearsalSpotify["control"];
type Calls = Record<string, number>;

/** Somebody in the chat. Every method resolves once the bot has answered, with the answer as it then stands. */
export type Speaker = {
  says(text: string, at?: UserOptions): Promise<Reply>;
  /** The newest button, option or picker entry with this label, or with this description where the label is a sign. */
  presses(label: string | RegExp): Promise<Reply>;
  sends(intent: string, slots?: Record<string, unknown>, at?: UserOptions): Promise<Reply>;
  /** Opens the newest link of this chat, agrees (or not) as that person of the service, and pastes back where it lands. */
  agrees(as?: string, yes?: boolean): Promise<Reply>;
};

export type Scene = {
  clock: FakeClock;
  talk: Conversation;
  control: Control;
  http: ReturnType<typeof createHttp>;
  /** Linked as Mia unless the scene says otherwise. */
  anna: Speaker;
  person(name: string, at?: UserOptions): Speaker;
  /** Web API calls since this was last asked, as the service counted them: `{ "GET /search": 1 }`. */
  calls(): Calls;
  /** What the service's own app shows of the player. */
  player(): ReturnType<Control["player"]["look"]>;
  /** Time passes, with everything that happens in it. */
  passes(ms: number): Promise<void>;
  /** Starts something as the person would in the service's own app, and lets what the bot knew grow old. */
  plays(title: string, artist?: string, device?: string): Promise<string>;
  volumeOf(device: string): number | undefined;
  settle<T>(work: Promise<T>): Promise<T>;
};

export type SceneOptions = {
  /** Whose account; undefined for nobody's. */
  as?: string | undefined;
  /** What the grant allows: everything, or what linking asks for by itself. */
  grant?: "all" | "first";
  settings?: SettingsPatch;
  dailyCalls?: number;
};

export type Stage = { begin(options?: SceneOptions): Promise<Scene>; catalogue: Catalogue };

const redirectUri = "http://127.0.0.1:8765/v1/spotify/auth/callback";

/** Requests that this process has sent and whose answer is not there yet. */
function countRequests(message: unknown): void {
  const { request } = message as { request: { once(event: "close", run: () => void): void } };
  request.once("close", begun());
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

const nap = () => new Promise<void>((resolve) => setTimeout(resolve, 1));

/** Looks in a row that find nothing moved, before that counts as rest: first busy ones, then naps in which the system gets on. */
const busyLooks = 30;
const naps = { quiet: 2, inFlight: 60 };

/** A flush to disk is under way: the store does some off the main thread, and what waits for it needs no time of ours. */
const flushing = () => process.getActiveResourcesInfo().some((kind) => kind.startsWith("FSReq"));

/**
 * Lets everything that needs no time come to rest: promises, the disk, and requests over loopback to the server in this very
 * process. An answer that the server holds back until a later time leaves its request in flight; no change for a while means
 * that.
 */
async function rest(until: () => boolean = () => false): Promise<void> {
  let seen = inFlight.changes;
  for (let looks = 0; !until() && looks < busyLooks + (inFlight.count === 0 ? naps.quiet : naps.inFlight); looks += 1) {
    await (looks < busyLooks ? turn() : nap());
    if (inFlight.changes === seen && inFlight.reads === 0 && !flushing()) continue;
    seen = inFlight.changes;
    looks = 0;
  }
}

/** One rehearsal server for a file; every scene begins with a new house before it and a new world in it. */
export function openStage(): Stage {
  let clock: Clock | undefined;
  let server: RehearsalSpotify | undefined;
  const current = (): Clock => {
    if (!clock) throw new Error("no scene has begun");
    return clock;
  };
  const catalogue = loadCatalogue();

  beforeAll(async () => {
    subscribe("http.client.request.created", countRequests);
    clock = { now: () => Date.UTC(2026, 10, 21, 12), sleep: () => new Promise(() => {}) };
    server = await createRehearsalSpotify({
      clock: { now: () => current().now(), sleep: (ms, signal) => current().sleep(ms, signal) },
      log: (entry) => {
        throw new Error(`the server failed inside: ${JSON.stringify(entry)}`);
      },
    });
  });
  afterAll(async () => {
    unsubscribe("http.client.request.created", countRequests);
    await server?.close();
  });

  return {
    catalogue,
    async begin(options = {}) {
      if (!server) throw new Error("the server is not up");
      const scene = await begin(server, catalogue, options, (next) => {
        clock = next;
      });
      const as = "as" in options ? options.as : MIA;
      if (as !== undefined) {
        await scene.anna.sends("account.link", options.grant === "first" ? {} : { needs: [...needs] });
        await scene.anna.agrees(as);
        scene.calls();
      }
      return scene;
    },
  };
}

async function begin(
  server: RehearsalSpotify,
  catalogue: Catalogue,
  options: SceneOptions,
  setClock: (clock: Clock) => void,
): Promise<Scene> {
  const { control } = server;
  const key = generateKeySync("aes", { length: 256 });
  const built: { http?: ReturnType<typeof createHttp>; stop?: () => Promise<unknown>; accounts?: Accounts } = {};

  const talk = await startConversation({
    language: language(),
    // A conversation of a minute is told here in no time at all.
    bot: { allowance: { count: 1_000, windowMs: 10_000 } },
    accounts: (house) => accountsFor(house).part.accounts,
    orchestrator: (house) => {
      const { provider, part } = accountsFor(house);
      const scheduler = createScheduler({ clock: house.clock, log: silentLog });
      const timers = createTimers({ store: house.store.timers, scheduler, clock: house.clock, log: silentLog });
      // After a restart the earlier run's timers are as dead as a killed process's.
      void built.stop?.();
      built.stop = () => scheduler.stop(0);
      const orchestrator = createOrchestrator({
        providers: [provider],
        accounts: part.accounts,
        cache: house.cache,
        queue: house.store.queue,
        aliases: house.store.aliases,
        settings: house.store.settings,
        deviceWords,
        events: house.events,
        clock: house.clock,
        log: silentLog,
        timers,
      });
      timers.start();
      return orchestrator;
    },
  });
  const { clock } = talk;
  control.reset();
  control.change({ ...options.settings });
  server.control.resetCounts();
  const http = built.http;
  if (!http) throw new Error("the house was built without a way out");

  type Accounts = {
    house: House;
    part: ReturnType<typeof createAccounts>;
    provider: ReturnType<typeof createSpotifyProvider>;
  };
  function accountsFor(house: House): Accounts {
    if (built.accounts && built.accounts.house.events === house.events) return built.accounts;
    setClock(house.clock);
    built.http ??= createHttp({
      clock: house.clock,
      log: silentLog,
      calls: house.store.calls,
      gates: house.store.gates,
      limits: () => ({ windowCalls: 1000, windowMs: 30_000, dailyCalls: options.dailyCalls ?? 10_000 }),
    });
    const provider = createSpotifyProvider(
      {
        clientId: server.app.clientId,
        ...(server.app.clientSecret === undefined ? {} : { clientSecret: server.app.clientSecret }),
        redirectUri,
        apiUrl: server.url,
        accountsUrl: server.accountsUrl,
      },
      { http: built.http, clock: house.clock },
    );
    const part = createAccounts({
      store: house.store,
      vault: createVault([{ id: "test", key }]),
      providers: new Map([[provider.id, provider]]),
      clock: house.clock,
      events: house.events,
      log: silentLog,
    });
    built.accounts = { house, part, provider };
    return built.accounts;
  }

  async function settle<T>(work: Promise<T>): Promise<T> {
    let settled = false;
    const mark = () => {
      settled = true;
    };
    work.then(mark, mark);
    const from = clock.now();
    while (!settled) {
      await rest(() => settled);
      if (settled) break;
      const next = clock.nextAt();
      if (next === undefined) await new Promise<void>((resolve) => setTimeout(resolve, 1));
      else await clock.advance(Math.max(0, next - clock.now()));
      if (clock.now() - from > 10 * 60_000) throw new Error("no answer within ten minutes");
    }
    return work;
  }

  async function passes(ms: number): Promise<void> {
    const end = clock.now() + ms;
    await rest();
    for (let next = clock.nextAt(); next !== undefined && next <= end; next = clock.nextAt()) {
      await clock.advance(Math.max(0, next - clock.now()));
      await rest();
    }
    await clock.advance(Math.max(0, end - clock.now()));
    await rest();
  }

  let counted = 0;
  const isWebApi = (route: string) => route.includes(" /v1/");
  function calls(): Calls {
    const { routes } = control.counts();
    control.resetCounts();
    const list = Object.entries(routes).filter(([route]) => isWebApi(route));
    for (const [, { calls: count }] of list) counted += count;
    return Object.fromEntries(list.map(([route, { calls: count }]) => [route.replace("/v1", ""), count]));
  }

  onTestFinished(async () => {
    calls();
    const { last24h } = await http.usage("spotify");
    await built.stop?.();
    await http.close();
    await talk.bot().stop(0);
    control.faults.clear();
    expect(last24h, "calls in our ledger against the service's own count").toBe(counted);
  });

  function person(name: string, defaults: UserOptions = {}): Speaker {
    const user = talk.user(name, defaults);
    const answered = async (work: Promise<Reply | undefined>): Promise<Reply> => {
      const reply = await settle(work);
      if (!reply) throw new Error(`${name} got no answer`);
      // What an answer sets off (edits of cards) needs a moment more, but no request and no time.
      for (let moment = 0; moment < 10; moment += 1) await turn();
      return reply;
    };
    const speaker: Speaker = {
      says: (text, at) => answered(user.says(text, at)),
      sends: (intent, slots, at) => answered(user.sends(intent, slots, at)),
      async presses(label) {
        const fits = (text: string | undefined) =>
          text !== undefined && (typeof label === "string" ? text === label : label.test(text));
        const all = talk.adapter.shown
          .filter((message) => !message.to || message.to.id === name)
          .flatMap(({ reply }) => pressables(reply));
        const found = all.findLast((each) => fits(each.label) || fits(each.description));
        if (!found) throw new Error(`nothing to press is called ${label}; there is ${all.map((each) => each.label)}`);
        return answered(user.sends(found.command.intent, found.command.slots));
      },
      async agrees(as = MIA, yes = true) {
        const links = talk.adapter.shown
          .filter((message) => message.place.id === `direct-${name}` || message.to?.id === name)
          .flatMap(({ reply }) => reply.blocks.flatMap((block) => (block.type === "link" ? [block.url] : [])));
        const url = links.findLast((each) => each.includes("/authorize"));
        if (!url) throw new Error("there is no link to open");
        return answered(user.says(control.consent(url, as, yes)));
      },
    };
    return speaker;
  }

  const owner = () => ("as" in options ? (options.as ?? MIA) : MIA);
  return {
    clock,
    talk,
    control,
    http,
    anna: person("anna"),
    person,
    calls,
    player: () => control.player.look(owner()),
    passes,
    settle,
    async plays(title, artist, device = "Office") {
      const track = trackOf(catalogue, title, artist);
      const album = catalogue.albums.get(track.albumId);
      control.player.play(owner(), {
        device,
        contextUri: `spotify:album:${track.albumId}`,
        startAt: Math.max(0, album?.trackIds.indexOf(track.id) ?? 0),
      });
      await passes(20_000);
      calls();
      return `spotify:track:${track.id}`;
    },
    volumeOf: (device) => control.devices.list(owner()).find((each) => each.name === device)?.volumePercent,
  };
}

export function trackOf(catalogue: Catalogue, title: string, artist?: string) {
  const fits = [...catalogue.tracks.values()].filter(
    (each) =>
      each.name === title &&
      (artist === undefined || each.artistIds.some((id) => catalogue.artists.get(id)?.name === artist)),
  );
  const [track] = fits.sort((a, b) => b.popularity - a.popularity);
  if (!track) throw new Error(`the catalogue has no ${title}`);
  return track;
}

/** The title of what a uri names. */
export function titleOf(catalogue: Catalogue, uri: string | null): string | undefined {
  const id = uri?.split(":")[2] ?? "";
  return catalogue.tracks.get(id)?.name ?? catalogue.episodes.get(id)?.name;
}

let spoken: ReturnType<typeof createLanguage> | undefined;
/** As the program puts it together: with the provider's links and name. */
export function language() {
  spoken ??= createLanguage({
    links: {
      find(text) {
        const found = recognise(text) ?? unreadable(text);
        return found ? { url: text.slice(found.start, found.end), start: found.start, end: found.end } : undefined;
      },
    },
    names: ["segue"],
    services: ["spotify"],
  });
  return spoken;
}

type Pressable = Pick<Button, "label" | "command" | "description">;

export function pressables(reply: Reply): Pressable[] {
  return reply.blocks.flatMap((block): Pressable[] => {
    if (block.type === "buttons") return block.buttons;
    return block.type === "select" ? block.options : [];
  });
}

export function labels(reply: Reply): string[] {
  return pressables(reply).map(({ label, description }) => description ?? label);
}
