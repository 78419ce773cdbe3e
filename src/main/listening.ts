import type { Clock } from "../contracts/clock.ts";
import type { Events } from "../contracts/events.ts";
import type { Histories } from "../contracts/history.ts";
import { type ListenerKey, listenerOf, type PlayerFeed } from "../contracts/listening.ts";
import type { Log } from "../contracts/log.ts";
import type { MusicProvider } from "../contracts/music.ts";
import { personSettings } from "../contracts/people-store.ts";
import type { Scheduler } from "../contracts/scheduler.ts";
import type { Store } from "../contracts/store.ts";
import type { History } from "../listening/history.ts";
import { createListening, type Listening, type ListeningParts } from "../listening/listening.ts";
import { createHistories } from "../listening/own-history.ts";
import type { TellingSource } from "../listening/sources/source.ts";
import { sharedKey } from "../music/house.ts";
import { createRecordedPeople, sourceName } from "./diaries.ts";

const always = { fromAt: 0, untilAt: Number.MAX_SAFE_INTEGER };
const habitMs = 8 * 7 * 24 * 60 * 60_000;

/** Watching and writing down, as the started providers and their accounts allow it. */
export async function connectListening(parts: {
  /** What is free: other services and platforms that show what people hear. */
  sources: readonly TellingSource[];
  history: History;
  feed: PlayerFeed;
  providers: readonly MusicProvider[];
  budget: ListeningParts["budget"];
  timers: NonNullable<ListeningParts["timers"]>;
  /** Calls a day for what files left out. */
  detailsPerDay: number;
  /** The operator wants sums and charts though a provider's terms bar them. */
  statisticsAnyway: boolean;
  /** The music service is a false one. */
  rehearsal: boolean;
  /** Somebody is private now, or not any more. */
  onPrivate(listener: ListenerKey): Promise<void>;
  store: Store;
  scheduler: Scheduler;
  events: Events;
  clock: Clock;
  log: Log;
}): Promise<{ listening: Listening; histories: Histories }> {
  const { sources, history, feed, providers, budget, statisticsAnyway, store, scheduler, events, clock, log } = parts;
  const { settings } = store;
  const players = providers.flatMap(({ id: provider, players = [] }) =>
    players.map(({ id: playerId }) => ({ provider, playerId, listener: listenerOf.player({ provider, playerId }) })),
  );
  const isRecorded = async (listener: ListenerKey) =>
    (await settings.get(listener, personSettings.recording)) !== undefined;
  const recordedPlayers = new Set<ListenerKey>();
  for (const { listener } of players) if (await isRecorded(listener)) recordedPlayers.add(listener);
  const linkable = providers.filter(({ linking }) => linking !== undefined);

  const recordedPeople = createRecordedPeople(isRecorded);
  const listening = createListening({
    sources,
    recordsTold: recordedPeople.has,
    feed,
    ledger: history.ledger,
    sharedPlayer(key) {
      const found = players.find((player) => key === sharedKey(player));
      if (!found) return undefined;
      const { listener, provider: origin } = found;
      return { listener, origin, unrecorded: !recordedPlayers.has(listener) };
    },
    async accounts() {
      const rows = (await Promise.all(linkable.map(({ id }) => store.accounts.all(id)))).flat();
      // Known from the start who wants to be left alone.
      for (const { personId } of rows) await history.privateTimes.within(listenerOf.person(personId), always);
      return rows.map(({ id: accountId, personId, provider, status }) => ({ accountId, personId, provider, status }));
    },
    records: (personId) => isRecorded(listenerOf.person(personId)),
    budget,
    async habits(listener) {
      const now = clock.now();
      return (await history.stats.week(listener, { fromAt: now - habitMs, untilAt: now }, "UTC")).flat();
    },
    hidden: history.privateTimes.isNow,
    details: { plays: store.plays, perDay: parts.detailsPerDay },
    timers: parts.timers,
    settings,
    scheduler,
    events,
    clock,
    log,
  });

  const histories = createHistories({
    history,
    settings,
    rehearsal: parts.rehearsal,
    statistics: statisticsAnyway || parts.rehearsal || providers.every(({ terms }) => terms.derivedStatistics),
    nameOf: (origin) => sourceName(origin, providers),
    async onRecording(listener, on) {
      if (players.some((player) => player.listener === listener)) {
        if (on) recordedPlayers.add(listener);
        else recordedPlayers.delete(listener);
        return;
      }
      const person = /^person:(.+)$/.exec(listener)?.[1];
      if (person !== undefined) recordedPeople.set(person, on);
      if (person !== undefined) await listening.setRecording(person, on);
    },
    onPrivate: parts.onPrivate,
    knownAt(listener) {
      const times = listening.recorder.standings().flatMap((each) => (each.listener === listener ? each.knownAt : []));
      return times.length === 0 ? undefined : Math.max(...times);
    },
    clock,
  });
  return { listening, histories };
}
