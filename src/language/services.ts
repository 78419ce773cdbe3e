import type { Range } from "./courtesy.ts";
import { createPhrases } from "./phrases.ts";
import type { Tokens } from "./tokens.ts";
import type { Words } from "./words.ts";

/**
 * Takes out what is said of other services: "open itunes and play …", "play … on zvooq by …", "use the last fm service to
 * play …". Music comes from the player that a place has, so these words ask for nothing, and inside of a name they break it.
 * What ends a message ("on spotify") is left to the courtesy words, which keep a reading with it.
 */
export function createServiceRemover(
  words: Words,
  services: readonly string[],
): (tokens: Tokens, range: Range) => Tokens {
  const phrases = (list: readonly string[]): ReturnType<typeof createPhrases<true>> =>
    createPhrases(list.map((phrase) => [phrase, true] as const));
  const { opening, joining, at, also } = words.services;
  const service = phrases(services);
  const openings = phrases([...opening, ...at]);
  const joinings = phrases(joining);
  const ats = phrases(at);
  const alsos = phrases(also);

  /** Where a phrase of the list that begins at `index` ends; `index` where none does. */
  const after = (list: typeof service, tokens: Tokens, index: number): number =>
    list.at(tokens, index)[0]?.end ?? index;
  /** Where "the last fm service" ends, and whether it can be nothing else: "in the groove" is no service. */
  const named = (tokens: Tokens, index: number): { end: number; sure: boolean } | undefined => {
    const start = after(alsos, tokens, index);
    const hit = service.at(tokens, start)[0];
    const end = hit && after(alsos, tokens, hit.end);
    return hit && end !== undefined ? { end, sure: start === index || end > hit.end } : undefined;
  };

  return (tokens, range) => {
    let { list } = tokens;
    const cut = (from: number, to: number): void => {
      list = [...list.slice(0, from), ...list.slice(to)];
    };
    const now = (): Tokens => ({ text: tokens.text, list });
    // "Open itunes and play": only where more follows than the service.
    const opened = after(openings, now(), range.from);
    const first = opened > range.from ? named(now(), opened) : undefined;
    if (first) {
      const joined = after(joinings, now(), first.end);
      const paused = /[,;.!?]/.test(list[first.end]?.gap ?? "");
      const plain = ats.at(now(), range.from).length > 0;
      if ((joined > first.end || paused || plain) && joined < list.length - 1) cut(range.from, joined);
    }
    for (let index = range.from + 2; index < list.length - 2; index++) {
      const begun = after(ats, now(), index);
      const found = begun > index && list[index]?.quote === 0 ? named(now(), begun) : undefined;
      if (found?.sure && found.end < list.length) cut(index, found.end);
    }
    return list.length === tokens.list.length ? tokens : { text: tokens.text, list };
  };
}
