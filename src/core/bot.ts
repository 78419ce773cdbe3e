/**
 * From an inbound event to its answer, so that a kill -9 at any line loses nothing that was accepted and does nothing twice.
 *
 *   await                what a kill right after it leaves            what the next start does
 *   accept               a row without a plan                         plans and runs it
 *   learn                the same, with what was learnt since         the same
 *   people.ensure, plan  the same, or a plan without a begun step     runs it
 *   begin                a begun step of which nothing is known       runs it again as `resumed`: what it noted by `once` is
 *                                                                     there, and music reads the player before it writes
 *   note                 the same, with the note                      the same
 *   wishes.put           a wish whose id was noted before             forgets the wish, then runs the step again
 *   wishes.take          a wish that was noted and is gone            knows by the note that this event took it
 *   advance              a finished step with its reply               goes on with the next step
 *   note "answering"     an answer of which nobody knows              posts under the event's key where the platform takes keys,
 *   answer.reply           whether it was shown                       else posts it marked as a repetition: never silently twice
 *   views.put            an answered event                            the same: the same key gives the same message, which is bound
 *   finish               nothing                                      nothing
 *
 * Rows are held under a lease that `recover` renews; a row whose lease is over is anybody's. After three runs that did not
 * end, or when the wish is older than ten minutes, the person is told that it was interrupted and nothing more is tried.
 *
 * Secrets (a pasted address, a code) are in the row neither as typed nor as shown: such an event is run from memory, and after
 * a crash the skill asks again, or says what stands in the answer's place.
 */

import type { Accounts } from "../contracts/accounts.ts";
import type { Adapter, Answer } from "../contracts/adapter.ts";
import type { Clock } from "../contracts/clock.ts";
import { SegueError } from "../contracts/errors.ts";
import type { Events } from "../contracts/events.ts";
import type { Incoming, Place, Sent, UserRef } from "../contracts/incoming.ts";
import { type Gates, gates, type Language } from "../contracts/language.ts";
import type { Log } from "../contracts/log.ts";
import type { EventRow } from "../contracts/message-store.ts";
import type { Milestones } from "../contracts/milestones.ts";
import type { Orchestrator } from "../contracts/player.ts";
import type { Posts } from "../contracts/posts.ts";
import type { Reply } from "../contracts/reply.ts";
import type { Scheduler } from "../contracts/scheduler.ts";
import type { Cache, Store } from "../contracts/store.ts";
import type { Command } from "../contracts/vocabulary.ts";
import { createAllowance } from "./allowance.ts";
import { type Answering, createAttending, isAttached, nowhere, postedAnswer } from "./answering.ts";
import { askingOf, createToldLocales, createToldZones, type ToldZones } from "./asking.ts";
import { createCourtesy } from "./courtesy.ts";
import { createEnding } from "./ending.ts";
import { createFailures } from "./failures.ts";
import { createGranting } from "./granting.ts";
import { createGreets } from "./greetings.ts";
import { createHomes } from "./homes.ts";
import type { I18n } from "./i18n.ts";
import { createIntake } from "./intake.ts";
import { createLearning } from "./learning.ts";
import { createLines } from "./line.ts";
import { createMemory } from "./memory.ts";
import { mergeReplies } from "./merge.ts";
import { createMisses } from "./misses.ts";
import { createOpenFor } from "./open-for.ts";
import type { Places } from "./places.ts";
import { interrupted, refusal, repeated } from "./plain-replies.ts";
import { createPosts, type PostDesk } from "./posts.ts";
import type { Registry } from "./registry.ts";
import { createRunner } from "./run.ts";
import type { Services } from "./services.ts";
import { createSteps, Stopping } from "./steps.ts";
import { createTell } from "./tell.ts";
import { createMoments } from "./times.ts";
import { createViews } from "./views.ts";
import { createWishes, newId } from "./wishes.ts";

const leaseMs = 120_000;
const eventDeadlineMs = 30_000;
/** After a failure of ours (store, platform) the event is tried again by `recover` from then on. */
const retryMs = 2_500;
/** Runs of a command that does not end, and tries to show an answer that is there. */
const maxAttempts = 3;
const maxSends = 8;
const staleAfterMs = 10 * 60_000;
const maxWaiting = 10;
const takeAtOnce = 50;
/** After a start, everything that was in hand; a full waiting line for a thousand people. */
const takeAtStart = 10_000;
/** Why a deadline was called off: without a reason of its own every abort makes an error with a stack. */
const over = new DOMException("over", "AbortError");
/** How many times it was taken up while its platform was not started. */
const parkedNote = "parked";
const parkedMs = 60 * 60_000;
const keptForMs = 24 * 60 * 60_000;

/** An event that is kept, and the talk about it; without that where its platform is not started. */
type Accepted = { row: EventRow; answering: Answering | undefined; told?: Answer["told"] };

export type BotParts = {
  store: Store;
  language: Language;
  skills: Registry;
  i18n: I18n;
  orchestrator: Orchestrator;
  accounts: Accounts;
  places: Places;
  services: Services;
  milestones: Milestones;
  scheduler: Scheduler;
  adapters: readonly Adapter[];
  events: Events;
  clock: Clock;
  log: Log;
  cache: Cache;
  /** Where a provider's own app or page opens. */
  links: { open(provider: string): string | undefined };
  /** For people whose own language and zone are unknown. */
  defaults: { locale: string; timeZone: string };
  /** No other process works on this store: leases of earlier runs are void at the first `recover`. */
  alone: boolean;
  /** Confidence (0..1) below which a sentence is not acted upon. */
  gates?: Gates;
  /** Whether what was said to the bot and not understood is kept, without names, for the operator. */
  misses?: boolean;
  allowance?: { count: number; windowMs: number };
};

export interface Bot {
  /** Resolves once the event is done and answered; at once for a redelivery. Rejects when it could not be accepted. */
  deliver(event: Incoming, answer: Answer): Promise<void>;
  /**
   * Renews the leases of what is in hand and takes over what others left behind. To be called once all adapters have started,
   * and then every 15 s or so. Events that come before the first call are accepted and wait for it, so that what was
   * interrupted is ended first. Resolves with the number taken over; they are worked on afterwards.
   */
  recover(): Promise<number>;
  /** The kept answer of an event that was delivered before; undefined while there is none. */
  kept(platform: string, key: string): Promise<Reply | undefined>;
  readonly toldZones: Pick<ToldZones, "of">;
  /** What is owed to places; sent from its start on, which is to be called once all adapters have started. */
  readonly posts: Posts & Pick<PostDesk, "start">;
  /** Somebody wrote something there that was not for the bot. */
  saw(place: Place): void;
  /** What the person was answered in `asked` they were shown by that message, and answer it there. */
  shownLater(user: UserRef, asked: Place, by: Sent): Promise<void>;
  /** Resolves when nothing is in hand. */
  idle(): Promise<void>;
  /** Takes nothing more; what has not ended within the time is left for the next start. */
  stop(withinMs: number): Promise<void>;
}

export function createBot(parts: BotParts): Bot {
  const { store, language, skills: registry, i18n, orchestrator, accounts, events, clock, log, defaults } = parts;
  const owner = newId();
  const adapters = new Map(parts.adapters.map((adapter) => [adapter.platform, adapter]));
  const lines = createLines(maxWaiting);
  const allowance = createAllowance(parts.allowance ?? { count: 20, windowMs: 10_000 });
  const memory = createMemory(parts.cache);
  const wishes = createWishes(store.wishes, registry, clock);
  const heard = { locales: i18n.locales, gates: parts.gates ?? gates, greets: createGreets(i18n) };
  const intake = createIntake({ language, registry, accounts, orchestrator, memory, ...heard });
  const openFor = createOpenFor({ orchestrator, places: parts.places });
  const misses = { ...store.misses, kept: parts.misses === true };
  const run = createRunner({
    registry,
    i18n,
    orchestrator,
    accounts,
    places: parts.places,
    openFor,
    memory,
    misses,
    services: parts.services,
    events,
    clock,
  });
  const now = () => clock.now();
  const failures = createFailures({ registry, i18n, orchestrator, wishes, run, links: parts.links, now, log });
  const steps = createSteps({
    store: store.events,
    intake,
    registry,
    i18n,
    wishes,
    orchestrator,
    run,
    failures,
    places: parts.places,
    memory,
    ...(parts.misses ? { misses: createMisses({ store, clock, log }) } : {}),
    clock,
    log,
  });
  const common = { store, adapters, registry, i18n, orchestrator, accounts, events, defaults, clock, log };
  const courtesy = createCourtesy(clock);
  const toldZones = createToldZones();
  const toldLocales = createToldLocales(store.settings);
  const views = createViews({ ...common, places: parts.places, services: parts.services, toldZones, courtesy });
  const posts = createPosts({ ...common, views, toldLocales, scheduler: parts.scheduler });
  const tell = createTell({
    ...common,
    views,
    toldZones,
    toldLocales,
    places: parts.places,
    erasing: parts.services.erasing,
    milestones: parts.milestones,
  });
  const homes = createHomes({ accounts: store.accounts, orchestrator, events });
  const learn = createLearning({ events: store.events, trim: intake.trim, clock, log });
  const inHand = new Set<string>();
  const again = ({ locale }: { locale?: string }, reply: Reply) => repeated(voice(locale), reply);
  const attend = createAttending({
    adapters,
    registry,
    places: parts.places,
    repeated: again,
    clock,
    log,
  });
  const { show, end } = createEnding({
    store: store.events,
    views,
    homes,
    registry,
    accounts,
    places: parts.places,
    memory,
    again,
    clock,
    log,
  });
  const halt = new AbortController();
  const begun = Promise.withResolvers<void>();
  let stopping = false;
  let recovered = false;

  const lease = () => ({ untilAt: clock.now() + leaseMs, owner });
  const voice = (locale?: string) =>
    i18n.translator("core", i18n.negotiate(locale, defaults.locale), defaults.timeZone);

  /** What a press may run beside; undefined for all that waits its turn. */
  function companyOf(event: Incoming): string | undefined {
    const skill = event.type === "command" ? registry.handler(event.intent)?.skill : undefined;
    return event.type === "command" && skill?.together?.includes(event.intent) ? skill.name : undefined;
  }

  /** Undefined for what was delivered before. */
  async function accept(event: Incoming, answer: Answer): Promise<Accepted | undefined> {
    const row = await store.events.accept(event, lease());
    if (!row) return undefined;
    inHand.add(row.id);
    return { row, answering: attend(event, answer), told: answer.told };
  }

  /** Its platform may only be switched off for now, or have lost its settings: what was asked there is kept for a day. */
  async function park(row: EventRow): Promise<void> {
    const { platform } = row.event.place;
    if (clock.now() - row.event.at > keptForMs) {
      log.error({ platform, event: row.id }, "an event of a platform that is not started is given up");
      await store.events.finish(row.id, clock.now());
      return;
    }
    log.warn({ platform, event: row.id }, "an event of a platform that is not started is kept");
    await store.events.note(row.id, parkedNote, row.attempts);
    await store.events.extend(row.id, clock.now() + parkedMs);
  }

  /** Works on one accepted event and never rejects: what fails here is left to `recover`. */
  async function handle(
    { row, answering, told }: Accepted,
    more: { secret?: Command["slots"]; taken?: boolean } = {},
  ): Promise<void> {
    const adapter = adapters.get(row.event.place.platform);
    if (!adapter || !answering) {
      await park(row).catch((error: unknown) => log.error({ error, event: row.id }, "an event could not be put back"));
      inHand.delete(row.id);
      return;
    }
    // Runs in which there was nowhere to answer were none.
    const attempts = row.attempts - Number(row.notes[parkedNote] ?? 0);
    const deadline = new AbortController();
    const late = () => deadline.abort(new SegueError("Unavailable", { service: "core", why: "timeout" }));
    const served = courtesy.begin();
    clock.sleep(eventDeadlineMs, deadline.signal).then(late, () => undefined);
    try {
      await learn(row, told);
      const person = await store.people.ensure(row.event.user, row.event.userName, clock.now());
      const toldLocale = await toldLocales.seen(row.event, person.id);
      const asking = askingOf(row.event, person, {
        i18n,
        ...defaults,
        place: await parts.places.of(row.event.place),
        told: toldZones,
        ...(toldLocale === undefined ? {} : { toldLocale }),
      });
      // What belongs to a message could be put there by the run that died alone.
      const lost = more.taken && isAttached(row.event);
      if (lost || (more.taken && attempts > maxSends)) {
        log[lost ? "info" : "error"]({ event: row.id }, "an answer could not be shown and is given up");
        await store.events.finish(row.id, clock.now());
        return;
      }
      const hopeless = (more.taken && attempts > maxAttempts) || clock.now() - row.event.at > staleAfterMs;
      if (hopeless && !complete(row)) {
        // Whoever did not speak to the bot waits for nothing.
        const awaited = row.event.addressed || row.event.direct;
        const told = awaited ? interrupted(voice(asking.locale), row) : undefined;
        await show(row, told, adapter, answering, asking);
        return;
      }
      await tell.seen(row.event, asking.person.id);
      await parts.places.called(row.event);
      const signal = AbortSignal.any([halt.signal, deadline.signal]);
      const { done, seated } = await steps({ row, asking, answering, secret: more.secret, signal });
      await end(row, done, adapter, answering, seated);
    } catch (error) {
      if (error instanceof Stopping) return;
      log.error({ error, event: row.id }, "an event could not be ended");
      const again = store.events.extend(row.id, clock.now() + retryMs * 2 ** row.attempts);
      await again.catch((cause: unknown) => log.error({ error: cause }, "an event could not be put back"));
    } finally {
      deadline.abort(over);
      served();
      answering.close();
      inHand.delete(row.id);
    }
  }

  const granting = createGranting({
    wishes,
    events,
    orchestrator,
    accounts,
    registry,
    clock,
    log,
    async run(event) {
      const adapter = adapters.get(event.place.platform);
      if (!adapter || stopping) return;
      const accepting = accept(event, postedAnswer(adapter, event));
      accepting.catch(() => undefined);
      await lines.join(identity(event.user), async () => {
        const accepted = await accepting;
        if (accepted) await handle(accepted);
      });
    },
  });

  return {
    async deliver(event, answer) {
      if (stopping) throw new SegueError("Unavailable", { service: "core", why: "offline" });
      if (!event.direct && event.type !== "command") posts.saw(event.place);
      const admitted = intake.admit(event);
      if (!admitted) return;
      const line = identity(event.user);
      const retryAt = lines.full(line) ? clock.now() + 1_000 : allowance.take(line, clock.now());
      if (retryAt !== undefined) {
        // Whoever did not speak to the bot is not told off for it either.
        if (!event.addressed && !event.direct) return;
        const locale = i18n.negotiate(event.locale, defaults.locale);
        const { note, timed } = createMoments();
        const time = i18n.moment(retryAt, { now: clock.now(), locale, timeZone: defaults.timeZone, note });
        await answer.reply(timed(refusal(voice(event.locale), time)));
        return;
      }
      // Accepted before it waits its turn, so that what waits is safe too.
      const accepting = accept(admitted.event, answer);
      // Looked at again below, behind what may have to wait: until then a refusal must not count as unhandled.
      accepting.then(() => answer.accepted?.()).catch(() => undefined);
      if (!recovered) await begun.promise;
      const work = async () => {
        const accepted = await accepting;
        if (accepted) await handle(accepted, admitted.secret ? { secret: admitted.secret } : {});
      };
      await lines.join(line, work, companyOf(admitted.event));
    },

    async recover() {
      if (stopping) return 0;
      await Promise.all([...inHand].map((id) => store.events.extend(id, clock.now() + leaseMs)));
      const starting = parts.alone && !recovered;
      const due = starting ? Number.MAX_SAFE_INTEGER : clock.now();
      const rows = await store.events.takeAbandoned(due, lease(), starting ? takeAtStart : takeAtOnce);
      const waited = starting ? await wishes.waiting(undefined, ["link", "scope"]) : [];
      recovered = true;
      let count = 0;
      for (const row of rows.filter(({ id }) => !inHand.has(id))) {
        inHand.add(row.id);
        count++;
        const adapter = adapters.get(row.event.place.platform);
        const answer = adapter ? postedAnswer(adapter, row.event) : nowhere;
        lines
          .join(identity(row.event.user), () => handle({ row, answering: attend(row.event, answer) }, { taken: true }))
          .catch((error: unknown) => {
            log.error({ error }, "an event that was taken over could not be ended");
          });
      }
      begun.resolve();
      granting
        .grantWhatWaited(waited)
        .catch((error: unknown) => log.error({ error }, "wishes that waited for a link were not looked through"));
      return count;
    },

    async kept(platform, key) {
      const row = await store.events.find(platform, key);
      return row?.finished ? mergeReplies(row.replies) : undefined;
    },

    toldZones,
    posts,
    saw: posts.saw,

    async shownLater(user, asked, by) {
      const person = await store.people.find(user);
      if (!person) return;
      await memory.carry(person.id, asked, by);
      await parts.places.lend(await parts.places.visitor(person.id, asked), by);
    },

    idle: () => lines.idle(),

    async stop(withinMs) {
      stopping = true;
      begun.resolve();
      granting.stop();
      tell.stop();
      posts.stop();
      homes.stop();
      const ended = new AbortController();
      const patience = clock.sleep(withinMs, ended.signal).then(
        () => halt.abort(new Stopping("stopping")),
        () => undefined,
      );
      await lines.idle();
      ended.abort(over);
      await patience;
      views.stop();
    },
  };
}

/** Nothing is left to run, only to say. A row without a plan is that of a single command. */
function complete(row: EventRow): boolean {
  return row.replies.some((reply) => reply.kind !== "answer") || row.done >= Math.max(1, row.commands.length);
}

/** One person's events stay in order; two identities of a person are two devices in two hands. */
function identity(user: UserRef): string {
  return JSON.stringify([user.platform, user.tenant, user.id]);
}
