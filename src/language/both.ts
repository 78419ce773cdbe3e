import { fold } from "./clean.ts";
import type { Range } from "./courtesy.ts";
import type { Situation } from "./grammar.ts";
import type { Budget } from "./match.ts";
import type { Single, SingleReader } from "./single.ts";
import type { Tagger } from "./tagger.ts";
import type { Token, Tokens } from "./tokens.ts";
import type { Words } from "./words.ts";

/** Where two names may meet: the first ends before token `leftEnd`, the second begins at `rightStart`. */
export type Meeting = { leftEnd: number; rightStart: number };

export type BothReader = (
  tokens: Tokens,
  whole: Single,
  meetings: readonly Meeting[],
  context: { range: Range; situations: ReadonlySet<Situation>; budget: Budget },
) => Single[] | undefined;

/** By how much more likely two titles must be than one name (natural logarithm). */
const clearly = 1;

/** Of these, several may be asked for in one breath. What is to be played first is played, the rest comes after it. */
const plural: ReadonlySet<string> = new Set(["queue.add", "playlist.add", "playback.play"]);

/**
 * "Add X by A and Y by B to the queue" is two commands in the words of one. Names with "and" in them ("Simon and Garfunkel")
 * stay whole: without makers on both sides, the tagger must find two titles likelier than one name.
 */
export function createBothReader(read: SingleReader, words: Words, tagger: Tagger | undefined): BothReader {
  const by = new Set(words.names.by.map(fold));

  const hasMaker = (tokens: Tokens, from: number, to: number): boolean =>
    tokens.list.slice(from + 1, to - 1).some(({ word }) => by.has(word));

  const titles = (tokens: Tokens, range: Range, name: Range, { leftEnd, rightStart }: Meeting): boolean => {
    const tagging = tagger?.(tokens, range);
    const one = (slot: string): number => tagging?.likelihood({ slots: {}, spans: [{ slot, ...name }] }) ?? 0;
    const two = tagging?.likelihood({
      slots: {},
      spans: [
        { slot: "track", from: name.from, to: leftEnd },
        { slot: "track", from: rightStart, to: name.to },
      ],
    });
    return two !== undefined && two > Math.max(one("track"), one("artist"), one("album")) + clearly;
  };

  return (tokens, whole, meetings, { range, situations, budget }) => {
    if (!plural.has(whole.intent)) return undefined;
    const named = whole.names.filter(({ slot }) => slot === "track" || slot === "artist" || slot === "album");
    const name = {
      from: Math.min(...named.map(({ from }) => from)),
      to: Math.max(...named.map(({ to }) => to)),
    };
    for (const meeting of meetings) {
      const { leftEnd, rightStart } = meeting;
      if (leftEnd <= name.from || rightStart >= name.to) continue;
      const makers = [hasMaker(tokens, name.from, leftEnd), hasMaker(tokens, rightStart, name.to)];
      const two = makers.every((one) => one)
        ? true
        : whole.intent !== "playback.play" && !makers.includes(true) && titles(tokens, range, name, meeting);
      if (!two) continue;
      const { list } = tokens;
      const before = list.slice(range.from, name.from);
      const after = list.slice(name.to, range.to);
      const half = (part: readonly Token[]): Single | undefined => {
        const kept = { text: tokens.text, list: [...before, ...part, ...after] };
        const single = read(kept, { from: 0, to: kept.list.length }, situations, budget);
        // A name that runs over the gap would take the other half's words with it.
        const end = before.length + part.length;
        return single.intent === whole.intent && single.names.every(({ from, to }) => to <= end || from >= end)
          ? single
          : undefined;
      };
      const [first, second] = [half(list.slice(name.from, leftEnd)), half(list.slice(rightStart, name.to))];
      if (!first || !second) continue;
      return [first, whole.intent === "playback.play" ? { ...second, intent: "queue.add" } : second];
    }
    return undefined;
  };
}
