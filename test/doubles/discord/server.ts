import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../../../src/contracts/clock.ts";
import { createGateway } from "./gateway.ts";
import { createPerson, type Person } from "./person.ts";
import { createRest } from "./rest.ts";
import { bot, type Channel, createWorld, type Guild, rights } from "./world.ts";

export const token = "TEST.token.of-the-double";
/** As nginx keeps connections by default: one that is closed while it is used loses a request. */
const idleMs = 75_000;
const everyone = String(rights.viewChannel | rights.sendMessages);

/** Discord on loopback, for tests and benches: HTTP interface and gateway, with the vendor's limits, deadlines and refusals. */
export async function createDiscordDouble(
  clock: Clock,
  options: { shards?: number; posts?: { limit: number; perMs: number }; allowedIntents?: number; beatMs?: number } = {},
) {
  const world = createWorld(clock);
  let port = 0;
  const gatewayUrl = () => `ws://127.0.0.1:${port}/gateway`;
  const rest = createRest(world, {
    token,
    gatewayUrl,
    shards: options.shards ?? 1,
    posts: options.posts ?? { limit: 5, perMs: 1_000 },
  });
  const server = createServer({ keepAliveTimeout: idleMs }, rest.listen);
  const gateway = createGateway(world, server, {
    token,
    url: gatewayUrl,
    allowed: options.allowedIntents ?? 0,
    guild: wireGuild,
    ...(options.beatMs === undefined ? {} : { beatMs: options.beatMs }),
  });
  const listen = () =>
    new Promise<void>((resolve) => {
      server.listen(port, "127.0.0.1", () => {
        port = (server.address() as AddressInfo).port;
        resolve();
      });
    });
  await listen();

  function wireGuild(id: string): unknown {
    const guild = world.guilds.get(id);
    if (!guild) throw new Error(`no server ${id}`);
    const channels = [...world.channels.values()].filter(({ guildId }) => guildId === id);
    return {
      id,
      name: guild.name,
      owner_id: guild.ownerId,
      roles: guild.roles,
      channels: channels.map((channel, position) => ({
        id: channel.id,
        type: channel.type,
        name: "general",
        position,
        permission_overwrites: channel.overwrites ?? [],
      })),
      threads: [],
      members: [
        { user: bot, roles: guild.roles.flatMap((role) => (role.managed ? [role.id] : [])), deaf: false, mute: false },
      ],
      emojis: [],
      stickers: [],
      features: [],
      presences: [],
      voice_states: [],
      stage_instances: [],
      guild_scheduled_events: [],
      soundboard_sounds: [],
      joined_at: new Date(clock.now()).toISOString(),
      member_count: guild.members.size,
      system_channel_id: null,
      preferred_locale: "en-US",
      large: false,
      unavailable: false,
    };
  }

  return {
    apiUrl: `http://127.0.0.1:${port}/api`,
    world,
    gateway,
    calls: rest.calls,
    /** Every request that was refused for what it said or when it came. */
    violations: rest.violations,
    person(name: string, locale = "en-GB"): Person {
      const user = { id: world.newId(), username: name, global_name: `${name} of the test` };
      world.users.set(user.id, user);
      return createPerson(world, gateway, user, locale);
    },
    /** A server with one channel for words. The bot's own role is managed. */
    guild(
      name: string,
      people: readonly Person[],
      more: { joined?: boolean } = {},
    ): { guild: Guild; channel: Channel } {
      const id = world.newId();
      const guild: Guild = {
        id,
        name,
        ownerId: people[0]?.id ?? bot.id,
        roles: [
          { id, name: "@everyone", permissions: everyone, position: 0, managed: false },
          { id: world.newId(), name: "DJ", permissions: "0", position: 2, managed: false },
          { id: world.newId(), name: "Staff", permissions: String(1n << 5n), position: 3, managed: false },
          { id: world.newId(), name: "Segue", permissions: "0", position: 1, managed: true },
        ],
        members: new Map(people.map((person) => [person.id, { nick: null, roles: [] }])),
        joined: more.joined ?? true,
      };
      const channel: Channel = { id: world.newId(), type: 0, guildId: id, people: [] };
      world.guilds.set(id, guild);
      world.channels.set(channel.id, channel);
      return { guild, channel };
    },
    /** A conversation between people that the bot is no part of. */
    groupOf(people: readonly Person[]): Channel {
      const channel: Channel = { id: world.newId(), type: 3, people: people.map(({ id }) => id) };
      world.channels.set(channel.id, channel);
      return channel;
    },
    joins: (guild: Guild) => gateway.dispatch("GUILD_CREATE", wireGuild(guild.id)),
    fail(
      match: RegExp,
      status: number,
      more: { times?: number; body?: unknown; headers?: Record<string, string>; done?: boolean } = {},
    ): void {
      rest.faults.push({ match, status, times: 1, ...more });
    },
    /** The next such request is done, but its answer comes no earlier than that. */
    delay(match: RegExp, until: Promise<void>): void {
      rest.faults.push({ match, until, times: 1 });
    },
    /** Puts a file on the server that attachments lie on, and says where. */
    upload(name: string, bytes: Uint8Array, status = 200): string {
      const path = `/attachments/${world.newId()}/${name}`;
      rest.files.set(path, { bytes, status });
      return `http://127.0.0.1:${port}${path}`;
    },
    async down(): Promise<void> {
      gateway.cut();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
    up: listen,
    async stop(): Promise<void> {
      gateway.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
export type DiscordDouble = Awaited<ReturnType<typeof createDiscordDouble>>;
