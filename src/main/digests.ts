import { join } from "node:path";
import { z } from "zod";
import type { Clock } from "../contracts/clock.ts";
import type { Events } from "../contracts/events.ts";
import { listenerOf } from "../contracts/listening.ts";
import type { Log } from "../contracts/log.ts";
import type { MusicProvider } from "../contracts/music.ts";
import { personSettings } from "../contracts/people-store.ts";
import type { Pictures } from "../contracts/pictures.ts";
import type { PlaceSettings } from "../contracts/places.ts";
import { type Posts, placeSchema } from "../contracts/posts.ts";
import type { Scheduler } from "../contracts/scheduler.ts";
import type { ShareSpot, Sharing } from "../contracts/sharing.ts";
import type { Store } from "../contracts/store.ts";
import { createCompose } from "../listening/digest/compose.ts";
import { createDigests } from "../listening/digest/digests.ts";
import type { History } from "../listening/history.ts";
import { createArtFetch } from "../net/art.ts";
import { createPictures, type DrawnPictures } from "../tools/pictures/pictures.ts";
import { pictureUrl, readPictureUrl } from "../web/pictures.ts";

/** Under which drawn pictures are had where providers' are had under their names. */
export const drawn = "drawn";
const skill = "digest";
const reachSchema = z.object({ place: placeSchema });

type DigestDesk = Omit<ReturnType<typeof createDigests>, "takenBack">;

export type DigestHouse = {
  history: Pick<History, "stats" | "ledger" | "onTakenBack">;
  /** Made later: asked for when it is needed. */
  posts(): Pick<Posts, "owe" | "state">;
  places: { of(place: ShareSpot): Promise<PlaceSettings> };
  sharing: Sharing;
  statistics: boolean;
  store: Store;
  defaults: { timeZone: string };
  scheduler: Scheduler;
  events: Events;
  clock: Clock;
  log: Log;
};

/** Digests and the pictures they are shown with, over the parts that are there. */
export function connectDigests(
  parts: DigestHouse & {
    providers: readonly MusicProvider[];
    dataDir: string;
    /** This server, as browsers reach it. */
    address: string;
  },
): { digests: DigestDesk; pictures: DrawnPictures } {
  const { providers, address, clock, log } = parts;

  const fetchArt = createArtFetch({ origins: providers.flatMap(({ artOrigins = [] }) => artOrigins), clock, log });
  const pictures = createPictures({
    folder: join(parts.dataDir, "pictures"),
    addressOf: (id) => pictureUrl(address, drawn, id),
    async art(url, signal) {
      const own = readPictureUrl(address, url);
      if (!own) return fetchArt(url, signal);
      const picture = await providers.find(({ id }) => id === own.provider)?.picture?.(own.id, signal);
      return picture?.bytes;
    },
    clock,
    log,
  });

  return { digests: digestsWith(parts, pictures), pictures };
}

/** Without the pictures' own parts, for whoever brings pictures of another kind. */
export function digestsWith(parts: DigestHouse, pictures: Pictures): DigestDesk {
  const { history, posts, places, store, defaults } = parts;
  const { settings, people } = store;
  const digests = createDigests({
    ...parts,
    compose: createCompose(history),
    posts: { owe: (key, post) => posts().owe(key, post), state: (key) => posts().state(key) },
    pictures,
    async zoneOf(owner) {
      const own = "place" in owner ? await places.of(owner.place) : await people.get(owner.personId);
      return own?.timeZone ?? defaults.timeZone;
    },
    async isOpen(owner) {
      if ("personId" in owner) return true;
      const { answers, off } = await places.of(owner.place);
      return answers !== "off" && !off.has(skill);
    },
    async playersOf(owner) {
      if ("personId" in owner) return [];
      const listeners = (await places.of(owner.place)).players.map(listenerOf.player);
      const since = await Promise.all(listeners.map((listener) => settings.get(listener, personSettings.recording)));
      return listeners.filter((_listener, at) => since[at] !== undefined);
    },
    async reach(personId) {
      const value = await settings.get(personSettings.owner(personId), personSettings.reach);
      return reachSchema.safeParse(value).data?.place;
    },
  });
  history.onTakenBack(digests.takenBack);
  return digests;
}
