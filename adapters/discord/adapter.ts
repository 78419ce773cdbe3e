import { LRUCache } from "lru-cache";
import type { Adapter, Host } from "../../src/contracts/adapter.ts";
import type { Clock } from "../../src/contracts/clock.ts";
import type { Incoming } from "../../src/contracts/incoming.ts";
import type { Log } from "../../src/contracts/log.ts";
import type { Reply } from "../../src/contracts/reply.ts";
import { createMessageAnswer } from "./answer-message.ts";
import { createCalls } from "./calls.ts";
import { createConnection, type Identity } from "./connection.ts";
import { decodeJoined, decodeLeft, decodeMessage, decodePresence } from "./decode-message.ts";
import { buttonBytes } from "./encode.ts";
import { fetchAttachment } from "./files.ts";
import { createInteractions } from "./interactions.ts";
import { platform } from "./names.ts";
import { createPosts } from "./posts.ts";
import { prepare } from "./prepare.ts";
import { type Kept, registerCommands } from "./registration.ts";
import { createStandings } from "./standing.ts";
import { loadWords, wordsFor } from "./words.ts";

export type DiscordChatOptions = {
  /** The bot's token. */
  token: string;
  /** Another address of the HTTP interface, "…/api"; the gateway's comes from there. */
  apiUrl?: string;
  /** All commands under one, `/segue`. */
  grouped?: boolean;
  /** Hear what members of servers listen to; the presence intent must be switched on in the developer portal. */
  presences?: boolean;
  clock: Clock;
  log: Log;
  /** Folder of the languages: one of its subfolders per language. */
  locales: string;
  /** Remembers which commands are registered. */
  kept: Kept;
};

/** Core answers or turns away whatever comes; this alone bounds what may be on its way there. */
const maxEvents = 10_000;
/**
 * The same nonce is known again "in the past few minutes" (https://docs.discord.com/developers/resources/message#create-message):
 * enough to try once more after a connection that broke, too short to promise anything after a crash.
 */
const keyHoldsMs = 60_000;
const drainMs = 2_000;

/** Discord: slash commands, buttons, forms, message menus, mentions and direct messages, over the gateway. */
export function createDiscordChat(options: DiscordChatOptions): Adapter {
  const { clock, log } = options;
  const words = loadWords(options.locales);
  const calls = createCalls(options);
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  const guilds = new Set<string>();
  const listening = new LRUCache<string, string>({ max: 5_000 });
  const standings = createStandings(calls, clock);
  let host: Host | undefined;
  let identity: Identity | undefined;
  let registering: Promise<void> | undefined;

  const prepareFor = (locale?: string) => (reply: Reply) => {
    if (!host) throw new Error("Discord has not been started");
    return prepare(reply, host, wordsFor(words, locale ?? host.locales[0]), clock.now());
  };
  const posts = createPosts({ calls, clock, prepare: prepareFor() });
  const interactions = createInteractions({ calls, posts, clock, log, words, prepareFor, signal: stopping.signal });

  /** Nothing of ours reaches the library's emitter, and no flood more than there is room for. */
  function task(work: () => Promise<void>): void {
    if (running.size >= maxEvents) {
      log.warn({ running: running.size }, "too much at once: an event of Discord's is dropped");
      return;
    }
    const done: Promise<void> = work()
      .catch((error: unknown) => log.warn({ error }, "an event of Discord's came to no good end"))
      .finally(() => running.delete(done));
    running.add(done);
  }

  async function deliverWords(event: Incoming, messageId: string): Promise<void> {
    const openDirect = wordsFor(words, event.locale ?? host?.locales[0]).open_direct;
    await host?.deliver(event, createMessageAnswer(event, messageId, { calls, posts, openDirect }));
  }

  /** What happens to a server has nobody who waits for an answer; words about it go where the bot may speak, else to the owner. */
  async function deliverPlace(event: Incoming): Promise<void> {
    let replies = 0;
    const { place, user, key } = event;
    await host?.deliver(event, {
      async defer() {},
      reply(reply) {
        const own = replies++ === 0 ? key : `${key}#${replies}`;
        return place.id === place.tenant ? posts.sendPrivate(user, reply, own) : posts.send(place, reply, own);
      },
    });
  }

  const connection = createConnection({
    token: options.token,
    ...(options.apiUrl ? { apiUrl: options.apiUrl } : {}),
    presences: options.presences ?? false,
    clock,
    log,
    onReady(ready, { guilds: known }) {
      identity = ready;
      for (const { id } of known) guilds.add(id);
      if (!host || registering) return;
      const source = { locales: host.locales, commands: (locale: string) => host?.commands(locale) ?? [], words };
      const parts = { calls, kept: options.kept, clock, log, signal: stopping.signal };
      registering = registerCommands(ready.applicationId, source, options.grouped ?? false, parts).catch(
        () => undefined,
      );
    },
    dispatch: {
      interaction(interaction) {
        const { member, guild_id: guildId } = interaction;
        if (member && guildId) standings.learn(guildId, member.user.id, member);
        task(async () => {
          if (host) await interactions.handle(host, interaction);
        });
      },
      message(message) {
        if (!identity) return;
        const decoded = decodeMessage(message, identity.botId, clock.now());
        for (const event of decoded) task(() => deliverWords(event, message.id));
        // What is said among others comes without its words, and buries what stands above it all the same.
        if (decoded.length === 0 && message.guild_id !== undefined && message.author.id !== identity.botId)
          host?.chatter?.({ platform, tenant: message.guild_id, id: message.channel_id });
      },
      guildCreate(guild) {
        // After each connection every server there is comes once: news are only those that were not named then.
        if (guilds.has(guild.id) || guild.unavailable || !identity) return;
        const { botId } = identity;
        guilds.add(guild.id);
        task(() => deliverPlace(decodeJoined(guild, botId, clock.now())));
      },
      guildDelete(guild) {
        // A server that is down for a while has not thrown the bot out.
        if (guild.unavailable || !identity) return;
        const { botId } = identity;
        guilds.delete(guild.id);
        task(() => deliverPlace(decodeLeft(guild, botId, clock.now())));
      },
      presence(update) {
        const presence = decodePresence(update, clock.now());
        // The same news comes once for every server that is shared with the person.
        const news = JSON.stringify(presence.listening ?? (presence.away ? "away" : null));
        if ((listening.get(presence.user.id) ?? "null") === news) return;
        listening.set(presence.user.id, news);
        host?.presence(presence);
      },
    },
  });

  return {
    platform,
    limits: {
      text: 4_000,
      buttonsPerRow: 5,
      buttons: 25,
      options: 25,
      buttonBytes,
      // Half of what a channel takes, so that answers find room beside views that keep themselves up to date.
      editsPerMinute: 30,
      firstAnswerWithinMs: 3_000,
      // 10 MiB where nobody pays for more (https://docs.discord.com/developers/reference#uploading-files), less what is around it.
      fileBytes: 9 * 1024 * 1024,
    },
    // A nonce holds for minutes only and answers to interactions have none: nobody can be sure after a crash.
    resend: "never",
    keyHoldsMs,
    async start(starting, signal) {
      host = starting;
      await connection.start(AbortSignal.any([signal, stopping.signal]));
    },
    send: (to, reply, key) => posts.send(to, reply, key),
    sendPrivate: (_to, user, reply, key) => posts.sendPrivate(user, reply, key),
    sendFile: (_to, user, file, key) => posts.sendFile(user, file, key),
    edit: posts.edit,
    standing: standings.standing,
    groups: standings.groups,
    fetchFile: (file, signal) => fetchAttachment(file, AbortSignal.any([signal, stopping.signal]), options.apiUrl),
    healthy: connection.healthy,
    trouble: connection.trouble,
    async stop() {
      const drained = new AbortController();
      // What is being answered may end; whoever waits longer finds the answer after the next start.
      await Promise.race([Promise.allSettled(running), clock.sleep(drainMs, drained.signal).catch(() => undefined)]);
      drained.abort();
      stopping.abort();
      await connection.stop();
      calls.stop();
      await registering;
      log.debug({}, "Discord stopped");
    },
  };
}
