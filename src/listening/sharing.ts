import type { Clock } from "../contracts/clock.ts";
import { listenerOf } from "../contracts/listening.ts";
import type { Log } from "../contracts/log.ts";
import type { Job } from "../contracts/scheduler.ts";
import type { Share, ShareSpot, Sharing } from "../contracts/sharing.ts";
import type { Store } from "../contracts/store.ts";
import type { PrivateTimes } from "./ledger/private-times.ts";

/** Platforms hardly ever say that somebody left a place, so that they are asked; a page of people and places at a time. */
const CHECK_EVERY_MS = 6 * 60 * 60_000;
const CHECK_AT_ONCE = 100;
const CHECK_PAUSE_MS = 60_000;

type SharingParts = {
  store: Pick<Store, "shares">;
  privateTimes: Pick<PrivateTimes, "within">;
  /** Whether the platform knows for certain that the person is in the place no more. */
  hasLeft(personId: string, place: ShareSpot): Promise<boolean>;
  clock: Clock;
  log: Log;
};

/** Who lets which place see what they hear. */
export function createSharing({ store, privateTimes, hasLeft, clock, log }: SharingParts): Sharing & { jobs: Job[] } {
  const { shares } = store;
  const listeners = new Set<Parameters<Sharing["onChange"]>[0]>();

  function told(share: Share, allowed: boolean): void {
    for (const listener of listeners) {
      try {
        listener({ share, allowed });
      } catch (error) {
        log.error({ err: error, use: share.use }, "a listener to what is shared failed");
      }
    }
  }

  async function isPrivate(personId: string): Promise<boolean> {
    const now = clock.now();
    return (await privateTimes.within(listenerOf.person(personId), { fromAt: now, untilAt: now + 1 })).length > 0;
  }

  async function remove(match: Parameters<typeof shares.remove>[0]): Promise<Share[]> {
    const gone = await shares.remove(match);
    for (const share of gone) told(share, false);
    return gone;
  }

  /** Where the round is; it begins anew when all were asked. */
  let asked: { personId: string; place: ShareSpot } | undefined;

  async function checkSome(signal: AbortSignal): Promise<{ againInMs: number }> {
    const pairs = await shares.pairs(asked, CHECK_AT_ONCE);
    for (const { personId, place } of pairs) {
      if (signal.aborted) break;
      if (await hasLeft(personId, place)) await remove({ personId, ground: place });
    }
    asked = pairs.length < CHECK_AT_ONCE ? undefined : pairs.at(-1);
    return { againInMs: asked ? CHECK_PAUSE_MS : CHECK_EVERY_MS };
  }

  return {
    async willing(use, place) {
      const here = await shares.inPlace(use, place);
      const hidden = await Promise.all(here.map(({ personId }) => isPrivate(personId)));
      return here.flatMap(({ personId }, at) => (hidden[at] ? [] : [personId]));
    },

    async places(use, personId) {
      if (await isPrivate(personId)) return [];
      return (await shares.of(personId)).flatMap((share) => (share.use === use ? [share.place] : []));
    },

    of: (personId) => shares.of(personId),

    async allow(personId, use, { platform, tenant, id }) {
      const share: Share = { personId, use, place: { platform, tenant, id }, sinceAt: clock.now() };
      if (await shares.put(share)) told(share, true);
    },

    revoke: ({ personId, use, place }) =>
      remove({ personId, ...(use ? { use } : {}), ...(place ? { ground: onlyGround(place) } : {}) }),

    leave: (ground) => remove({ ground: onlyGround(ground) }),

    async move(before, { platform, tenant, id }) {
      const place = { platform, tenant, id };
      // Nobody took anything back, so that what was posted there stays; whoever looks for it anew finds the new place.
      for (const share of await shares.move(before, place)) told({ ...share, place }, true);
    },

    ended(gone) {
      for (const share of gone) told(share, false);
    },

    async joined(earlier, personId) {
      for (const share of await shares.of(personId)) {
        told({ ...share, personId: earlier }, false);
        told(share, true);
      }
    },

    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },

    jobs: [{ name: "sharing.left", run: checkSome }],
  };
}

/** Whatever else a place carries (a thread), it is the place that sees. */
function onlyGround<T extends { platform: string; tenant: string; id?: string }>({ platform, tenant, id }: T) {
  return { platform, tenant, ...(id === undefined ? {} : { id }) };
}
