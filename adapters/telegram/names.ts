/** https://core.telegram.org/bots/api#botcommand */
const nameForm = /^[a-z0-9_]{1,32}$/;

/** Telegram takes lower-case English letters, digits and underscores: other names go without their marks, or are the default language's. */
export function telegramName(name: string): string | undefined {
  const plain = name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("-", "_");
  return nameForm.test(plain) ? plain : undefined;
}
