import type { Incoming, Place, UserRef } from "../contracts/incoming.ts";
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
};

export function askingOf(
  event: Incoming,
  person: PersonRow,
  defaults: { i18n: I18n; locale: string; timeZone: string },
): Asking {
  return {
    person: { id: person.id, operator: person.operator, timeZone: person.timeZone ?? defaults.timeZone },
    user: event.user,
    userName: event.userName,
    place: event.place,
    direct: event.direct,
    local: event.local,
    locale: defaults.i18n.negotiate(person.locale, event.locale, defaults.locale),
  };
}
