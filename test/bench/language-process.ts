import { monotonicMs } from "./monotonic.ts";
import { examples, hardSentences } from "./sentences.ts";

/** Durations of single parses in ms, by kind of sentence, each sentence `rounds` times. */
export type LanguageReport = {
  loadMs: number;
  /** What the process grew by, in bytes, garbage collected. */
  residentBytes: number;
  sentences: Record<"examples" | "hard", { first: number[]; later: number[]; slowest: string }>;
};

const locale = "en";

/** Forked with --expose-gc and the number of rounds as argument, so that nothing else has loaded or warmed anything. */
if (import.meta.main) process.send?.(await measure(Number(process.argv[2])));

async function measure(rounds: number): Promise<LanguageReport> {
  const before = resident();
  const startedAt = monotonicMs();
  const { createLanguage } = await import("../../src/language/index.ts");
  const language = createLanguage({ names: ["segue"], services: ["spotify"] });
  const loadMs = monotonicMs() - startedAt;
  const residentBytes = resident() - before;

  function parse(text: string): number {
    const at = monotonicMs();
    language.parse(text, { locale });
    return monotonicMs() - at;
  }

  function time(texts: readonly string[]) {
    const first = texts.map(parse);
    const later: number[] = [];
    let slowest = { ms: 0, text: "" };
    for (let round = 0; round < rounds; round++) {
      for (const text of texts) {
        const ms = parse(text);
        later.push(ms);
        // The first rounds are the compiler's.
        if (round >= rounds / 2 && ms > slowest.ms) slowest = { ms, text };
      }
    }
    return { first, later: later.slice(later.length / 2), slowest: slowest.text.slice(0, 80) };
  }

  const report = { examples: time(examples(locale)), hard: time(hardSentences) };
  return { loadMs, residentBytes, sentences: report };
}

function resident(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss();
}
