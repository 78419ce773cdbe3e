import { chatsOf } from "../accounts/chats.ts";
import { createErasing } from "../accounts/erasing.ts";
import type { Clock } from "../contracts/clock.ts";
import type { Events } from "../contracts/events.ts";
import type { Log } from "../contracts/log.ts";
import type { MusicProvider } from "../contracts/music.ts";
import type { Pictures } from "../contracts/pictures.ts";
import type { Posts } from "../contracts/posts.ts";
import type { Store } from "../contracts/store.ts";
import type { Places } from "../core/places.ts";
import { createCompany } from "../listening/company.ts";
import type { History } from "../listening/history.ts";
import { createMilestones } from "../listening/milestones.ts";
import type { createSharing } from "../listening/sharing.ts";

/** What people of one place may know of each other, what they are told that they reached, and how all of it is deleted. */
export function connectCompany(parts: {
  history: Pick<History, "stats" | "onTakenBack">;
  statistics: boolean;
  sharing: ReturnType<typeof createSharing>;
  places: Pick<Places, "of" | "forget" | "hasLeft">;
  files: { forget(personId: string): Promise<void> };
  digests: { forgetPerson(personId: string): Promise<void> };
  pictures: Pick<Pictures, "forgetPreviews">;
  /** Forgets what is in memory of a person. */
  forget(personId: string): void;
  posts(): Posts;
  providers: readonly Pick<MusicProvider, "id">[];
  store: Store;
  cache: { forget(part: string): Promise<void> };
  defaults: { timeZone: string };
  events: Events;
  clock: Clock;
  log: Log;
}) {
  const {
    history,
    statistics,
    sharing,
    places,
    files,
    digests,
    pictures,
    posts,
    providers,
    store,
    cache,
    defaults,
    events,
    clock,
    log,
  } = parts;
  const company = createCompany({
    stats: history.stats,
    sharing,
    people: store.people,
    views: store.views,
    events,
    clock,
    log,
    hasLeft: places.hasLeft,
    timeZone: defaults.timeZone,
    statistics,
  });
  history.onTakenBack(async (listener, moment) => {
    if (moment === "after") await company.recheck(listener);
  });
  const erasing = createErasing({
    store,
    sharing,
    async before(asker) {
      await files.forget(asker.personId);
      await digests.forgetPerson(asker.personId);
      for (const chat of await chatsOf(store.settings, asker)) await places.forget(chat);
    },
    async forget(personId, accountIds) {
      parts.forget(personId);
      // What they looked at until the last moment, after which there is nothing to draw any more.
      await pictures.forgetPreviews();
      for (const id of [personId, ...accountIds]) await cache.forget(id);
    },
    clock,
    events,
    log,
  });
  const milestones = createMilestones({
    async people() {
      const accounts = await Promise.all(providers.map(({ id }) => store.accounts.all(id)));
      const diaries = await store.diaries.all();
      return [...new Set([...accounts.flat(), ...diaries].map(({ personId }) => personId))];
    },
    stats: history.stats,
    statistics: () => statistics,
    settings: store.settings,
    sharing,
    announces: async (place) => (await places.of(place)).announce?.on === true,
    posts,
    events,
    clock,
    log,
  });
  return { company: company.open, recheck: company.recheck, erasing, milestones };
}
