import { fork } from "node:child_process";
import { once } from "node:events";

const megabyte = 1024 * 1024;

const parsers = ["segue", "segue, all languages", "segue, all languages warmed up", "nlp.js"] as const;
type Parser = (typeof parsers)[number];

function resident(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss();
}

/** Loads one parser, lets it parse once, and says by how much the process grew, in bytes. */
async function grow(parser: Parser): Promise<number> {
  const before = resident();
  if (parser !== "nlp.js") {
    const { createLanguage } = await import("../../src/language/index.ts");
    const language = createLanguage(parser === "segue" ? { locales: ["en"] } : {});
    for (const locale of language.locales) language.parse("play hello by adele", { locale });
    while (parser === "segue, all languages warmed up" && language.warm());
    const after = resident();
    language.parse("pause", { locale: "en" });
    return after - before;
  }
  const { createPlain, ownDocuments } = await import("./plain.ts");
  const plain = await createPlain("en", ownDocuments("en"), []);
  await plain.answer("play hello by adele");
  const after = resident();
  await plain.answer("pause");
  return after - before;
}

/** What a parser takes in a process of its own, in MB; for English alone where its name says no more. */
export async function memoryOf(parser: Parser): Promise<number> {
  const child = fork(import.meta.filename, [parser], {
    // As `npm start` runs it.
    execArgv: ["--expose-gc", "--max-semi-space-size=4"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const exited = once(child, "exit");
  const [bytes]: number[] = await once(child, "message", { signal: AbortSignal.timeout(120_000) });
  await exited;
  return (bytes ?? 0) / megabyte;
}

const asked = parsers.find((parser) => parser === process.argv[2]);
if (import.meta.main && asked) process.send?.(await grow(asked));
