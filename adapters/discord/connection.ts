import {
  Client,
  Events,
  GatewayDispatchEvents,
  type GatewayGuildCreateDispatchData,
  type GatewayGuildDeleteDispatchData,
  GatewayIntentBits,
  type GatewayInteractionCreateDispatchData,
  type GatewayMessageCreateDispatchData,
  type GatewayPresenceUpdateDispatchData,
  type GatewayReadyDispatchData,
  Options,
} from "discord.js";
import type { Clock } from "../../src/contracts/clock.ts";
import type { Log } from "../../src/contracts/log.ts";
import { politeFetch } from "./polite-fetch.ts";
import { createStrategy } from "./strategy.ts";

export type Identity = { botId: string; applicationId: string };

/** What the gateway sends, as it comes; the types are the vendor's own. */
export interface Dispatch {
  interaction(data: GatewayInteractionCreateDispatchData): void;
  message(data: GatewayMessageCreateDispatchData): void;
  guildCreate(data: GatewayGuildCreateDispatchData): void;
  guildDelete(data: GatewayGuildDeleteDispatchData): void;
  presence(data: GatewayPresenceUpdateDispatchData): void;
}

export interface Connection {
  /** Resolves when connected, or when that has been tried: what is down is tried on. */
  start(signal: AbortSignal): Promise<void>;
  healthy(): boolean;
  /** What became of the last connection, or of the last try to make one. */
  trouble(): string;
  stop(): Promise<void>;
}

const firstTryMs = 10_000;
const pauseMs = { first: 1_000, longest: 60_000 };
/** Wrong credentials heal by the operator's hand alone; a thousand identifications a day would reset the token. */
const refusedPauseMs = 5 * 60_000;
const stopMs = 2_000;
const disallowedIntents = 4014;

const none = 0;
/** Nothing is looked up in the library's own memory; guilds and their channels it cannot do without. */
const caches = Options.cacheWithLimits({
  ApplicationCommandManager: none,
  ApplicationEmojiManager: none,
  AutoModerationRuleManager: none,
  BaseGuildEmojiManager: none,
  DMMessageManager: none,
  EntitlementManager: none,
  GuildBanManager: none,
  GuildEmojiManager: none,
  GuildForumThreadManager: none,
  GuildInviteManager: none,
  GuildMemberManager: none,
  GuildMessageManager: none,
  GuildScheduledEventManager: none,
  GuildStickerManager: none,
  GuildTextThreadManager: none,
  MessageManager: none,
  PresenceManager: none,
  ReactionManager: none,
  ReactionUserManager: none,
  StageInstanceManager: none,
  ThreadManager: none,
  ThreadMemberManager: none,
  UserManager: none,
  VoiceStateManager: none,
});

/**
 * The gateway (https://docs.discord.com/developers/events/gateway) through discord.js, which identifies, beats, resumes and
 * shards as the gateway recommends. It reconnects every half second without end, so each of its attempts passes a gate here
 * that spaces them out, and lets none through once we stop.
 */
export function createConnection(options: {
  token: string;
  apiUrl?: string;
  presences: boolean;
  clock: Clock;
  log: Log;
  dispatch: Dispatch;
  onReady(identity: Identity, ready: GatewayReadyDispatchData): void;
}): Connection {
  const { token, clock, log, dispatch } = options;
  const stopping = new AbortController();
  const shards = new Map<number, { up: boolean; trying: boolean; failures: number }>();
  let trouble = "not connected yet";
  let presences = options.presences;
  let client: Client | undefined;
  let running: Promise<void> | undefined;

  const shard = (id: number) => {
    const known = shards.get(id) ?? { up: false, trying: false, failures: 0 };
    shards.set(id, known);
    return known;
  };

  /** Passes what belongs to an open connection at once; a new attempt waits for its time, and after a stop for ever. */
  async function gate(id: number): Promise<void> {
    const state = shard(id);
    if (state.trying) return;
    try {
      if (state.failures > 1) await clock.sleep(pause(state.failures - 1), stopping.signal);
      stopping.signal.throwIfAborted();
    } catch {
      await new Promise<never>(() => {});
    }
    state.trying = true;
    state.failures += 1;
  }

  function make(): Client {
    const { GuildPresences, Guilds, GuildMessages, DirectMessages } = GatewayIntentBits;
    const made = new Client({
      intents: [Guilds, GuildMessages, DirectMessages, ...(presences ? [GuildPresences] : [])],
      shards: "auto",
      makeCache: caches,
      allowedMentions: { parse: [] },
      rest: {
        version: "10",
        retries: 0,
        timeout: 10_000,
        makeRequest: politeFetch,
        ...(options.apiUrl ? { api: options.apiUrl } : {}),
      },
      ws: {
        buildStrategy: (manager) => createStrategy(manager, { gate, log }),
      },
    });
    const guard =
      <T>(handle: (data: T) => void) =>
      (data: T) => {
        if (stopping.signal.aborted) return;
        try {
          handle(data);
        } catch (error) {
          log.error({ error }, "an event of Discord's could not be read");
        }
      };
    const ready = guard((data: GatewayReadyDispatchData) => {
      const id = data.shard?.[0] ?? 0;
      Object.assign(shard(id), { up: true, failures: 0 });
      options.onReady({ botId: data.user.id, applicationId: data.application.id }, data);
    });
    made.ws.on(GatewayDispatchEvents.Ready, ready);
    made.ws.on(GatewayDispatchEvents.Resumed, (_data, id) => Object.assign(shard(id), { up: true, failures: 0 }));
    made.ws.on(GatewayDispatchEvents.InteractionCreate, guard(dispatch.interaction));
    made.ws.on(GatewayDispatchEvents.MessageCreate, guard(dispatch.message));
    made.ws.on(GatewayDispatchEvents.GuildCreate, guard(dispatch.guildCreate));
    made.ws.on(GatewayDispatchEvents.GuildDelete, guard(dispatch.guildDelete));
    if (presences) made.ws.on(GatewayDispatchEvents.PresenceUpdate, guard(dispatch.presence));
    made.on(Events.ShardReconnecting, (id) => {
      // Also of one that was being made when we stopped: otherwise the next would pass the gate as belonging to it.
      Object.assign(shard(id), { up: false, trying: false });
      if (stopping.signal.aborted) return;
      trouble = `the gateway dropped connection ${id}, which is made again`;
      log.info({ shard: id }, "the connection to Discord is being made again");
    });
    made.on(Events.ShardError, (error, id) => log.warn({ shard: id, reason: error.message }, "gateway error"));
    made.on(Events.Error, (error) => log.warn({ reason: error.message }, "client error"));
    return made;
  }

  /** One life of a client: resolves with the close code when the gateway will have it no more. */
  async function live(onTried: () => void): Promise<number | undefined> {
    shards.clear();
    const made = make();
    client = made;
    let code: number | undefined;
    const over = new Promise<void>((resolve) => {
      made.on(Events.ShardDisconnect, (event) => {
        code = event.code;
        resolve();
      });
      stopping.signal.addEventListener("abort", () => resolve(), { once: true });
    });
    try {
      await Promise.race([made.login(token), over]);
      onTried();
      await over;
    } catch (error) {
      // Only the kind of it: the message of a refused request may quote what was sent.
      const why = error instanceof Error ? error.name : "unknown";
      trouble = `cannot be reached, or refuses the token (${why})`;
      log.warn({ why, closeCode: code }, "Discord cannot be reached, or refuses the token");
      onTried();
    }
    if (stopping.signal.aborted) return code;
    // What the library will connect no more is up no more.
    shards.clear();
    await made.destroy().catch(() => undefined);
    return code;
  }

  async function run(onTried: () => void): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted; ) {
      const since = clock.now();
      const code = await live(onTried);
      if (stopping.signal.aborted) return;
      if (code === disallowedIntents && presences) {
        // Better without the listening of others than without the chat.
        presences = false;
        log.error({}, "the presence intent is not switched on in Discord's developer portal; going on without it");
        continue;
      }
      failures = clock.now() - since > pauseMs.longest ? 1 : failures + 1;
      if (code !== undefined) {
        trouble = `the gateway refuses this bot (close code ${code})`;
        log.error({ closeCode: code }, "the gateway refuses this bot");
      }
      await clock.sleep(code === undefined ? pause(failures) : refusedPauseMs, stopping.signal);
    }
  }

  return {
    async start(signal) {
      signal.addEventListener("abort", () => stopping.abort(), { once: true });
      const tried = new Promise<void>((resolve) => {
        // Its only end is the stop.
        running = run(resolve).catch(() => undefined);
      });
      const enough = new AbortController();
      await Promise.race([tried, clock.sleep(firstTryMs, enough.signal).catch(() => undefined)]);
      enough.abort();
    },
    healthy: () => !stopping.signal.aborted && shards.size > 0 && [...shards.values()].every(({ up }) => up),
    trouble: () => trouble,
    async stop() {
      stopping.abort();
      await running;
      // Torn down in the middle of a handshake the library would throw where nobody can catch it: that is let come to its
      // end, and what would follow it is stopped at the gate.
      const until = clock.now() + stopMs;
      while ([...shards.values()].some(({ trying, up }) => trying && !up) && clock.now() < until) await clock.sleep(20);
      const settled = [...shards.values()].every(({ trying, up }) => up || !trying);
      if (settled) await Promise.race([client?.destroy().catch(() => undefined), clock.sleep(stopMs)]);
    },
  };
}

function pause(failures: number): number {
  const most = Math.min(pauseMs.longest, pauseMs.first * 2 ** Math.min(10, failures - 1));
  return Math.round(most / 2 + (most / 2) * Math.random());
}
