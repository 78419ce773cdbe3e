import { z } from "zod";
import type { Clock } from "../contracts/clock.ts";
import type { Place } from "../contracts/incoming.ts";
import type { Store } from "../contracts/store.ts";
import { ownerOf, placeRows, type Spot } from "./place-rows.ts";

/** As long as a card goes on following what it shows. */
const lentMs = 24 * 60 * 60_000;

const loanSchema = z.object({
  personId: z.string(),
  place: z.object({ platform: z.string(), tenant: z.string(), id: z.string() }),
  untilAt: z.number(),
});

/**
 * What was asked among others may be answered alone, in a chat of the asker's own: what they do there next is about the place
 * where they asked. Only that they did ask is kept; what they may do there is looked up anew each time.
 */
export interface Loans {
  keep(personId: string, asked: Place, answered: Place): Promise<void>;
  /** The place that was last asked in and answered here. */
  of(answered: Spot, personId: string): Promise<Spot | undefined>;
}

export function createLoans({ store, clock }: { store: Pick<Store, "settings">; clock: Clock }): Loans {
  return {
    async keep(personId, { platform, tenant, id }, answered) {
      const loan = { personId, place: { platform, tenant, id }, untilAt: clock.now() + lentMs };
      await store.settings.put(ownerOf(answered), placeRows.lent, loan);
    },

    async of(answered, personId) {
      const loan = loanSchema.safeParse(await store.settings.get(ownerOf(answered), placeRows.lent)).data;
      if (!loan || loan.personId !== personId || loan.untilAt < clock.now()) return undefined;
      return loan.place;
    },
  };
}
