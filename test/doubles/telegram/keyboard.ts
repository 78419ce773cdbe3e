import { bad } from "./refusal.ts";

export type Button = { text: string; callback_data?: string; url?: string; style?: string };

/** https://core.telegram.org/bots/api#inlinekeyboardbutton and https://limits.tginfo.me/en */
export function checkKeyboard(markup: unknown): Button[][] {
  if (markup === undefined) return [];
  const rows = (markup as { inline_keyboard?: Button[][] }).inline_keyboard;
  if (!Array.isArray(rows)) throw bad("object expected as reply markup");
  if (rows.flat().length > 100 || rows.some((row) => row.length > 8)) throw bad("reply markup is too long");
  for (const button of rows.flat()) checkButton(button);
  return rows;
}

function checkButton({ text, callback_data, url, style }: Button): void {
  if (typeof text !== "string" || text.trim() === "") throw bad("inline keyboard button text must be non-empty");
  if ((callback_data === undefined) === (url === undefined))
    throw bad("text buttons are unallowed in the inline keyboard");
  if (callback_data !== undefined) {
    const bytes = Buffer.byteLength(callback_data);
    if (bytes < 1 || bytes > 64) throw bad("BUTTON_DATA_INVALID");
  }
  if (url !== undefined) {
    const host = URL.parse(url)?.hostname ?? "";
    if (!/^(https?|tg):/.test(url) || !host.includes("."))
      throw bad(`inline keyboard button URL '${url}' is invalid: Wrong HTTP URL`);
  }
  if (style !== undefined && !["danger", "success", "primary"].includes(style)) throw bad("BUTTON_STYLE_INVALID");
}
