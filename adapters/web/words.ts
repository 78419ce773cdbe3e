import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const text = z.string().min(1);

/** The words of the page itself, one file per language: locales/<language>/web.json. */
export const wordsSchema = z.object({
  title: text,
  conversation: text,
  message: text,
  placeholder: text,
  send: text,
  working: text,
  connected: text,
  reconnecting: text,
  failed: text,
  retry: text,
  newest: text,
  you: text,
  clear: text,
  clear_sure: text,
  /** What stands where nobody has said anything yet. */
  hello: text,
  suggestions: text,
  try: z.array(text).min(1).max(8),
  /** One more to try, where people have accounts to connect. */
  connect: text,
  opens: text,
  of: text,
  token: z.object({ title: text, explain: text, label: text, enter: text, wrong: text, slow_down: text }),
  loopback: z.object({ title: text, explain: text }),
});
export type Words = z.output<typeof wordsSchema>;

/** The page's words in every language there is. Raises at start when a file is not whole. */
export function loadWords(folder: string, { linkable }: { linkable: boolean }): ReadonlyMap<string, Words> {
  const languages = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return new Map(
    languages.map(({ name }) => {
      const words = wordsSchema.parse(JSON.parse(readFileSync(join(folder, name, "web.json"), "utf8")));
      return [name, linkable ? { ...words, try: words.try.toSpliced(1, 0, words.connect) } : words];
    }),
  );
}

/** The best language of an Accept-Language header (RFC 9110 §12.5.4) among those there are; English otherwise. */
export function chooseWords(
  words: ReadonlyMap<string, Words>,
  acceptLanguage: string | undefined,
): { language: string; words: Words } {
  const asked = (acceptLanguage ?? "")
    .slice(0, 500)
    .split(",")
    .map((part) => {
      const [tag = "", ...parameters] = part.trim().split(";");
      const quality = Number(/q=([\d.]+)/.exec(parameters.join(";"))?.[1] ?? 1);
      return { language: tag.toLowerCase().split("-")[0] ?? "", quality: Number.isFinite(quality) ? quality : 0 };
    })
    .sort((a, b) => b.quality - a.quality);
  for (const { language } of asked) {
    const found = words.get(language);
    if (found) return { language, words: found };
  }
  const [first] = words;
  const english = words.get("en") ?? first?.[1];
  if (!english) throw new Error("There is no language for the web chat");
  return { language: "en", words: english };
}
