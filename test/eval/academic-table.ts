import { existsSync } from "node:fs";
import { join } from "node:path";
import { createAcademic } from "./academic.ts";
import { type Case, readRows } from "./cases.ts";
import { type Answer, add, emptyScore, judge, type Score, slotF1 } from "./score.ts";

const percent = (share: number | undefined): string =>
  (share === undefined ? "–" : (100 * share).toFixed(1)).padStart(7);

/**
 * The seven intents of the Snips benchmark in their own names, all of their slots: what the architecture makes of another vocabulary
 * when it learns from the train part and nothing else. Scored on the validation part.
 */
export async function academicTable(folder: string, say: (line?: string) => void, misses: boolean): Promise<void> {
  const [train, valid] = ["train", "valid"].map((part) => join(folder, `snips-academic.${part}.jsonl`));
  if (!train || !valid || !existsSync(train) || !existsSync(valid)) return;
  const parser = await createAcademic(readRows(train));
  const whole = emptyScore();
  const byIntent = new Map<string, Score>();
  for (const { text, intent, slots } of readRows(valid)) {
    const one: Case = { text, lang: "en", intents: [intent], slots };
    const answer: Answer = { ...parser.answer(text), confidence: 1 };
    const own = byIntent.get(intent) ?? emptyScore();
    byIntent.set(intent, own);
    add(whole, one, answer);
    add(own, one, answer);
    if (misses && !judge(one, answer).frame)
      say(`    ${text}  |  ${intent} ${JSON.stringify(slots)}  |  ${answer.intent} ${JSON.stringify(answer.slots)}`);
  }
  say("snips, seven intents (trained on its train part)    n  intent slot F1   frame");
  const row = (name: string, score: Score): void =>
    say(
      `  ${name.padEnd(48)} ${String(score.cases).padStart(3)} ${percent(score.intentRight / score.cases)} ${percent(slotF1(score))} ${percent(score.frameRight / score.framed)}`,
    );
  for (const [name, score] of [...byIntent].sort(([a], [b]) => (a < b ? -1 : 1))) row(name, score);
  row("all", whole);
}
