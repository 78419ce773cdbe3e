import { z } from "zod";
import type { Place, Sent } from "../contracts/incoming.ts";
import type { ParseContext } from "../contracts/language.ts";
import type { Reply } from "../contracts/reply.ts";
import type { Outcome } from "../contracts/skill.ts";
import type { Cache } from "../contracts/store.ts";
import type { Command } from "../contracts/vocabulary.ts";
import { echo } from "./clean-text.ts";

const lifetimeMs = 15 * 60 * 1000;
const maxLast = 5;
const maxChoices = 25;
const maxPrevious = 500;
const maxHeard = 200;
const uriSchema = z.object({
  uri: z.string().optional(),
  set: z.object({ uri: z.string().optional() }).optional(),
});

/** A command that was done, and what it came to where its skill tells. */
export type Done = { command: Command; outcome?: Outcome /** The code of its error. */; failed?: string };

/** What one person and the bot last said to each other in one place. It may vanish at any moment; nothing hangs on it. */
export type Recollection = {
  /** Commands done, newest last. */
  last: Command[];
  /** What the options of the last picker would do, in order, and what they say. */
  choices: Command[];
  labels?: Label[];
  /** What else was meant perhaps, by what was played or queued last: the next first, what was taken last. */
  others?: Command[];
  /** What "yes" and "no" would do. */
  confirm?: Command;
  deny?: Command;
  previous?: string;
  /** What was asked last, whatever came of it. */
  asked?: Asked;
  /** The message that asked, where it is about another place. */
  shownBy?: Sent;
};

type Label = { label: string; detail?: string };

/** Something that was asked: in which words, where it came as words, and what they were taken to mean. */
export type Asked = { heard?: string; commands: Command[] };

export interface Memory {
  recall(personId: string, place: Place): Promise<Recollection>;
  remember(
    personId: string,
    place: Place,
    asked: Asked,
    done: readonly Done[],
    reply: Reply,
    shownBy?: Sent,
  ): Promise<void>;
  /** What was said in the one place goes on in the other, too, where this message shows it. */
  carry(personId: string, from: Place, to: Sent): Promise<void>;
}

export function createMemory(cache: Cache): Memory {
  const keyOf = (personId: string, place: Place) =>
    `talk:${JSON.stringify([personId, place.platform, place.tenant, place.id, place.thread ?? ""])}`;
  const recall = async (personId: string, place: Place) =>
    (await cache.get<Recollection>(keyOf(personId, place))) ?? { last: [], choices: [] };

  return {
    recall,
    async carry(personId, from, to) {
      const said = await cache.get<Recollection>(keyOf(personId, from));
      if (said) await cache.set(keyOf(personId, to.place), { ...said, shownBy: to }, lifetimeMs);
    },
    async remember(personId, place, asked, done, reply, shownBy) {
      const before = await recall(personId, place);
      const question = questionOf(reply);
      const picker = question.choices.length > 0 ? question : stillOpen(before, done);
      await cache.set(
        keyOf(personId, place),
        {
          last: [...before.last, ...done.filter(isOfSkill).map(asNamed)].slice(-maxLast),
          choices: picker.choices,
          labels: picker.labels ?? [],
          others: othersOf(before, done, question.choices.length > 0),
          ...(question.confirm ? { confirm: question.confirm } : {}),
          ...(question.deny ? { deny: question.deny } : {}),
          ...(shownBy ? { shownBy } : {}),
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
function stillOpen({ choices, labels }: Recollection, done: readonly Done[]): Pick<Recollection, "choices" | "labels"> {
  const chosen = done.every(({ command }) => choices.some((choice) => choice.intent === command.intent));
  return chosen ? { choices, ...(labels ? { labels } : {}) } : { choices: [] };
}

function isOfSkill({ command }: Done): boolean {
  return !command.intent.startsWith("core.");
}

/** "The live version" of "our song" is one of the song: words that name nothing give way to the name of what they stood for. */
function asNamed({ command, outcome }: Done): Command {
  return outcome?.named ? { intent: command.intent, slots: outcome.named } : command;
}

/**
 * What "the other one" goes through: what the search behind the last thing played could have meant as well, or the options
 * that it was chosen from.
 */
function othersOf(before: Recollection, done: readonly Done[], asksAnew: boolean): Command[] {
  const last = done.findLast(({ outcome }) => outcome !== undefined);
  if (!last?.outcome) return asksAnew ? [] : (before.others ?? []);
  if (last.outcome.others.length > 0) return last.outcome.others.slice(0, maxChoices);
  const { intent, slots } = last.command;
  const fromPicker = before.choices.flatMap((choice): Command[] => {
    const uri = uriOf(choice);
    return uri === undefined ? [] : [{ intent, slots: { ...slots, uri } }];
  });
  for (const round of [before.others ?? [], fromPicker]) {
    const at = round.findIndex((each) => uriOf(each) === uriOf(last.command));
    if (at >= 0 && round.length > 1) return [...round.slice(at + 1), ...round.slice(0, at + 1)];
  }
  return [];
}

/** Of a wish that goes on, the thing that was chosen for it. */
function uriOf({ slots }: Command): string | undefined {
  const parsed = uriSchema.safeParse(slots);
  return parsed.success ? (parsed.data.uri ?? parsed.data.set?.uri) : undefined;
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

/**
 * In a question, the marked button is the yes and the plain one the no; a picker of one option is a yes too. The menus of a
 * card that follows its subject ask nothing.
 */
function questionOf(reply: Reply): Pick<Recollection, "choices" | "labels" | "confirm" | "deny"> {
  const { view, kind } = reply;
  const asking =
    view && (view.from !== undefined || kind !== "question") ? reply.blocks.slice(0, view.from ?? 0) : reply.blocks;
  const options = asking.flatMap((block) => (block.type === "select" ? block.options : [])).slice(0, maxChoices);
  const choices = options.map((option) => option.command);
  const labels = options.map(({ label, detail }) => ({ label, ...(detail === undefined ? {} : { detail }) }));
  if (kind !== "question") return { choices, labels };
  const buttons = asking.flatMap((block) => (block.type === "buttons" ? block.buttons : []));
  const confirm =
    buttons.find((each) => each.style !== "plain")?.command ?? (choices.length === 1 ? choices[0] : undefined);
  const deny = buttons.find((each) => each.style === "plain")?.command;
  return { choices, labels, ...(confirm ? { confirm } : {}), ...(deny ? { deny } : {}) };
}
