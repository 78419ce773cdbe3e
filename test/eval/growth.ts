import { fork } from "node:child_process";
import { once } from "node:events";
import { createLanguage } from "../../src/language/index.ts";
import { allSets } from "./sets.ts";

const megabyte = 1024 * 1024;
const looks = 10;

type Look = { parses: number; heapMb: number };

/** Parses everything there is over and over, no message twice the same, and looks at the heap ten times. */
function parseOnAndOn(count: number, folder: string, tell: (look: Look) => void): void {
  const language = createLanguage({ names: ["segue"], services: ["spotify"] });
  const cases = allSets(folder).flatMap((set) => set.cases);
  for (let done = 0; done < count; ) {
    const { text, lang } = cases[done % cases.length] ?? { text: "", lang: "en" };
    // A cache without a limit would show.
    language.parse(`${text} ${Math.floor(done / cases.length) || ""}`, { locale: lang });
    done += 1;
    if (done % Math.ceil(count / looks) !== 0 && done !== count) continue;
    globalThis.gc?.();
    tell({ parses: done, heapMb: process.memoryUsage().heapUsed / megabyte });
  }
}

/** `--growth N`: the heap after collection, over N parses in a process of their own. */
export async function growth(count: number, folder: string, say: (line: string) => void): Promise<void> {
  const child = fork(import.meta.filename, [String(count), folder], { execArgv: ["--expose-gc"] });
  child.on("message", ({ parses, heapMb }: Look) =>
    say(`${String(parses).padStart(9)} parses  ${heapMb.toFixed(1)} MB of heap`),
  );
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`the parsing process ended with ${code}`);
}

const [, , count, folder] = process.argv;
if (import.meta.main && count && folder) parseOnAndOn(Number(count), folder, (look) => process.send?.(look));
