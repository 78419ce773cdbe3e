import { checkMessage, flatten, type MessageBody } from "./check-message.ts";
import { refusals } from "./refusal.ts";
import { bot, type Channel, flags, type Guild, type Message, rights, type World } from "./world.ts";

const nonceMs = 5 * 60_000;

/** Creating and editing messages, as channels and interactions both do it. */
export function createMessages(world: World) {
  const byNonce = new Map<string, Message>();
  function add(channel: Channel, body: MessageBody, files: string[], more: Partial<Message> = {}): Message {
    const message: Message = {
      id: world.newId(),
      channelId: channel.id,
      authorId: bot.id,
      content: "",
      components: body.components,
      flags: body.flags,
      files,
      attachments: uploaded(files),
      reactions: [],
      at: world.now(),
      states: [body.components],
      ...(body.nonce ? { nonce: body.nonce } : {}),
      ...(body.message_reference ? { replyTo: body.message_reference.message_id } : {}),
      ...more,
    };
    world.messages.push(message);
    note(body);
    if ((message.flags & flags.loading) === 0) world.onWords?.(message);
    return message;
  }

  function uploaded(files: string[]): Map<string, string> {
    world.uploads.push(...files);
    return new Map(files.map((name) => [name, world.newId()]));
  }

  function note(body: MessageBody): void {
    const allowed = body.allowed_mentions?.parse ?? ["users", "roles", "everyone"];
    for (const each of flatten(body.components)) {
      if (each.type !== 10 || allowed.length === 0) continue;
      const found = /(?<!\\)(@everyone|@here|<@[!&]?\d+>)/.exec(each.content);
      if (found) world.called.push(found[0]);
    }
  }

  /** None of its roles, nor itself, is shut out of the channel for good. */
  function mayPost(guild: Guild, channel: Channel): boolean {
    const roles = guild.roles.flatMap(({ id, managed }) => (managed ? [id] : []));
    const needed = rights.viewChannel | rights.sendMessages;
    let held = needed;
    for (const those of [[guild.id], roles, [bot.id]]) {
      const laid = channel.overwrites?.filter(({ id }) => those.includes(id)) ?? [];
      for (const { deny } of laid) held &= ~Number(deny);
      for (const { allow } of laid) held |= Number(allow) & needed;
    }
    return held === needed;
  }

  return {
    add,
    find(id: string | undefined): Message {
      const message = world.messages.findLast((each) => each.id === id);
      if (!message) throw refusals.unknown("Message");
      return message;
    },
    /** By the bot itself. */
    post(channelId: string, given: unknown, files: string[]): Message {
      const channel = world.channels.get(channelId);
      if (!channel) throw refusals.unknown("Channel");
      const guild = channel.guildId ? world.guilds.get(channel.guildId) : undefined;
      if (guild ? !guild.joined : !channel.people.includes(bot.id)) throw refusals.access();
      if (guild && !mayPost(guild, channel)) throw refusals.permissions();
      if (!guild && channel.people.some((id) => world.closed.has(id))) throw refusals.closed();
      const body = checkMessage(given, files);
      const nonce = `${channelId} ${body.nonce}`;
      const same = body.enforce_nonce ? byNonce.get(nonce) : undefined;
      if (same && world.now() - same.at < nonceMs) return same;
      const made = add(channel, body, files);
      byNonce.set(nonce, made);
      return made;
    },
    change(message: Message, given: unknown, files: string[]): void {
      const body = checkMessage(given, files, message.attachments);
      const kept = body.attachments.flatMap(({ id, filename }) =>
        typeof id === "string" ? [[filename, id] as const] : [],
      );
      message.attachments = new Map([...kept, ...uploaded(files)]);
      message.files = [...message.attachments.keys()];
      message.components = body.components;
      const thinking = (message.flags & flags.loading) !== 0;
      message.flags = (message.flags & ~flags.loading) | (body.flags & ~flags.ephemeral);
      message.states.push(body.components);
      note(body);
      if (thinking) world.onWords?.(message);
    },
    remove(message: Message): void {
      world.messages.splice(world.messages.indexOf(message), 1);
    },
  };
}
export type Messages = ReturnType<typeof createMessages>;
