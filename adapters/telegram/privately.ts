import { LRUCache } from "lru-cache";
import type { Clock } from "../../src/contracts/clock.ts";
import type { Place, Sent, UserRef } from "../../src/contracts/incoming.ts";
import { type Reply, say } from "../../src/contracts/reply.ts";
import { Refused } from "./client.ts";
import type { Messages } from "./messages.ts";
import { refusedAs, shutOut } from "./refusals.ts";
import { isInline, platform, sentOf } from "./sent.ts";
import { fill, type Words } from "./words.ts";

/** https://core.telegram.org/bots/api#answercallbackquery */
const maxToast = 200;
const refusedMs = 10 * 60_000;
const hiddenMs = 10 * 60_000;

/** What is known of the event that is answered; nothing of it where the bot speaks by itself. */
export type Asked = {
  userName?: string;
  press?: string;
  ephemeral?: number;
  /** Shows words to the presser alone, or opens an address; false when the press has been acknowledged already. */
  toast?: (show: { text: string; alert?: boolean } | { url: string }) => boolean;
};

export interface Privately {
  /** Shows a reply to one person alone, wherever they can see it. */
  reach(to: Place, user: UserRef, reply: Reply, words: Words, asked?: Asked): Promise<Sent>;
  /** Shows what a line hid from this person not long ago, in their private chat. Resolves with where it was asked for, if there is anything. */
  open(chat: Place, user: UserRef): Promise<{ asked: Place; shown: Sent } | undefined>;
}

/**
 * The ways to speak to one person alone, best first. Answers: a toast on the pressed button, when words are all there is; a
 * message of the group that only they see; the private chat. What comes unasked prefers the private chat, as the other may
 * never arrive. At last a line for all says that there is something, and never what.
 */
export function createPrivately(parts: {
  messages: Messages;
  /** The bot's name; the button of the last resort opens it. */
  botName: () => string;
  ephemeral: () => boolean;
  /** How a person is called in a place. */
  nameOf: (place: Place, user: UserRef) => Promise<string>;
  clock: Clock;
}): Privately {
  const { messages, clock } = parts;
  /** Groups where the bot is no administrator, so that only what was just pressed or asked can be answered like that. */
  const refused = new LRUCache<string, true>({ max: 1_000, ttl: refusedMs, perf: clock, ttlResolution: 0 });

  /** Answers that a line stood for. */
  const hidden = new LRUCache<string, { reply: Reply; asked: Place }>({
    max: 500,
    ttl: hiddenMs,
    perf: clock,
    ttlResolution: 0,
  });

  async function inPlace(to: Place, user: UserRef, reply: Reply, asked: Asked): Promise<Sent | undefined> {
    const triggered = asked.press !== undefined || asked.ephemeral !== undefined;
    if (isInline(to) || !parts.ephemeral() || (!triggered && refused.has(to.id))) return undefined;
    const only = { user: Number(user.id), ...(asked.press === undefined ? {} : { press: asked.press }) };
    const replyTo = asked.ephemeral === undefined ? {} : { replyTo: { ephemeral_message_id: asked.ephemeral } };
    try {
      return await messages.post(to, reply, { only, ...replyTo });
    } catch (error) {
      if (!(error instanceof Refused) || error.code === 429) throw error;
      if (!triggered) refused.set(to.id, true);
      return undefined;
    }
  }

  async function inPrivate(user: UserRef, reply: Reply): Promise<Sent | undefined> {
    try {
      return await messages.post({ platform, tenant: "", id: user.id }, reply);
    } catch (error) {
      // Nobody can be written to who has not begun (https://core.telegram.org/bots/features#privacy-mode), or blocks the bot.
      if (shutOut(error) || refusedAs(error, "noPlace")) return undefined;
      throw error;
    }
  }

  async function lastResort(to: Place, user: UserRef, reply: Reply, words: Words, asked: Asked): Promise<Sent> {
    const passing = { kind: "passing", message: asked.press ?? "notice" } as const;
    // What changes by itself must be asked for again: nobody would know where it stands.
    if (reply.view === undefined) hidden.set(user.id, { reply, asked: to });
    const url = `https://t.me/${parts.botName()}?start=${reply.view?.kind === "link" ? "link" : "open"}`;
    if (asked.toast?.({ url }) || isInline(to)) return sentOf(to, passing);
    const line = fill(words.private_only, { name: asked.userName ?? (await parts.nameOf(to, user)) });
    const shown = say(line, [
      { type: "text", text: line },
      { type: "link", label: words.open_private, url },
    ]);
    await messages.post(to, shown, { silent: true });
    return sentOf(to, passing);
  }

  return {
    async open(chat, user) {
      const kept = hidden.get(user.id);
      hidden.delete(user.id);
      if (!kept) return undefined;
      return { asked: kept.asked, shown: await messages.post(chat, kept.reply) };
    },
    async reach(to, user, reply, words, asked) {
      if (to.id === user.id) return messages.post(to, reply);
      if (!asked)
        return (
          (await inPrivate(user, reply)) ??
          (await inPlace(to, user, reply, {})) ??
          lastResort(to, user, reply, words, {})
        );
      if (wordsAlone(reply) && asked.toast?.({ text: reply.text, alert: reply.text.length > 60 }))
        return sentOf(to, { kind: "passing", message: asked.press ?? "toast" });
      const seen = await inPlace(to, user, reply, asked);
      if (seen) return seen;
      const sent = await inPrivate(user, reply);
      if (!sent) return lastResort(to, user, reply, words, asked);
      asked.toast?.({ text: words.sent_privately });
      return sent;
    },
  };
}

function wordsAlone({ blocks, text, view }: Reply): boolean {
  return (
    view === undefined && text.length > 0 && text.length <= maxToast && blocks.every(({ type }) => type === "text")
  );
}
