import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readLocales } from "../../src/core/i18n.ts";
import { loadSkills } from "../../src/core/registry.ts";
import { createLanguage } from "../../src/language/index.ts";

const root = join(import.meta.dirname, "../..");
const skills = await loadSkills(join(root, "skills"));
const locales = await readLocales(
  join(root, "locales"),
  skills.map((skill) => skill.name),
);
const language = createLanguage();

const examples = [...locales].flatMap(([locale, files]) =>
  [...files].flatMap(([name, file]) =>
    Object.entries(file.examples).flatMap(([intent, list]) =>
      list.map((example) => ({ locale, name, intent, ...(typeof example === "string" ? { say: example } : example) })),
    ),
  ),
);

describe("an example sentence of a locale file", () => {
  it.each(examples)("$locale $intent: $say", ({ locale, name, intent, say, ...expected }) => {
    const parsed = language.parse(say, { locale });
    expect(parsed.intent).toBe(intent);
    if ("slots" in expected) expect(parsed.slots).toEqual(expected.slots);
    const schema = skills.find((skill) => skill.name === name)?.intents[intent];
    expect(schema?.safeParse(parsed.slots).success).toBe(true);
  });
});
