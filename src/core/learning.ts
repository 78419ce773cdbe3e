import { z } from "zod";
import type { Answer } from "../contracts/adapter.ts";
import type { Clock } from "../contracts/clock.ts";
import type { Told } from "../contracts/incoming.ts";
import type { Log } from "../contracts/log.ts";
import type { EventRow, EventStore } from "../contracts/message-store.ts";
import { placeSchema } from "../contracts/posts.ts";
import { within } from "../within.ts";

/** An adapter's own limit is shorter; this one holds whatever it does. */
const longestMs = 1_000;
const note = "told";

const toldSchema = z
  .object({
    userName: z.string(),
    locale: z.string(),
    timeZone: z.string(),
    about: z.string(),
    target: z.object({ platform: z.string(), place: placeSchema, id: z.string() }),
  })
  .partial();

/**
 * Adds to an event what its platform had to be asked for. Nobody is acknowledged later for it: the event is a row by then. It is
 * noted beside the event, so that a run after a crash understands it in the same way.
 */
export function createLearning(parts: {
  events: Pick<EventStore, "note">;
  trim(told: Told): Told;
  clock: Clock;
  log: Log;
}): (row: EventRow, told: Answer["told"]) => Promise<void> {
  const { events, trim, clock, log } = parts;

  return async (row, told) => {
    const noted = toldSchema.safeParse(row.notes[note]);
    if (noted.success) {
      row.event = { ...row.event, ...noted.data };
      return;
    }
    if (!told) return;
    try {
      const found = trim(await within(clock, longestMs, "platform", told));
      if (Object.keys(found).length === 0) return;
      await events.note(row.id, note, found);
      row.notes[note] = found;
      row.event = { ...row.event, ...found };
    } catch (error) {
      log.warn({ error, event: row.id }, "an event stays without what its platform was asked for");
    }
  };
}
