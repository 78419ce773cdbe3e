import { z } from "zod";
import type { Clock } from "../contracts/clock.ts";
import type { Place, Sent } from "../contracts/incoming.ts";
import type { Store } from "../contracts/store.ts";
import { createLines } from "./line.ts";
import { ownerOf, placeRows, type Spot } from "./place-rows.ts";

/** As long as a card goes on following what it shows. */
const lentMs = 24 * 60 * 60_000;
/** As long as the buttons of an answer work. */
const askedMs = 30 * 24 * 60 * 60_000;
/** Of one chat; buttons of what was answered there before are those of the chat itself. */
const maxAsked = 200;

const loanSchema = z.object({
  personId: z.string(),
  place: z.object({ platform: z.string(), tenant: z.string(), id: z.string() }),
  untilAt: z.number(),
});

const askedSchema = z.array(
  z.object({
    personId: z.string(),
    message: z.string(),
    place: z.object({ platform: z.string(), tenant: z.string(), id: z.string(), thread: z.string().optional() }),
    untilAt: z.number(),
  }),
);

/**
 * What was asked among others may be answered alone, in a chat of the asker's own: what they do there next is about the place
 * where they asked. Only that they did ask is kept; what they may do there is looked up anew each time.
 */
export interface Loans {
  keep(personId: string, asked: Place, answered: Place): Promise<void>;
  /** The place that was last asked in and answered here. */
  of(answered: Spot, personId: string): Promise<Spot | undefined>;
  /** That this message is about another place than the one it stands in: whoever goes on from it means that place. */
  bind(personId: string, asked: Place, answered: Sent): Promise<void>;
  /** The place that this message is about, where it is another. */
  boundTo(answered: Sent, personId: string): Promise<Place | undefined>;
}

export function createLoans({ store, clock }: { store: Pick<Store, "settings">; clock: Clock }): Loans {
  const writes = createLines(Number.POSITIVE_INFINITY);

  async function askedIn(owner: string) {
    const kept = askedSchema.safeParse(await store.settings.get(owner, placeRows.asked)).data ?? [];
    return kept.filter(({ untilAt }) => untilAt > clock.now());
  }

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

    async bind(personId, place, { place: chat, id: message }) {
      const owner = ownerOf(chat);
      await writes.join(owner, async () => {
        const others = (await askedIn(owner)).filter((each) => each.message !== message);
        const row = { personId, message, place, untilAt: clock.now() + askedMs };
        await store.settings.put(owner, placeRows.asked, [...others, row].slice(-maxAsked));
      });
    },

    async boundTo({ place, id }, personId) {
      const found = (await askedIn(ownerOf(place))).find((each) => each.message === id && each.personId === personId);
      if (!found) return undefined;
      const { thread, ...spot } = found.place;
      return thread === undefined ? spot : { ...spot, thread };
    },
  };
}
