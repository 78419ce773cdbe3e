import { tooMany } from "./refusal.ts";

/** A timer may wake a little early. */
const graceMs = 50;

/** https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this, without the bursts it may forgive. */
export function createLimits(now: () => number) {
  let all: { at: number; chat: number }[] = [];
  return {
    pass(chat: number): void {
      const at = now();
      if (all.length > 10_000) all = all.filter((each) => at - each.at < 60_000);
      const mine = all.filter((each) => each.chat === chat);
      if (mine.some((each) => at - each.at < 1_000 - graceMs)) throw tooMany(1);
      const minute = mine.filter((each) => at - each.at < 60_000 - graceMs);
      if (chat < 0 && minute.length >= 20) throw tooMany(Math.ceil((60_000 - (at - (minute[0]?.at ?? at))) / 1000));
      if (all.filter((each) => at - each.at < 1_000 - graceMs).length >= 30) throw tooMany(1);
      all.push({ at, chat });
    },
  };
}
