import {
  ActivityType,
  type APIAttachment,
  type APIMessage,
  type APITextChannel,
  ChannelType,
  type GatewayGuildCreateDispatchData,
  type GatewayGuildDeleteDispatchData,
  type GatewayMessageCreateDispatchData,
  type GatewayPresenceUpdateDispatchData,
  MessageType,
  PermissionFlagsBits,
} from "discord.js";
import { type FileRef, type Incoming, type Presence, placeIntents } from "../../src/contracts/incoming.ts";
import { platform, sentId, userRef } from "./names.ts";

const maxAbout = 2_000;
const maxFiles = 3;

/**
 * A message as events: its words, then each file. Empty when it was not meant for the bot: without the Message Content intent
 * content arrives in direct messages and where the bot is mentioned
 * (https://docs.discord.com/developers/events/gateway#message-content-intent). A reply mentions whom it replies to, but not
 * where its writer switched that off, nor where it replies to the answer of a command
 * (https://github.com/discord/discord-api-docs/issues/5395): such a one comes without its words, and is talk among others.
 */
export function decodeMessage(message: GatewayMessageCreateDispatchData, botId: string, now: number): Incoming[] {
  const { author } = message;
  const said = message.type === MessageType.Default || message.type === MessageType.Reply;
  if (author.bot || message.webhook_id || !said) return [];
  const direct = message.guild_id === undefined;
  const repliedTo = message.referenced_message ?? undefined;
  const toUs = repliedTo?.author.id === botId;
  if (!direct && !message.mentions.some((user) => user.id === botId)) return [];
  const place = { platform, tenant: message.guild_id ?? "", id: message.channel_id };
  const about = [repliedTo, ...(message.message_snapshots ?? []).map(({ message: shared }) => shared)]
    .flatMap((each) => (each ? [aboutMessage(each)] : []))
    .join("\n")
    .slice(0, maxAbout);
  const envelope = {
    place,
    user: userRef(author.id),
    userName: message.member?.nick ?? author.global_name ?? author.username,
    addressed: true,
    direct,
    local: false,
    at: Date.parse(message.timestamp) || now,
    ...(toUs && repliedTo ? { target: { platform, place, id: sentId(repliedTo.id, false) } } : {}),
    ...(about ? { about } : {}),
  };
  const text = readText(message, botId);
  const key = `m:${message.id}`;
  const files = message.attachments.slice(0, maxFiles).map(
    (attachment): Incoming => ({
      ...envelope,
      key: `${key}:${attachment.id}`,
      type: isAudio(attachment) ? "audio" : "file",
      file: fileOf(attachment),
    }),
  );
  // A mention and nothing else is a greeting: core has an answer to that.
  return text || files.length === 0 ? [{ ...envelope, key, type: "text", text }, ...files] : files;
}

/** The words without the bot's own name; other people's names as they are shown. */
function readText(message: GatewayMessageCreateDispatchData, botId: string): string {
  return message.content
    .replace(new RegExp(`<@!?${botId}>`, "g"), " ")
    .replace(/<@!?(\d+)>/g, (all, id: string) => {
      const user = message.mentions.find((each) => each.id === id);
      return user ? `@${user.global_name ?? user.username}` : all;
    })
    .replace(/<a?(:\w+:)\d+>/g, "$1")
    .replace(/ {2,}/g, " ")
    .trim();
}

/** The words and addresses of a message, whoever wrote it: also those of its cards and components. */
export function aboutMessage(message: Pick<APIMessage, "content" | "embeds" | "components">): string {
  const cards = message.embeds.flatMap((embed) => [embed.author?.name, embed.title, embed.description, embed.url]);
  const lines = [message.content, ...cards, ...wordsIn(message.components ?? [])];
  return lines
    .flatMap((line) => (line?.trim() ? [line.trim()] : []))
    .join("\n")
    .slice(0, maxAbout);
}

/** Texts and links of components, however deep; foreign bots' messages may hold any kind there is. */
function wordsIn(components: readonly unknown[], depth = 0): string[] {
  if (depth > 4) return [];
  return components.flatMap((component) => {
    if (typeof component !== "object" || component === null) return [];
    const own = ["content", "label", "url"].flatMap((field) => {
      const value: unknown = Reflect.get(component, field);
      return typeof value === "string" ? [value] : [];
    });
    const inner: unknown = Reflect.get(component, "components");
    const accessory: unknown = Reflect.get(component, "accessory");
    return [...own, ...wordsIn([...(Array.isArray(inner) ? inner : []), accessory], depth + 1)];
  });
}

function isAudio(attachment: APIAttachment): boolean {
  return attachment.duration_secs !== undefined || (attachment.content_type ?? "").startsWith("audio/");
}

function fileOf(attachment: APIAttachment): FileRef {
  return {
    ref: attachment.url,
    name: attachment.filename,
    bytes: attachment.size,
    ...(attachment.content_type ? { mediaType: attachment.content_type } : {}),
    ...(attachment.duration_secs === undefined ? {} : { durationMs: Math.round(attachment.duration_secs * 1_000) }),
  };
}

/** What a person listens to, as their profile shows it. Needs the presence intent. */
export function decodePresence(presence: GatewayPresenceUpdateDispatchData, now: number): Presence {
  const activity = presence.activities?.find((each) => each.type === ActivityType.Listening && each.details);
  const user = userRef(presence.user.id);
  if (!activity?.details) return { user, at: now, ...(presence.status === "offline" ? { away: true } : {}) };
  const service = activity.name.toLowerCase();
  return {
    user,
    at: now,
    listening: {
      service,
      title: activity.details,
      artists: (activity.state ?? "").split(/;\s*/).filter((artist) => artist !== ""),
      ...(activity.assets?.large_text ? { album: activity.assets.large_text } : {}),
      ...(activity.sync_id ? { uri: `${service}:track:${activity.sync_id}` } : {}),
      ...(activity.timestamps?.start ? { startedAt: activity.timestamps.start } : {}),
      ...(activity.timestamps?.end ? { endsAt: activity.timestamps.end } : {}),
    },
  };
}

/**
 * The bot was added to a server; the place is where it may speak there: the channel for such news, else the first one for
 * words. A place with the server's own id is none to speak in.
 */
export function decodeJoined(guild: GatewayGuildCreateDispatchData, botId: string, now: number): Incoming {
  const forWords = guild.channels
    .flatMap((each) => (each.type === ChannelType.GuildText ? [each] : []))
    .sort(
      (a, b) =>
        Number(b.id === guild.system_channel_id) - Number(a.id === guild.system_channel_id) || a.position - b.position,
    );
  const channel = forWords.find((each) => maySpeak(guild, each, botId))?.id ?? guild.id;
  return aroundPlace(placeIntents.joined, guild.id, channel, guild.owner_id, `j:${guild.id}:${guild.joined_at}`, now);
}

const speaking = PermissionFlagsBits.ViewChannel | PermissionFlagsBits.SendMessages;

/** https://docs.discord.com/developers/topics/permissions#permission-overwrites */
function maySpeak(guild: GatewayGuildCreateDispatchData, channel: APITextChannel, botId: string): boolean {
  const own = new Set([
    ...(guild.members.find(({ user }) => user.id === botId)?.roles ?? []),
    ...guild.roles.flatMap(({ id, tags }) => (tags?.bot_id === botId ? [id] : [])),
  ]);
  const base = guild.roles
    .filter(({ id }) => id === guild.id || own.has(id))
    .reduce((sum, { permissions }) => sum | BigInt(permissions), 0n);
  if ((base & PermissionFlagsBits.Administrator) !== 0n) return true;
  const overwrites = channel.permission_overwrites ?? [];
  const laid = (rights: bigint, of: (id: string) => boolean): bigint => {
    const those = overwrites.filter(({ id }) => of(id));
    const denied = those.reduce((sum, { deny }) => sum | BigInt(deny), 0n);
    const allowed = those.reduce((sum, { allow }) => sum | BigInt(allow), 0n);
    return (rights & ~denied) | allowed;
  };
  const forAll = laid(base, (id) => id === guild.id);
  const forRoles = laid(forAll, (id) => own.has(id));
  return (laid(forRoles, (id) => id === botId) & speaking) === speaking;
}

export function decodeLeft(guild: GatewayGuildDeleteDispatchData, botId: string, now: number): Incoming {
  return aroundPlace(placeIntents.left, guild.id, guild.id, botId, `l:${guild.id}:${now}`, now);
}

function aroundPlace(intent: string, tenant: string, id: string, user: string, key: string, now: number): Incoming {
  return {
    type: "command",
    key,
    place: { platform, tenant, id },
    user: userRef(user),
    userName: "",
    addressed: false,
    direct: false,
    local: false,
    at: now,
    intent,
    slots: {},
  };
}
