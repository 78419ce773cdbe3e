import { z } from "zod";
import { fold } from "../contracts/fold.ts";
import type { Device } from "../contracts/music.ts";
import type { SettingStore } from "../contracts/store.ts";
import type { Deck } from "./deck.ts";

/** Devices that a person has used or chosen, kept durably: the only usable device is taken without a question once it is one of them. */
const usedSetting = "music.devices";
const preferredSetting = "music.preferred_device";
const MOST = 50;

const refSchema = z.object({ id: z.string(), name: z.string(), kind: z.string() });
const refsSchema = z.array(refSchema).catch([]);
export type DeviceRef = z.output<typeof refSchema>;

const refOf = (device: Device & { id: string }): DeviceRef => ({ id: device.id, name: device.name, kind: device.kind });

/** Ids are not permanent, so a device of the same name and kind is the same one. */
export const isDevice = (ref: DeviceRef, device: Device): boolean =>
  ref.id === device.id || (fold(ref.name) === fold(device.name) && ref.kind === device.kind);

/** Of the player with that key. */
export const usedOn = async (settings: Pick<SettingStore, "get">, key: string): Promise<DeviceRef[]> =>
  refsSchema.parse((await settings.get(key, usedSetting)) ?? []);
export const usedDevices = (deck: Deck): Promise<DeviceRef[]> => usedOn(deck.house.settings, deck.key);

export async function isUsed(deck: Deck, device: Device): Promise<boolean> {
  return (await usedDevices(deck)).some((ref) => isDevice(ref, device));
}

export async function noteUsed(deck: Deck, device: Device): Promise<void> {
  const { id } = device;
  if (id === undefined || device.restricted) return;
  const used = await usedDevices(deck);
  if (used.some((ref) => ref.id === id)) return;
  const others = used.filter((ref) => !isDevice(ref, device));
  await deck.house.settings.put(deck.key, usedSetting, [refOf({ ...device, id }), ...others].slice(0, MOST));
}

export async function preferredRef(deck: Deck): Promise<DeviceRef | undefined> {
  const parsed = refSchema.safeParse(await deck.house.settings.get(deck.key, preferredSetting));
  return parsed.success ? parsed.data : undefined;
}

export async function setPreferred(deck: Deck, device: (Device & { id: string }) | undefined): Promise<void> {
  if (device) await deck.house.settings.put(deck.key, preferredSetting, refOf(device));
  else await deck.house.settings.remove(deck.key, preferredSetting);
}
