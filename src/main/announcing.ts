import type { Clock } from "../contracts/clock.ts";
import type { Events } from "../contracts/events.ts";
import type { ListenerKey } from "../contracts/listening.ts";
import type { Log } from "../contracts/log.ts";
import type { MusicProvider } from "../contracts/music.ts";
import type { PlaceSettings } from "../contracts/places.ts";
import type { Posts } from "../contracts/posts.ts";
import type { Scheduler } from "../contracts/scheduler.ts";
import type { ShareSpot, Sharing } from "../contracts/sharing.ts";
import type { Store } from "../contracts/store.ts";
import type { Watching } from "../contracts/watching.ts";
import { type Announcer, createAnnouncer } from "../listening/announce/announcer.ts";
import type { History } from "../listening/history.ts";
import type { Watch } from "../listening/watch/watch.ts";
import { sourceNames } from "./diaries.ts";

/** Places can switch it off as they can every skill. */
const announceSkill = "announce";

/** Telling places what their people hear, as the started providers name themselves and allow it. */
export function connectAnnouncing(parts: {
  /** Each of these may be made later: it is asked for when it is needed. */
  posts(): Posts;
  places(): { of(place: ShareSpot): Promise<PlaceSettings> };
  watch: Watch;
  sharing: Sharing;
  history: Pick<History, "privateTimes" | "onTakenBack">;
  providers: readonly (Pick<MusicProvider, "id" | "linking" | "players"> & Partial<Pick<MusicProvider, "terms">>)[];
  statistics: boolean;
  store: Store;
  defaults: { timeZone: string };
  scheduler: Scheduler;
  events: Events;
  clock: Clock;
  log: Log;
}): Announcer {
  const { posts, places, history, providers, store, clock } = parts;
  const { privateTimes } = history;
  const announcer = createAnnouncer({
    ...parts,
    posts: {
      owe: (key, post, options) => posts().owe(key, post, options),
      state: (key) => posts().state(key),
      outage: (place) => posts().outage(place),
      buriedBy: (sent) => posts().buriedBy(sent),
    },
    async place(spot) {
      const settings = await places().of(spot);
      const { announce, answers, off } = settings;
      // A place where the bot keeps silent, or does without this, is told nothing either.
      const barred = answers === "off" || off.has(announceSkill);
      return announce && barred ? { ...settings, announce: { ...announce, on: false } } : settings;
    },
    players: providers.flatMap(({ id: provider, players = [] }) =>
      players.map(({ id: playerId, name }) => ({ provider, playerId, name })),
    ),
    async linked() {
      const all = providers.flatMap(({ id, linking }) => (linking ? [store.accounts.all(id)] : []));
      return [...new Set((await Promise.all(all)).flat().map(({ personId }) => personId))];
    },
    async privateUntil(listener) {
      const now = clock.now();
      const [first] = await privateTimes.within(listener, { fromAt: now, untilAt: now + 1 });
      return first?.untilAt;
    },
    attribution: (origin) =>
      providers.find(({ id }) => id === origin)?.terms?.attribution ?? sourceNames[origin] ?? origin,
  });
  history.onTakenBack((listener, _moment, play) => announcer.takenBack(listener, play));
  return announcer;
}

/** Watching by hand, of one listener. */
export function watchingOf(watch: Watch, listener: ListenerKey): Watching {
  return {
    until: () => watch.watchingUntil(listener),
    start: (ms) => watch.watchFor(listener, ms),
    stop: () => watch.stopWatching(listener),
  };
}
