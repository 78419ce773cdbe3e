import { z } from "zod";
import { type Command, commandSchema, type Reading, type SlotValues, slotSchemas } from "../contracts/vocabulary.ts";

/**
 * The readings of an utterance travel inside the command's slots, under a name that is no slot: so they live in the same
 * rows (plans, wishes, buttons) as the command and come back after a crash or a choice.
 */
const slotValues = z.object(slotSchemas).partial();
/** What makes a reading a reading of something; the rest only says more about it. */
const subjects = ["track", "artist", "album", "playlist", "show", "episode", "audiobook"] as const;
const readingsSchema = z
  .array(z.object({ slots: slotValues, score: z.number() }))
  .max(12)
  .catch([]);

export function withReadings(command: Command, readings: readonly Reading[]): Command {
  return readings.length > 1 ? { ...command, slots: { ...command.slots, readings: readings.slice(0, 12) } } : command;
}

/** The plain slots, and at least one reading: the slots themselves where nothing else was handed on. */
export function splitReadings(slots: Command["slots"]): { slots: Command["slots"]; readings: Reading[] } {
  const { readings, ...plain } = slots;
  const parsed: Reading[] = readings === undefined ? [] : readingsSchema.parse(readings);
  const own = knownSlots(plain);
  return { slots: plain, readings: parsed.length > 0 ? parsed : [{ slots: own, score: 1 }] };
}

/** Slot by slot: a skill's own slot may share a name with the vocabulary and hold something else. */
function knownSlots(slots: Record<string, unknown>): SlotValues {
  const fits = Object.entries(slots).filter(
    ([name, value]) => slotValues.safeParse({ [name]: value }).success && name in slotSchemas,
  );
  return slotValues.parse(Object.fromEntries(fits));
}

/**
 * New slot values over a command's own, in each of its readings too. A reading whose one subject would be overwritten named
 * something else altogether, and is let go.
 */
export function layOver(command: Command, set: Record<string, unknown>): Command {
  const { slots, readings } = splitReadings(command.slots);
  const known = knownSlots(set);
  const replaced = (reading: Reading) => {
    const named = subjects.filter((name) => reading.slots[name] !== undefined);
    return named.length > 0 && named.every((name) => known[name] !== undefined);
  };
  const kept = readings.filter((reading) => !replaced(reading));
  const changed = (kept.length > 0 ? kept : readings).map((reading) => ({
    ...reading,
    slots: { ...reading.slots, ...known },
  }));
  // The best reading that is left is what the plain slots say.
  if (kept.length > 0 && readings[0] && replaced(readings[0])) {
    const others = Object.fromEntries(
      Object.entries(slots).filter(([name]) => !subjects.some((subject) => subject === name)),
    );
    return withReadings(
      commandSchema.parse({ intent: command.intent, slots: { ...others, ...changed[0]?.slots, ...set } }),
      changed,
    );
  }
  return withReadings(commandSchema.parse({ intent: command.intent, slots: { ...slots, ...set } }), changed);
}
