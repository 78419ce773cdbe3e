import { fold } from "./clean.ts";
import { createPhrases } from "./phrases.ts";
import type { Tokens } from "./tokens.ts";
import type { Words } from "./words.ts";

export type Range = { from: number; to: number };
/** One way to see where the command begins and ends, and how much worse it is than the best. */
export type Trimming = {
  range: Range;
  cost: number;
  /** What was cut off after token `range.to` may well belong to a name that ends there. */
  faint: boolean;
};

const mention = /^(?:<?[@!]|<@[!&]?\w+>?$)/;
// Addressing a whole room is not addressing the bot.
const everybody = new Set(["@everyone", "@here", "@channel", "@room", "@all", "<!everyone>", "<!here>", "<!channel>"]);
/** More politeness than this is a letter. */
const mostPhrases = 6;

/** Takes mentions, politeness, the bot's name and "on <service>" off the ends of a message. */
export function createTrimmer(
  words: Words,
  callNames: readonly string[],
): (tokens: Tokens, range: Range) => Trimming[] {
  const { before, after, loose, faint } = words.courtesy;
  const phrases = (list: readonly string[]): ReturnType<typeof createPhrases<true>> =>
    createPhrases(list.map((phrase) => [phrase, true] as const));
  const leading = phrases([...before, ...callNames]);
  const atService = words.names.at.flatMap((at) => words.kinds.service.map((service) => `${at} ${service}`));
  const trailing = phrases([...after, ...callNames, ...atService]);
  const looser = phrases(loose);
  const fainter = phrases([...faint, ...loose]);
  const names = new Set(callNames.map(fold));

  const called = (tokens: Tokens, index: number): boolean => {
    const word = tokens.list[index]?.word ?? "";
    return !everybody.has(word) && (mention.test(word) || names.has(word.replace(/^@/, "")));
  };

  const endsWith = (tokens: Tokens, { from, to }: Range, list: typeof leading): number | undefined => {
    for (let index = Math.max(from + 1, to - 5); index < to; index++) {
      if (list.at(tokens, index).some((hit) => hit.end === to)) return index;
    }
    return undefined;
  };

  const takeEnd = (tokens: Tokens, range: Range, list: typeof leading): Range => {
    let { to } = range;
    for (let count = 0; count < mostPhrases; count++) {
      const cut = called(tokens, to - 1) ? to - 1 : endsWith(tokens, { from: range.from, to }, list);
      // "Please please please": a word that is said twice in a row is a title, not politeness.
      if (cut === undefined || cut <= range.from || tokens.list[cut - 1]?.word === tokens.list[cut]?.word) break;
      to = cut;
    }
    return { from: range.from, to };
  };

  return (tokens, range) => {
    let from = range.from;
    while (from < range.to - 1 && called(tokens, from)) from++;
    const addressed = { from, to: range.to };
    for (let count = 0; count < mostPhrases && from < range.to - 1; count++) {
      const hit = leading.at(tokens, from).find(({ end }) => end < range.to);
      if (called(tokens, from)) from++;
      // "Hi bot" is a greeting, not a name that somebody was polite to.
      else if (hit && (hit.end < range.to - 1 || !called(tokens, hit.end))) from = hit.end;
      else break;
    }
    const polite = takeEnd(tokens, { from, to: range.to }, trailing);
    const found: Trimming[] = [{ range: polite, cost: 1, faint: false }];
    for (const [list, faint] of [
      [looser, false],
      [fainter, true],
    ] as const) {
      const last = found.at(-1)?.range ?? polite;
      const bare = takeEnd(tokens, last, list);
      if (bare.to === last.to) continue;
      // "Play thank you" is a title, "play, thank you" is not.
      const apart = /[,;.!?]/.test(tokens.list[bare.to]?.gap ?? "");
      const cost = apart ? 1 : bare.to - bare.from > 1 ? 0.985 : 0.62;
      found.push({ range: takeEnd(tokens, bare, trailing), cost, faint: faint && !apart });
    }
    if (addressed.from !== polite.from || addressed.to !== polite.to)
      found.push({ range: addressed, cost: 0.95, faint: false });
    if (addressed.from !== polite.from && addressed.to !== polite.to) {
      found.push({ range: { from: addressed.from, to: polite.to }, cost: 0.97, faint: false });
    }
    return found;
  };
}
