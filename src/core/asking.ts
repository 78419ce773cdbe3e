import { LRUCache } from "lru-cache";
import type { Incoming, Place, UserRef } from "../contracts/incoming.ts";
import { canonicalZone } from "../contracts/places.ts";
import type { PersonRow } from "../contracts/store.ts";
import type { I18n } from "./i18n.ts";

/** Who asks, where, and in which language and zone: what every step of one event needs to know. */
export type Asking = {
  person: { id: string; operator: boolean; timeZone?: string };
  user: UserRef;
  userName: string;
  place: Place;
  direct: boolean;
  local: boolean;
  locale: string;
  /** A slash command or a press, whose platform waits for an answer. */
  pressed?: boolean;
};

/** Some platforms tell it with every message, and looking it up takes a millisecond. */
const known = new LRUCache<string, { name: string | undefined }>({ max: 500 });

/** What a platform says may be a zone that this runtime does not know. */
function zoneOf(said: string | undefined): string | undefined {
  if (said === undefined || said.length > 100) return undefined;
  const zone = known.get(said) ?? { name: canonicalZone(said) };
  known.set(said, zone);
  return zone.name;
}

/** The zones that platforms tell of people. What is said to them unasked, or edited, is said in the one they were last in. */
export interface ToldZones {
  /** Notes what the event tells. Returns what `of` then does. */
  seen(event: Pick<Incoming, "place" | "timeZone">, personId: string): string | undefined;
  /** Undefined where the platform tells none, or has told none since the start. */
  of(place: Pick<Place, "platform">, personId: string): string | undefined;
}

export function createToldZones(): ToldZones {
  const told = new LRUCache<string, string>({ max: 5_000 });
  const keyOf = (platform: string, personId: string) => JSON.stringify([platform, personId]);
  return {
    seen({ place, timeZone }, personId) {
      const key = keyOf(place.platform, personId);
      const zone = zoneOf(timeZone);
      if (zone !== undefined) told.set(key, zone);
      return told.get(key);
    },
    of: ({ platform }, personId) => told.get(keyOf(platform, personId)),
  };
}

export function askingOf(
  event: Incoming,
  person: PersonRow,
  defaults: {
    i18n: I18n;
    locale: string;
    timeZone: string;
    place?: { locale?: string; timeZone?: string };
    told: Pick<ToldZones, "seen">;
  },
): Asking {
  const { place, told } = defaults;
  return {
    person: {
      id: person.id,
      operator: person.operator,
      timeZone: person.timeZone ?? told.seen(event, person.id) ?? place?.timeZone ?? defaults.timeZone,
    },
    user: event.user,
    userName: event.userName,
    place: event.place,
    direct: event.direct,
    local: event.local,
    // What was chosen, by the person or for the place, comes before what a platform guesses from somebody's device.
    locale: defaults.i18n.negotiate(person.locale, place?.locale, event.locale, defaults.locale),
    pressed: event.type === "command" && event.addressed,
  };
}
