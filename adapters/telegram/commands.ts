import { createHash } from "node:crypto";
import type { BotCommand, BotCommandScope, LanguageCode } from "grammy/types";
import type { CommandSpec, Host } from "../../src/contracts/adapter.ts";
import type { Clock } from "../../src/contracts/clock.ts";
import { cut } from "../shared/cut.ts";
import { type Client, Refused } from "./client.ts";
import type { CommandNames } from "./decode.ts";
import { clean } from "./html.ts";
import { telegramName } from "./names.ts";

/** https://core.telegram.org/bots/api#setmycommands and #botcommand */
const maxCommands = 100;
const maxDescription = 256;

/** What is remembered between starts. */
export type Kept = { get(name: string): Promise<string | undefined>; set(name: string, value: string): Promise<void> };

type Named = { name: string; spec: CommandSpec };

function named(host: Host, locale: string): Named[] {
  const defaults = new Map(host.commands(host.locales[0] ?? locale).map(({ intent, name }) => [intent, name]));
  const taken = new Map<string, Named>();
  for (const spec of host.commands(locale)) {
    const usual = telegramName(defaults.get(spec.intent) ?? "");
    const name = [telegramName(spec.name), usual].find((each) => each !== undefined && !taken.has(each));
    if (name !== undefined) taken.set(name, { name, spec });
  }
  return [...taken.values()].slice(0, maxCommands);
}

/** The intent of a typed command: in the language of whoever types it, else in any other. */
export function commandNames(host: Host): CommandNames {
  const tables = new Map(host.locales.map((locale) => [locale, named(host, locale)]));
  return (name, locale) => {
    const own = tables.get(languageOf(host.locales, locale) ?? "") ?? [];
    return [own, ...tables.values()].flat().find((each) => each.name === name)?.spec.intent;
  };
}

function languageOf(locales: readonly string[], locale: string | undefined): string | undefined {
  const tag = locale?.toLowerCase() ?? "";
  return (
    locales.find((each) => each.toLowerCase() === tag) ??
    locales.find((each) => each.split("-")[0] === tag.split("-")[0]) ??
    locales[0]
  );
}

type Menu = { scope: BotCommandScope; language_code?: LanguageCode; commands: BotCommand[] };

/** ISO 639-1, as setMyCommands wants it. */
function isLanguage(code: string): code is LanguageCode {
  return /^[a-z]{2}$/.test(code);
}

/** The menus of every scope and language. In groups, what is typed as a command is seen by its writer and the bot alone. */
export function menus(host: Host): Menu[] {
  const seen = new Set<string>();
  return host.locales.flatMap((locale, index): Menu[] => {
    const language = locale.split("-")[0]?.toLowerCase() ?? "";
    // The first language is everybody's who has none of the others (https://core.telegram.org/bots/api#determining-list-of-commands).
    if (index > 0 && (seen.has(language) || !isLanguage(language))) return [];
    seen.add(language);
    const all = named(host, locale);
    const of = (list: Named[], quiet: boolean): BotCommand[] =>
      list.map(({ name, spec }) => ({
        command: name,
        description: cut(clean(spec.description).replace(/\s+/g, " ").trim() || name, maxDescription),
        ...(quiet ? { is_ephemeral: true } : {}),
      }));
    const language_code = index > 0 && isLanguage(language) ? { language_code: language } : {};
    return [
      { scope: { type: "all_private_chats" }, ...language_code, commands: of(all, false) },
      {
        scope: { type: "all_group_chats" },
        ...language_code,
        commands: of(
          all.filter(({ spec }) => !spec.managers),
          true,
        ),
      },
      { scope: { type: "all_chat_administrators" }, ...language_code, commands: of(all, true) },
    ];
  });
}

/** Tells Telegram the commands when they are not the ones it was told last. */
export async function register(
  botId: number,
  { host, client, kept, clock, signal }: { host: Host; client: Client; kept: Kept; clock: Clock; signal: AbortSignal },
): Promise<void> {
  const wanted = menus(host);
  const hash = createHash("sha256")
    .update(JSON.stringify([botId, wanted]))
    .digest("base64url");
  if ((await kept.get("commands")) === hash) return;
  for (const menu of wanted) {
    const tell = () => client.call((raw, ends) => raw.setMyCommands(menu, ends), { signal });
    await tell().catch(async (error: unknown) => {
      // A menu per language and scope is a lot at once.
      if (!(error instanceof Refused) || error.retryAfterMs === undefined) throw error;
      await clock.sleep(error.retryAfterMs, signal);
      await tell();
    });
  }
  await kept.set("commands", hash);
}
