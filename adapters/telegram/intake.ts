import type { Update, UserFromGetMe } from "grammy/types";
import { LRUCache } from "lru-cache";
import type { Host } from "../../src/contracts/adapter.ts";
import type { Incoming } from "../../src/contracts/incoming.ts";
import { type AnswerParts, createAnswer } from "./answer.ts";
import { type CommandNames, type Decoded, decode, type Origin } from "./decode.ts";
import type { InlineMode } from "./inline.ts";

/**
 * Updates in hand at once. People do not wait for each other; what is more waits at Telegram. More are asked than can be answered by
 * its pace of 30 messages a second (https://core.telegram.org/bots/faq), and fewer than core would turn away: to be told to come again would
 * take as much of that pace as an answer.
 */
const maxInHand = 400;
const rememberedUpdates = 2_000;

export interface Intake {
  /** Resolves once core has the update or it is not for us. Rejects when it must be delivered again. */
  take(update: Update): Promise<void>;
  full(): boolean;
}

export function createIntake(
  parts: AnswerParts & { me: UserFromGetMe; host: Host; inline: InlineMode; commands: CommandNames },
): Intake {
  const { host, me, clock, log } = parts;
  const inHand = new Map<number, Promise<void>>();
  const taken = new LRUCache<number, true>({ max: rememberedUpdates });

  async function opened({ place, user }: Incoming): Promise<boolean> {
    try {
      const opened = await parts.privately.open(place, user);
      if (opened) await host.shownLater(user, opened.asked, opened.shown);
      return opened !== undefined;
    } catch (error) {
      log.warn({ error }, "a hidden answer was not shown");
      return false;
    }
  }

  async function deliver(event: Incoming, origin: Origin, accepted: () => void): Promise<void> {
    if (origin.opens && (await opened(event))) return;
    const { answer, end } = createAnswer(event, origin, parts, accepted);
    try {
      await host.deliver(event, answer);
    } finally {
      end();
    }
  }

  async function handle(update: Update, accepted: () => void): Promise<void> {
    let decoded: Decoded | undefined;
    try {
      decoded = decode(update, { me, now: clock.now(), commands: parts.commands });
    } catch (error) {
      // It would fail in the same way again.
      log.error({ error, update: update.update_id }, "an update could not be read");
    }
    if (!decoded) return;
    if (decoded.type === "inline") {
      accepted();
      await parts.inline.answer(decoded);
      return;
    }
    if (decoded.type === "event") return deliver(decoded.event, decoded.origin, accepted);
    const { envelope, origin, data } = decoded;
    const command = await host.decodeButton(data);
    if (command) {
      const { intent, slots } = command;
      return deliver({ ...envelope, type: "command", intent, slots }, origin, accepted);
    }
    const { toast, end } = createAnswer(envelope, origin, parts, accepted);
    toast({ text: parts.wordsFor(envelope.locale).button_old, alert: true });
    end();
  }

  return {
    take(update) {
      const id = update.update_id;
      const working = inHand.get(id);
      if (working) return working;
      if (taken.has(id)) return Promise.resolve();
      const { promise: accepted, resolve, reject } = Promise.withResolvers<void>();
      let settled = false;
      const accept = () => {
        settled = true;
        taken.set(id, true);
        resolve();
      };
      inHand.set(id, accepted);
      handle(update, accept)
        .then(accept, (error: unknown) => {
          log.warn({ error, update: id }, settled ? "an update could not be ended" : "an update was not accepted");
          reject(error);
        })
        .finally(() => inHand.delete(id));
      return accepted;
    },
    full: () => inHand.size >= maxInHand,
  };
}
