import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const text = z.string().min(1);

/** What the adapter itself has to say, one file per language: locales/<language>/discord.json. */
export const wordsSchema = z.object({
  /** Names of entries in a message's Apps menu. */
  play_message: text.max(32),
  queue_message: text.max(32),
  /** The one command that holds the others, where they are grouped. */
  grouped: text.max(100),
  /** `{count}` items were left out. */
  more: text.includes("{count}"),
  too_old: text,
  not_taken: text,
  open_direct: text,
});
export type Words = z.output<typeof wordsSchema>;

/** Raises at start when a file is not whole. */
export function loadWords(folder: string): ReadonlyMap<string, Words> {
  const languages = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return new Map(
    languages.map(({ name }) => [
      name,
      wordsSchema.parse(JSON.parse(readFileSync(join(folder, name, "discord.json"), "utf8"))),
    ]),
  );
}

/** The words of the nearest language there is; of the first when none is near. */
export function wordsFor(words: ReadonlyMap<string, Words>, locale: string | undefined): Words {
  const language = locale?.toLowerCase().split("-")[0] ?? "";
  const [first] = words;
  const found = words.get(language) ?? words.get("en") ?? first?.[1];
  if (!found) throw new Error("There is no language for Discord");
  return found;
}
