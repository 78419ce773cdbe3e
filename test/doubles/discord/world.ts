import type { Clock } from "../../../src/contracts/clock.ts";
import type { RegisteredCommand } from "./check-commands.ts";
import type { Component, Modal } from "./check-message.ts";

export type User = { id: string; username: string; global_name: string | null; bot?: boolean };
export type Guild = {
  id: string;
  name: string;
  ownerId: string;
  roles: { id: string; name: string; permissions: string; position: number; managed: boolean }[];
  members: Map<string, { nick: string | null; roles: string[] }>;
  /** The bot is a member. Otherwise only those who installed the app for themselves can use it here. */
  joined: boolean;
};
export type Overwrite = { id: string; type: 0 | 1; allow: string; deny: string };
export type Channel = { id: string; type: 0 | 1 | 3; guildId?: string; people: string[]; overwrites?: Overwrite[] };
export type Message = {
  id: string;
  channelId: string;
  authorId: string;
  content: string;
  components: Component[];
  flags: number;
  /** The one person who sees it. */
  onlyFor?: string;
  replyTo?: string;
  /** Names of what lies on it. */
  files: string[];
  /** Ids of its attachments by name. */
  attachments: Map<string, string>;
  /** The answer of a command or a press. */
  ofInteraction?: boolean;
  reactions: string[];
  nonce?: string;
  at: number;
  /** Everything it ever showed. */
  states: Component[][];
};
export type Interaction = {
  id: string;
  type: 2 | 3 | 4 | 5;
  token: string;
  at: number;
  userId: string;
  channel: Channel;
  present: boolean;
  acknowledged?: number;
  /** What `@original` means: the answer, or the message that was pressed on. */
  originalId?: string;
  onMessage?: string;
  followUps: number;
  modal?: Modal;
  choices?: { name: string; value: string }[];
};

export const flags = { ephemeral: 1 << 6, loading: 1 << 7, voice: 1 << 13 };
/** https://docs.discord.com/developers/topics/permissions#permissions-bitwise-permission-flags */
export const rights = { viewChannel: 1 << 10, sendMessages: 1 << 11 };
export const bot: User = { id: "900000000000000001", username: "segue", global_name: null, bot: true };
export const applicationId = "900000000000000002";
const epoch = 1_420_070_400_000n;

/** What there is on this Discord: people, servers, channels, messages. */
export interface World {
  users: Map<string, User>;
  guilds: Map<string, Guild>;
  channels: Map<string, Channel>;
  messages: Message[];
  interactions: Map<string, Interaction>;
  byToken: Map<string, Interaction>;
  commands: RegisteredCommand[];
  registrations: number;
  /** People whose direct messages are closed to the bot. */
  closed: Set<string>;
  /** Mentions that would have called somebody. */
  called: string[];
  /** Names of the files that were ever uploaded, one for each time. */
  uploads: string[];
  /** Hears of each message of the bot's once it says something. */
  onWords?: (message: Message) => void;
  newId(): string;
  now(): number;
  directChannel(userId: string): Channel;
}

export function createWorld(clock: Clock): World {
  let count = 0n;
  const world: World = {
    users: new Map([[bot.id, bot]]),
    guilds: new Map(),
    channels: new Map(),
    messages: [],
    interactions: new Map(),
    byToken: new Map(),
    commands: [],
    registrations: 0,
    closed: new Set(),
    called: [],
    uploads: [],
    now: () => clock.now(),
    newId: () => String(((BigInt(clock.now()) - epoch) << 22n) + count++),
    directChannel(userId) {
      const known = [...world.channels.values()].find(
        ({ type, people }) => type === 1 && people.includes(userId) && people.includes(bot.id),
      );
      if (known) return known;
      const channel: Channel = { id: world.newId(), type: 1, people: [userId, bot.id] };
      world.channels.set(channel.id, channel);
      return channel;
    },
  };
  return world;
}

/** A message as the interface shows it. */
export function wireMessage(world: World, message: Message): Record<string, unknown> {
  const author = world.users.get(message.authorId);
  const replied = message.replyTo ? world.messages.find(({ id }) => id === message.replyTo) : undefined;
  return {
    id: message.id,
    type: replied ? 19 : 0,
    channel_id: message.channelId,
    author: { ...author, discriminator: "0", avatar: null },
    content: message.content,
    timestamp: new Date(message.at).toISOString(),
    edited_timestamp: null,
    tts: false,
    mention_everyone: false,
    mentions: [],
    mention_roles: [],
    attachments: [],
    embeds: [],
    pinned: false,
    flags: message.flags,
    // With components of this kind, `attachments` stays empty: https://github.com/discord/discord-api-docs/issues/8277
    components: shownComponents(message),
    ...(replied ? { referenced_message: wireMessage(world, { ...replied, replyTo: undefined }) } : {}),
  };
}

/** What was referenced by its name comes back as an address, with the attachment's id. */
function shownComponents(message: Message): unknown {
  return JSON.parse(JSON.stringify(message.components), (_key, value: unknown) => {
    const url = typeof value === "object" && value !== null && "url" in value ? String(value.url) : "";
    const id = message.attachments.get(url.replace(/^attachment:\/\//, ""));
    if (!url.startsWith("attachment://") || id === undefined) return value;
    const path = `${message.channelId}/${id}/${url.slice("attachment://".length)}`;
    return { url: `https://cdn.discordapp.com/attachments/${path}?ex=1&is=2&hm=3`, attachment_id: id };
  });
}
