import type { Accounts } from "../contracts/accounts.ts";
import type { Adapter } from "../contracts/adapter.ts";
import type { Clock } from "../contracts/clock.ts";
import type { Incoming, Place, Sent } from "../contracts/incoming.ts";
import type { Log } from "../contracts/log.ts";
import type { EventRow, EventStore } from "../contracts/message-store.ts";
import type { Reply } from "../contracts/reply.ts";
import type { Command } from "../contracts/vocabulary.ts";
import type { Answering } from "./answering.ts";
import type { Asking } from "./asking.ts";
import { type Homes, homeView } from "./homes.ts";
import type { Done, Memory } from "./memory.ts";
import { mergeReplies } from "./merge.ts";
import type { Places } from "./places.ts";
import type { Registry } from "./registry.ts";
import { asKept } from "./steps.ts";
import type { Views } from "./views.ts";

/** Noted as soon as an answer may be shown. */
const answeringNote = "answering";

/** The last of an event: its answer is shown, followed where it shows something that changes, and remembered. */
export function createEnding(parts: {
  store: Pick<EventStore, "note" | "finish">;
  views: Pick<Views, "current" | "shows" | "register">;
  homes: Pick<Homes, "shows" | "seen">;
  registry: Pick<Registry, "handler">;
  accounts: Pick<Accounts, "attach">;
  places: Pick<Places, "lend">;
  memory: Pick<Memory, "remember">;
  /** An answer of which nobody knows whether it was seen. */
  again: (of: { locale?: string }, reply: Reply) => Reply;
  clock: Clock;
  log: Log;
}) {
  const { store, views, homes, registry, accounts, places, memory, again, clock, log } = parts;

  /** The answer to a press on a message that shows it. */
  async function inPassing(
    reply: Reply | undefined,
    { type, target }: Incoming,
    { person }: Asking,
  ): Promise<Reply | undefined> {
    if (type !== "command" || !target || reply?.kind !== "answer" || !reply.shownBy) return reply;
    const { shownBy } = reply;
    const home = { kind: homeView, key: person.id };
    const shown =
      (await views.shows(shownBy, target)) || (homes.shows(shownBy, person.id) && (await views.shows(home, target)));
    return shown ? { ...reply, passing: true } : reply;
  }

  /** Resolves with where the reply landed. */
  async function show(
    row: EventRow,
    reply: Reply | undefined,
    adapter: Adapter,
    answering: Answering,
    asking: Asking,
  ): Promise<Sent | undefined> {
    let sent: Sent | undefined;
    if (reply) {
      const first = !(answeringNote in row.notes);
      if (first) await store.note(row.id, answeringNote, true);
      row.notes[answeringNote] = true;
      const sure = first || adapter.resend === "key" || answering.replaces(reply);
      sent = await answering.final(sure ? reply : again(asking, reply));
      log.debug({ kind: reply.kind, shown: sent !== undefined }, "answered");
      if (sent) await places.lend(asking, sent);
      if (sent && reply.view) {
        await views.register(reply.view, sent, reply, asking);
        if (reply.view.kind === homeView) await homes.seen(asking);
        // Linking ends in a browser, so whoever ends it must find the message that began it.
        if (reply.view.kind === "link") await accounts.attach(reply.view.key, sent);
      }
    }
    await store.finish(row.id, clock.now());
    return sent;
  }

  const isAside = ({ intent }: Command) => registry.handler(intent)?.skill.aside === true;

  async function remember(
    { event, commands }: EventRow,
    asking: Asking,
    done: readonly Done[],
    reply: Reply,
    sent: Sent | undefined,
  ): Promise<void> {
    const asked = { commands, ...(event.type === "text" ? { heard: event.text } : {}) };
    try {
      const { person, place } = asking;
      await memory.remember(person.id, place, asked, done, reply);
      // What was asked among others may be shown to the person alone, and is answered there, too.
      if (sent && !isSamePlace(sent.place, place))
        await memory.remember(person.id, sent.place, asked, done, reply, sent);
    } catch (error) {
      log.warn({ error }, "the conversation was not remembered");
    }
  }

  return {
    show,
    /** After all steps. */
    async end(
      row: EventRow,
      done: readonly Done[],
      adapter: Adapter,
      answering: Answering,
      asking: Asking,
    ): Promise<void> {
      const merged = mergeReplies(await views.current(row.replies, asking));
      const reply = await inPassing(merged, row.event, asking);
      const sent = await show(row, reply, adapter, answering, asking);
      if (reply && !row.commands.every(isAside))
        await remember(row, asking, done, mergeReplies(row.replies.map(asKept)) ?? reply, sent);
    },
  };
}

function isSamePlace(a: Place, b: Place): boolean {
  return a.platform === b.platform && a.tenant === b.tenant && a.id === b.id && a.thread === b.thread;
}
