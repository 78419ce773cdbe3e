import { type Moment, type MomentSink, maxMoments, splitAtMoments } from "../contracts/moments.ts";
import type { Block, Reply } from "../contracts/reply.ts";

/** Several times what a reply may carry: a card is drawn again and again within one run. */
const maxNoted = 200;
const minuteMs = 60_000;

/** The moments that were put into words while a reply was made. */
export interface Moments {
  readonly note: MomentSink;
  /**
   * The reply with those that occur in it. Words that could stand for anything else stay words: two moments that look alike, and
   * what is there more often than it was written, as where a song is called like the time it is.
   */
  timed(reply: Reply): Reply;
}

export function createMoments(): Moments {
  const noted: Moment[] = [];

  return {
    note(moment) {
      if (noted.length < maxNoted && moment.text.length <= 100) noted.push(moment);
    },
    timed(reply) {
      const shown = shownIn(reply).map((words) => countsIn(words, noted));
      const sure = [...Map.groupBy(noted, ({ text }) => text)].flatMap(([text, written]) => {
        const [moment] = written;
        const times = Math.max(...shown.map((counts) => counts.get(text) ?? 0));
        const isSure = times > 0 && times <= written.length;
        return moment && isSure && written.every((other) => sameMoment(other, moment)) ? [moment] : [];
      });
      const times = sure.slice(0, maxMoments);
      return times.length === 0 ? reply : { ...reply, times };
    },
  };
}

/** Of all these replies, as one is made of them: what is a moment in one and mere words in another stays words. */
export function joinTimes(replies: readonly Reply[]): Pick<Reply, "times"> {
  const all = new Map(replies.flatMap(({ times = [] }) => times.map((moment) => [moment.text, moment] as const)));
  const times = [...all.values()].filter((moment) =>
    replies.every((reply) => {
      const own = reply.times?.find(({ text }) => text === moment.text);
      return own ? sameMoment(own, moment) : !shownIn(reply).some((words) => countsIn(words, [moment]).size > 0);
    }),
  );
  return times.length === 0 ? {} : { times: times.slice(0, maxMoments) };
}

function sameMoment(a: Moment, b: Moment): boolean {
  return a.style === b.style && Math.floor(a.at / minuteMs) === Math.floor(b.at / minuteMs);
}

/** How often each of these moments stands in the words, by its text. */
function countsIn(words: readonly string[], among: readonly Moment[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  // In one go: to look for many takes a pattern that is dear to make.
  for (const piece of splitAtMoments(words.join("\n"), among))
    if (typeof piece !== "string") counts.set(piece.text, (counts.get(piece.text) ?? 0) + 1);
  return counts;
}

/** A reply is shown by its blocks or by its text. */
function shownIn({ text, blocks }: Reply): [string[], string[]] {
  return [[text], blocks.flatMap(wordsOf)];
}

function wordsOf(block: Block): string[] {
  if (block.type === "heading" || block.type === "text") return [block.text];
  if (block.type === "fields") return block.fields.flatMap(({ name, value }) => [name, value]);
  return block.type === "list" ? block.items.flatMap(({ title, detail = "" }) => [title, detail]) : [];
}
