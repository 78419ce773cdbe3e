import { z } from "zod";
import type { AnnounceChoice } from "../../contracts/announce.ts";
import { type ListenerKey, listenerOf } from "../../contracts/listening.ts";
import { personSettings } from "../../contracts/people-store.ts";
import type { PlayerRef } from "../../contracts/places.ts";
import type { ShareSpot, Sharing } from "../../contracts/sharing.ts";
import type { Store } from "../../contracts/store.ts";
import type { Watch } from "../watch/watch.ts";
import { spotKey } from "./cards.ts";

/** The places whose managers let a shared player be shown there; the oldest give way. */
const agreedSetting = "announce_places";
const mostPlaces = 200;
const spotsSchema = z.array(z.object({ platform: z.string(), tenant: z.string(), id: z.string() })).catch([]);
const people = personSettings.owner("");

/** What is known of a place, as far as it concerns what it is told. */
export type PlaceFacts = { announce?: AnnounceChoice; timeZone?: string; players: readonly PlayerRef[] };

/** Who may be seen where, and the interest that places take in them. */
export type Audience = {
  /** Undefined of a shared player. */
  personOf(listener: ListenerKey): string | undefined;
  /** What was allowed, private or not. */
  allowedBy(listener: ListenerKey): Promise<ShareSpot[]>;
  /** Where the listener may be seen now. */
  placesOf(listener: ListenerKey): Promise<ShareSpot[]>;
  willingIn(place: ShareSpot): Promise<ListenerKey[]>;
  nameOf(listener: ListenerKey, place: ShareSpot): Promise<string>;
  agree(listener: ListenerKey, place: ShareSpot, agreed: boolean): Promise<void>;
  /** Takes an interest for each place that is told of the listener, and gives back the others. */
  listen(listener: ListenerKey): Promise<void>;
  isHeard(listener: ListenerKey): boolean;
  stop(): void;
};

export function createAudience(parts: {
  store: Pick<Store, "settings" | "people">;
  sharing: Sharing;
  watch: Pick<Watch, "interest">;
  place(spot: ShareSpot): Promise<PlaceFacts>;
  players: readonly (PlayerRef & { name: string })[];
  privateUntil(listener: ListenerKey): Promise<number | undefined>;
}): Audience {
  const { store, sharing, watch, players } = parts;
  const interests = new Map<ListenerKey, Map<string, () => void>>();

  const personOf = (listener: ListenerKey) => (listener.startsWith(people) ? listener.slice(people.length) : undefined);
  const playerOf = (listener: ListenerKey) => players.find((player) => listenerOf.player(player) === listener);
  const agreedBy = async (listener: ListenerKey) =>
    spotsSchema.parse((await store.settings.get(listener, agreedSetting)) ?? []);

  async function hasPlayer(place: ShareSpot, { provider, playerId }: PlayerRef): Promise<boolean> {
    const given = (await parts.place(place)).players;
    return given.some((each) => each.provider === provider && each.playerId === playerId);
  }

  async function shown(listener: ListenerKey): Promise<ShareSpot[]> {
    const player = playerOf(listener);
    if (!player || (await parts.privateUntil(listener)) !== undefined) return [];
    const spots = await agreedBy(listener);
    const has = await Promise.all(spots.map((spot) => hasPlayer(spot, player)));
    return spots.filter((_, at) => has[at]);
  }

  const audience: Audience = {
    personOf,

    async allowedBy(listener) {
      const personId = personOf(listener);
      if (personId === undefined) return agreedBy(listener);
      return (await sharing.of(personId)).flatMap(({ use, place }) => (use === "announce" ? [place] : []));
    },

    async placesOf(listener) {
      const personId = personOf(listener);
      return personId === undefined ? shown(listener) : sharing.places("announce", personId);
    },

    async willingIn(place) {
      const shared = await Promise.all(
        players.map(async (player) => {
          const listener = listenerOf.player(player);
          const spots = await shown(listener);
          return spots.some((spot) => spotKey(spot) === spotKey(place)) ? [listener] : [];
        }),
      );
      return [...(await sharing.willing("announce", place)).map(listenerOf.person), ...shared.flat()];
    },

    async nameOf(listener, { platform, tenant }) {
      const personId = personOf(listener);
      if (personId === undefined) return playerOf(listener)?.name ?? listener;
      const all = await store.people.identities(personId);
      const here = all.filter((each) => each.platform === platform);
      return (here.find((each) => each.tenant === tenant) ?? here[0] ?? all[0])?.name ?? "";
    },

    async agree(listener, { platform, tenant, id }, agreed) {
      const place = { platform, tenant, id };
      const others = (await agreedBy(listener)).filter((spot) => spotKey(spot) !== spotKey(place));
      const spots = agreed ? [...others, place].slice(-mostPlaces) : others;
      await store.settings.put(listener, agreedSetting, spots);
    },

    async listen(listener) {
      const spots = await audience.allowedBy(listener);
      const on = await Promise.all(spots.map(async (spot) => (await parts.place(spot)).announce?.on === true));
      const wanted = new Set(spots.filter((_, at) => on[at]).map(spotKey));
      const own = interests.get(listener) ?? new Map<string, () => void>();
      for (const [key, end] of [...own])
        if (!wanted.has(key)) {
          own.delete(key);
          end();
        }
      for (const key of wanted) if (!own.has(key)) own.set(key, watch.interest(listener, "announce", key));
      if (own.size > 0) interests.set(listener, own);
      else interests.delete(listener);
    },

    isHeard: (listener) => interests.has(listener),

    stop() {
      for (const own of interests.values()) for (const end of own.values()) end();
      interests.clear();
    },
  };
  return audience;
}
