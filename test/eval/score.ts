import type { Case } from "./cases.ts";

/** What a parser makes of an utterance. */
export type Answer = { intent: string; slots: Record<string, unknown>; confidence: number };

export type Score = {
  cases: number;
  intentRight: number;
  /** Cases whose slots are known, and those of them with intent and slots both right. */
  framed: number;
  frameRight: number;
  found: number;
  wrong: number;
  missed: number;
  /** Utterances that are not for the bot, and those of them that it acted on. */
  idle: number;
  triggered: number;
};

export const emptyScore = (): Score => ({
  cases: 0,
  intentRight: 0,
  framed: 0,
  frameRight: 0,
  found: 0,
  wrong: 0,
  missed: 0,
  idle: 0,
  triggered: 0,
});

const plain = (value: unknown): string =>
  typeof value === "string" ? value.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim() : JSON.stringify(value);

function entries(slots: Record<string, unknown>, judged: readonly string[] | undefined): Set<string> {
  const list = Object.entries(slots).filter(
    ([name, value]) => value !== undefined && (!judged || judged.includes(name)),
  );
  return new Set(
    list.flatMap(([name, value]) => {
      // The commands of one message, each with its slots: "1 playback.play", "1 track=hello".
      if (name !== "commands" || !Array.isArray(value)) return [`${name}=${plain(value)}`];
      return value.flatMap((command: { intent: string; slots?: Record<string, unknown> }, index) => [
        `${index} ${command.intent}`,
        ...[...entries(command.slots ?? {}, judged)].map((entry) => `${index} ${entry}`),
      ]);
    }),
  );
}

/** Whether the intent is one of the right ones, and whether the slots are exactly right, too. */
export function judge(one: Case, answer: Answer): { intent: boolean; frame: boolean } {
  const intent = one.intents.includes(answer.intent);
  if (!one.slots) return { intent, frame: intent };
  const gold = entries(one.slots, one.judged);
  const got = entries(answer.slots, one.judged);
  return { intent, frame: intent && gold.size === got.size && [...gold].every((entry) => got.has(entry)) };
}

/** Adds a case to a score: intent, slots (exact slot and value, case folded), whole frame and false triggers. */
export function add(score: Score, one: Case, answer: Answer): void {
  const { intent, frame } = judge(one, answer);
  score.cases++;
  if (intent) score.intentRight++;
  if (one.intents[0] === "none") {
    score.idle++;
    if (answer.intent !== "none" && !intent) score.triggered++;
    return;
  }
  if (!one.slots) return;
  score.framed++;
  if (frame) score.frameRight++;
  const gold = entries(one.slots, one.judged);
  const got = entries(answer.slots, one.judged);
  for (const entry of got) {
    if (gold.has(entry)) score.found++;
    else score.wrong++;
  }
  for (const entry of gold) if (!got.has(entry)) score.missed++;
}

/** Harmonic mean of how many found slots are right and how many right slots are found; undefined where there are none. */
export function slotF1({ found, wrong, missed }: Score): number | undefined {
  const all = 2 * found + wrong + missed;
  return all === 0 ? undefined : (2 * found) / all;
}
