import type { Accounts } from "../contracts/accounts.ts";
import type { Clock } from "../contracts/clock.ts";
import type { Place } from "../contracts/incoming.ts";
import type { ViewRow } from "../contracts/message-store.ts";
import type { Orchestrator } from "../contracts/player.ts";
import type { Reply } from "../contracts/reply.ts";
import type { Permission } from "../contracts/skill.ts";
import type { Store } from "../contracts/store.ts";
import { type ToldZones, zoneFor } from "./asking.ts";
import type { I18n } from "./i18n.ts";
import { beneath, isOf, questionIn } from "./lead.ts";
import type { Places } from "./places.ts";
import type { Registry } from "./registry.ts";
import { renderView } from "./render-view.ts";
import { servicesForView, type ViewServices } from "./services.ts";

/** Whom nobody is: views that are a place's own. */
export const nobody = "";

export type Subject = Pick<ViewRow, "kind" | "key" | "personId" | "timeZone" | "lead"> & {
  /** Of a place's own view it is that of the place. */
  locale?: string;
};

/** How the subject of a view looks to its person, or its place, now. `kept`: the words above stay whatever the view shows. */
type DrawView = (row: Subject, place: Place, options?: { kept?: boolean }) => Promise<Reply>;

export function createDrawView(parts: {
  store: Pick<Store, "people">;
  registry: Registry;
  i18n: I18n;
  orchestrator: Orchestrator;
  accounts: Accounts;
  places: Pick<Places, "of" | "permit" | "visitor">;
  services: ViewServices;
  toldZones: Pick<ToldZones, "of">;
  defaults: { locale: string; timeZone: string };
  clock: Clock;
  signal: AbortSignal;
}): DrawView {
  const { store, orchestrator, clock, signal } = parts;

  return async (row, place, { kept = false } = {}) => {
    const { personId = nobody } = row;
    const own = personId !== nobody;
    const [person, settings] = await Promise.all([
      own ? store.people.get(personId) : undefined,
      parts.places.of(place),
    ]);
    const locale =
      own && row.locale !== undefined
        ? row.locale
        : parts.i18n.regional(person?.locale, settings.locale, parts.defaults.locale);
    const music = await orchestrator.open({
      personId,
      place,
      once: (_key, compute) => compute(),
      resumed: false,
      signal,
      quiet: true,
      // A card goes on following the player that it was drawn for, whichever would be taken by now.
      said: { player: row.key },
    });
    let visitor: ReturnType<Places["visitor"]> | undefined;
    const scope = {
      person: {
        id: personId,
        operator: person?.operator ?? false,
        timeZone: zoneFor({
          own: person?.timeZone,
          told: parts.toldZones.of(place, personId) ?? row.timeZone,
          place: settings.timeZone,
          standard: parts.defaults.timeZone,
        }),
      },
      place,
      locale,
      music,
      accounts: parts.accounts,
      ...servicesForView(parts.services, { personId, place, timeZone: person?.timeZone }),
      now: clock.now(),
      signal,
      permit: async (permission: Permission) => {
        if (!music.shared) return;
        visitor ??= parts.places.visitor(personId, place);
        await parts.places.permit(await visitor, permission);
      },
    };
    const { kind, key, lead } = row;
    if (!own) return { ...(await renderView(parts, scope, kind, key)), visibility: "public" };
    if (!lead || lead.whole) return renderView(parts, scope, kind, key);
    const card = await renderView(parts, { ...scope, led: true }, kind, key);
    const above = kept || isOf(lead, card) ? lead : questionIn(lead);
    return above ? beneath(above, card) : card;
  };
}
