import type { RegisteredCommand } from "./check-commands.ts";
import { flatten } from "./check-message.ts";
import type { createGateway } from "./gateway.ts";
import { shown } from "./shown.ts";
import {
  applicationId,
  bot,
  type Channel,
  flags,
  type Interaction,
  type Message,
  type User,
  type World,
  wireMessage,
} from "./world.ts";

type Gateway = ReturnType<typeof createGateway>;
export type Attachment = { filename: string; url: string; size: number; content_type?: string; duration_secs?: number };

/** A person with a Discord client: sees what is theirs to see, and can do only what is shown to them. */
export function createPerson(world: World, gateway: Gateway, user: User, locale: string) {
  const wireUser = { ...user, discriminator: "0", avatar: null };

  function sees(message: Message): boolean {
    const channel = world.channels.get(message.channelId);
    if (message.onlyFor) return message.onlyFor === user.id;
    if (!channel?.guildId) return channel?.people.includes(user.id) ?? false;
    return world.guilds.get(channel.guildId)?.members.has(user.id) ?? false;
  }

  function member(channel: Channel) {
    const guild = channel.guildId ? world.guilds.get(channel.guildId) : undefined;
    const found = guild?.members.get(user.id);
    if (!guild || !found) return undefined;
    const rights = guild.roles
      .filter((role) => role.id === guild.id || found.roles.includes(role.id))
      .reduce((sum, role) => sum | BigInt(role.permissions), guild.ownerId === user.id ? 8n : 0n);
    return {
      ...found,
      user: wireUser,
      permissions: String(rights),
      joined_at: new Date(0).toISOString(),
      deaf: false,
      mute: false,
      flags: 0,
    };
  }

  function act(channel: Channel, type: Interaction["type"], data: unknown, on?: Message): Interaction {
    const guild = channel.guildId ? world.guilds.get(channel.guildId) : undefined;
    const direct = channel.type === 1 && channel.people.includes(bot.id);
    const interaction: Interaction = {
      id: world.newId(),
      type,
      token: `token-${world.newId()}`,
      at: world.now(),
      userId: user.id,
      channel,
      present: direct || (guild?.joined ?? false),
      followUps: 0,
      ...(on ? { onMessage: on.id } : {}),
    };
    world.interactions.set(interaction.id, interaction);
    world.byToken.set(interaction.token, interaction);
    const inGuild = member(channel);
    gateway.dispatch("INTERACTION_CREATE", {
      id: interaction.id,
      application_id: applicationId,
      type,
      token: interaction.token,
      version: 1,
      data,
      channel: { id: channel.id, type: channel.type },
      channel_id: channel.id,
      ...(inGuild
        ? { guild_id: channel.guildId, guild: { id: channel.guildId, locale: "en-US", features: [] }, member: inGuild }
        : { user: wireUser }),
      ...(on ? { message: wireMessage(world, on) } : {}),
      app_permissions: "2048",
      locale,
      entitlements: [],
      authorizing_integration_owners: {
        ...(guild?.joined ? { 0: guild.id } : { 1: user.id }),
        ...(direct ? { 0: "0" } : {}),
      },
      context: guild ? 0 : direct ? 1 : 2,
      attachment_size_limit: 10_485_760,
    });
    return interaction;
  }

  function newest(matches: (message: Message) => boolean): Message {
    const found = world.messages.findLast((message) => sees(message) && matches(message));
    if (!found) throw new Error("there is no such control to be seen");
    return found;
  }

  function channelOf(message: Message): Channel {
    const channel = world.channels.get(message.channelId);
    if (!channel) throw new Error(`no channel ${message.channelId}`);
    return channel;
  }

  function registered(name: string, type: RegisteredCommand["type"]): RegisteredCommand {
    const command = world.commands.find((each) => each.name === name && each.type === type);
    if (!command) throw new Error(`there is no command ${name}`);
    return command;
  }

  /** "queue show" is a subcommand; options go into the innermost. */
  function calling(path: string, options: unknown[]) {
    const [name = "", ...inner] = path.split(" ");
    registered(name, 1);
    const nested = inner.reduceRight<unknown[]>(
      (below, each, at) => [{ name: each, type: at === inner.length - 1 ? 1 : 2, options: below }],
      options,
    );
    return { id: world.newId(), name, type: 1, options: inner.length > 0 ? nested : options };
  }

  const typed = (value: unknown) => (typeof value === "string" ? 3 : typeof value === "boolean" ? 5 : 10);
  const given = (options: Record<string, unknown>) =>
    Object.entries(options).map(([name, value]) => ({ name, type: typed(value), value }));

  return {
    id: user.id,
    direct: () => world.directChannel(user.id),
    says(
      channel: Channel,
      content: string,
      more: { replyTo?: string; attachments?: Attachment[]; marks?: number; again?: Message; pingOff?: boolean } = {},
    ): Message {
      const message: Message = more.again ?? {
        id: world.newId(),
        channelId: channel.id,
        authorId: user.id,
        content,
        components: [],
        flags: more.marks ?? 0,
        files: [],
        attachments: new Map(),
        reactions: [],
        at: world.now(),
        states: [],
        ...(more.replyTo ? { replyTo: more.replyTo } : {}),
      };
      if (!more.again) world.messages.push(message);
      const replied = more.replyTo === undefined ? undefined : world.messages.findLast(({ id }) => id === more.replyTo);
      // A reply calls whom it replies to, but not by the answer of a command.
      const byReply = replied?.authorId === bot.id && !replied.ofInteraction && !more.pingOff;
      const calls = content.includes(`<@${bot.id}>`) || byReply;
      const heard = channel.guildId === undefined || calls;
      const inGuild = member(channel);
      gateway.dispatch(
        "MESSAGE_CREATE",
        {
          ...wireMessage(world, message),
          author: wireUser,
          // Without the Message Content intent words come only where the bot is meant.
          content: heard ? content : "",
          mentions: calls ? [{ ...bot, discriminator: "0" }] : [],
          attachments: heard
            ? (more.attachments ?? []).map((each) => ({ id: world.newId(), proxy_url: each.url, ...each }))
            : [],
          ...(inGuild
            ? { guild_id: channel.guildId, member: { ...inGuild, user: undefined, permissions: undefined } }
            : {}),
        },
        gateway.intent[channel.guildId ? "GUILD_MESSAGE" : "DIRECT_MESSAGE"],
      );
      return message;
    },
    runs: (channel: Channel, path: string, options: Record<string, unknown> = {}) =>
      act(channel, 2, calling(path, given(options))),
    completes: (channel: Channel, path: string, focused: string, text: string, options: Record<string, unknown> = {}) =>
      act(channel, 4, calling(path, [...given(options), { name: focused, type: 3, value: text, focused: true }])),
    usesMenu(channel: Channel, name: string, message: Record<string, unknown> & { id: string }) {
      registered(name, 3);
      return act(channel, 2, {
        id: world.newId(),
        name,
        type: 3,
        target_id: message.id,
        resolved: { messages: { [message.id]: message } },
      });
    },
    presses(label: string): Interaction {
      const isIt = (each: ReturnType<typeof flatten>[number]) =>
        each.type === 2 && each.label === label && "custom_id" in each;
      const on = newest((message) => flatten(message.components).some(isIt));
      const button = flatten(on.components).find(isIt);
      const custom_id = button && "custom_id" in button ? button.custom_id : "";
      return act(channelOf(on), 3, { component_type: 2, custom_id }, on);
    },
    chooses(label: string): Interaction {
      const optionIn = (message: Message) =>
        flatten(message.components).flatMap((each) =>
          each.type === 3
            ? each.options.flatMap((option) =>
                option.label === label ? [{ custom_id: each.custom_id, values: [option.value] }] : [],
              )
            : [],
        );
      const on = newest((message) => optionIn(message).length > 0);
      return act(channelOf(on), 3, { component_type: 3, ...optionIn(on)[0] }, on);
    },
    /** Fills in the form that the interaction opened. */
    submits(opened: Interaction, values: Record<string, string>): Interaction {
      const { modal } = opened;
      if (!modal) throw new Error("no form was opened");
      const on = world.messages.find(({ id }) => id === opened.onMessage);
      const components = modal.components.map(({ component }) => {
        const value = values[component.custom_id] ?? "";
        const answer = component.type === 3 ? { type: 3, values: [value] } : { type: 4, value };
        return { type: 18, id: 1, component: { ...answer, id: 2, custom_id: component.custom_id } };
      });
      return act(opened.channel, 5, { custom_id: modal.custom_id, components }, on);
    },
    /** Puts a message that only they see away. */
    dismisses(message: Message): void {
      world.messages.splice(world.messages.indexOf(message), 1);
    },
    /** Every message there is to see for them, oldest first. */
    messages: () => world.messages.filter((message) => message.authorId === bot.id && sees(message)),
    seen: () =>
      world.messages
        .filter((message) => message.authorId === bot.id && sees(message))
        .map((message) => ((message.flags & flags.loading) !== 0 ? "(thinking)" : shown(message.components))),
  };
}
export type Person = ReturnType<typeof createPerson>;
