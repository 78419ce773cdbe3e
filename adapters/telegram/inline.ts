import type { InlineQueryResultArticle } from "grammy/types";
import type { Host } from "../../src/contracts/adapter.ts";
import type { Log } from "../../src/contracts/log.ts";
import { cut } from "../shared/cut.ts";
import type { Client } from "./client.ts";
import type { Decoded } from "./decode.ts";
import { clean } from "./html.ts";
import { type Messages, previewOf, reachable } from "./messages.ts";
import { refusedAs } from "./refusals.ts";
import type { Words } from "./words.ts";

export interface InlineMode {
  answer(query: Extract<Decoded, { type: "inline" }>): Promise<void>;
}

/** https://core.telegram.org/bots/api#inlinequeryresultarticle */
const maxIdBytes = 64;
const maxTitle = 120;
/** Of one person, only the newest of what they type is worth an answer; of all, no more than these at once. */
const maxAtOnce = 20;

/** "@bot adele" in any chat: what the asker could post there. Nothing of it is kept or shared before they choose. */
export function createInlineMode(parts: {
  client: Client;
  messages: Messages;
  host: Host;
  wordsFor: (locale: string | undefined) => Words;
  log: Log;
}): InlineMode {
  const { client, messages, host, log } = parts;
  const newest = new Map<string, string>();

  return {
    async answer({ id, text, asker }) {
      const who = asker.user.id;
      if (newest.size >= maxAtOnce && !newest.has(who)) return;
      newest.set(who, id);
      try {
        const shareables = await host.shareables(asker, text.trim());
        if (newest.get(who) !== id) return;
        const results: InlineQueryResultArticle[] = [];
        for (const [index, each] of shareables.entries()) {
          const { html, keyboard, imageUrl } = await messages.encoded(each.reply);
          const detail = clean(each.detail ?? "").trim();
          const thumbnail = each.imageUrl === undefined ? undefined : reachable(each.imageUrl);
          results.push({
            type: "article",
            id: /^[\x21-\x7e]+$/.test(each.id) && each.id.length <= maxIdBytes - 3 ? `${index}:${each.id}` : `${index}`,
            title: cut(clean(each.title).trim() || "…", maxTitle),
            ...(detail === "" ? {} : { description: cut(detail, maxTitle) }),
            ...(thumbnail === undefined ? {} : { thumbnail_url: thumbnail }),
            input_message_content: {
              message_text: html,
              parse_mode: "HTML",
              link_preview_options: previewOf(imageUrl),
            },
            ...(keyboard.length > 0 ? { reply_markup: { inline_keyboard: keyboard } } : {}),
          });
        }
        // Shared by default, for five minutes: one person's music would be another's answer.
        const alone = { is_personal: true, cache_time: 0 };
        const button = { text: parts.wordsFor(asker.locale).open_private, start_parameter: "open" };
        await client.call((raw, signal) =>
          raw.answerInlineQuery(
            { inline_query_id: id, results, ...alone, ...(results.length === 0 ? { button } : {}) },
            signal,
          ),
        );
      } catch (error) {
        if (!refusedAs(error, "tooOld")) log.warn({ error }, "an inline query was not answered");
      } finally {
        if (newest.get(who) === id) newest.delete(who);
      }
    },
  };
}
