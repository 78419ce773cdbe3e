import type { Adapter, Answer } from "../contracts/adapter.ts";
import type { Clock } from "../contracts/clock.ts";
import { isSegueError, SegueError } from "../contracts/errors.ts";
import { type Incoming, placeIntents, type Sent } from "../contracts/incoming.ts";
import type { Log } from "../contracts/log.ts";
import type { EventRow, EventStore } from "../contracts/message-store.ts";
import type { PlaceSettings } from "../contracts/places.ts";
import type { Reply, Visibility } from "../contracts/reply.ts";
import { inPlainWords, refused, settled } from "./outcomes.ts";
import { placeVisibility } from "./permission.ts";
import type { Places } from "./places.ts";
import type { Registry } from "./registry.ts";

/** People see that something happens after this long. */
const deferAfterMs = 1_000;
/** A platform that waits for longer needs no sign ahead of time. */
const patientMs = 5_000;
/** Without a reason of its own every abort makes an error with a stack. */
const over = "over";

/** What stands where the answer will be: whoever goes on after a kill changes it, so that nothing stays beside the answer. */
type Shown = { sent: Sent; visibility: Visibility };
const shownNote = "shown";

/** The talk with a platform about one event: a sign of life after a second, interim answers, one final one. */
export interface Answering {
  /** Who would see the answer, once that is known. */
  expect(visibility: Visibility): void;
  /** It will take long: there is no point in waiting for a second to show so. */
  wait(): void;
  interim(reply: Reply): Promise<void>;
  /** Undefined: the platform will not have it in any way, so that trying again is of no use. */
  final(reply: Reply): Promise<Sent | undefined>;
  /** It takes the place of what an earlier run has shown, so that showing it twice shows it once. */
  replaces(reply: Reply): boolean;
  close(): void;
}

/**
 * Begins with the acceptance of an event: whoever has to wait for their turn sees in time that something happens, too.
 * Undefined where the event's platform is not started.
 */
export function createAttending(parts: {
  adapters: ReadonlyMap<string, Adapter>;
  registry: Registry;
  places: Pick<Places, "of">;
  repeated(event: Incoming, reply: Reply): Reply;
  store: Pick<EventStore, "note">;
  clock: Clock;
  log: Log;
}): (row: Pick<EventRow, "id" | "event" | "notes">, answer: Answer) => Answering | undefined {
  const { adapters, registry, places, store, clock, log } = parts;
  return ({ id, event, notes }, answer) => {
    const adapter = adapters.get(event.place.platform);
    if (!adapter) return undefined;
    const repeated = (reply: Reply) => parts.repeated(event, reply);
    const before = notes[shownNote] as Shown | undefined;
    const keep = (shown: Shown) => store.note(id, shownNote, shown);
    const answering = createAnswering({ answer, adapter, event, repeated, before, keep, clock, log });
    const handler = event.type === "command" ? registry.handler(event.intent) : undefined;
    const expected = (settings: PlaceSettings) => handler && answering.expect(placeVisibility(handler, settings));
    // Without settings it stays private, which is the safe side.
    places.of(event.place).then(expected, () => undefined);
    return answering;
  };
}

export function createAnswering(parts: {
  answer: Answer;
  adapter: Adapter;
  event: Incoming;
  /** The reply again, for when nobody knows whether it was seen. */
  repeated(reply: Reply): Reply;
  /** By an earlier run. */
  before?: Shown | undefined;
  keep(shown: Shown): Promise<unknown>;
  clock: Clock;
  log: Log;
}): Answering {
  const { answer, adapter, event, repeated, before, keep, clock, log } = parts;
  const timer = new AbortController();
  const settle = () => timer.abort(over);
  let visibility: Visibility = "private";
  let deferring: Promise<void> | undefined;
  let shown = before;
  let nextEditAt = 0;

  function defer(): void {
    // The platform may have given up on the event meanwhile; the final answer finds that out for itself.
    deferring ??= answer
      .defer(visibility)
      .then(async () => {
        const sign = answer.sign?.();
        if (sign) await keep({ sent: sign, visibility });
      })
      .catch((error: unknown) => log.warn({ error }, "could not defer"));
  }

  // Where nobody spoke to the bot, nobody waits for it; and often it has nothing to say.
  const awaited = event.addressed || event.direct;
  if (awaited) clock.sleep(deferAfterMs, timer.signal).then(defer, () => undefined);

  /** The platform's own way to answer ends (tokens expire, connections drop); then the reply is posted, once. */
  async function reply(made: Reply): Promise<Sent | undefined> {
    try {
      return await answer.reply(made);
    } catch (error) {
      if (isAttached(event)) {
        log.warn({ error, event: event.key }, "what belongs to a message could not be put there");
        return undefined;
      }
      // The pressed message shows it all the same.
      if (made.passing) return undefined;
      log.warn({ error, event: event.key }, "an answer could not be given and is posted");
      const unseen = adapter.resend === "key" || refused(error);
      return posted(unseen ? made : repeated(made));
    }
  }

  async function posted(made: Reply): Promise<Sent | undefined> {
    try {
      return await postedAnswer(adapter, event).reply(made);
    } catch (error) {
      if (!settled(error)) throw error;
      log.warn({ error, event: event.key }, "a platform does not take an answer");
      return inOtherWords(made, error);
    }
  }

  /** Whoever asked is told alone where the bot may not speak, and in plain words where it was the look that was refused. */
  async function inOtherWords(made: Reply, error: unknown): Promise<Sent | undefined> {
    const unreadable = isSegueError(error, "InvalidInput");
    const { visibility } = made;
    const other: Reply = unreadable ? inPlainWords(made) : { ...made, visibility: "private" };
    const alone = event.direct || adapter.sendPrivate === undefined;
    if (!unreadable && (alone || visibility === "private")) return undefined;
    try {
      return await post(adapter, event, other, `${event.key}#other`);
    } catch (cause) {
      if (!settled(cause)) throw cause;
      return undefined;
    }
  }

  return {
    expect(next) {
      visibility = next;
    },
    wait() {
      if (!awaited || deferring || timer.signal.aborted || adapter.limits.firstAnswerWithinMs > patientMs) return;
      timer.abort(over);
      defer();
    },
    async interim(made) {
      // Where a message cannot be changed, an interim one would stay beside the answer for good: the sign of life must do.
      if (!adapter.edit || clock.now() < nextEditAt) return;
      nextEditAt = clock.now() + 60_000 / adapter.limits.editsPerMinute;
      settle();
      await deferring;
      try {
        if (shown && reachesAs(shown.visibility, made)) await adapter.edit(shown.sent, made);
        else {
          shown = { sent: await answer.reply(made), visibility: made.visibility };
          await keep(shown);
        }
      } catch (error) {
        log.warn({ error }, "interim answer was not shown");
      }
    },
    async final(made) {
      settle();
      await deferring;
      if (!shown || !adapter.edit || !reachesAs(shown.visibility, made)) return reply(made);
      try {
        await adapter.edit(shown.sent, made);
        return shown.sent;
      } catch (error) {
        log.warn({ error }, "interim answer could not be replaced");
        return reply(made);
      }
    },
    replaces: (made) => before !== undefined && adapter.edit !== undefined && reachesAs(before.visibility, made),
    close: settle,
  };
}

/** Its answer belongs to the very message that the event is about: anywhere else it is a word nobody asked for. */
export function isAttached(event: Incoming): boolean {
  return event.type === "command" && event.intent === placeIntents.unfold;
}

/** A message stays as visible as it was posted: what is private may not be written into one that everybody sees. */
function reachesAs(shown: Visibility, made: Reply): boolean {
  return shown === "private" || made.visibility === "public";
}

/** An answer when the platform's own way to answer is gone, or never was: a message to the place, under the event's key. */
export function postedAnswer(adapter: Adapter, event: Incoming): Answer {
  let posts = 0;
  return {
    defer: async () => {},
    reply(reply) {
      return post(adapter, event, reply, posts++ === 0 ? event.key : `${event.key}#${posts}`);
    },
  };
}

function post(adapter: Adapter, { place, user }: Incoming, reply: Reply, key: string): Promise<Sent> {
  if (reply.visibility === "private" && adapter.sendPrivate) return adapter.sendPrivate(place, user, reply, key);
  return adapter.send(place, reply, key);
}

/** Of a platform that is not started. */
export const nowhere: Answer = {
  defer: async () => {},
  reply: async () => {
    throw new SegueError("Unavailable", { service: "platform", why: "offline" });
  },
};
