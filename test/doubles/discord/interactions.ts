import { z } from "zod";
import { checkMessage, checkModal, type MessageBody } from "./check-message.ts";
import type { Messages } from "./messages.ts";
import { refusals } from "./refusal.ts";
import { flags, type Interaction, type Message, type World, wireMessage } from "./world.ts";

const answerMs = 3_000;
const tokenMs = 15 * 60_000;
const maxFollowUps = 5;
const callbackSchema = z.object({ type: z.int(), data: z.record(z.string(), z.unknown()).default({}) });
const choicesSchema = z
  .array(z.object({ name: z.string().min(1).max(100), value: z.string().min(1).max(100) }))
  .max(25);

/** https://docs.discord.com/developers/interactions/receiving-and-responding */
export function createInteractionDesk(world: World, messages: Messages) {
  /** A message of an interaction's may be sent where the bot is no member, and is seen by one where it says so. */
  function put(interaction: Interaction, body: MessageBody, files: string[], hidden: boolean, extra = 0): Message {
    const marks = (body.flags & ~flags.ephemeral) | (hidden ? flags.ephemeral : 0) | extra;
    return messages.add(interaction.channel, { ...body, flags: marks }, files, {
      ofInteraction: true,
      ...(hidden ? { onlyFor: interaction.userId } : {}),
    });
  }

  function open(id: string | undefined, token: string | undefined): Interaction {
    const interaction = world.interactions.get(id ?? "");
    if (!interaction || interaction.token !== token) throw refusals.unknown("Interaction");
    if (interaction.acknowledged !== undefined) throw refusals.acknowledged();
    if (world.now() - interaction.at > answerMs) throw refusals.unknown("Interaction");
    return interaction;
  }

  function byToken(token: string | undefined): Interaction {
    const interaction = world.byToken.get(token ?? "");
    if (!interaction || interaction.acknowledged === undefined) throw refusals.unknown("Webhook");
    if (world.now() - interaction.at > tokenMs) throw refusals.webhookToken();
    return interaction;
  }

  function callback(interaction: Interaction, given: unknown, files: string[]): Message | undefined {
    const parsed = callbackSchema.safeParse(given);
    if (!parsed.success) throw refusals.form(parsed.error);
    const { type, data } = parsed.data;
    const hidden = (Number(data.flags ?? 0) & flags.ephemeral) !== 0;
    const completing = interaction.type === 4;
    if (completing !== (type === 8)) throw refusals.form("This type of answer does not fit the interaction");
    if (type === 4) return answered(interaction, put(interaction, checkMessage(data, files), files, hidden));
    if (type === 5) {
      const empty = {
        flags: 0,
        components: [],
        attachments: [],
        allowed_mentions: { parse: [] },
      };
      return answered(interaction, put(interaction, empty, [], hidden, flags.loading));
    }
    if (type === 6 && interaction.onMessage) {
      interaction.originalId = interaction.onMessage;
      return undefined;
    }
    if (type === 8) {
      const choices = choicesSchema.safeParse(data.choices);
      if (!choices.success) throw refusals.form(choices.error);
      interaction.choices = choices.data;
      return undefined;
    }
    if (type === 9 && interaction.type !== 5) {
      interaction.modal = checkModal(data);
      return undefined;
    }
    throw refusals.form("This type of answer does not fit the interaction");
  }

  function answered(interaction: Interaction, message: Message): Message {
    interaction.originalId = message.id;
    return message;
  }

  return {
    answer(id: string | undefined, token: string | undefined, given: unknown, files: string[]) {
      const interaction = open(id, token);
      const message = callback(interaction, given, files);
      interaction.acknowledged = world.now();
      return {
        interaction: {
          id: interaction.id,
          type: interaction.type,
          ...(message ? { response_message_id: message.id } : {}),
        },
        ...(message ? { resource: { type: 4, message: wireMessage(world, message) } } : {}),
      };
    },
    followUp(token: string | undefined, given: unknown, files: string[]): Message {
      const interaction = byToken(token);
      if (!interaction.present && interaction.followUps >= maxFollowUps) throw refusals.followUps();
      interaction.followUps += 1;
      const body = checkMessage(given, files);
      const original = world.messages.findLast(({ id }) => id === interaction.originalId);
      // The first follow-up takes the place of what is being thought about, and with it who can see that.
      if (original && (original.flags & flags.loading) !== 0) {
        messages.change(original, given, files);
        return original;
      }
      return put(interaction, body, files, (body.flags & flags.ephemeral) !== 0);
    },
    message(token: string | undefined, id: string | undefined): Message {
      const interaction = byToken(token);
      const message = messages.find(id === "@original" ? interaction.originalId : id);
      if (message.channelId !== interaction.channel.id) throw refusals.unknown("Message");
      return message;
    },
  };
}
