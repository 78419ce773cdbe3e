import {
  type APIApplicationCommandOptionChoice,
  type APIInteraction,
  InteractionResponseType,
  InteractionType,
  Routes,
} from "discord.js";
import type { Host } from "../../src/contracts/adapter.ts";
import type { Clock } from "../../src/contracts/clock.ts";
import type { Incoming } from "../../src/contracts/incoming.ts";
import type { Log } from "../../src/contracts/log.ts";
import { type Form, type Reply, say } from "../../src/contracts/reply.ts";
import type { Command } from "../../src/contracts/vocabulary.ts";
import { cut } from "../shared/cut.ts";
import { createInteractionAnswer, type InteractionAnswer } from "./answer.ts";
import type { Calls } from "./calls.ts";
import { type Asked, commandEvent, decodeInteraction, type Slip } from "./decode.ts";
import { encodeForm } from "./encode-form.ts";
import { oneLine } from "./escape.ts";
import type { Posts } from "./posts.ts";
import type { Outgoing } from "./prepare.ts";
import { type Words, wordsFor } from "./words.ts";

/** A form must be the first answer, so it has to be there well before Discord's three seconds are over. */
const formWithinMs = 1_800;
const completionWithinMs = 2_400;
/** https://docs.discord.com/developers/interactions/application-commands#autocomplete */
const max = { completions: 25, completion: 100, completing: 50 };

export interface Interactions {
  handle(host: Host, interaction: APIInteraction): Promise<void>;
}

/** Commands, presses, forms and completions: each acknowledged in time, each turned into what core knows. */
export function createInteractions(parts: {
  calls: Calls;
  posts: Posts;
  clock: Clock;
  log: Log;
  words: ReadonlyMap<string, Words>;
  prepareFor(locale?: string): (reply: Reply) => Promise<Outgoing>;
  signal: AbortSignal;
}): Interactions {
  const { calls, clock, log, signal } = parts;
  let completing = 0;

  async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
    const done = new AbortController();
    try {
      return await Promise.race([
        work,
        clock.sleep(ms, AbortSignal.any([signal, done.signal])).then(
          () => undefined,
          () => undefined,
        ),
      ]);
    } finally {
      done.abort();
    }
  }

  async function complete(host: Host, slip: Slip, asked: Extract<Asked, { kind: "completion" }>): Promise<void> {
    const { intent, slot, text, slots } = asked;
    const wanted = slot !== "" && completing < max.completing;
    completing += 1;
    try {
      const found = wanted
        ? await within(completionWithinMs, host.suggest(slip.asker, { intent, slot, text, slots }))
        : undefined;
      const choices = (found ?? [])
        // A value that is cut would name something else.
        .filter(({ value, label }) => value !== "" && value.length <= max.completion && oneLine(label) !== "")
        .slice(0, max.completions)
        .map(
          ({ label, value }): APIApplicationCommandOptionChoice => ({
            name: cut(oneLine(label), max.completion),
            value,
          }),
        );
      await calls.call("POST", Routes.interactionCallback(slip.id, slip.token), {
        body: { type: InteractionResponseType.ApplicationCommandAutocompleteResult, data: { choices } },
        byToken: true,
      });
    } catch (error) {
      // The person has typed on, or sees no suggestions this once.
      log.debug({ error }, "a completion was not shown");
    } finally {
      completing -= 1;
    }
  }

  async function deliver(host: Host, event: Incoming, answer: InteractionAnswer, words: Words): Promise<void> {
    try {
      await host.deliver(event, answer);
    } catch (error) {
      log.warn({ error }, "an interaction was not taken");
      return answer.refuse(words.not_taken);
    }
    await answer.close();
  }

  /** What is behind a button, with what was filled in laid over it. */
  async function run(
    host: Host,
    slip: Slip,
    answer: InteractionAnswer,
    command: Command | undefined,
    slots: Record<string, unknown>,
  ): Promise<void> {
    const words = wordsFor(parts.words, slip.asker.locale);
    if (!command) {
      await answer.reply(say(words.too_old));
      return;
    }
    const event = commandEvent(slip, { ...command, slots: { ...command.slots, ...slots } });
    await deliver(host, event, answer, words);
  }

  async function formOf(host: Host, slip: Slip, data: string): Promise<{ command?: Command; form?: Form }> {
    const command = await decoded(host, data);
    const form = command && (await host.form(slip.asker, command));
    return { ...(command ? { command } : {}), ...(form && form.fields.length > 0 ? { form } : {}) };
  }

  /** The command behind a press, or that there is nothing more to do: a form was opened, or core does not know just now. */
  async function pressed(
    host: Host,
    slip: Slip,
    answer: InteractionAnswer,
    asked: Extract<Asked, { kind: "press" | "form" }>,
  ): Promise<{ command: Command | undefined } | "settled"> {
    try {
      const asksFirst = asked.kind === "press" && asked.form;
      const found = asksFirst ? await within(formWithinMs, formOf(host, slip, asked.data)) : undefined;
      if (found?.form && clock.now() < slip.at + formWithinMs) {
        // Once it is on its way it may open however late its answer comes: the command must not run as well.
        await answer.ask(encodeForm(found.form, asked.data));
        return "settled";
      }
      answer.watch(signal);
      return { command: found?.command ?? (await decoded(host, asked.data)) };
    } catch (error) {
      log.warn({ error }, "a press was not taken");
      await answer.refuse(wordsFor(parts.words, slip.asker.locale).not_taken);
      return "settled";
    }
  }

  return {
    async handle(host, interaction) {
      const menus = wordsFor(parts.words, host.locales[0]);
      const specs =
        interaction.type === InteractionType.ApplicationCommand ||
        interaction.type === InteractionType.ApplicationCommandAutocomplete
          ? host.commands(host.locales[0] ?? "en")
          : [];
      const read = decodeInteraction(
        interaction,
        specs,
        { play: menus.play_message, queue: menus.queue_message },
        clock.now(),
      );
      if (!read) return log.debug({ type: interaction.type }, "an interaction of no known kind");
      const { slip, asked } = read;
      if (asked.kind === "completion") return complete(host, slip, asked);
      const { calls, posts, prepareFor } = parts;
      if ("message" in interaction && interaction.message) posts.seen(interaction.message);
      const answer = createInteractionAnswer(slip, { calls, posts, clock, prepare: prepareFor(slip.asker.locale) });
      if (asked.kind === "event") {
        answer.watch(signal);
        return deliver(host, asked.event, answer, wordsFor(parts.words, slip.asker.locale));
      }
      const wanted = await pressed(host, slip, answer, asked);
      if (wanted !== "settled") await run(host, slip, answer, wanted.command, asked.kind === "form" ? asked.slots : {});
    },
  };
}

async function decoded(host: Host, data: string): Promise<Command | undefined> {
  return data === "" ? undefined : host.decodeButton(data);
}
