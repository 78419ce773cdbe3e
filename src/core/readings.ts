import { z } from "zod";
import { type Command, commandSchema, type Reading, type SlotValues, slotSchemas } from "../contracts/vocabulary.ts";

/**
 * The readings of an utterance travel inside the command's slots, under a name that is no slot: so they live in the same
 * rows (plans, wishes, buttons) as the command and come back after a crash or a choice.
 */
const slotValues = z.object(slotSchemas).partial();
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
  const own: SlotValues = slotValues.safeParse(plain).data ?? {};
  return { slots: plain, readings: parsed.length > 0 ? parsed : [{ slots: own, score: 1 }] };
}

/** New slot values over a command's own, in each of its readings too. */
export function layOver(command: Command, set: Record<string, unknown>): Command {
  const { slots, readings } = splitReadings(command.slots);
  const known = slotValues.safeParse(Object.fromEntries(Object.entries(set).filter(([name]) => name in slotSchemas)));
  const changed = readings.map((reading) => ({ ...reading, slots: { ...reading.slots, ...known.data } }));
  return withReadings(commandSchema.parse({ intent: command.intent, slots: { ...slots, ...set } }), changed);
}
