import { createBothReader } from "./both.ts";
import { fold } from "./clean.ts";
import type { Range } from "./courtesy.ts";
import type { Situation } from "./grammar.ts";
import type { Budget } from "./match.ts";
import { createPhrases } from "./phrases.ts";
import type { Single, SingleReader } from "./single.ts";
import type { Tagger } from "./tagger.ts";
import type { Tokens } from "./tokens.ts";
import type { Words } from "./words.ts";

/**
 * A place where one command may end and the next begin; `firm` where the words promise a next step ("then", ";"),
 * `loudness` where they lead to a volume and nothing else ("at"), `reason` where the first may be why the second is asked
 * for: "I can't hear anything, turn it up" is one command, "skip, skip" and "louder and louder" are two.
 */
type Joint = { leftEnd: number; rightStart: number; firm: boolean; loudness: boolean; reason: boolean };

/** Commands in one message. More than these is a text that happens to contain verbs. */
const mostSteps = 5;
const mostJoints = 12;
/** A step must be this sure of itself before a message is cut for its sake. */
const sureStep = 0.6;
/** And this plainly worded: without names in it, and with. */
const plainStep = 0.75;
const openStep = 0.5;
/** A command that comes after something else must be this sure. */
const sureRest = 0.8;

/** Greetings, answers to the bot and chatter are no steps. */
const answers = /^(none$|help$|followup\.)/;

const isSame = (a: Single, b: Single): boolean =>
  a.intent === b.intent && a.freeWords === 0 && JSON.stringify(a.slots) === JSON.stringify(b.slots);

const openEnded: ReadonlySet<string> = new Set(["playback.play", "queue.add"]);

/** "Shuffle and play X" is one wish: the bare word says how X is to be played. */
function shuffled(steps: readonly Single[]): Single[] {
  return steps.flatMap((step, index) => {
    const leads = (one: Single | undefined): boolean => one?.intent === "playback.shuffle" && one.words === 1;
    if (leads(step) && steps[index + 1]?.intent === "playback.play") return [];
    if (!leads(steps[index - 1]) || step.intent !== "playback.play") return [step];
    const on = ({ slots }: Pick<Single, "slots">): Single["slots"] => ({ ...slots, shuffle: "on" });
    const readings = step.readings.map((reading) => ({ ...reading, slots: on(reading) }));
    return [{ ...step, slots: on(step), readings }];
  });
}

export type StepReader = (tokens: Tokens, range: Range, situations: ReadonlySet<Situation>, budget: Budget) => Single[];

/**
 * Cuts a message into its commands. A cut is made only where both sides are commands in their own right; a name that
 * contains "and" or a comma stays whole, because its second half is no command ("Simon and Garfunkel").
 */
export function createStepReader(read: SingleReader, words: Words, tagger?: Tagger): StepReader {
  const both = createBothReader(read, words, tagger);
  type Link = "weak" | "firm" | "loudness" | "filler";
  const phrases = (kind: Link): (readonly [string, Link])[] => words.links[kind].map((one) => [one, kind]);
  const links = createPhrases([...phrases("weak"), ...phrases("firm"), ...phrases("loudness")]);
  const filler = createPhrases(phrases("filler"));

  const topics = new Set(words.names.topics.map(fold));
  const topical = (tokens: Tokens, from: number, to: number): boolean =>
    tokens.list.slice(from, to).some((token) => topics.has(token.word));

  const jointsOf = (tokens: Tokens, { from, to }: Range): Joint[] => {
    const joints: Joint[] = [];
    for (let index = from + 1; index < to && joints.length < mostJoints; index++) {
      const token = tokens.list[index];
      if (!token || (token.quote > 0 && token.quote === tokens.list[index - 1]?.quote)) continue;
      const link = links.at(tokens, index)[0];
      const pause = /[,;.!?\n]|\s[-–—]\s/.test(token.gap);
      if (!link && !pause) continue;
      let rightStart = link && link.end < to ? link.end : index;
      for (let hit = filler.at(tokens, rightStart)[0]; hit && hit.end < to; hit = filler.at(tokens, rightStart)[0])
        rightStart = hit.end;
      const firm =
        link?.value === "firm" ||
        /[;\n]/.test(token.gap) ||
        (pause && link !== undefined) ||
        rightStart > (link?.end ?? index);
      const reason = !link && rightStart === index && token.word !== tokens.list[from]?.word;
      joints.push({ leftEnd: index, rightStart, firm, loudness: link?.value === "loudness", reason });
      if (link) index = Math.max(index, link.end - 1);
    }
    return joints;
  };

  const isCommand = (single: Single): boolean =>
    !answers.test(single.intent) &&
    single.confidence >= sureStep &&
    single.score >= (single.freeWords > 0 ? openStep : plainStep);

  const starts = (single: Single | undefined): boolean => single?.intent === "playback.play";

  /** Whether `right` is command enough to cut it off from `left` at this joint. */
  const stands = (left: Single, right: Single, joint: Joint): boolean => {
    if (!isCommand(right) || (joint.loudness && right.intent !== "volume.set")) return false;
    // "Play start and stop": one word after a bare "and" is part of the name, unless no name is open. What is looked for keeps
    // even what comes after a "then" ("search pause, then play").
    const open = left.freeWords > 0;
    return right.words > 1 || !open || (joint.firm && left.intent !== "search.query");
  };

  return (tokens, range, situations, budget) => {
    const known = new Map<string, Single>();
    const single = (part: Range, sequel: boolean): Single => {
      const key = `${part.from} ${part.to} ${sequel}`;
      const before = known.get(key);
      if (before) return before;
      const within = new Set(situations);
      if (sequel) within.add("sequel");
      // "Play hello by adele and africa by toto": a part of a message is no bare name.
      if (part === range) within.add("alone");
      const now = read(tokens, part, within, budget);
      known.set(key, now);
      return now;
    };
    const joints = jointsOf(tokens, range);
    // From left to right: the shortest first command after which all the rest are commands too.
    const steps = (from: number, depth: number, sequel: boolean): Single[] | undefined => {
      for (const joint of joints) {
        if (joint.leftEnd <= from || depth >= mostSteps) continue;
        const left = single({ from, to: joint.leftEnd }, sequel);
        if (!isStep(left, { from, to: joint.leftEnd })) continue;
        const continues = joint.firm && openEnded.has(left.intent);
        const first = single({ from: joint.rightStart, to: range.to }, continues);
        const last = isStep(first, { from: joint.rightStart, to: range.to });
        const rest = steps(joint.rightStart, depth + 1, continues) ?? (last ? [first] : undefined);
        const next = rest?.[0];
        if (!rest || !next || !stands(left, next, joint)) continue;
        return joint.reason && isSame(left, next) ? rest : [left, ...rest];
      }
      return undefined;
    };
    /** What no pattern has, and may be more than one command, is none that a message is cut for. */
    const isStep = (one: Single, part: Range): boolean =>
      isCommand(one) && !(one.unscripted && joints.some(({ leftEnd }) => leftEnd > part.from && leftEnd < part.to));
    const whole = single(range, false);
    // A whole that is a command without names in it has no room for a second one.
    const plain = isCommand(whole) && whole.freeWords === 0 && whole.score > 0.7 && !whole.unscripted;
    const full = plain && whole.confidence >= sureRest;
    if (joints.length === 0 || full) return [whole];
    const found = steps(range.from, 1, false);
    // "Open the player and play hello": what is to be played starts the music by itself.
    if (found)
      return shuffled(found).filter(({ intent }, index) => intent !== "playback.resume" || !starts(found[index + 1]));
    if (whole.intent !== "none") return both(tokens, whole, joints, { range, situations, budget }) ?? [whole];
    // "I don't like this song, skip it": the reason in front is about music and the command is plain.
    const aside = joints.find((joint) => /[,;.!?\n]/.test(tokens.list[joint.leftEnd]?.gap ?? ""));
    if (!aside || !topical(tokens, range.from, aside.leftEnd)) return [whole];
    const rest = steps(aside.rightStart, 1, false) ?? [single({ from: aside.rightStart, to: range.to }, false)];
    return rest.every((step) => isCommand(step) && step.confidence >= sureRest) ? rest : [whole];
  };
}
