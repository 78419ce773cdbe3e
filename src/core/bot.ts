import type { Answer } from "../contracts/adapter.ts";
import { SegueError } from "../contracts/errors.ts";
import type { Incoming } from "../contracts/incoming.ts";
import { gates } from "../contracts/language.ts";
import type { EventRow } from "../contracts/message-store.ts";
import type { Reply } from "../contracts/reply.ts";
import type { Command } from "../contracts/vocabulary.ts";
import { during, requestOf } from "../trace.ts";
import { type Answering, createAttending, isAttached, nowhere, postedAnswer } from "./answering.ts";
import { askingOf, createToldLocales, createToldZones } from "./asking.ts";
import type { Bot, BotParts } from "./bot-parts.ts";
import { createCourtesy } from "./courtesy.ts";
import { createDoor } from "./door.ts";
import { createEnding } from "./ending.ts";
import { createFailures } from "./failures.ts";
import { createGranting } from "./granting.ts";
import { createGreets } from "./greetings.ts";
import { createHomes } from "./homes.ts";
import { createIntake } from "./intake.ts";
import { createLearning } from "./learning.ts";
import { createLines, lineOf } from "./line.ts";
import { createMemory } from "./memory.ts";
import { mergeReplies } from "./merge.ts";
import { createMisses } from "./misses.ts";
import { createOpenFor } from "./open-for.ts";
import { interrupted, repeated } from "./plain-replies.ts";
import { createPosts } from "./posts.ts";
import { createRunner } from "./run.ts";
import { createSteps, Stopping } from "./steps.ts";
import { createTell } from "./tell.ts";
import { createTurns } from "./turns.ts";
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
/**
 * Of one platform, so that none holds up another: events that are worked on at once, and that wait for that. The last to wait is answered
 * within ten seconds by a processor that is free for it; whoever comes then is told to come again.
 */
const atOnce = { few: 16, most: 200, waiting: 500 };
const takeAtOnce = 50;
/** After a start, everything that was in hand; a full waiting line for a thousand people. */
const takeAtStart = 10_000;
/** Why a deadline was called off: without a reason of its own every abort makes an error with a stack. */
const over = new DOMException("over", "AbortError");
/** How many times it was taken up while its platform was not started. */
const parkedNote = "parked";
const parkedMs = 60 * 60_000;
const keptForMs = 24 * 60 * 60_000;

type More = {
  /** Slots that were never written down. */
  secret?: Command["slots"];
  /** By an earlier run. */
  taken?: boolean;
  /** To be called when its turn has come. */
  begun?: () => void;
};

/** An event that is kept, and the talk about it; without that where its platform is not started. */
type Accepted = { row: EventRow; answering: Answering | undefined; told?: Answer["told"] };

export type { Bot, BotParts } from "./bot-parts.ts";

export function createBot(parts: BotParts): Bot {
  const { store, language, skills: registry, i18n, orchestrator, accounts, events, clock, log, defaults } = parts;
  const owner = newId();
  const adapters = new Map(parts.adapters.map((adapter) => [adapter.platform, adapter]));
  const lines = createLines(maxWaiting);
  const turns = createTurns({ ...atOnce, pressed: parts.pressed ?? (() => false), clock });
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
    ...(parts.tally ? { tally: parts.tally } : {}),
    clock,
    log,
  });
  const common = { store, adapters, registry, i18n, orchestrator, accounts, events, defaults, clock, log };
  const door = createDoor({
    allowance: parts.allowance ?? { count: 20, windowMs: 10_000 },
    full: { person: lines.full, platform: turns.full },
    i18n,
    defaults,
    clock,
  });
  const courtesy = createCourtesy(clock);
  const toldZones = createToldZones();
  const toldLocales = createToldLocales(store.settings);
  const views = createViews({ ...common, ...parts, adapters, toldZones, courtesy });
  const posts = createPosts({ ...common, views, toldLocales, scheduler: parts.scheduler, alone: parts.alone });
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
  const inHand = new Map<string, string>();
  const again = ({ locale }: { locale?: string }, reply: Reply) => repeated(voice(locale), reply);
  const attend = createAttending({
    adapters,
    registry,
    places: parts.places,
    repeated: again,
    store: store.events,
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
    inHand.set(row.id, event.place.platform);
    return { row, answering: attend(row, answer), told: answer.told };
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

  const handle = (accepted: Accepted, more: More = {}) =>
    during({ request: requestOf(accepted.row.id) }, () => inTurn(accepted, more));

  /** At the turn of its platform. What has not begun by the end of the program is left to the next start. */
  async function inTurn(accepted: Accepted, more: More): Promise<void> {
    const { row, answering, told } = accepted;
    // Waiting for what the platform knows needs no turn.
    await learn(row, told);
    await turns.take(row.event.place.platform, async () => {
      more.begun?.();
      if (!halt.signal.aborted) return work(accepted, more);
      answering?.close();
      inHand.delete(row.id);
    });
  }

  /** Works on one accepted event and never rejects: what fails here is left to `recover`. */
  async function work({ row, answering }: Accepted, more: More): Promise<void> {
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
      await parts.places.heard(row.event);
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
      await lines.join(lineOf(event.user), async () => {
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
      if (!admitted) {
        if (event.type === "text") parts.tally?.heard("ignored", i18n.negotiate(event.locale, defaults.locale));
        return;
      }
      const line = lineOf(event.user);
      const turnedAway = door.turnsAway(event, line);
      if (turnedAway) {
        if (turnedAway.reply) await answer.reply(turnedAway.reply);
        return;
      }
      const waits = turns.busy(event.place.platform);
      const waited = turns.expect(event.place.platform);
      // Accepted before it waits its turn, so that what waits is safe too.
      const accepting = accept(admitted.event, answer);
      const acknowledged = accepting.then((accepted) => {
        answer.accepted?.();
        if (waits) accepted?.answering?.wait();
      });
      // Looked at again below, behind what may have to wait: until then a refusal must not count as unhandled.
      acknowledged.catch(() => undefined);
      const task = async () => {
        const accepted = await accepting;
        const { secret } = admitted;
        if (accepted) await handle(accepted, { begun: waited, ...(secret ? { secret } : {}) });
      };
      try {
        if (!recovered) await begun.promise;
        await lines.join(line, task, companyOf(admitted.event));
      } finally {
        waited();
      }
    },

    async recover() {
      if (stopping) return 0;
      await Promise.all([...inHand.keys()].map((id) => store.events.extend(id, clock.now() + leaseMs)));
      const starting = parts.alone && !recovered;
      const due = starting ? Number.MAX_SAFE_INTEGER : clock.now();
      const rows = await store.events.takeAbandoned(due, lease(), starting ? takeAtStart : takeAtOnce);
      const waited = starting ? await wishes.waiting(undefined, ["link", "scope"]) : [];
      recovered = true;
      let count = 0;
      for (const row of rows.filter(({ id }) => !inHand.has(id))) {
        inHand.set(row.id, row.event.place.platform);
        count++;
        const adapter = adapters.get(row.event.place.platform);
        const answer = adapter ? postedAnswer(adapter, row.event) : nowhere;
        lines
          .join(lineOf(row.event.user), () => handle({ row, answering: attend(row, answer) }, { taken: true }))
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

    inHand: () => inHand.values(),
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
