import type { Place } from "../contracts/incoming.ts";
import type { ParseContext } from "../contracts/language.ts";
import type { Reply } from "../contracts/reply.ts";
import type { Cache } from "../contracts/store.ts";
import type { Command } from "../contracts/vocabulary.ts";
import { echo } from "./clean-text.ts";

const lifetimeMs = 15 * 60 * 1000;
const maxLast = 5;
const maxChoices = 25;
const maxPrevious = 500;
const maxHeard = 200;

/** What one person and the bot last said to each other in one place. It may vanish at any moment; nothing hangs on it. */
export type Recollection = {
  /** Commands done, newest last. */
  last: Command[];
  /** What the options of the last picker would do, in order. */
  choices: Command[];
  /** What "yes" and "no" would do. */
  confirm?: Command;
  deny?: Command;
  previous?: string;
  /** What was asked last, whatever came of it. */
  asked?: Asked;
};

/** Something that was asked: in which words, where it came as words, and what they were taken to mean. */
export type Asked = { heard?: string; commands: Command[] };

export interface Memory {
  recall(personId: string, place: Place): Promise<Recollection>;
  remember(personId: string, place: Place, asked: Asked, done: readonly Command[], reply: Reply): Promise<void>;
}

export function createMemory(cache: Cache): Memory {
  const keyOf = (personId: string, place: Place) =>
    `talk:${JSON.stringify([personId, place.platform, place.tenant, place.id, place.thread ?? ""])}`;
  const recall = async (personId: string, place: Place) =>
    (await cache.get<Recollection>(keyOf(personId, place))) ?? { last: [], choices: [] };

  return {
    recall,
    async remember(personId, place, asked, done, reply) {
      const before = await recall(personId, place);
      const question = questionOf(reply);
      await cache.set(
        keyOf(personId, place),
        {
          last: [...before.last, ...done].slice(-maxLast),
          choices: question.choices.length > 0 ? question.choices : stillOpen(before.choices, done),
          ...(question.confirm ? { confirm: question.confirm } : {}),
          ...(question.deny ? { deny: question.deny } : {}),
          previous: reply.text.slice(0, maxPrevious),
          asked: {
            commands: asked.commands.slice(0, maxLast),
            ...(asked.heard === undefined ? {} : { heard: echo(asked.heard, maxHeard) }),
          },
        } satisfies Recollection,
        lifetimeMs,
      );
    },
  };
}

/** A list is answered at once or not at all: once something else was done, "the second one" means nothing any more. */
function stillOpen(choices: Command[], done: readonly Command[]): Command[] {
  const chosen = done.every((command) => choices.some((choice) => choice.intent === command.intent));
  return chosen ? choices : [];
}

export function parseContext(memory: Recollection): ParseContext {
  const last = memory.last.at(-1);
  return {
    ...(memory.previous === undefined ? {} : { previous: memory.previous }),
    state: {
      ...(memory.choices.length > 0 ? { choices: memory.choices.length } : {}),
      ...(last ? { last: withoutReadings(last) } : {}),
    },
  };
}

function withoutReadings(command: Command): Command {
  const { readings: _, ...slots } = command.slots;
  return { intent: command.intent, slots };
}

/** In a question, the marked button is the yes and the plain one the no; a picker of one option is a yes too. */
function questionOf(reply: Reply): Pick<Recollection, "choices" | "confirm" | "deny"> {
  const options = reply.blocks.flatMap((block) => (block.type === "select" ? block.options : []));
  const choices = options.slice(0, maxChoices).map((option) => option.command);
  if (reply.kind !== "question") return { choices };
  const buttons = reply.blocks.flatMap((block) => (block.type === "buttons" ? block.buttons : []));
  const confirm =
    buttons.find((each) => each.style !== "plain")?.command ?? (choices.length === 1 ? choices[0] : undefined);
  const deny = buttons.find((each) => each.style === "plain")?.command;
  return { choices, ...(confirm ? { confirm } : {}), ...(deny ? { deny } : {}) };
}
