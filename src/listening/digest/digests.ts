import { createHash } from "node:crypto";
import type { Clock } from "../../contracts/clock.ts";
import {
  type Digest,
  type DigestKind,
  type DigestOrder,
  type DigestOwner,
  type DigestRecord,
  type Digests,
  digestKinds,
  digestOwnerOf,
  digestView,
  type PastDigest,
  usualDigestHour,
} from "../../contracts/digests.ts";
import { SegueError } from "../../contracts/errors.ts";
import type { Events } from "../../contracts/events.ts";
import { type ListenerKey, listenerOf, type Period } from "../../contracts/listening.ts";
import type { Log } from "../../contracts/log.ts";
import type { Pictures } from "../../contracts/pictures.ts";
import type { Post, Posts } from "../../contracts/posts.ts";
import type { Job, Scheduler } from "../../contracts/scheduler.ts";
import type { ShareSpot, Sharing } from "../../contracts/sharing.ts";
import type { Store } from "../../contracts/store.ts";
import { type Due, endedBetween, latestDue, nextDue, periodAround } from "./calendar.ts";
import type { Compose } from "./compose.ts";
import type { TakenBack } from "./taken-back.ts";

const JOB = "digests";
const AT_ONCE = 20;
/** Other processes take orders that are not announced here, and a zone may have been changed since. */
const LOOK_EVERY_MS = 60_000;
const AGAIN_MS = 5 * 60_000;
/** Missed ones of a kind that are listed; more than a month of days are no news. */
const MOST_MISSED = 31;
const SHOWN = 10;
const MENDED_AT_ONCE = 1_000;
/** What went without a word, as with an identity that is somebody else's by now. */
const MEND_EVERY_MS = 60 * 60_000;

export type DigestParts = {
  store: Pick<Store, "digests">;
  compose: Compose;
  posts: Pick<Posts, "owe" | "state">;
  sharing: Pick<Sharing, "willing" | "onChange">;
  pictures: Pick<Pictures, "forget" | "forgetPreviews">;
  events: Pick<Events, "emit" | "on">;
  scheduler: Pick<Scheduler, "wake">;
  /** In which the owner's days begin. */
  zoneOf(owner: DigestOwner): Promise<string>;
  /** Whether anything may be said there at all. */
  isOpen(owner: DigestOwner): Promise<boolean>;
  /** Shared players of the place whose listening is written down. */
  playersOf(owner: DigestOwner): Promise<ListenerKey[]>;
  /** Where the person is told what nobody else sees; undefined where that is not known. */
  reach(personId: string): Promise<Post["place"] | undefined>;
  /** False where a provider's terms bar sums and charts. */
  statistics: boolean;
  clock: Clock;
  log: Log;
};

/**
 * Digests that places and people want, each once however often the program dies: what is due is written down with what it says,
 * then owed to its place under a key of its place and period, then done with. After a time in which nothing ran, only the latest
 * of each kind is told; those before it are listed as missed.
 *
 * What was told stays what it was: a play that is learnt of later is in no digest of before. Only when somebody takes something
 * back (deletes or hides plays, stops taking part) are those digests made anew that they are in, of the same period and of whoever
 * is left, so that nothing of it stays anywhere.
 */
export function createDigests(parts: DigestParts): Digests & {
  jobs: Job[];
  /** Something of the listener is to be seen no more. */
  takenBack: TakenBack;
  /** Resolves when no digest has the person in it any more, nor any picture. */
  forgetPerson(personId: string): Promise<void>;
  stop(): void;
} {
  const { store, compose, posts, sharing, events, scheduler, zoneOf, clock, log } = parts;
  const { digests } = store;
  /** How often anything was taken back: what was begun before may still have it. */
  let takenBackTimes = 0;
  const lines = new Map<string, Promise<unknown>>();

  /** One thing at a time for each digest: what is made anew must not be followed by what was made before. */
  function inLine<Done>(key: string, work: () => Promise<Done>): Promise<Done> {
    const next = (lines.get(key) ?? Promise.resolve()).then(work, work);
    lines.set(key, next);
    const done = () => {
      if (lines.get(key) === next) lines.delete(key);
    };
    next.then(done, done);
    return next;
  }

  async function listenersOf(owner: DigestOwner): Promise<ListenerKey[]> {
    if ("personId" in owner) return [listenerOf.person(owner.personId)];
    const [people, players] = await Promise.all([sharing.willing("digest", owner.place), parts.playersOf(owner)]);
    return [...people.map(listenerOf.person), ...players];
  }

  const made = async (owner: DigestOwner, kind: DigestKind, period: Period, listeners: readonly ListenerKey[]) => {
    const zone = await zoneOf(owner);
    return compose({ listeners, kind, period, zone, own: "personId" in owner });
  };

  async function recordOf(order: DigestOrder, { period }: Due, key: string): Promise<DigestRecord> {
    const { owner, kind } = order;
    const base = { key, owner, kind, ...period, zone: await zoneOf(owner), madeAt: clock.now() };
    if (!parts.statistics || !(await parts.isOpen(owner))) return { ...base, outcome: "off", listeners: [] };
    const listeners = await listenersOf(owner);
    const content = await made(owner, kind, period, listeners);
    return content ? { ...base, outcome: "owed", listeners, content } : { ...base, outcome: "nothing", listeners: [] };
  }

  /** Written down first, so that it says the same whenever it is sent; owed then, which is known already when this runs again. */
  async function tell(order: DigestOrder, due: Due): Promise<void> {
    const key = keyOf(order, due);
    let record = await digests.get(key);
    if (!record) {
      const before = takenBackTimes;
      record = await recordOf(order, due, key);
      await digests.keep(record);
      // Whoever took something back in between was in no digest that is kept, so that nobody found it there.
      if (before !== takenBackTimes) await renew(key, await noLongerIn(record));
    }
    if (record.outcome !== "owed") return;
    const view = { kind: digestView, key };
    const { owner } = order;
    if ("personId" in owner) {
      const place = (await parts.reach(owner.personId)) ?? order.at;
      await posts.owe(key, { place, view, personId: owner.personId });
    } else await posts.owe(key, { place: order.at, view });
  }

  async function settle(order: DigestOrder): Promise<void> {
    const { owner, kind, hour, doneUntilAt } = order;
    const now = clock.now();
    const zone = await zoneOf(owner);
    const due = latestDue(kind, zone, hour, now);
    if (due.period.untilAt > doneUntilAt) {
      const ended = endedBetween(
        kind,
        zone,
        hour,
        { fromAt: doneUntilAt, untilAt: due.period.untilAt },
        MOST_MISSED + 1,
      );
      for (const missed of ended.slice(0, -1))
        await digests.keep({
          key: keyOf(order, missed),
          owner,
          kind,
          ...missed.period,
          zone,
          outcome: "missed",
          listeners: [],
          madeAt: now,
        });
      await tell(order, due);
    }
    const next = nextDue(kind, zone, hour, now);
    await digests.setDue({
      owner,
      kind,
      doneUntilAt: Math.max(doneUntilAt, due.period.untilAt),
      nextAt: next.dueAt,
    });
  }

  /** What a death of the process kept from being made anew, and what went without a word, as with an identity of another now. */
  async function mend(): Promise<void> {
    for (const { key, listener } of await digests.unshared(MENDED_AT_ONCE)) await renew(key, [listener]);
    if (mendedAt !== undefined) return;
    for (const key of await digests.unmade(MENDED_AT_ONCE))
      events.emit({ type: "view.changed", kind: digestView, key });
  }

  let mendedAt: number | undefined;
  async function round(signal: AbortSignal): Promise<{ againInMs: number }> {
    if (mendedAt === undefined || Math.abs(clock.now() - mendedAt) >= MEND_EVERY_MS) {
      await mend();
      mendedAt = clock.now();
    }
    const due = await digests.due(clock.now(), AT_ONCE);
    for (const order of due) {
      if (signal.aborted) break;
      try {
        await settle(order);
      } catch (error) {
        log.error({ err: error, kind: order.kind }, "a digest could not be made");
        // One that fails must not be in the way of the others.
        await digests.setDue({ ...order, nextAt: clock.now() + AGAIN_MS });
      }
    }
    if (due.length === AT_ONCE) return { againInMs: 0 };
    const next = await digests.nextDueAt();
    return { againInMs: Math.min(LOOK_EVERY_MS, Math.max(0, (next ?? Number.POSITIVE_INFINITY) - clock.now())) };
  }

  async function noLongerIn({ owner, listeners }: DigestRecord): Promise<ListenerKey[]> {
    if ("personId" in owner) return [];
    const still = new Set(await listenersOf(owner));
    return listeners.filter((listener) => !still.has(listener));
  }

  /** Made anew when it is drawn next; where it is not to be seen any more, its pictures go all the same. */
  async function renew(key: string, without: readonly ListenerKey[] = []): Promise<void> {
    await inLine(key, () => unmake(key, without));
    await parts.pictures.forget(key);
    events.emit({ type: "view.changed", kind: digestView, key });
  }

  async function unmake(key: string, without: readonly ListenerKey[] = []): Promise<void> {
    const record = await digests.get(key);
    if (!record) return;
    const listeners = record.listeners.filter((listener) => !without.includes(listener));
    await digests.setContent(key, { content: undefined, listeners });
  }

  /** Out of every digest, or out of those of one place. */
  async function takeOut(listener: ListenerKey, place?: ShareSpot): Promise<void> {
    await parts.pictures.forgetPreviews();
    const here = place && digestOwnerOf({ place });
    for (const { key, owner } of await digests.withListener(listener))
      if (here === undefined || digestOwnerOf(owner) === here) await renew(key, [listener]);
  }

  const unhear = events.on("view.changed", async ({ kind, key }) => {
    // Of those that were deleted with all else of their person or place.
    if (kind === digestView && !(await digests.get(key))) await parts.pictures.forget(key);
  });
  const unhearErased = events.on("person.erased", async ({ personId }) => {
    takenBackTimes += 1;
    await takeOut(listenerOf.person(personId));
  });
  const unlisten = sharing.onChange(({ share, allowed }) => {
    if (allowed || share.use !== "digest") return;
    takenBackTimes += 1;
    takeOut(listenerOf.person(share.personId), share.place).catch((error: unknown) =>
      log.error({ err: error }, "a digest still tells of somebody who took no part any more"),
    );
  });

  async function pastOf(record: DigestRecord): Promise<PastDigest> {
    const { key, kind, fromAt, untilAt, zone, outcome } = record;
    const past = { kind, fromAt, untilAt, zone, outcome };
    if (outcome !== "owed") return past;
    const state = await posts.state(key);
    const posted = {
      waiting: "waiting",
      sending: "waiting",
      sent: "sent",
      unconfirmed: "unconfirmed",
      dead: "failed",
    } as const;
    // What has been posted for long is not kept track of.
    return { ...past, posted: state ? posted[state.status] : "sent" };
  }

  async function shownNow(key: string): ReturnType<Digests["get"]> {
    const record = await digests.get(key);
    if (record?.outcome !== "owed") return undefined;
    const { owner, content, kind, fromAt, untilAt, zone, listeners } = record;
    // Terms may have changed since it was made.
    if (content && parts.statistics) return { owner, digest: content };
    const own = "personId" in owner;
    const digest: Digest | undefined = parts.statistics
      ? await compose({ listeners, kind, period: { fromAt, untilAt }, zone, own })
      : undefined;
    if (!digest) {
      await digests.setContent(key, { content: undefined, listeners: [] });
      await parts.pictures.forget(key);
      const { status } = (await posts.state(key)) ?? { status: "sent" };
      // What nobody has seen yet need not be told of either.
      return status === "sent" || status === "unconfirmed" ? "taken_back" : undefined;
    }
    await digests.setContent(key, { content: digest, listeners });
    return { owner, digest };
  }

  return {
    async orders(owner) {
      const orders = await digests.orders(owner);
      return orders.toSorted((a, b) => digestKinds.indexOf(a.kind) - digestKinds.indexOf(b.kind));
    },

    async order(owner, { kind, hour, at }) {
      if (hour !== undefined && !(Number.isInteger(hour) && hour >= 0 && hour <= 23))
        throw new SegueError("InvalidInput", { field: "hour", why: "range", min: 0, max: 23 });
      const now = clock.now();
      const before = (await digests.orders(owner)).find((order) => order.kind === kind);
      const zone = await zoneOf(owner);
      const wanted = hour ?? before?.hour ?? usualDigestHour;
      // The one that is due today, where its hour is still to come, is of a time before anybody asked.
      const doneUntilAt = before?.doneUntilAt ?? periodAround(kind, zone, now).fromAt;
      // An earlier hour than before may be over already.
      const isOwed = latestDue(kind, zone, wanted, now).period.untilAt > doneUntilAt;
      const next = nextDue(kind, zone, wanted, now);
      const first = next.period.untilAt > doneUntilAt ? next : nextDue(kind, zone, wanted, next.dueAt);
      const order: DigestOrder = {
        owner,
        kind,
        hour: wanted,
        at: before?.at ?? at,
        sinceAt: before?.sinceAt ?? now,
        doneUntilAt,
        nextAt: isOwed ? now : first.dueAt,
      };
      await digests.putOrder(order);
      scheduler.wake(JOB);
      return order;
    },

    cancel: (owner, kind) => digests.removeOrder(owner, kind),

    async past(owner) {
      return Promise.all((await digests.past(owner, SHOWN)).map(pastOf));
    },

    async preview(owner, kind, { period, alone } = {}) {
      if (!parts.statistics) return undefined;
      const now = clock.now();
      const wanted = period ?? periodAround(kind, await zoneOf(owner), now);
      const listeners = alone === undefined ? await listenersOf(owner) : [listenerOf.person(alone)];
      return made(owner, kind, { fromAt: wanted.fromAt, untilAt: Math.min(wanted.untilAt, now + 1) }, listeners);
    },

    get: (key) => inLine(key, () => shownNow(key)),

    takingPart: async (place) => (await listenersOf({ place })).length,

    async takenBack(listener, moment) {
      takenBackTimes += 1;
      const records = await digests.withListener(listener);
      if (moment === "before") {
        // Nobody is told yet: what would be drawn now would have it still.
        for (const { key } of records) await inLine(key, () => unmake(key));
        return;
      }
      await parts.pictures.forgetPreviews();
      for (const { key } of records) await renew(key);
    },

    async forgetPerson(personId) {
      takenBackTimes += 1;
      await takeOut(listenerOf.person(personId));
    },

    jobs: [{ name: JOB, run: round }],

    stop() {
      unlisten();
      unhear();
      unhearErased();
    },
  };
}

/** The same for the same place, kind and period, whatever else changes. */
function keyOf({ owner, kind }: Pick<DigestOrder, "owner" | "kind">, { label }: Pick<Due, "label">): string {
  const whose = createHash("sha256").update(digestOwnerOf(owner)).digest("base64url").slice(0, 22);
  return `digest:${whose}:${kind}:${label}`;
}
