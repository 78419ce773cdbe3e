import { LRUCache } from "lru-cache";
import type { Incoming, Place, UserRef } from "../contracts/incoming.ts";
import { type PersonRow, personSettings } from "../contracts/people-store.ts";
import { canonicalZone } from "../contracts/places.ts";
import type { SettingStore } from "../contracts/store.ts";
import type { I18n } from "./i18n.ts";
import { wishIntents } from "./wishes.ts";

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

/** The languages that platforms tell of people: some of them only with a command or a press, and never with words. */
export interface ToldLocales {
  /** Notes what the event tells. Resolves with what `of` then does. */
  seen(event: Incoming, personId: string): Promise<string | undefined>;
  /** Undefined where the platform has told none yet. */
  of(platform: string, personId: string): Promise<string | undefined>;
}

/** A language tag, BCP 47. */
const tag = /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}$/;

export function createToldLocales(settings: Pick<SettingStore, "get" | "put">): ToldLocales {
  const known = new LRUCache<string, { locale: string | undefined }>({ max: 5_000 });
  const keyOf = (platform: string, personId: string) => JSON.stringify([platform, personId]);

  async function of(platform: string, personId: string): Promise<string | undefined> {
    const key = keyOf(platform, personId);
    const cached = known.get(key);
    if (cached) return cached.locale;
    const kept = await settings.get(personSettings.owner(personId), personSettings.locale(platform));
    const locale = typeof kept === "string" ? kept : undefined;
    known.set(key, { locale });
    return locale;
  }

  return {
    of,
    async seen(event, personId) {
      const { platform } = event.place;
      // A wish that goes on speaks the language it was made in, which may be that of the place.
      if (event.type === "command" && event.intent === wishIntents.continue)
        return event.locale ?? of(platform, personId);
      const { locale } = event;
      if (locale === undefined || !tag.test(locale)) return of(platform, personId);
      if (locale !== (await of(platform, personId))) {
        await settings.put(personSettings.owner(personId), personSettings.locale(platform), locale);
        known.set(keyOf(platform, personId), { locale });
      }
      return locale;
    },
  };
}

/** The zone that times are said in to somebody: the one they chose, else what their platform tells, the place's, the bot's. */
export function zoneFor(zones: {
  own: string | undefined;
  told: string | undefined;
  place: string | undefined;
  standard: string;
}): string {
  return zones.own ?? zones.told ?? zones.place ?? zones.standard;
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
    /** The language that the platform told last, with this event or before. */
    toldLocale?: string;
  },
): Asking {
  const { place, told, toldLocale } = defaults;
  return {
    person: {
      id: person.id,
      operator: person.operator,
      timeZone: zoneFor({
        own: person.timeZone,
        told: told.seen(event, person.id),
        place: place?.timeZone,
        standard: defaults.timeZone,
      }),
    },
    user: event.user,
    userName: event.userName,
    place: event.place,
    direct: event.direct,
    local: event.local,
    // What was chosen, by the person or for the place, comes before what a platform guesses from somebody's device.
    locale: defaults.i18n.regional(person.locale, place?.locale, toldLocale ?? event.locale, defaults.locale),
    pressed: event.type === "command" && event.addressed,
  };
}
