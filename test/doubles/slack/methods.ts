import { z } from "zod";
import { homeBlocks, maxBlockText, messageBlocks, modalView, pictures, readable, unfurlBlocks } from "./block-kit.ts";
import { type Blocks, type Channel, directChatOf, type KeptMessage, type Modal, type World } from "./world.ts";

/** A refusal in the platform's own word. */
export class Refused extends Error {
  readonly detail: string | undefined;
  constructor(error: string, detail?: string) {
    super(error);
    this.detail = detail;
  }
}

type Args = Record<string, unknown>;
type Method = {
  scopes: (world: World, args: Args) => string[];
  run(world: World, args: Args): Record<string, unknown>;
};

const none = () => [];
const needs = (scope: string) => () => [scope];

const said = z.object({
  channel: z.string(),
  text: z.string().optional(),
  blocks: z.unknown().optional(),
  thread_ts: z.string().optional(),
});

/** Each method the app may call, with the scope its page names (https://docs.slack.dev/reference/methods). */
export const methods: Record<string, Method> = {
  "auth.test": {
    scopes: none,
    run: (world) => ({
      url: "https://work.slack.com/",
      team: "Work",
      user: "segue",
      team_id: world.team,
      user_id: world.botUser,
      bot_id: world.botId,
    }),
  },
  "chat.postMessage": {
    scopes: needs("chat:write"),
    run(world, args) {
      const given = said.parse(args);
      const channel = spoken(world, given.channel);
      const message = keep(world, channel, given);
      return { channel: channel.id, ts: message.ts, message: { ts: message.ts, bot_id: world.botId } };
    },
  },
  "chat.postEphemeral": {
    scopes: needs("chat:write"),
    run(world, args) {
      const given = said.extend({ user: z.string() }).parse(args);
      const channel = spoken(world, given.channel);
      if (!channel.members.has(given.user)) throw new Refused("user_not_in_channel");
      const active = given.thread_ts === undefined || thread(world, channel.id, given.thread_ts).length > 1;
      const message = keep(world, channel, given, given.user);
      // In a thread that nobody answered yet it is accepted and never shown.
      if (!active) world.messages.splice(world.messages.indexOf(message), 1);
      return { message_ts: message.ts };
    },
  },
  "chat.update": {
    scopes: needs("chat:write"),
    run(world, args) {
      const given = said.extend({ ts: z.string() }).parse(args);
      const message = ownMessage(world, given.channel, given.ts, "cant_update_message");
      message.text = given.text ?? "";
      message.blocks = messageBlocksOf(world, given.blocks);
      world.onWords?.(message);
      return { channel: given.channel, ts: given.ts, text: message.text };
    },
  },
  "chat.delete": {
    scopes: needs("chat:write"),
    run(world, args) {
      const given = z.object({ channel: z.string(), ts: z.string() }).parse(args);
      const message = ownMessage(world, given.channel, given.ts, "cant_delete_message");
      world.messages.splice(world.messages.indexOf(message), 1);
      return { channel: given.channel, ts: given.ts };
    },
  },
  "chat.unfurl": {
    scopes: needs("links:write"),
    run(world, args) {
      const given = z
        .object({
          channel: z.string(),
          ts: z.string(),
          unfurls: z.record(z.string(), z.object({ blocks: z.unknown() })),
        })
        .parse(args);
      const message = world.messages.find((each) => each.channel === given.channel && each.ts === given.ts);
      if (!message) throw new Refused("cannot_find_message");
      for (const [url, { blocks }] of Object.entries(given.unfurls)) {
        if (!message.text.includes(url)) throw new Refused("cannot_unfurl_url");
        message.unfurled.set(url, messageBlocksOf(world, blocks, unfurlBlocks));
      }
      return {};
    },
  },
  "conversations.open": {
    scopes: needs("im:write"),
    run(world, args) {
      const { users } = z.object({ users: z.string() }).parse(args);
      if (!world.people.has(users)) throw new Refused("user_not_found");
      return { channel: { id: directChatOf(world, users).id } };
    },
  },
  "conversations.info": {
    scopes: (world, args) => [readScope(world, args, "read")],
    run(world, args) {
      const channel = visible(world, args);
      return { channel: { id: channel.id, name: channel.name, creator: channel.creator } };
    },
  },
  "conversations.replies": {
    scopes: (world, args) => [readScope(world, args, "history")],
    run(world, args) {
      const { ts } = z.object({ ts: z.string() }).parse(args);
      const channel = visible(world, args);
      if (!channel.members.has(world.botUser)) throw new Refused("not_in_channel");
      const found = thread(world, channel.id, ts);
      if (found.length === 0) throw new Refused("thread_not_found");
      return {
        messages: found.map((message) => ({
          type: "message",
          ts: message.ts,
          text: message.text,
          ...(message.author === undefined ? { user: world.botUser, bot_id: world.botId } : { user: message.author }),
          thread_ts: ts,
        })),
        has_more: false,
      };
    },
  },
  "users.info": {
    scopes: needs("users:read"),
    run(world, args) {
      const given = z.object({ user: z.string(), include_locale: z.string().optional() }).parse(args);
      const person = world.people.get(given.user);
      if (!person) throw new Refused("user_not_found");
      return {
        user: {
          id: person.id,
          name: person.name,
          is_admin: person.admin,
          is_owner: false,
          is_primary_owner: false,
          profile: { display_name: person.displayName, real_name: person.name },
          tz: person.zone,
          ...(given.include_locale === "true" ? { locale: person.locale } : {}),
        },
      };
    },
  },
  "usergroups.list": {
    scopes: needs("usergroups:read"),
    run: (world, args) => ({
      usergroups: world.usergroups.map(({ id, name, users }) => ({
        id,
        name,
        ...(args.include_users === "true" ? { users } : {}),
      })),
    }),
  },
  "files.getUploadURLExternal": {
    scopes: needs("files:write"),
    run(world, args) {
      const { filename, length } = z
        .object({ filename: z.string().min(1), length: z.coerce.number().int().min(1) })
        .parse(args);
      const id = `F${world.files.size + world.uploads.size + 100}`;
      world.uploads.set(id, { name: filename, length });
      return { upload_url: `${world.origin}/upload/${id}`, file_id: id };
    },
  },
  "files.completeUploadExternal": {
    scopes: needs("files:write"),
    run(world, args) {
      const { files, channel_id, initial_comment } = z
        .object({
          files: z.array(z.object({ id: z.string(), title: z.string().optional() })).min(1),
          channel_id: z.string(),
          initial_comment: z.string().optional(),
        })
        .parse(args);
      const channel = spoken(world, channel_id);
      for (const { id } of files) if (!world.uploads.get(id)?.bytes) throw new Refused("file_not_found");
      const message = keep(world, channel, { text: initial_comment ?? "" });
      message.uploaded = files.flatMap(({ id }) => world.uploads.get(id) ?? []);
      return { files: files.map(({ id }) => ({ id })) };
    },
  },
  "files.info": {
    scopes: needs("files:read"),
    run(world, args) {
      const { file: id } = z.object({ file: z.string() }).parse(args);
      const file = world.files.get(id);
      if (!file) throw new Refused("file_not_found");
      return {
        file: {
          id,
          name: file.name,
          mimetype: file.mimetype,
          size: file.lie ?? file.bytes.byteLength,
          url_private_download: `${world.origin}/files/${id}`,
        },
      };
    },
  },
  "views.publish": {
    scopes: none,
    run(world, args) {
      const given = z.object({ user_id: z.string(), view: z.unknown() }).parse(args);
      if (!world.people.has(given.user_id)) throw new Refused("user_not_found");
      const view = viewOf(world, given.view, z.strictObject({ type: z.literal("home"), blocks: homeBlocks }));
      world.homes.set(given.user_id, view.blocks);
      return { view: { id: `V${given.user_id}` } };
    },
  },
  "views.open": {
    scopes: none,
    run(world, args) {
      const modal = modalFrom(world, args);
      if ((world.modals.get(modal.user) ?? []).length > 0) world.violations.push("a window over a window is pushed");
      world.modals.set(modal.user, [modal]);
      return { view: { id: modal.id, hash: modal.hash } };
    },
  },
  "views.push": {
    scopes: none,
    run(world, args) {
      const modal = modalFrom(world, args);
      const open = world.modals.get(modal.user) ?? [];
      if (open.length === 0) throw new Refused("not_found");
      if (open.length === 3) throw new Refused("push_limit_reached");
      open.push(modal);
      return { view: { id: modal.id, hash: modal.hash } };
    },
  },
  "views.update": {
    scopes: none,
    run(world, args) {
      const given = z.object({ view_id: z.string(), view: z.unknown() }).parse(args);
      const modal = [...world.modals.values()].flat().find(({ id }) => id === given.view_id);
      if (!modal) throw new Refused("not_found");
      modal.view = viewOf(world, given.view, modalView);
      return { view: { id: modal.id, hash: modal.hash } };
    },
  },
};

function modalFrom(world: World, args: Args): Modal {
  const given = z.object({ trigger_id: z.string(), view: z.unknown() }).parse(args);
  const trigger = world.triggers.get(given.trigger_id);
  if (!trigger) throw new Refused("invalid_trigger_id");
  if (trigger.used) throw new Refused("exchanged_trigger_id");
  if (world.clock.now() - trigger.at > 3_000) throw new Refused("expired_trigger_id");
  const view = viewOf(world, given.view, modalView);
  trigger.used = true;
  const id = world.nextId("V");
  return { id, hash: `${id}.hash`, user: trigger.user, view };
}

function viewOf<T>(world: World, given: unknown, schema: z.ZodType<T>): T {
  const view = schema.safeParse(json(given));
  if (!view.success) throw new Refused("invalid_arguments", view.error.message);
  for (const url of pictures(view.data))
    if (world.brokenPictures.has(url)) throw new Refused("invalid_arguments", brokenPicture);
  return view.data;
}

/** Said of a message or view whose picture could not be fetched; nobody can know that before. */
export const brokenPicture = "downloading image failed";

export function messageBlocksOf(
  world: World,
  given: unknown,
  schema: typeof messageBlocks | typeof unfurlBlocks = messageBlocks,
): Blocks {
  const parsed = schema.safeParse(json(given) ?? []);
  if (!parsed.success) throw new Refused("invalid_blocks", z.prettifyError(parsed.error));
  if (readable(parsed.data).join("").length > maxBlockText) throw new Refused("msg_blocks_too_long");
  for (const url of pictures(parsed.data))
    if (world.brokenPictures.has(url)) throw new Refused("invalid_blocks", brokenPicture);
  return parsed.data;
}

/** Adds a message of the bot's. */
export function keep(
  world: World,
  channel: Channel,
  given: { text?: string | undefined; blocks?: unknown; thread_ts?: string | undefined },
  onlyFor?: string,
): KeptMessage {
  const text = given.text ?? "";
  const blocks = messageBlocksOf(world, given.blocks);
  if (text === "" && blocks.length === 0) throw new Refused("no_text");
  if (text.length > 40_000) throw new Refused("msg_too_long");
  if (blocks.length > 0 && text === "") world.violations.push("blocks without a fallback text");
  if (given.thread_ts !== undefined && thread(world, channel.id, given.thread_ts).length === 0)
    throw new Refused("thread_not_found");
  const message: KeptMessage = {
    channel: channel.id,
    ts: world.nextTs(),
    text,
    blocks,
    unfurled: new Map(),
    ...(given.thread_ts === undefined ? {} : { threadTs: given.thread_ts }),
    ...(onlyFor === undefined ? {} : { onlyFor }),
  };
  world.messages.push(message);
  world.onWords?.(message);
  return message;
}

function spoken(world: World, id: string): Channel {
  const channel = world.channels.get(id);
  if (!channel || (channel.kind !== "public" && !channel.members.has(world.botUser)))
    throw new Refused("channel_not_found");
  if (channel.archived) throw new Refused("is_archived");
  if (!channel.members.has(world.botUser)) throw new Refused("not_in_channel");
  return channel;
}

function visible(world: World, args: Args): Channel {
  const channel = world.channels.get(String(args.channel));
  if (!channel || (channel.kind !== "public" && !channel.members.has(world.botUser)))
    throw new Refused("channel_not_found");
  return channel;
}

function readScope(world: World, args: Args, right: "read" | "history"): string {
  const kind = world.channels.get(String(args.channel))?.kind ?? "public";
  return `${{ public: "channels", private: "groups", im: "im" }[kind]}:${right}`;
}

function ownMessage(world: World, channel: string, ts: string, foreign: string): KeptMessage {
  const message = world.messages.findLast((each) => each.channel === channel && each.ts === ts);
  if (!message || message.onlyFor !== undefined) throw new Refused("message_not_found");
  if (message.author !== undefined) throw new Refused(foreign);
  return message;
}

function thread(world: World, channel: string, ts: string): KeptMessage[] {
  return world.messages.filter(
    (each) => each.channel === channel && each.onlyFor === undefined && (each.ts === ts || each.threadTs === ts),
  );
}

export function json(value: unknown): unknown {
  return typeof value === "string" ? JSON.parse(value) : value;
}
