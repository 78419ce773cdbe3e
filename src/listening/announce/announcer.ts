import type { AnnounceChoice, Announcements, ListeningSession } from "../../contracts/announce.ts";
import { announceView, quietHoursSchema, usualCardsPerDay } from "../../contracts/announce.ts";
import type { Clock } from "../../contracts/clock.ts";
import type { Events } from "../../contracts/events.ts";
import { type ListenerKey, listenerOf, type NowPlaying, type Played } from "../../contracts/listening.ts";
import type { Log } from "../../contracts/log.ts";
import { personSettings } from "../../contracts/people-store.ts";
import type { PlayerRef } from "../../contracts/places.ts";
import type { Posts } from "../../contracts/posts.ts";
import type { Job, Scheduler } from "../../contracts/scheduler.ts";
import type { ShareSpot, Sharing } from "../../contracts/sharing.ts";
import type { Store } from "../../contracts/store.ts";
import type { Watch } from "../watch/watch.ts";
import { createAudience, type PlaceFacts } from "./audience.ts";
import { createCards, dayMs, type LiveCard, postOf, spotKey } from "./cards.ts";
import { quietUntil } from "./quiet.ts";
import { begun, ended, endsAt, heard, mostly, uncounted, until, without } from "./session.ts";
import { createWhy } from "./why.ts";

/** A card so far up, or so old, is posted anew further down. */
const buriedBy = 8;
const oldAfterMs = 6 * 60 * 60_000;
/** A place that refused a card is asked again after this. */
const refusedForMs = 60 * 60_000;
/** How often it is looked at whether quiet begins, or a session has ended, while there is anything that could. */
const tickMs = 60_000;
const idleMs = 60 * 60_000;
const jobName = "announce";
/** The track that a state names may be over by so much. */
const graceMs = 5_000;

export type AnnouncerParts = {
  store: Pick<Store, "cards" | "settings" | "people">;
  sharing: Sharing;
  posts: Posts;
  watch: Pick<Watch, "interest" | "now">;
  place(spot: ShareSpot): Promise<PlaceFacts>;
  /** Every shared player there is. */
  players: readonly (PlayerRef & { name: string })[];
  /** Who has linked an account. */
  linked(): Promise<readonly string[]>;
  /** Until when the listener hides what they hear. */
  privateUntil(listener: ListenerKey): Promise<number | undefined>;
  /** As whoever told of it wants to be named. */
  attribution(origin: string): string;
  /** False where sums of what is heard are barred. */
  statistics: boolean;
  defaults: { timeZone: string };
  scheduler: Pick<Scheduler, "add" | "wake" | "remove">;
  events: Events;
  clock: Clock;
  log: Log;
};

export type Announcer = Announcements & {
  /** From now on, once; cards of an earlier run go on. */
  start(): Promise<void>;
  /** What may be seen of the listener has changed: they are private, or not any more. */
  recheck(listener: ListenerKey): Promise<void>;
  /** Some of what the listener heard is to be seen no more, or this play alone: no card sums it up any longer. */
  takenBack(listener: ListenerKey, play?: Played): Promise<void>;
  stop(): void;
};

/** Tells places what those hear who let them see it: one card for each listener and place, for as long as they listen. */
export function createAnnouncer(parts: AnnouncerParts): Announcer {
  const { store, sharing, posts, watch, scheduler, events, clock, log } = parts;
  const { settings } = store;
  const cards = createCards({ store: store.cards, events, clock });
  const audience = createAudience(parts);
  const why = createWhy({ ...parts, cards, audience, quiet });
  /** Who is heard and not shown, for reasons that pass by themselves. */
  const heldBack = new Set<ListenerKey>();
  const lines = new Map<ListenerKey, Promise<void>>();
  const undo: (() => void)[] = [];
  let reviewedAt = clock.now();

  /** One thing at a time for each listener, in the order in which it was heard. */
  function inLine(listener: ListenerKey, work: () => Promise<void>): Promise<void> {
    const next = (lines.get(listener) ?? Promise.resolve()).then(work).catch((error: unknown) => {
      log.error({ listener, err: error }, "what somebody hears could not be told to a place");
    });
    lines.set(listener, next);
    void next.then(() => {
      if (lines.get(listener) === next) lines.delete(listener);
    });
    return next;
  }

  /** When the quiet that keeps this listener from this place is over, and whose quiet it is. */
  async function quiet(listener: ListenerKey, facts: PlaceFacts) {
    const now = clock.now();
    const zone = facts.timeZone ?? parts.defaults.timeZone;
    const here = quietUntil(facts.announce?.quiet, zone, now);
    const personId = audience.personOf(listener);
    const own = personId === undefined ? undefined : await quietHours(personId);
    const person = own && personId !== undefined ? await store.people.get(personId) : undefined;
    return { here, own: quietUntil(own, person?.timeZone ?? zone, now) };
  }

  async function quietHours(personId: string) {
    const kept = quietHoursSchema.safeParse(
      await settings.get(personSettings.owner(personId), personSettings.quietHours),
    );
    return kept.success ? kept.data : undefined;
  }

  /** Without news it is only looked at whether what is shown may still be shown. */
  async function follow(listener: ListenerKey, now: NowPlaying | undefined): Promise<void> {
    const spots = await audience.placesOf(listener);
    const keys = new Set(spots.map(spotKey));
    const barred = cards.of(listener).filter(({ place }) => !keys.has(spotKey(place)));
    if (barred.length > 0) await cards.takeBack({ ids: barred.map(({ id }) => id) });
    heldBack.delete(listener);
    // They may have taken it all back without a word, as whoever is another person by now.
    if (spots.length === 0) await audience.listen(listener);
    // Whoever is private may be seen again by and by.
    if (spots.length === 0 && audience.isHeard(listener)) heldBack.add(listener);
    for (const spot of spots) await followIn(listener, spot, now);
  }

  /** From then on it is looked at what becomes of it by itself. */
  async function hear(listener: ListenerKey, now: NowPlaying | undefined): Promise<void> {
    await inLine(listener, () => follow(listener, now));
    scheduler.wake(jobName);
  }

  async function followIn(listener: ListenerKey, place: ShareSpot, news: NowPlaying | undefined): Promise<void> {
    const facts = await parts.place(place);
    const kept = cards.at(listener, place);
    const over = kept && endsAt(kept.session) <= (news?.at ?? clock.now());
    if (kept && (over || !facts.announce?.on)) await cards.end(kept, ended(kept.session, clock.now()));
    if (!facts.announce?.on) return;
    const card = over ? undefined : kept;
    const { here, own } = await quiet(listener, facts);
    if (here !== undefined || own !== undefined) {
      if (card) await cards.end(card, ended(news ? heard(card.session, news) : card.session, clock.now()));
      heldBack.add(listener);
      return;
    }
    if (!news) return;
    if (card) return show(card, heard(card.session, news), facts.announce);
    const session = begun(news);
    if (session) await post(listener, place, facts.announce, session);
  }

  async function show(card: LiveCard, session: ListeningSession, choice: AnnounceChoice): Promise<void> {
    const next = session.playing && session.item && session.item.uri !== card.session.item?.uri;
    // Where nothing changes, nobody looks for it further down.
    if (next && (await isLost(card)) && (await post(card.listener, card.place, choice, session, card))) return;
    await cards.change(card, session);
  }

  /** Nobody sees it any more where it stands. */
  async function isLost({ id, createdAt }: LiveCard): Promise<boolean> {
    const state = await posts.state(postOf(id));
    const age = clock.now() - createdAt;
    if (state?.status === "sent") return age >= oldAfterMs || posts.buriedBy(state.sent) >= buriedBy;
    if (state?.status === "dead") return age >= refusedForMs;
    return age >= oldAfterMs;
  }

  /** False where the place has had enough for now. */
  async function post(
    listener: ListenerKey,
    place: ShareSpot,
    choice: AnnounceChoice,
    session: ListeningSession,
    before?: LiveCard,
  ): Promise<boolean> {
    const most = choice.cardsPerDay ?? usualCardsPerDay;
    if ((await cards.madeSince(place, clock.now() - dayMs, most)).length >= most) {
      heldBack.add(listener);
      return false;
    }
    await owe(await cards.make(listener, place, session, before), choice);
    return true;
  }

  async function owe({ id, place }: LiveCard, { thread }: AnnounceChoice): Promise<void> {
    const where = { ...place, ...(thread === undefined ? {} : { thread }) };
    await posts.owe(postOf(id), { place: where, view: { kind: announceView, key: id } });
  }

  /** What the listener hears, as far as that is known and cannot be over yet. */
  function current(listener: ListenerKey): NowPlaying | undefined {
    const now = watch.now(listener);
    const { state, at } = now ?? {};
    if (!now || !state?.item || at === undefined) return undefined;
    const left = state.item.durationMs - state.progressMs;
    const isOver = state.playing && state.item.durationMs > 0 && state.at + left + graceMs < clock.now();
    return isOver ? undefined : { ...now, at: clock.now(), state: runForward(state, clock.now()) };
  }

  const job: Job = {
    name: jobName,
    async run() {
      for (const listener of new Set([...cards.listeners(), ...heldBack])) {
        // Whoever is shown is heard of by the event; whoever is not may be heard all along.
        const news = cards.of(listener).length > 0 ? undefined : current(listener);
        await inLine(listener, () => follow(listener, news));
      }
      if (Math.abs(clock.now() - reviewedAt) >= idleMs) await review();
      const dueAt = cards.takeBackAgain();
      const busy = cards.listeners().length > 0 || heldBack.size > 0;
      const inMs = dueAt === undefined ? idleMs : Math.max(0, dueAt - clock.now());
      return { againInMs: Math.min(busy ? tickMs : idleMs, inMs) };
    },
  };

  /** What was shown and is not allowed any more, as where the program died before it was taken back, or nobody said a word of it. */
  async function review(): Promise<void> {
    reviewedAt = clock.now();
    const known = new Map<ListenerKey, Set<string>>();
    for (const status of ["live", "moved", "over"] as const)
      for await (const { id, listener, place } of cards.all(status)) {
        const allowed = known.get(listener) ?? new Set((await audience.allowedBy(listener)).map(spotKey));
        known.set(listener, allowed);
        if (!allowed.has(spotKey(place))) await cards.takeBack({ ids: [id] });
      }
  }

  async function recheck(listener: ListenerKey): Promise<void> {
    await audience.listen(listener);
    await hear(listener, current(listener));
  }

  /**
   * One play is taken out of what had it. Of more nobody knows which cards had it in them: those that are over go, and those
   * that follow somebody count anew.
   */
  async function takenBack(listener: ListenerKey, play?: Played): Promise<void> {
    await inLine(listener, async () => {
      const ids: string[] = [];
      for await (const card of cards.all("over")) {
        if (card.listener !== listener) continue;
        const { session } = card;
        const left = play && session && without(session, play);
        if (left === undefined || left.songs === 0) ids.push(card.id);
        else if (left !== session) await cards.end({ ...card, session: left }, left);
      }
      if (ids.length > 0) await cards.takeBack({ ids });
      for (const card of cards.of(listener)) {
        const now = until(card.session, clock.now());
        await cards.change(card, play ? without(now, play) : uncounted(now, clock.now()));
      }
    });
    scheduler.wake(jobName);
  }

  return {
    async start() {
      // Before anything is heard: a second card of somebody who has one already would never end.
      const earlier = await cards.load();
      undo.push(
        events.on("now_playing.changed", ({ now }) => hear(now.listener, now)),
        events.on("link.created", ({ personId }) => recheck(listenerOf.person(personId))),
        events.on("link.removed", async ({ personId }) => {
          const listener = listenerOf.person(personId);
          await inLine(listener, () => cards.takeBack({ listener }));
          scheduler.wake(jobName);
        }),
        sharing.onChange(({ share: { personId, use, place }, allowed }) => {
          if (use !== "announce") return;
          const listener = listenerOf.person(personId);
          const after = allowed
            ? Promise.resolve()
            : inLine(listener, () => cards.takeBack({ listener, place: { ...place } }));
          after
            .then(() => recheck(listener))
            .catch((error: unknown) => {
              log.error({ listener, err: error }, "what somebody lets be seen was not looked at anew");
            });
        }),
      );
      for (const personId of await parts.linked()) await audience.listen(listenerOf.person(personId));
      for (const player of parts.players) await audience.listen(listenerOf.player(player));
      for (const card of earlier) {
        const { announce } = await parts.place(card.place);
        // Made by a process that died before it was owed.
        if (announce?.on && (await posts.state(postOf(card.id))) === undefined) await owe(card, announce);
      }
      await review();
      scheduler.add(job);
    },

    recheck,
    takenBack,

    async card(id) {
      const row = await cards.get(id);
      if (!row?.session || row.status === "gone") return undefined;
      const { listener, place, status, session } = row;
      const now = clock.now();
      // Whatever became of it meanwhile: what may not be seen is not drawn.
      const spots = status === "live" ? await audience.placesOf(listener) : await audience.allowedBy(listener);
      if (!spots.some((spot) => spotKey(spot) === spotKey(place))) return undefined;
      const facts = {
        who: await audience.nameOf(listener, place),
        shared: audience.personOf(listener) === undefined,
        attribution: parts.attribution(session.origin),
        untilAt: session.at,
      };
      const { item, playing } = session;
      if (status === "live" && item) return { ...facts, status, item, playing };
      if (status === "moved") return { ...facts, status };
      const { songs, listenedMs } = until(session, now);
      const most = mostly(session);
      const sums = { songs, listenedMs, ...(most === undefined ? {} : { mostly: most }) };
      return { ...facts, status: "over", ...(parts.statistics && songs > 0 ? { sums } : {}) };
    },

    async wasShown(id) {
      // What was sent is remembered for a while only, and what waits is drawn for the first time.
      const state = await posts.state(postOf(id));
      return state === undefined || state.status === "sent";
    },

    async hearing(place) {
      const listeners = await audience.willingIn(place);
      const all = listeners.map(async (listener) => {
        const now = current(listener);
        if (!now?.state?.item) return [];
        return [
          {
            who: await audience.nameOf(listener, place),
            attribution: parts.attribution(now.source.origin),
            item: now.state.item,
            playing: now.state.playing,
          },
        ];
      });
      return (await Promise.all(all)).flat();
    },

    async willing(place) {
      const people = (await audience.willingIn(place)).filter((each) => audience.personOf(each) !== undefined);
      return Promise.all(people.map((listener) => audience.nameOf(listener, place)));
    },

    why: (place, of) =>
      why(place, "personId" in of ? listenerOf.person(of.personId) : listenerOf.player(of.player), current),

    async placeChanged(place) {
      const people = (await sharing.willing("announce", place)).map(listenerOf.person);
      const players = parts.players.map((player) => listenerOf.player(player));
      for (const listener of [...people, ...players]) await recheck(listener);
    },

    quietHours,
    async setQuietHours(personId, hours) {
      const owner = personSettings.owner(personId);
      if (hours) await settings.put(owner, personSettings.quietHours, hours);
      else await settings.remove(owner, personSettings.quietHours);
      await recheck(listenerOf.person(personId));
    },

    async agree(place, player, agreed) {
      const listener = listenerOf.player(player);
      // In line: of two places that agree at once, each would write the list without the other.
      await inLine(listener, async () => {
        await audience.agree(listener, place, agreed);
        if (!agreed) await cards.takeBack({ listener, place });
      });
      await recheck(listener);
    },
    agreed: async (place, player) =>
      (await audience.allowedBy(listenerOf.player(player))).some((spot) => spotKey(spot) === spotKey(place)),

    stop() {
      for (const each of undo.splice(0)) each();
      scheduler.remove(jobName);
      audience.stop();
    },
  };
}

function runForward(state: NonNullable<NowPlaying["state"]>, now: number): NonNullable<NowPlaying["state"]> {
  if (!state.playing) return state;
  return { ...state, at: now, progressMs: state.progressMs + Math.max(0, now - state.at) };
}
