import { z } from "zod";
import type { TimerRow } from "../contracts/call-store.ts";
import { isSegueError } from "../contracts/errors.ts";
import { type Deck, openForTimer } from "./deck.ts";
import { cachedDevices, listDevices, usable } from "./devices.ts";
import { holderSchema } from "./handover.ts";
import { type House, timerNames } from "./house.ts";

/**
 * A wish waits for a device. Nothing tells when one wakes, so the list is read a few times at growing distance, four calls
 * at the most; after that the person's next word carries the wish on.
 */
const WAITS_MS = [5_000, 15_000, 30_000, 60_000];

const dataSchema = z.object({
  holder: holderSchema,
  personId: z.string(),
  /** Usable devices that were there when the wish was kept. */
  before: z.array(z.string()),
  looks: z.number().int().min(0),
});
type Data = z.output<typeof dataSchema>;

async function plan(house: House, owner: string, data: Data): Promise<void> {
  const wait = WAITS_MS[data.looks];
  if (wait === undefined) return;
  await house.timers.put({ name: timerNames.wake, owner, dueAt: house.clock.now() + wait, data });
}

export async function watchForDevice(deck: Deck): Promise<void> {
  if (!deck.offered?.devices) return;
  const before = (await cachedDevices(deck)) ?? [];
  await plan(deck.house, deck.key, {
    holder: deck.holder,
    personId: deck.personId,
    before: before.filter(usable).map((device) => device.id),
    looks: 0,
  });
}

/** A device woke when it is new in the list, or active. */
export async function wakeDue(house: House, row: TimerRow, signal: AbortSignal): Promise<void> {
  const data = dataSchema.parse(row.data);
  const deck = await openForTimer(house, data.holder, signal);
  if (deck.key !== row.owner) return;
  const looks = data.looks + 1;
  try {
    const { list } = await listDevices(deck, true);
    const devices = list.filter(usable);
    const woken = devices.find((device) => device.active) ?? devices.find((device) => !data.before.includes(device.id));
    if (woken) {
      house.events.emit({ type: "device.woke", personId: data.personId, deviceId: woken.id });
      return;
    }
  } catch (error) {
    // A look that failed is a look less; asking again and again would not bring the device back.
    if (!isSegueError(error)) throw error;
  }
  await plan(house, row.owner, { ...data, looks });
}
