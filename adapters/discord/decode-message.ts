import {
  ActivityType,
  type APIAttachment,
  type APIMessage,
  ChannelType,
  type GatewayGuildCreateDispatchData,
  type GatewayGuildDeleteDispatchData,
  type GatewayMessageCreateDispatchData,
  type GatewayPresenceUpdateDispatchData,
  MessageType,
} from "discord.js";
import { type FileRef, type Incoming, type Presence, placeIntents } from "../../src/contracts/incoming.ts";
import { platform, sentId, userRef } from "./names.ts";

const maxAbout = 2_000;
const maxFiles = 3;

/**
 * A message as events: its words, then each file. Empty when it was not meant for the bot: without the Message Content intent
 * content arrives in direct messages and where the bot is mentioned
 * (https://docs.discord.com/developers/events/gateway#message-content-intent).
 */
export function decodeMessage(message: GatewayMessageCreateDispatchData, botId: string, now: number): Incoming[] {
  const { author } = message;
  const said = message.type === MessageType.Default || message.type === MessageType.Reply;
  if (author.bot || message.webhook_id || !said) return [];
  const direct = message.guild_id === undefined;
  const repliedTo = message.referenced_message ?? undefined;
  const toUs = repliedTo?.author.id === botId;
  if (!direct && !toUs && !message.mentions.some((user) => user.id === botId)) return [];
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
  if (!activity?.details) return { user, at: now };
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

/** The bot was added to a server; where it may speak is the channel for such news, or the first one for words. */
export function decodeJoined(guild: GatewayGuildCreateDispatchData, now: number): Incoming {
  const channel =
    guild.system_channel_id ?? guild.channels.find((each) => each.type === ChannelType.GuildText)?.id ?? guild.id;
  return aroundPlace(placeIntents.joined, guild.id, channel, guild.owner_id, `j:${guild.id}:${guild.joined_at}`, now);
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
