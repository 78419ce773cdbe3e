import { z } from "zod";
import type { Asker, Host } from "../../src/contracts/adapter.ts";
import type { Clock } from "../../src/contracts/clock.ts";
import { isSegueError, SegueError } from "../../src/contracts/errors.ts";
import type { Incoming, Place, Told } from "../../src/contracts/incoming.ts";
import type { Log } from "../../src/contracts/log.ts";
import { say } from "../../src/contracts/reply.ts";
import type { Command } from "../../src/contracts/vocabulary.ts";
import { within } from "../../src/within.ts";
import { createAnswer } from "./answer.ts";
import type { SlackClient } from "./client.ts";
import { type Draft, decode, platform, sentAs, wordsOf } from "./decode.ts";
import { encodeForm } from "./form.ts";
import { kit } from "./limits.ts";
import type { Messages } from "./messages.ts";
import { messageSchema } from "./payloads.ts";
import type { People, Person } from "./people.ts";
import { isRefused } from "./refusals.ts";
import { createResponseAddress } from "./response-address.ts";
import type { Words } from "./words.ts";

/** The platform waits for three seconds; what takes longer goes on after the acknowledgement. */
const acknowledgeAfterMs = 2_000;
/** Who somebody is must not hold up what they want; whoever is not known by then is known the next time. */
const personMs = 300;
/** Without it "play this" means nothing, and a private chat would be taken for a public one. */
const lookupMs = 800;
/** A trigger opens a form within three seconds of its press; what a form asks must be known well before. */
const formMs = 1_800;
/** Core answers or turns away whatever comes; this alone bounds what may be on its way there. The platform sends the rest again. */
const maxAtOnce = 10_000;

const repliesSchema = z.object({ messages: z.array(messageSchema).nullish() });

export interface Inbox {
  receive(body: unknown): Promise<void>;
  /** Resolves when nothing is being worked on. */
  idle(): Promise<void>;
}

/** From what the platform delivers to what core hears. */
export function createInbox(parts: {
  host: () => Host | undefined;
  me: () => { user: string; bot: string } | undefined;
  client: SlackClient;
  messages: Messages;
  people: People;
  words: (locale: string | undefined) => Words;
  apiUrl: string;
  clock: Clock;
  log: Log;
}): Inbox {
  const { client, messages, people, clock, log } = parts;
  const working = new Set<Promise<void>>();

  /** What the platform says within the time there is, or nothing: an event is worth more than its trimmings. */
  async function soon<T>(look: () => Promise<T>, ms = lookupMs): Promise<T | undefined> {
    try {
      return await within(clock, ms, "slack", look);
    } catch (error) {
      log.debug({ error }, "a look-up at slack failed");
      return undefined;
    }
  }

  /** The message that a thread hangs on: its words, and whether it is ours. */
  async function parentOf(draft: Draft, place: Place, me: { user: string; bot: string }): Promise<Told> {
    if (draft.what.type !== "text" || draft.thread === undefined) return {};
    const asked = { channel: place.id, ts: draft.thread, limit: 1, inclusive: true };
    const found = await soon(() => client.call("conversations.replies", asked, repliesSchema));
    const parent = found?.messages?.[0];
    if (!parent) return {};
    const about = wordsOf(parent, me.user);
    return {
      ...(about === "" ? {} : { about }),
      ...(parent.bot_id === me.bot && parent.ts ? { target: sentAs(place, parent.ts) } : {}),
    };
  }

  /** Nothing of whoever was met before: what has changed about them since is asked for meanwhile, for the next time. */
  async function whoIs(user: string, known: boolean): Promise<Told> {
    const looked = people.get(user);
    looked.catch(() => undefined);
    const person = known ? undefined : await soon(() => looked, personMs);
    return person ? toldOf(person) : {};
  }

  async function deliver(
    draft: Draft,
    host: Host,
    me: { user: string; bot: string },
    accepted: () => void,
  ): Promise<void> {
    // A chat that only we are in with somebody is that of both for ever.
    if (draft.direct === "yes" && draft.channel !== undefined) people.seenIn(draft.userId, draft.channel);
    const chat = draft.direct === "ask" ? await soon(() => people.directChat(draft.userId)) : undefined;
    const channel = draft.channel ?? (await people.directChat(draft.userId));
    const { tenant } = draft;
    const place: Place = {
      platform,
      tenant,
      id: channel,
      ...(draft.thread === undefined ? {} : { thread: draft.thread }),
    };
    const known = people.known(draft.userId);
    const asked = Promise.all([
      draft.userId === me.user ? {} : whoIs(draft.userId, known !== undefined),
      parentOf(draft, place, me),
    ]);
    const told = asked.then(([person, parent]) => ({ ...person, ...parent }));
    const envelope = {
      key: draft.key,
      place,
      user: { platform, tenant, id: draft.userId },
      userName: draft.userName ?? draft.userId,
      addressed: draft.addressed,
      direct: draft.direct === "yes" || (draft.direct === "ask" && chat === channel),
      local: false,
      at: draft.at,
      ...(draft.target === undefined ? {} : { target: sentAs(place, draft.target) }),
      ...(draft.about === undefined ? {} : { about: draft.about }),
      ...(known ? toldOf(known) : {}),
    };
    const words = () => parts.words(people.known(draft.userId)?.locale);
    const respond =
      draft.responseUrl === undefined
        ? undefined
        : createResponseAddress({ url: draft.responseUrl, apiUrl: parts.apiUrl, clock });
    if (respond && draft.target !== undefined) messages.pressed(draft.target, respond);
    const answerTo = (event: Incoming) => ({
      accepted,
      told: () => told,
      ...createAnswer({
        event,
        route: draft.route,
        trigger: draft.triggerId,
        respond,
        messages,
        people,
        working: () => words().working,
        log,
      }),
    });
    const take = (
      what: { type: "text"; text: string } | { type: "command"; intent: string; slots: Command["slots"] },
    ) => {
      const event: Incoming = { ...envelope, ...what };
      return host.deliver(event, answerTo(event));
    };

    const { what } = draft;
    switch (what.type) {
      case "text":
        return take(what);
      case "command":
        return take(what);
      case "slash":
        return take(slashed(what.text, host));
      case "audio":
      case "file": {
        const event: Incoming = { ...envelope, ...what };
        return host.deliver(event, answerTo(event));
      }
      case "press":
      case "submit": {
        const command = await host.decodeButton(what.data);
        if (!command) {
          const event: Incoming = { ...envelope, type: "text", text: "" };
          await told;
          await answerTo(event).reply(say(words().too_old));
          return;
        }
        if (what.type === "press" && what.form) {
          const asker = { ...envelope, ...(await told) };
          if (await formOpened(draft, place, command, asker, host)) return;
        }
        const slots = what.type === "submit" ? { ...command.slots, ...what.slots } : command.slots;
        return take({ type: "command", intent: command.intent, slots });
      }
    }
  }

  /** False when there is no form to fill in: then the command runs as it is. */
  async function formOpened(
    draft: Draft,
    place: Place,
    command: Command,
    asker: Asker & { target?: { id: string } },
    host: Host,
  ): Promise<boolean> {
    const { user, userName, direct, locale } = asker;
    const knows = { place, user, userName, direct, ...(locale === undefined ? {} : { locale }) };
    const form = await within(clock, formMs, "slack", () => host.form(knows, command)).catch((error: unknown) => {
      log.warn({ error }, "a form was not made in time");
      return undefined;
    });
    if (!form) return false;
    const origin = {
      channel: place.id,
      ...(place.thread === undefined ? {} : { thread: place.thread }),
      ...(asker.target === undefined ? {} : { target: asker.target.id }),
    };
    // Quotes double inside the metadata.
    const data = await host.encodeButton(command, kit.metadata / 3);
    const view = encodeForm(form, origin, data, parts.words(locale));
    // Over a window that is open already the form is laid; it takes no second one.
    const method = draft.route.to === "window" && draft.route.view !== undefined ? "views.push" : "views.open";
    try {
      await client.call(method, { trigger_id: draft.triggerId, view }, z.object({}));
      return true;
    } catch (error) {
      log.warn({ error }, "a form could not be opened");
      // Where nobody knows, the form may be there: the command must not run beside it, and can be pressed again.
      return !isRefused(error) && !isSegueError(error, "RateLimited");
    }
  }

  async function work(body: unknown, accepted: () => void): Promise<void> {
    const [host, me] = [parts.host(), parts.me()];
    if (!host || !me) throw new SegueError("Unavailable", { service: "slack", why: "offline" });
    const drafts = decode(body, { botUser: me.user, now: clock.now() });
    let open = drafts.length;
    const one = () => {
      open -= 1;
      if (open === 0) accepted();
    };
    for (const draft of drafts) await deliver(draft, host, me, one);
  }

  return {
    receive(body) {
      if (working.size >= maxAtOnce)
        return Promise.reject(new SegueError("Unavailable", { service: "slack", why: "offline" }));
      const taken = Promise.withResolvers<void>();
      const timer = new AbortController();
      const job = work(body, taken.resolve).then(taken.resolve, (error: unknown) => {
        // Core says what went wrong with a wish; what comes here could not be taken at all.
        log.warn({ error, code: isSegueError(error) ? error.code : undefined }, "a slack event was not taken");
        taken.reject(error);
      });
      working.add(job);
      job.finally(() => {
        working.delete(job);
        timer.abort("over");
      });
      clock.sleep(acknowledgeAfterMs, timer.signal).then(taken.resolve, () => undefined);
      return taken.promise;
    },
    async idle() {
      await Promise.allSettled(working);
    },
  };
}

function toldOf({ name, locale, timeZone }: Person): Told {
  return {
    userName: name,
    ...(locale === undefined ? {} : { locale }),
    ...(timeZone === undefined ? {} : { timeZone }),
  };
}

/** What follows "/segue": a command of that name, in whatever language, with what it takes, or plain words. */
function slashed(
  typed: string,
  host: Host,
): { type: "text"; text: string } | { type: "command"; intent: string; slots: Command["slots"] } {
  const text = typed.trim();
  if (text === "") return { type: "command", intent: "help", slots: {} };
  const [first = ""] = text.split(/\s/, 1);
  const named = host.locales.some((locale) => host.commands(locale).some(({ name }) => name === first));
  return { type: "text", text: named ? `/${text}` : text };
}
