import type { UserFromGetMe } from "grammy/types";
import type { Answer } from "../../src/contracts/adapter.ts";
import type { Clock } from "../../src/contracts/clock.ts";
import type { Incoming } from "../../src/contracts/incoming.ts";
import type { Log } from "../../src/contracts/log.ts";
import type { Reply } from "../../src/contracts/reply.ts";
import { cut } from "../shared/cut.ts";
import type { Client } from "./client.ts";
import type { Origin } from "./decode.ts";
import { clean } from "./html.ts";
import type { Messages } from "./messages.ts";
import type { Asked, Privately } from "./privately.ts";
import { refusedAs, toSegueError } from "./refusals.ts";
import { isInline, sentOf } from "./sent.ts";
import { fill, type Words } from "./words.ts";

/** A pressed button shows that it works until it is told otherwise. */
const ackMs = 2_500;
const maxToast = 200;

export type AnswerParts = {
  client: Client;
  messages: Messages;
  privately: Privately;
  me: Pick<UserFromGetMe, "username" | "can_read_all_group_messages">;
  wordsFor: (locale: string | undefined) => Words;
  clock: Clock;
  log: Log;
};

/** How one event is answered. `accepted` is called with the first sign that core has it; `end` when core is done with it. */
export function createAnswer(
  event: Pick<Incoming, "place" | "user" | "userName" | "direct" | "locale">,
  origin: Origin,
  parts: AnswerParts,
  accepted: () => void,
): { answer: Answer; toast: NonNullable<Asked["toast"]>; end: () => void } {
  const { client, messages, privately, me, clock, log } = parts;
  const { place, user, direct } = event;
  const words = parts.wordsFor(event.locale);
  const ended = new AbortController();
  let pressed = origin.press;
  let first = true;

  const acknowledge = (show: Parameters<NonNullable<Asked["toast"]>>[0] | undefined): boolean => {
    if (pressed === undefined) return false;
    const callback_query_id = pressed;
    pressed = undefined;
    const shown =
      show === undefined
        ? {}
        : "url" in show
          ? { url: show.url }
          : { text: cut(clean(messages.spelled(show.text)), maxToast), show_alert: show.alert ?? false };
    client
      .call((raw, signal) => raw.answerCallbackQuery({ callback_query_id, ...shown }, signal))
      .catch((error: unknown) => {
        if (!refusedAs(error, "tooOld")) log.warn({ error }, "a press was not acknowledged");
      });
    return true;
  };
  if (pressed !== undefined) {
    clock.sleep(ackMs, ended.signal).then(
      () => acknowledge(undefined),
      () => undefined,
    );
  }

  const welcome = (reply: Reply): Reply => {
    if (!origin.joined || me.can_read_all_group_messages) return reply;
    const text = fill(words.privacy_mode, { bot: `@${me.username}` });
    return { ...reply, text: `${reply.text}\n${text}`, blocks: [...reply.blocks, { type: "text", text }] };
  };

  const asked: Asked = {
    userName: event.userName,
    toast: acknowledge,
    ...(origin.press === undefined ? {} : { press: origin.press }),
    ...(origin.ephemeral === undefined ? {} : { ephemeral: origin.ephemeral }),
  };

  async function reply(given: Reply) {
    if (origin.left) return sentOf(place, { kind: "passing", message: "left" });
    if (given.passing && origin.press !== undefined) {
      acknowledge({ text: given.text });
      return sentOf(place, { kind: "passing", message: origin.press });
    }
    const said = first ? welcome(given) : given;
    const replyTo =
      first && !direct && origin.message !== undefined
        ? { replyTo: { message_id: origin.message, allow_sending_without_reply: true } }
        : {};
    first = false;
    // A message of inline mode stands in a chat we may not be in: whoever pressed can be told, its others cannot.
    if ((said.visibility === "private" && !direct) || isInline(place))
      return privately.reach(place, user, said, words, asked);
    acknowledge(undefined);
    return messages.post(place, said, replyTo);
  }

  return {
    answer: {
      accepted,
      async defer(visibility) {
        accepted();
        if (origin.left) return;
        if (acknowledge(undefined) || origin.press !== undefined || isInline(place)) return;
        if (visibility === "private" && !direct) return;
        const thread = place.thread === undefined ? {} : { message_thread_id: Number(place.thread) };
        await client
          .call((raw, signal) => raw.sendChatAction({ chat_id: place.id, action: "typing", ...thread }, signal))
          .catch((error: unknown) => log.debug({ error }, "typing was not shown"));
      },
      async reply(given) {
        accepted();
        try {
          return await reply(given);
        } catch (error) {
          throw toSegueError(error, clock.now());
        } finally {
          acknowledge(undefined);
        }
      },
    },
    toast: acknowledge,
    end() {
      // Without a reason of its own every abort makes an error with a stack.
      ended.abort("over");
      acknowledge(undefined);
    },
  };
}
