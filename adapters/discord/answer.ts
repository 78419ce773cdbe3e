import {
  type APIMessage,
  type APIModalInteractionResponseCallbackData,
  InteractionResponseType,
  MessageFlags,
  type RESTPostAPIInteractionCallbackWithResponseResult,
  Routes,
} from "discord.js";
import type { Answer } from "../../src/contracts/adapter.ts";
import type { Clock } from "../../src/contracts/clock.ts";
import type { Sent } from "../../src/contracts/incoming.ts";
import { type Reply, say } from "../../src/contracts/reply.ts";
import type { Calls } from "./calls.ts";
import type { Slip } from "./decode.ts";
import { codes, discordCode, isOver } from "./errors.ts";
import { platform, readSentId, sentId } from "./names.ts";
import { type Posts, tokenMs } from "./posts.ts";
import type { Outgoing } from "./prepare.ts";

/**
 * `thinking`: Discord shows that the bot is at it, to all or to one; `updating`: a press is acknowledged and its message stays;
 * `answered`: everything more is a follow-up; `over`: the token is good for nothing any more.
 */
type State = "open" | "thinking" | "updating" | "answered" | "over";

export interface InteractionAnswer extends Answer {
  /** Answers with a form instead; only as the first thing of all. */
  ask(form: APIModalInteractionResponseCallbackData): Promise<void>;
  /** Acknowledges by itself when nobody has by then. */
  watch(signal: AbortSignal): void;
  /** The event is done: nothing may be left that looks as if something were still to come. */
  close(): Promise<void>;
  /** The event could not be taken. */
  refuse(words: string): Promise<void>;
}

/** Core defers after a second; what it cannot do in time is done here, well before Discord's three seconds are over. */
const ownDeferMs = 2_000;
/** Without a reason of its own every abort makes an error with a stack. */
const over = "over";

/** A reply as it goes out, made before its turn: what is waited for then must not hold up the acknowledgement. */
type Ready = { reply: Reply; out: Outgoing };

/** https://docs.discord.com/developers/interactions/receiving-and-responding */
export function createInteractionAnswer(
  slip: Slip,
  parts: { calls: Calls; posts: Posts; clock: Clock; prepare(reply: Reply): Promise<Outgoing> },
): InteractionAnswer {
  const { calls, posts, clock } = parts;
  const { direct, place, user } = slip.asker;
  const until = slip.at + tokenMs;
  const acknowledged = new AbortController();
  let state: State = "open";
  let thinkingHidden = false;
  let replies = 0;
  let tail: Promise<unknown> = Promise.resolve();

  /** One step after the other: two acknowledgements at once would cost the answer. */
  function inTurn<T>(step: () => Promise<T>): Promise<T> {
    const done = tail.then(step);
    tail = done.catch(() => undefined);
    return done;
  }

  function callback<T>(body: unknown, more: { files?: Outgoing["files"]; response?: boolean } = {}): Promise<T> {
    acknowledged.abort(over);
    return calls.call<T>("POST", Routes.interactionCallback(slip.id, slip.token), {
      body,
      byToken: true,
      ...(more.files?.length ? { files: more.files } : {}),
      ...(more.response ? { query: new URLSearchParams({ with_response: "true" }) } : {}),
    });
  }

  async function acknowledge(hidden: boolean): Promise<void> {
    if (state !== "open") return;
    try {
      if (slip.onMessage) await callback({ type: InteractionResponseType.DeferredMessageUpdate });
      else
        await callback({
          type: InteractionResponseType.DeferredChannelMessageWithSource,
          data: { flags: hidden ? MessageFlags.Ephemeral : 0 },
        });
      state = slip.onMessage ? "updating" : "thinking";
      thinkingHidden = hidden;
    } catch (error) {
      if (!isOver(error)) throw error;
      state = "over";
    }
  }

  const original = () => Routes.webhookMessage(slip.applicationId, slip.token);
  const hides = (reply: Reply) => reply.visibility === "private" && !direct;

  async function followUp({ reply, out: { body, files } }: Ready): Promise<Sent> {
    const flags = body.flags | (hides(reply) ? MessageFlags.Ephemeral : 0);
    const route = Routes.webhook(slip.applicationId, slip.token);
    return landed(
      await calls.call<APIMessage>("POST", route, { body: { ...body, flags }, files, byToken: true }),
      reply,
    );
  }

  function landed(message: Pick<APIMessage, "id" | "components">, reply: Reply): Sent {
    posts.seen(message);
    const byToken = hides(reply) || !slip.present;
    posts.hook(message.id, { applicationId: slip.applicationId, token: slip.token, message: message.id, until });
    return { platform, place, id: sentId(message.id, byToken) };
  }

  async function first(ready: Ready): Promise<Sent> {
    const { reply, out } = ready;
    const { body, files } = out;
    const flags = body.flags | (hides(reply) ? MessageFlags.Ephemeral : 0);
    const type = InteractionResponseType.ChannelMessageWithSource;
    try {
      const made = await callback<RESTPostAPIInteractionCallbackWithResponseResult>(
        { type, data: { ...body, flags } },
        { files, response: true },
      );
      state = "answered";
      return landed(made.resource?.message ?? { id: made.interaction.response_message_id ?? slip.id }, reply);
    } catch (error) {
      if (discordCode(error) !== codes.alreadyAcknowledged) throw error;
      return second(ready);
    }
  }

  /** An acknowledgement whose outcome nobody knew has arrived after all: what it left is what is answered into. */
  async function second(ready: Ready): Promise<Sent> {
    if (slip.onMessage) {
      state = "updating";
      return followUp(ready);
    }
    const left = await calls.call<APIMessage>("GET", original(), { byToken: true });
    state = "thinking";
    thinkingHidden = ((left.flags ?? 0) & MessageFlags.Ephemeral) !== 0;
    return finishThinking(ready);
  }

  /** What is being thought about in public is never finished in private, nor the other way: it is taken away first. */
  async function finishThinking(ready: Ready): Promise<Sent> {
    const { reply, out } = ready;
    if (thinkingHidden !== hides(reply)) {
      await withdraw();
      return followUp(ready);
    }
    const { body, files } = out;
    try {
      const message = await calls.call<APIMessage>("PATCH", original(), { body, files, byToken: true });
      state = "answered";
      return landed(message, reply);
    } catch (error) {
      // The person has put it away meanwhile.
      if (discordCode(error) !== codes.unknownMessage) throw error;
      state = "answered";
      return followUp(ready);
    }
  }

  async function withdraw(): Promise<void> {
    try {
      await calls.call("DELETE", original(), { byToken: true });
    } catch (error) {
      if (!isOver(error)) throw error;
    }
    state = "answered";
  }

  async function respond(ready: Ready): Promise<Sent> {
    // The message pressed on can be changed through this acknowledgement alone.
    if (state === "open" && slip.targetByToken) await acknowledge(true);
    if (state === "open") return first(ready);
    return state === "thinking" ? finishThinking(ready) : followUp(ready);
  }

  async function show(ready: Ready): Promise<Sent> {
    const { reply } = ready;
    const key = replies++ === 0 ? slip.key : `${slip.key}#${replies}`;
    if (clock.now() >= until) state = "over";
    if (state !== "over") {
      try {
        return await respond(ready);
      } catch (error) {
        if (!isOver(error)) throw error;
        state = "over";
      }
    }
    const alone = hides(reply) || !slip.present;
    return alone ? posts.sendPrivate(user, reply, key) : posts.send(place, reply, key);
  }

  if (slip.target && slip.targetByToken)
    posts.hook(readSentId(slip.target).messageId, {
      applicationId: slip.applicationId,
      token: slip.token,
      message: "@original",
      until,
      open: () => inTurn(() => acknowledge(true)),
    });

  return {
    defer: (visibility) => inTurn(() => acknowledge(visibility === "private" && !direct)),
    async reply(reply) {
      const { target } = slip;
      if (reply.passing && target) {
        await inTurn(() => acknowledge(true));
        return target;
      }
      const out = await parts.prepare(reply);
      return inTurn(() => show({ reply, out }));
    },
    ask: (form) =>
      inTurn(async () => {
        await callback({ type: InteractionResponseType.Modal, data: form });
        state = "answered";
      }),
    watch(signal) {
      clock
        .sleep(Math.max(0, slip.at + ownDeferMs - clock.now()), AbortSignal.any([signal, acknowledged.signal]))
        .then(() => inTurn(() => acknowledge(!direct)))
        // What cannot be acknowledged is found out by the answer itself.
        .catch(() => undefined);
    },
    close: () =>
      inTurn(async () => {
        acknowledged.abort(over);
        if (state === "open") await acknowledge(true);
        if (state === "thinking") await withdraw();
      }),
    async refuse(words) {
      acknowledged.abort(over);
      const reply = say(words);
      const out = await parts.prepare(reply);
      await inTurn(async () => {
        if (state === "thinking" || state === "updating") await show({ reply, out });
      });
    },
  };
}
