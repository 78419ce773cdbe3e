import {
  type APIApplicationCommandInteractionDataOption,
  type APIInteraction,
  type APIModalSubmission,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  ComponentType,
  InteractionContextType,
  InteractionType,
} from "discord.js";
import type { Asker, CommandSpec } from "../../src/contracts/adapter.ts";
import { type Incoming, type Place, placeIntents, type Sent } from "../../src/contracts/incoming.ts";
import type { Command } from "../../src/contracts/vocabulary.ts";
import { aboutMessage } from "./decode-message.ts";
import { groupedName } from "./encode-commands.ts";
import { platform, privateChannel, sentId, userRef } from "./names.ts";

/** What an interaction asks for. What a button carries is not read here: core alone knows what it stands for. */
export type Asked =
  | { kind: "event"; event: Incoming }
  | { kind: "completion"; intent: string; slot: string; text: string; slots: Record<string, unknown> }
  | { kind: "press"; data: string; form: boolean }
  | { kind: "form"; data: string; slots: Record<string, unknown> };

/** An interaction's own answer-slip: where, who, by which token, and the message it was pressed on. */
export type Slip = {
  id: string;
  token: string;
  applicationId: string;
  key: string;
  asker: Asker;
  placeName?: string;
  at: number;
  /** A component or a form that grew out of one: the acknowledgement may leave the message as it is. */
  onMessage: boolean;
  target?: Sent;
  /** The message pressed on can be changed by this interaction's token alone. */
  targetByToken: boolean;
  /** The bot is a member of the place, so that it can post and edit there by itself. */
  present: boolean;
};

const ephemeral = 1 << 6;

/** Undefined for what is no person's doing (a ping) or not known here. */
export function decodeInteraction(
  interaction: APIInteraction,
  specs: readonly CommandSpec[],
  menus: { play: string; queue: string },
  now: number,
): { slip: Slip; asked: Asked } | undefined {
  const slip = slipOf(interaction, now);
  const asked = slip && askedBy(interaction, slip, specs, menus);
  return asked && { slip, asked };
}

function slipOf(interaction: APIInteraction, now: number): Slip | undefined {
  if (interaction.type === InteractionType.Ping) return undefined;
  const { member } = interaction;
  const user = member?.user ?? interaction.user;
  const channel = interaction.channel?.id ?? interaction.channel_id;
  if (!user || !channel) return undefined;
  const direct = interaction.context === InteractionContextType.BotDM;
  const tenant = interaction.guild_id ?? (direct ? "" : privateChannel);
  const place: Place = { platform, tenant, id: channel };
  const installedFor = interaction.authorizing_integration_owners[ApplicationIntegrationType.GuildInstall];
  const present = direct || (interaction.guild_id !== undefined && installedFor === interaction.guild_id);
  const message = "message" in interaction ? interaction.message : undefined;
  const byToken = message !== undefined && (((message.flags ?? 0) & ephemeral) !== 0 || !present);
  return {
    id: interaction.id,
    token: interaction.token,
    applicationId: interaction.application_id,
    key: `i:${interaction.id}`,
    asker: {
      place,
      user: userRef(user.id),
      userName: member?.nick ?? user.global_name ?? user.username,
      direct,
      ...(interaction.locale ? { locale: interaction.locale } : {}),
    },
    ...(interaction.channel && "name" in interaction.channel && interaction.channel.name && !direct
      ? { placeName: `#${interaction.channel.name}` }
      : {}),
    at: now,
    onMessage: message !== undefined,
    ...(message ? { target: { platform, place, id: sentId(message.id, byToken) } } : {}),
    targetByToken: byToken,
    present,
  };
}

function askedBy(
  interaction: APIInteraction,
  slip: Slip,
  specs: readonly CommandSpec[],
  menus: { play: string; queue: string },
): Asked | undefined {
  if (interaction.type === InteractionType.ApplicationCommandAutocomplete) return completion(interaction.data, specs);
  if (interaction.type === InteractionType.MessageComponent) {
    const [, kind, carried] = /^([bfs])\d+(?:\.(.*))?$/s.exec(interaction.data.custom_id) ?? [];
    if (interaction.data.component_type === ComponentType.StringSelect) {
      const [, chosen] = /^\d+\.(.*)$/s.exec(interaction.data.values[0] ?? "") ?? [];
      return { kind: "press", data: chosen ?? "", form: false };
    }
    return { kind: "press", data: carried ?? "", form: kind === "f" };
  }
  if (interaction.type === InteractionType.ModalSubmit) {
    const [, data = ""] = /^m\.(.*)$/s.exec(interaction.data.custom_id) ?? [];
    return { kind: "form", data, slots: answersOf(interaction.data) };
  }
  if (interaction.type !== InteractionType.ApplicationCommand) return undefined;
  const { data } = interaction;
  if (data.type === ApplicationCommandType.Message) {
    const message = data.resolved.messages[data.target_id];
    const intent = data.name === menus.queue ? placeIntents.queueMessage : placeIntents.playMessage;
    const event = commandEvent(slip, { intent, slots: {} });
    return { kind: "event", event: { ...event, about: message ? aboutMessage(message) : "" } };
  }
  if (data.type !== ApplicationCommandType.ChatInput) return undefined;
  const called = calledBy(data.name, data.options ?? [], specs);
  // Registered once and gone since: nothing is behind it any more, as behind an old button.
  if (!called) return { kind: "press", data: "", form: false };
  return { kind: "event", event: commandEvent(slip, { intent: called.spec.intent, slots: called.slots }) };
}

/** A command of the person's, as core takes it in. */
export function commandEvent(slip: Slip, command: Command): Incoming {
  return {
    type: "command",
    key: slip.key,
    ...slip.asker,
    ...(slip.placeName === undefined ? {} : { placeName: slip.placeName }),
    addressed: true,
    local: false,
    at: slip.at,
    ...(slip.target ? { target: slip.target } : {}),
    intent: command.intent,
    slots: command.slots,
  };
}

/** Which command was called and with what; one under the grouped command lies one or two levels deeper. */
function calledBy(
  name: string,
  options: readonly APIApplicationCommandInteractionDataOption<InteractionType>[],
  specs: readonly CommandSpec[],
): { spec: CommandSpec; slots: Record<string, unknown>; focused?: { slot: string; text: string } } | undefined {
  const [inner] = options;
  const isFolder =
    inner?.type === ApplicationCommandOptionType.Subcommand ||
    inner?.type === ApplicationCommandOptionType.SubcommandGroup;
  if (inner && isFolder) return calledBy(inner.name, inner.options ?? [], specs);
  const spec = specs.find((each) => each.name === name);
  if (!spec || name === groupedName) return undefined;
  const slots: Record<string, unknown> = {};
  let focused: { slot: string; text: string } | undefined;
  for (const option of options) {
    const slot = spec.options.find((each) => each.name === option.name)?.slot;
    if (slot === undefined || !("value" in option)) continue;
    if ("focused" in option && option.focused) focused = { slot, text: String(option.value) };
    else slots[slot] = option.value;
  }
  return { spec, slots, ...(focused ? { focused } : {}) };
}

function completion(
  data: { name: string; options?: APIApplicationCommandInteractionDataOption<InteractionType>[] },
  specs: readonly CommandSpec[],
): Asked {
  const called = calledBy(data.name, data.options ?? [], specs);
  const { slot = "", text = "" } = called?.focused ?? {};
  return { kind: "completion", intent: called?.spec.intent ?? "", slot, text, slots: called?.slots ?? {} };
}

/** What was filled in, by the slot each field is called after; a field left empty has no answer. */
function answersOf(data: APIModalSubmission): Record<string, unknown> {
  const answers: Record<string, unknown> = {};
  for (const row of data.components) {
    const inputs =
      row.type === ComponentType.Label ? [row.component] : row.type === ComponentType.ActionRow ? row.components : [];
    for (const input of inputs) {
      const value = "values" in input ? input.values[0] : input.value;
      if (value !== undefined && value !== null && value !== "") answers[input.custom_id] = value;
    }
  }
  return answers;
}
