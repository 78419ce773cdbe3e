// `npm run eval`: how much is understood, on one table. `--file X.jsonl` scores a file, `--data folder` says where the public
// sets lie, `--misses [set]` prints what went wrong, `--only name` keeps sets whose name contains it.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createLanguage } from "../../src/language/index.ts";
import { monotonicMs } from "../bench/monotonic.ts";
import { academicTable } from "./academic-table.ts";
import { type Judged, printCalibration, printGates } from "./calibration.ts";
import { type Case, readCases, readRows } from "./cases.ts";
import { growth } from "./growth.ts";
import { memoryOf } from "./memory.ts";
import { createPlain, ownDocuments, type Plain } from "./plain.ts";
import { resolution } from "./resolution/table.ts";
import { type Answer, add, emptyScore, judge, type Score, slotF1 } from "./score.ts";
import { allSets, type EvalSet } from "./sets.ts";

const { values: options } = parseArgs({
  args: process.argv.slice(3),
  options: {
    file: { type: "string" },
    data: { type: "string" },
    only: { type: "string" },
    misses: { type: "boolean", default: false },
    plain: { type: "boolean", default: true },
    growth: { type: "string" },
  },
  allowNegative: true,
});

const root = join(import.meta.dirname, "..", "..");
const say = (line = ""): void => void process.stdout.write(`${line}\n`);

/** Beside the checkout or inside of it; the public sets are not part of the project. */
const folder =
  options.data ??
  [join(root, "shared/language/data"), join(root, "../shared/language/data")].find((path) => existsSync(path)) ??
  join(root, "shared/language/data");

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
const percent = (part: number, whole: number): string => (whole === 0 ? "–" : ((100 * part) / whole).toFixed(1));

/** Each is parsed so often and the fastest counts: what else the machine does makes nobody's parse slower. */
const tries = 5;

type Result = { score: Score; timesMs: number[]; answers: Answer[] };

async function measure(cases: readonly Case[], answer: (one: Case) => Answer | Promise<Answer>): Promise<Result> {
  const score = emptyScore();
  const timesMs: number[] = [];
  const answers: Answer[] = [];
  for (const one of cases) {
    let given = await answer(one);
    let fastest = Number.POSITIVE_INFINITY;
    for (let count = 0; count < tries; count++) {
      const at = monotonicMs();
      given = await answer(one);
      fastest = Math.min(fastest, monotonicMs() - at);
    }
    timesMs.push(fastest);
    add(score, one, given);
    answers.push(given);
  }
  return { score, timesMs: timesMs.sort((a, b) => a - b), answers };
}

function row(name: string, part: string, who: string, { score, timesMs }: Result): string {
  const f1 = slotF1(score);
  return [
    name.padEnd(26),
    part.padEnd(5),
    who.padEnd(6),
    String(score.cases).padStart(5),
    percent(score.intentRight, score.cases).padStart(7),
    (f1 === undefined ? "–" : (100 * f1).toFixed(1)).padStart(7),
    percent(score.frameRight, score.framed).padStart(7),
    (score.idle === 0 ? "–" : `${score.triggered}/${score.idle}`).padStart(8),
    quantile(timesMs, 0.5).toFixed(2).padStart(7),
    quantile(timesMs, 0.99).toFixed(2).padStart(7),
  ].join(" ");
}

if (options.growth !== undefined) {
  await growth(Number(options.growth), folder, say);
  process.exit();
}
if (options.only === "resolution") {
  await resolution(say, options);
  process.exit();
}

if (options.only === "academic") {
  await academicTable(folder, say, options.misses);
  process.exit();
}

const language = createLanguage({ names: ["segue"], services: ["spotify"] });
while (language.warm());
const ours = ({ text, lang, context }: Case): Answer => {
  const { intent, slots, confidence } = language.parse(text, { locale: lang, ...(context ? { context } : {}) });
  return { intent, slots, confidence };
};

const sets: EvalSet[] = options.file
  ? [{ name: options.file.slice(-26), part: "test", cases: readCases(options.file) }]
  : allSets(folder);
const wanted = sets.filter(({ name }) => !options.only || name.includes(options.only));
if (wanted.length === 0) throw new Error(`There is nothing to score: no rows in ${options.file ?? folder}`);
// The compiler's first rounds are no one's latency.
for (const { cases } of wanted) for (const one of cases.slice(0, 50)) ours(one);

const train = join(folder, "snips-academic.train.jsonl");
let plain: Plain | undefined;
if (options.plain) plain = await createPlain("en", ownDocuments("en"), existsSync(train) ? readRows(train) : []);

say(`${"set".padEnd(26)} part  parser     n  intent slot F1   frame  trigger  p50 ms  p99 ms`);
const judged: Judged[] = [];
for (const { name, part, cases } of wanted) {
  const result = await measure(cases, ours);
  say(row(name, part, "segue", result));
  for (const [index, one] of cases.entries()) {
    const answer = result.answers[index];
    if (!answer) continue;
    const { intent, frame } = judge(one, answer);
    if (one.lang === "en" && part === "dev")
      judged.push({
        right: intent,
        confidence: answer.confidence,
        acted: answer.intent !== "none",
        idle: one.intents[0] === "none",
      });
    if (options.misses && !frame && !(one.intents[0] === "none" && answer.intent === "none"))
      say(
        `    ${one.text}  |  ${one.intents.join("/")} ${JSON.stringify(one.slots ?? {})}  |  ${answer.intent} ${JSON.stringify(answer.slots)} ${answer.confidence.toFixed(2)}`,
      );
  }
  const english = cases.every(({ lang }) => lang === "en");
  if (plain && english) {
    const known = plain;
    say(row(name, part, "nlp.js", await measure(cases, ({ text }) => known.answer(text))));
  }
}
say();
printCalibration(judged, say);
say();
printGates(judged, say);
if (!options.file && !options.only) {
  say();
  await resolution(say, options);
  say();
  await academicTable(folder, say, options.misses);
  say();
  say(
    `memory, MB resident: segue ${(await memoryOf("segue")).toFixed(0)}, all its languages ${(await memoryOf("segue, all languages")).toFixed(0)}, all warmed up ${(await memoryOf("segue, all languages warmed up")).toFixed(0)}, nlp.js ${(await memoryOf("nlp.js")).toFixed(0)}`,
  );
}
