import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Formats, IntlMessageFormat } from "intl-messageformat";
import { LRUCache } from "lru-cache";
import type { Log } from "../contracts/log.ts";
import type { MomentSink } from "../contracts/moments.ts";
import type { Translate } from "../contracts/skill.ts";
import { createFormatters } from "./formatters.ts";
import { type LocaleFile, localeFileSchema } from "./locale-file.ts";

/** Parsed messages kept; every message of every language is a few thousand at most. */
const maxMessages = 4_000;
const country = /^([a-z]{2,3})[-_](?:[a-z]{4}[-_])?([a-z]{2})$/i;
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** Words in every language there are files for. */
export interface I18n {
  readonly locales: readonly string[];
  /** The language that has every word there is. */
  readonly fallback: string;
  /** The best language there are files for: exact, then its language alone, then the fallback. */
  negotiate(...wanted: (string | undefined)[]): string;
  /**
   * That language with the country of the first tag that names one for it ("en-GB"), as dates and numbers are written there. Words
   * are the language's own.
   */
  regional(...wanted: (string | undefined)[]): string;
  /** Words of one file, then the shared ones. Dates are shown in `timeZone`, and told to `note`. */
  translator(file: string, locale: string, timeZone?: string, note?: MomentSink): Translate;
  has(file: string, locale: string, key: string): boolean;
  /** The file as it is in this language; undefined when there is none. */
  file(name: string, locale: string): LocaleFile | undefined;
  /** A time to come as a person says it: "14:05" today, with the day otherwise; undefined when it is less than a minute away. */
  moment(at: number, around: { now: number; locale: string; timeZone?: string; note?: MomentSink }): string | undefined;
}

/**
 * `<folder>/<language>/<name>.json` for every language there is a folder of. Throws on a file that has another shape, and
 * on a language without the shared words: words are part of the program.
 */
export async function readLocales(
  folder: string,
  names: readonly string[],
): Promise<Map<string, Map<string, LocaleFile>>> {
  const languages = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const all = new Map<string, Map<string, LocaleFile>>();
  for (const { name: language } of languages) {
    const present = new Set(await readdir(join(folder, language)));
    const files = new Map<string, LocaleFile>();
    for (const name of ["core", ...names]) {
      const path = join(folder, language, `${name}.json`);
      if (!present.has(`${name}.json`)) {
        if (name === "core") throw new Error(`${path} is missing`);
        continue;
      }
      const parsed = localeFileSchema.safeParse(JSON.parse(await readFile(path, "utf8")));
      if (!parsed.success) throw new Error(`${path}: ${parsed.error.issues.map(issueLine).join("; ")}`);
      files.set(name, parsed.data);
    }
    all.set(language, files);
  }
  return all;
}

function issueLine(issue: { path: PropertyKey[]; message: string }): string {
  return `${issue.path.map(String).join(".")} ${issue.message}`;
}

/** `strict` throws on a missing key or value, as tests want it; otherwise it is logged and something readable is shown. */
export function createI18n(options: {
  files: Map<string, Map<string, LocaleFile>>;
  fallback: string;
  strict: boolean;
  log: Log;
}): I18n {
  const { files, fallback, strict, log } = options;
  const messages = new LRUCache<string, IntlMessageFormat>({ max: maxMessages });
  // Messages are shared by all who speak; one is written in a single go, so that this is whoever it is written for.
  let noting: MomentSink | undefined;
  const formatters = createFormatters((moment) => noting?.(moment));

  /** The folder that has the words of a tag with a country. */
  function languageOf(locale: string): string {
    return files.has(locale) ? locale : (locale.split("-")[0] ?? locale);
  }

  function pattern(file: string, locale: string, key: string): { text: string; locale: string } | undefined {
    const own = languageOf(locale);
    for (const language of own === fallback ? [own] : [own, fallback])
      for (const name of file === "core" ? ["core"] : [file, "core"]) {
        const text = files.get(language)?.get(name)?.replies[key];
        if (text !== undefined) return { text, locale: language === own ? locale : language };
      }
    return undefined;
  }

  function message(file: string, locale: string, timeZone: string, key: string): IntlMessageFormat | undefined {
    const id = `${locale}|${file}|${timeZone}|${key}`;
    const known = messages.get(id);
    if (known) return known;
    const found = pattern(file, locale, key);
    if (!found) return undefined;
    // Tags are off: a reply is plain text, and "<" in one is a character like any other.
    const made = new IntlMessageFormat(found.text, found.locale, formatsIn(timeZone), { ignoreTag: true, formatters });
    messages.set(id, made);
    return made;
  }

  function noted<T>(note: MomentSink | undefined, write: () => T): T {
    noting = note;
    try {
      return write();
    } finally {
      noting = undefined;
    }
  }

  function format(parts: Intl.DateTimeFormatOptions, locale: string, at: number): string {
    return formatters.getDateTimeFormat(locale, parts).format(at);
  }

  function negotiate(...wanted: (string | undefined)[]): string {
    for (const tag of wanted) {
      if (tag === undefined) continue;
      const [language] = tag.split(/[-_]/);
      const exact = [...files.keys()].find((name) => name.toLowerCase() === tag.replace("_", "-").toLowerCase());
      const near = [...files.keys()].find((name) => name === language?.toLowerCase());
      if (exact ?? near) return exact ?? near ?? fallback;
    }
    return fallback;
  }

  return {
    locales: [...files.keys()],
    fallback,
    negotiate,

    regional(...wanted) {
      const language = negotiate(...wanted);
      const countries = wanted.map((tag) => country.exec(tag ?? ""));
      const found = countries.find((parts) => parts?.[1]?.toLowerCase() === language);
      return found?.[2] === undefined ? language : `${language}-${found[2].toUpperCase()}`;
    },

    translator(file, locale, timeZone = "UTC", note) {
      return (key, values) => {
        try {
          const text = noted(note, () => message(file, locale, timeZone, key)?.format(values));
          if (text !== undefined) return String(text);
          throw new Error(`no words for "${key}" in ${locale}/${file}.json or core.json`);
        } catch (error) {
          if (strict) throw error;
          log.error({ file, locale, word: key, error }, "words are missing");
          return pattern(file, locale, key)?.text.replace(/[{}]/g, "") ?? "…";
        }
      };
    },

    has: (file, locale, key) => pattern(file, locale, key) !== undefined,
    file: (name, locale) => files.get(languageOf(locale))?.get(name),

    moment(exact, { now, locale, timeZone = "UTC", note }) {
      if (exact - now < minuteMs) return undefined;
      // Seconds are not said, so the minute that begins after it is the first true one.
      const at = Math.ceil(exact / minuteMs) * minuteMs;
      const day = (time: number) => format({ timeZone, dateStyle: "short" }, locale, time);
      const said = (parts: Intl.DateTimeFormatOptions) => noted(note, () => format({ timeZone, ...parts }, locale, at));
      if (day(at) === day(now)) return said({ timeStyle: "short", hourCycle: "h23" });
      const near = Math.abs(at - now) < 6 * dayMs;
      const date: Intl.DateTimeFormatOptions = near ? { weekday: "long" } : { day: "numeric", month: "long" };
      return said({ ...date, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    },
  };
}

/** ICU's own date and time styles, with the person's zone laid into each. */
function formatsIn(timeZone: string): Partial<Formats> {
  const { date, time } = IntlMessageFormat.formats;
  const zoned = <T>(styles: Record<string, T>) =>
    Object.fromEntries(Object.entries(styles).map(([name, style]) => [name, { ...style, timeZone }]));
  // One way to write a time everywhere, the one that `moment` uses.
  const short = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  const month = { month: "long", year: "numeric" } as const;
  return { date: zoned({ ...date, month, year: { year: "numeric" } }), time: zoned({ ...time, short }) };
}
