import type { Host } from "../../src/contracts/adapter.ts";

/** https://core.telegram.org/bots/api#botcommand */
const nameForm = /^[a-z0-9_]{1,32}$/;
/** A command that a sentence names, as core writes it. */
const inSentence = /(?<![\p{L}\p{N}_/<>])\/([\p{L}\p{M}\p{N}_-]{1,32})/gu;

/** Telegram takes lower-case English letters, digits and underscores: other names go without their marks, or are the default language's. */
export function telegramName(name: string): string | undefined {
  const plain = name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("-", "_");
  return nameForm.test(plain) ? plain : undefined;
}

/** Sentences that name commands as the menu here does: what core calls "/my-time-zone" is "/my_time_zone". */
export function createSpelling({ locales, commands }: Pick<Host, "locales" | "commands">): (text: string) => string {
  let names: Map<string, string> | undefined;
  const read = () =>
    new Map(
      locales.flatMap((locale) =>
        commands(locale).flatMap(({ name }): [string, string][] => {
          const here = telegramName(name);
          return here === undefined || here === name ? [] : [[name, here]];
        }),
      ),
    );
  return (text) =>
    text.replace(inSentence, (whole, name: string) => {
      names ??= read();
      const here = names.get(name);
      return here === undefined ? whole : `/${here}`;
    });
}
