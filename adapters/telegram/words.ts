import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const text = z.string().min(1);

/** What only this platform needs to say: locales/<language>/telegram.json. {name} and {bot} are filled in. */
export const wordsSchema = z.object({
  private_only: text,
  open_private: text,
  sent_privately: text,
  button_old: text,
  privacy_mode: text,
});
export type Words = z.output<typeof wordsSchema>;

/** English where a language has none of its own. Raises at start when a file is not whole. */
export function loadWords(folder: string): (locale: string | undefined) => Words {
  const words = new Map<string, Words>();
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const written = read(join(folder, entry.name, "telegram.json"));
    if (written !== undefined) words.set(entry.name.toLowerCase(), wordsSchema.parse(JSON.parse(written)));
  }
  const english = words.get("en");
  if (!english) throw new Error("locales/en/telegram.json is missing");
  return (locale) => {
    const tag = locale?.toLowerCase() ?? "en";
    return words.get(tag) ?? words.get(tag.split("-")[0] ?? "") ?? english;
  };
}

export function fill(words: string, values: Record<string, string>): string {
  return words.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
