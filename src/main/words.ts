import type { Log } from "../contracts/log.ts";
import type { MusicProvider } from "../contracts/music.ts";
import { createI18n, type I18n, readLocales } from "../core/i18n.ts";
import { createRegistry, type Registry } from "../core/registry.ts";
import { createLanguage, type LoadedLanguage } from "../language/index.ts";
import { linkIn, serviceNames } from "./links.ts";

/** What is said in every language, which skill answers to what, and how people's words are understood. */
export async function connectWords(parts: {
  skills: Parameters<typeof createRegistry>[0];
  providers: ReadonlyMap<string, MusicProvider>;
  /** The folder of the languages. */
  locales: string;
  log: Log;
}): Promise<{ i18n: I18n; registry: Registry; language: LoadedLanguage }> {
  const { skills, providers, locales, log } = parts;
  const i18n = createI18n({
    files: await readLocales(
      locales,
      skills.map((skill) => skill.name),
    ),
    fallback: "en",
    strict: false,
    log,
  });
  const language = createLanguage({
    links: { find: (text) => linkIn(text, providers) },
    names: ["segue"],
    services: serviceNames(providers.values()),
  });
  return { i18n, registry: createRegistry(skills, i18n), language };
}
