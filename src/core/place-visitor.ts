import type { Place } from "../contracts/incoming.ts";
import type { Store } from "../contracts/store.ts";
import type { Asking } from "./asking.ts";
import type { Natures } from "./natures.ts";

/** Somebody in a place, as far as their rights there go. */
export type Visitor = Pick<Asking, "person" | "user" | "place" | "direct" | "local">;

/** Who somebody is in a place where they once asked, for what is shown there without them. */
export type VisitorIn = (personId: string, place: Place) => Promise<Visitor>;

export function createVisitorIn({ store, natures }: { store: Pick<Store, "people">; natures: Natures }): VisitorIn {
  return async (personId, place) => {
    const [person, identities, nature] = await Promise.all([
      store.people.get(personId),
      store.people.identities(personId),
      natures.of(place),
    ]);
    const { platform, tenant } = place;
    const of = identities.filter((each) => each.platform === platform);
    const user = of.find((each) => each.tenant === tenant) ?? of[0];
    return {
      person: { id: personId, operator: person?.operator ?? false },
      user: user ? { platform, tenant: user.tenant, id: user.id } : { platform, tenant, id: "" },
      place,
      direct: nature?.direct ?? false,
      local: nature?.local ?? false,
    };
  };
}
