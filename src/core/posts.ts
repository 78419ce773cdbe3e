import { LRUCache } from "lru-cache";
import { z } from "zod";
import type { Adapter } from "../contracts/adapter.ts";
import type { Clock } from "../contracts/clock.ts";
import { isSegueError, SegueError } from "../contracts/errors.ts";
import type { Place, Sent } from "../contracts/incoming.ts";
import type { Log } from "../contracts/log.ts";
import type { OutboxRow } from "../contracts/message-store.ts";
import { type Post, type PostState, type Posts, postSchema } from "../contracts/posts.ts";
import type { Reply } from "../contracts/reply.ts";
import type { Scheduler } from "../contracts/scheduler.ts";
import type { Store } from "../contracts/store.ts";
import { within } from "../within.ts";
import type { ToldLocales } from "./asking.ts";
import type { I18n } from "./i18n.ts";
import { inPlainWords, refused, settled, wasNotSent } from "./outcomes.ts";
import type { Views } from "./views.ts";
import { newId } from "./wishes.ts";

/**
 * What is owed to places, so that a kill -9 at any line posts it once.
 *
 *   await              what a kill right after it leaves            what the next start does
 *   owe (put)          a row that waits                             sends it
 *   take, draw         a row in hand of which nothing was sent      sends it: at once where no other process may have it, else
 *                                                                   once its lease is over
 *   begin, send        a row of which nobody knows                  the same key again where the platform knows keys, else
 *                                                                   "unconfirmed": it is not posted a second time
 *   register           a message that is followed, by the row's     finds it by that name: sent
 *                      own name
 *   settle             a sent row                                   nothing
 *
 * Each platform has a job of its own, so that one that hangs, or is down, stops no other.
 */

const leaseMs = 60_000;
const sendWithinMs = 20_000;
/** Sent in two looks after that, it is done with before its lease is over. */
const drawWithinMs = leaseMs - 2 * sendWithinMs;
/** Of one platform, side by side: a message that hangs holds up no more than its own. */
const atOnce = 8;
const idleMs = 60 * 60_000;
/** While a platform is down, and something is owed to it. */
const downMs = 5_000;
/** While a tenant is away, what is owed to it waits for the tenth part of its age, within these, and at last for nothing more. */
const firstLookMs = 60_000;
const longestLookMs = 15 * 60_000;
const awayMs = 7 * 24 * 60 * 60_000;
const firstPauseMs = 5_000;
const longestPauseMs = 15 * 60_000;
/** At that pace, a day. */
const maxTries = 100;
/** For what is no platform's fault. */
const maxFaults = 5;
const jobOf = (platform: string) => `posts:${platform}`;
const viewOf = (key: string) => `post:${key}`;
/** As it is kept: what a row is due at moves. */
const owedSchema = postSchema.extend({ owedAt: z.number().optional() });

export type PostDesk = Posts & {
  /** Somebody wrote something there. */
  saw(place: Place): void;
  /** Sends what is owed, from now on. */
  start(): void;
  stop(): void;
};

export function createPosts(parts: {
  store: Pick<Store, "outbox" | "views" | "people">;
  adapters: ReadonlyMap<string, Adapter>;
  views: Pick<Views, "draw" | "register" | "refresh">;
  i18n: Pick<I18n, "regional">;
  toldLocales: Pick<ToldLocales, "of">;
  defaults: { locale: string };
  scheduler: Pick<Scheduler, "add" | "wake" | "remove">;
  /** No other process works on this store. */
  alone: boolean;
  clock: Clock;
  log: Log;
}): PostDesk {
  const { store, adapters, views, scheduler, clock, log } = parts;
  const { outbox } = store;
  const owner = newId();
  /** Platforms of which what an earlier run had in hand was taken from it. */
  const freed = new Set<string>();
  const chatter = createChatter();

  async function round(adapter: Adapter): Promise<{ againInMs: number }> {
    const { platform } = adapter;
    const again = async () => {
      const dueAt = await outbox.nextDueAt(platform);
      return dueAt === undefined ? idleMs : Math.min(idleMs, Math.max(0, dueAt - clock.now()));
    };
    // Sooner than its lease ends: as long as the platform still knows the key of what may be there.
    if (parts.alone && !freed.has(platform)) await outbox.free(platform);
    freed.add(platform);
    if (!adapter.reaches && adapter.healthy?.() === false) return { againInMs: Math.max(downMs, await again()) };
    const untilAt = clock.now() + leaseMs;
    const rows = await outbox.take(platform, clock.now(), { untilAt, owner }, atOnce);
    await Promise.all(rows.map((row) => deliver(adapter, row, untilAt)));
    return { againInMs: await again() };
  }

  async function deliver(adapter: Adapter, row: OutboxRow, leaseUntilAt: number): Promise<void> {
    const parsed = owedSchema.safeParse(row.body);
    if (!parsed.success) return bury(row, "unreadable");
    const post = parsed.data;
    if (adapter.reaches?.(post.place.tenant) === false) return unreached(row, parsed.data.owedAt);
    if (row.begunAt !== undefined) {
      const sent = await standing(row, post);
      if (sent) return confirm(row, post, sent);
      if (!isRepeatable(adapter, clock.now() - row.begunAt)) return giveUp(row, "interrupted");
    }
    let reply: Reply;
    let locale: string;
    try {
      locale = await localeFor(post);
      // What is drawn slowly is drawn quickly the next time: its pictures are there.
      const drawing = views.draw({ ...post.view, ...personOf(post), locale }, placeOf(post));
      reply = await within(clock, drawWithinMs, "platform", () => drawing);
    } catch (error) {
      // There is nothing to say, or nobody it may be said to, any more.
      if (isSegueError(error, "NotFound") || isSegueError(error, "Forbidden")) return end(row, reasonOf(error));
      return later(row, error);
    }
    // After a halt of the whole process another one may have it by now.
    if (clock.now() > leaseUntilAt - 2 * sendWithinMs) return;
    if (row.begunAt === undefined) await outbox.begin(row.key, clock.now());
    let sent: Sent;
    try {
      sent = await send(adapter, post, reply, row.key);
    } catch (error) {
      return failed(adapter, row, error);
    }
    chatter.sent(sent);
    const shown = { ...personIn(post), locale };
    await views.register(post.view, sent, reply, shown, viewOf(row.key));
    await confirm(row, post, sent);
  }

  /** What changed between the drawing and now had no message to be shown in. */
  async function confirm({ key }: OutboxRow, { view }: Post, sent: Sent): Promise<void> {
    await outbox.settle(key, { status: "sent", sent });
    views.refresh(view.kind, view.key).catch((error: unknown) => {
      log.warn({ error, kind: view.kind }, "a post was not brought up to date");
    });
  }

  /** The message that an earlier run has sent and begun to follow. */
  async function standing({ key }: OutboxRow, { view }: Post): Promise<Sent | undefined> {
    const rows = await store.views.of(view.kind, view.key, clock.now());
    return rows.find(({ id }) => id === viewOf(key))?.sent;
  }

  async function send(adapter: Adapter, post: Post, drawn: Reply, key: string): Promise<Sent> {
    const place = placeOf(post);
    const { personId } = post;
    const given = (reply: Reply, under: string) => {
      if (personId === undefined) return adapter.send(place, { ...reply, visibility: "public" }, under);
      return toPerson(adapter, personId, place, { ...reply, visibility: "private" }, under);
    };
    try {
      return await within(clock, sendWithinMs, "platform", () => given(drawn, key));
    } catch (error) {
      if (!isSegueError(error, "InvalidInput")) throw error;
      log.warn({ error, kind: post.view.kind }, "a platform does not take a post as it looks");
      return within(clock, sendWithinMs, "platform", () => given(inPlainWords(drawn), `${key}#other`));
    }
  }

  async function toPerson(adapter: Adapter, personId: string, place: Place, reply: Reply, key: string): Promise<Sent> {
    if (!adapter.sendPrivate) return adapter.send(place, reply, key);
    const identities = (await store.people.identities(personId)).filter((each) => each.platform === place.platform);
    const user = identities.find(({ tenant }) => tenant === place.tenant) ?? identities[0];
    if (!user) throw new SegueError("NotFound", { what: "person" });
    const { platform, tenant, id } = user;
    return adapter.sendPrivate(place, { platform, tenant, id }, reply, key);
  }

  /** Looking whether its tenant is there is no try. */
  async function unreached(row: OutboxRow, owedAt = row.dueAt): Promise<void> {
    const now = clock.now();
    if (now - owedAt >= awayMs) return end(row, "offline");
    const retryAt = now + Math.min(longestLookMs, Math.max(firstLookMs, (now - owedAt) / 10));
    const unseen = row.begunAt === undefined ? {} : { unseen: true as const };
    await outbox.settle(row.key, { retryAt: Math.round(retryAt), error: "offline", untried: true, ...unseen });
  }

  async function failed(adapter: Adapter, row: OutboxRow, error: unknown): Promise<void> {
    if (settled(error)) return end(row, reasonOf(error));
    if (refused(error) || wasNotSent(error)) return later(row, error);
    const agoMs = row.begunAt === undefined ? 0 : clock.now() - row.begunAt;
    if (!isRepeatable(adapter, agoMs + pauseMs(row))) return giveUp(row, reasonOf(error));
    return later(row, error, { unseen: true });
  }

  /** `unseen`: it may be there. What may be there since an earlier try is so still, whatever became of this one. */
  async function later(
    row: OutboxRow,
    error: unknown,
    { unseen = row.begunAt !== undefined }: { unseen?: boolean } = {},
  ): Promise<void> {
    const why = reasonOf(error);
    const fault = !isSegueError(error);
    const most = fault ? maxFaults : maxTries;
    if (row.attempts >= most) return end(row, why, { unseen });
    log[fault ? "error" : "info"]({ error, post: row.key, attempts: row.attempts }, "a post is tried again later");
    const asked = isSegueError(error) ? (error.retryAt ?? 0) : 0;
    const retryAt = Math.max(asked, clock.now() + pauseMs(row));
    await outbox.settle(row.key, { retryAt, error: why, ...(unseen ? { unseen } : {}) });
  }

  const end = (row: OutboxRow, why: string, { unseen = row.begunAt !== undefined }: { unseen?: boolean } = {}) =>
    unseen ? giveUp(row, why) : bury(row, why);

  async function bury({ key, platform }: OutboxRow, why: string): Promise<void> {
    log.warn({ post: key, platform, why }, "a post is given up");
    await outbox.settle(key, { status: "dead", error: why });
  }

  async function giveUp({ key, platform }: OutboxRow, why: string): Promise<void> {
    log.warn({ post: key, platform, why }, "nobody knows whether a post has arrived");
    await outbox.settle(key, { status: "unconfirmed", error: why });
  }

  /** Of a person it is their own, of a place the place's. */
  async function localeFor(post: Post): Promise<string> {
    const { personId } = post;
    const { locale } = parts.defaults;
    if (personId === undefined) return locale;
    const person = await store.people.get(personId);
    const told = await parts.toldLocales.of(post.place.platform, personId);
    return parts.i18n.regional(person?.locale, told, locale);
  }

  return {
    async owe(key, given, { dueAt = clock.now() } = {}) {
      if (key === "" || key.length > 200) throw new SegueError("InvalidInput", { field: "key", why: "length" });
      const post = postSchema.parse(given);
      const { platform } = post.place;
      const fresh = await outbox.put({ key, platform, body: { ...post, owedAt: dueAt }, dueAt });
      scheduler.wake(jobOf(platform));
      return fresh;
    },
    async state(key) {
      const row = await outbox.get(key);
      return row && stateOf(row);
    },
    outage({ platform, tenant }) {
      const adapter = adapters.get(platform);
      if (!adapter) return "not_started";
      const up = adapter.reaches ? adapter.reaches(tenant) : adapter.healthy?.();
      return up === false ? "down" : undefined;
    },
    buriedBy: chatter.since,
    saw: chatter.saw,
    start() {
      for (const adapter of adapters.values())
        scheduler.add({ name: jobOf(adapter.platform), run: () => round(adapter) });
    },
    stop() {
      for (const platform of adapters.keys()) scheduler.remove(jobOf(platform));
    },
  };
}

/** Whether the same key again shows it once, though nobody knows what became of a try that was made so long ago. */
function isRepeatable({ resend, keyHoldsMs = 0 }: Adapter, agoMs: number): boolean {
  return resend === "key" || (agoMs >= 0 && agoMs < keyHoldsMs);
}

function pauseMs({ attempts }: OutboxRow): number {
  return Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempts - 1, 10));
}

function reasonOf(error: unknown): string {
  return isSegueError(error) ? error.code : error instanceof Error ? error.name : "unknown";
}

function stateOf({ status, sent, lastError = "" }: OutboxRow): PostState {
  if (status === "sent" && sent) return { status, sent };
  if (status === "waiting" || status === "sending") return { status };
  return { status: status === "dead" ? "dead" : "unconfirmed", why: lastError };
}

function placeOf({ place: { platform, tenant, id, thread } }: Post): Place {
  return { platform, tenant, id, ...(thread === undefined ? {} : { thread }) };
}

const personOf = ({ personId }: Post) => (personId === undefined ? {} : { personId });
const personIn = ({ personId }: Post) => (personId === undefined ? {} : { person: { id: personId } });

/** How much is said in places, for whoever wants to know how far up a message of ours is by now. */
function createChatter() {
  const said = new LRUCache<string, number>({ max: 5_000 });
  const before = new LRUCache<string, number>({ max: 5_000 });
  const spot = ({ platform, tenant, id, thread }: Place) => JSON.stringify([platform, tenant, id, thread]);
  const count = (place: Place) => said.get(spot(place)) ?? 0;
  const name = (sent: Sent) => JSON.stringify([spot(sent.place), sent.id]);
  return {
    saw: (place: Place) => void said.set(spot(place), count(place) + 1),
    sent: (sent: Sent) => void before.set(name(sent), count(sent.place)),
    /** Of one that an earlier run sent: since the start. */
    since: (sent: Sent) => Math.max(0, count(sent.place) - (before.get(name(sent)) ?? 0)),
  };
}
