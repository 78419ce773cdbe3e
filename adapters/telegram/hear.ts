import type { Message, MessageEntity, UserFromGetMe } from "grammy/types";
import type { FileRef } from "../../src/contracts/incoming.ts";

export type Heard = {
  addressed: boolean;
  /** "/play@other_bot": not a word of it is meant for us. */
  forOtherBot: boolean;
  text: string;
  command?: { name: string; rest: string; named: boolean };
  file?: { type: "audio" | "file"; file: FileRef };
};

/** What a message says, and whether to us. https://core.telegram.org/bots/features#privacy-mode */
export function hear(message: Message, me: Pick<UserFromGetMe, "id" | "username">, answersUs: boolean): Heard {
  const whole = message.text ?? message.caption ?? "";
  const entities = message.entities ?? message.caption_entities ?? [];
  const mine = entities.filter((entity) => mentions(entity, whole, me));
  const text = without(whole, mine);
  const file = fileOf(message);
  // Telegram ends a command at the first dash: help shows "/skip-to", its menu "/skip_to", and people type both.
  const begins = entities.some(({ type, offset }) => type === "bot_command" && offset === 0);
  const [, name = "", bot] = (begins && /^\/([\w-]+)(?:@(\w+))?(?:\s+|$)/.exec(whole)) || [];
  const named = bot?.toLowerCase() === me.username.toLowerCase();
  return {
    addressed: answersUs || mine.length > 0 || begins,
    forOtherBot: bot !== undefined && !named,
    text,
    ...(name !== "" && !file
      ? { command: { name: name.toLowerCase().replaceAll("-", "_"), rest: text.replace(/^\S+\s*/, "").trim(), named } }
      : {}),
    ...(file ? { file } : {}),
  };
}

/** The words of a message with the addresses that stand behind them. */
export function wordsOf(message: Message): string {
  const text = message.text ?? message.caption ?? "";
  const links = (message.entities ?? message.caption_entities ?? []).flatMap((entity) =>
    entity.type === "text_link" ? [entity.url] : [],
  );
  return [text, ...links].filter((words) => words !== "").join("\n");
}

function mentions(entity: MessageEntity, text: string, me: Pick<UserFromGetMe, "id" | "username">): boolean {
  if (entity.type === "text_mention") return entity.user.id === me.id;
  if (entity.type !== "mention") return false;
  return text.slice(entity.offset + 1, entity.offset + entity.length).toLowerCase() === me.username.toLowerCase();
}

/** Offsets count UTF-16 units, as strings here do. */
function without(text: string, entities: readonly MessageEntity[]): string {
  let left = text;
  for (const { offset, length } of [...entities].sort((a, b) => b.offset - a.offset))
    left = `${left.slice(0, offset)} ${left.slice(offset + length)}`;
  return entities.length === 0 ? text : left.replace(/ {2,}/g, " ").trim();
}

function fileOf({ voice, audio, document }: Message): Heard["file"] {
  const file = voice ?? audio ?? document;
  if (!file) return undefined;
  const name = audio?.file_name ?? document?.file_name;
  const seconds = voice?.duration ?? audio?.duration;
  return {
    type: voice || audio ? "audio" : "file",
    file: {
      ref: file.file_id,
      ...(name === undefined ? {} : { name }),
      ...(file.mime_type === undefined ? {} : { mediaType: file.mime_type }),
      ...(file.file_size === undefined ? {} : { bytes: file.file_size }),
      ...(seconds === undefined ? {} : { durationMs: seconds * 1000 }),
    },
  };
}
