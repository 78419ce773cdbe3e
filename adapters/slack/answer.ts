import type { Answer } from "../../src/contracts/adapter.ts";
import { isSegueError } from "../../src/contracts/errors.ts";
import type { Incoming, Sent } from "../../src/contracts/incoming.ts";
import type { Log } from "../../src/contracts/log.ts";
import { type Reply, say } from "../../src/contracts/reply.ts";
import { type Draft, windowOf } from "./decode.ts";
import { isClosed, type Messages } from "./messages.ts";
import type { People } from "./people.ts";
import { isRefused } from "./refusals.ts";
import type { ResponseAddress } from "./response-address.ts";

/**
 * How one event is answered. What is private goes to the person alone: as it is in their direct chat; elsewhere by the address
 * that came with the event, then as an ephemeral message, then in their direct chat.
 */
export function createAnswer(parts: {
  event: Incoming;
  route: Draft["route"];
  trigger: string | undefined;
  respond: ResponseAddress | undefined;
  messages: Messages;
  people: People;
  /** In the language of whoever asked, once that is known. */
  working: () => string;
  log: Log;
}): Answer {
  const { route, trigger, respond, messages, people, log } = parts;
  const { place, user, direct } = parts.event;
  /** The sign of life that all of the place see, until the answer takes its place. */
  let waiting: Sent | undefined;
  let whispered = false;
  /** The window that the answer is to fill. */
  let window = route.to === "window" && route.view !== undefined ? windowOf(place, route.view) : undefined;
  let filled = route.to !== "window";
  /** A window stands open that says nothing yet. */
  let opening = false;

  async function toPersonAlone(reply: Reply): Promise<Sent> {
    if (respond?.usable()) {
      try {
        return await messages.respond(place, reply, respond, { public: false });
      } catch (error) {
        // What is not well made is no better elsewhere.
        if (isSegueError(error, "InvalidInput")) throw error;
      }
    }
    try {
      return await messages.whisper(place, user.id, reply);
    } catch (error) {
      // What nobody asked for is not worth a message of its own.
      if (!isClosed(error) || route.to === "unfurl") throw error;
    }
    const { platform, tenant } = place;
    return messages.post({ platform, tenant, id: await people.directChat(user.id) }, reply);
  }

  async function toAll(reply: Reply): Promise<Sent> {
    try {
      return await messages.post(place, reply);
    } catch (error) {
      // A command works where the bot is no member: its own address reaches the place, but gives nothing to edit later.
      if (!isClosed(error) || !respond?.usable()) throw error;
      return messages.respond(place, reply, respond, { public: true });
    }
  }

  /** Undefined when there can be no window any more. */
  async function opened(reply: Reply): Promise<Sent | undefined> {
    if (trigger === undefined) return undefined;
    try {
      return await messages.open(place, trigger, reply);
    } catch (error) {
      if (!isRefused(error) && !isSegueError(error, "RateLimited")) throw error;
      log.debug({ error }, "a window could not be opened");
      return undefined;
    }
  }

  /** The first answer fills the window; what follows would take its place, and is a message. */
  async function inWindow(reply: Reply): Promise<Sent | undefined> {
    if (filled) return undefined;
    filled = true;
    if (!window) return opened(reply);
    try {
      await messages.edit(window, reply);
      return window;
    } catch (error) {
      if (!isSegueError(error, "NotFound")) throw error;
      return undefined;
    }
  }

  /** It says nothing of the answer, so one that cannot be taken away only looks unfinished. */
  async function takeAway(sign: Sent): Promise<void> {
    await messages.remove(sign).catch((error: unknown) => log.warn({ error }, "a sign of life stays"));
  }

  return {
    async defer(visibility) {
      // Later the trigger would be too old; a window that is there looks the same until the answer is.
      if (route.to === "window" && !window && !filled) {
        window = await opened(say(parts.working()));
        filled = window === undefined;
        opening = !filled;
      }
      // Home and a link look the same until the answer is there.
      if (waiting || whispered || route.to !== "place") return;
      // Where many wait, an answer that has to take the place of a sign would come the later for it.
      if (!messages.changeable()) return;
      const sign = say(parts.working(), undefined, { visibility });
      if (direct || visibility === "public") {
        try {
          waiting = await messages.post(place, sign);
          return;
        } catch (error) {
          if (!isClosed(error)) throw error;
        }
      }
      // The person saw their command or press being taken, and no later response could take a sign away again: to replace
      // an original means the pressed message.
      if (respond) return;
      whispered = true;
      await messages.whisper(place, user.id, sign);
    },
    sign: () => waiting,
    async reply(reply) {
      const { target } = parts.event;
      if (reply.passing && target && !opening) {
        if (waiting) await takeAway(waiting);
        return target;
      }
      const seen = await inWindow(reply);
      if (seen) return seen;
      const sign = waiting;
      waiting = undefined;
      const hidden = reply.visibility === "private" && !direct;
      if (!hidden && route.to === "home") return messages.home(place, user.id, reply);
      if (!hidden && route.to === "unfurl") return messages.unfurl(place, route, reply);
      if (sign && !hidden) {
        try {
          await messages.edit(sign, reply);
          return sign;
        } catch (error) {
          if (!isSegueError(error, "NotFound")) throw error;
        }
      }
      if (sign && hidden) await takeAway(sign);
      return hidden ? toPersonAlone(reply) : toAll(reply);
    },
  };
}
