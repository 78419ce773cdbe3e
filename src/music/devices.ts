import { isSegueError, SegueError } from "../contracts/errors.ts";
import { fold } from "../contracts/fold.ts";
import type { Device } from "../contracts/music.ts";
import type { Where } from "../contracts/player.ts";
import { type Deck, notOffered } from "./deck.ts";
import { matchDevice } from "./device-names.ts";
import { deviceListKey } from "./house.ts";
import { isDevice, isUsed, noteUsed, preferredRef } from "./known-devices.ts";
import { deviceChoice } from "./ranking/choices.ts";
import { currentState, nothingPlaying } from "./reading.ts";
import { ages } from "./state.ts";

const LIST_MS = 10 * 60_000;
const listKey = (deck: Deck) => deviceListKey(deck.key);

/** A device that commands can be sent to. */
export type Usable = Device & { id: string };
export const usable = (device: Device): device is Usable => device.id !== undefined && !device.restricted;

export function cachedDevices(deck: Deck): Promise<Device[] | undefined> {
  return deck.house.cache.get<Device[]>(listKey(deck));
}

/** One reading in ten minutes, and at once when the list proved stale. */
export async function listDevices(deck: Deck, fresh = false): Promise<{ list: Device[]; cached: boolean }> {
  const cached = fresh ? undefined : await cachedDevices(deck);
  if (cached) return { list: cached, cached: true };
  const list = await deck.read(async (session) => {
    if (session.devices) return session.devices(deck.options("devices"));
    // A player that is one device by itself.
    const state = await currentState(deck);
    return state?.device ? [state.device] : [];
  });
  await keepDevices(deck, list);
  return { list, cached: false };
}

/** The list as it is now, as far as that is known: a list stands for ten minutes, and music moves meanwhile. */
export async function shownDevices(deck: Deck, fresh = false): Promise<Device[]> {
  const { list, cached } = await listDevices(deck, fresh);
  const active = cached ? deck.house.states.believed(deck.key, ages.settings)?.device : undefined;
  if (!active) return list;
  return list.map((device) => ({ ...device, active: device.id !== undefined && device.id === active.id }));
}

export function keepDevices(deck: Deck, list: Device[]): Promise<void> {
  return deck.house.cache.set(listKey(deck), list, LIST_MS);
}

export function dropDevices(deck: Deck): Promise<void> {
  return deck.house.cache.delete(listKey(deck));
}

/** Words that named the player itself mean one of its devices only where one is called exactly so. */
async function deviceOfSameName(deck: Deck, said: string): Promise<Usable | undefined> {
  const list = deck.shared && deck.offered?.devices ? (await listDevices(deck)).list : await cachedDevices(deck);
  return list?.filter(usable).find((device) => fold(device.name) === fold(said));
}

/** The device that words or an id mean; undefined for "here", for the player itself, and for no words at all. */
export async function findDevice(deck: Deck, where: Where, fresh = false): Promise<Usable | undefined> {
  const said = where.deviceId ?? where.device;
  if (said === undefined) return undefined;
  if (where.deviceId === undefined && deck.isCalled(said)) return deviceOfSameName(deck, said);
  if (deck.offered && !deck.offered.devices) throw notOffered();
  const { list, cached } = await listDevices(deck, fresh);
  const match = matchDevice(said, list, deck.house.deviceWords);
  switch (match.kind) {
    case "here":
      return undefined;
    case "one":
      if (!usable(match.device)) {
        throw new SegueError("Restricted", { reason: "device_restricted", device: match.device.name });
      }
      return match.device;
    case "several":
      throw new SegueError("Ambiguous", { what: "device", choices: match.near.filter(usable).map(deviceChoice) });
    case "none":
      // What was switched on a moment ago is not in an older list.
      if (cached) return findDevice(deck, where, true);
      throw new SegueError("NotFound", {
        what: "device",
        query: said,
        choices: match.near.filter(usable).map(deviceChoice),
      });
  }
}

const isGone = (error: unknown): boolean => isSegueError(error, "NotFound") && error.details.what === "device";
/** A device that fell asleep is told of in either way when it shall begin to play. */
const isAsleep = (error: unknown): boolean => isSegueError(error, "NoActiveDevice") || isGone(error);

type Sent<T> = { result: T; device?: Device };

/** Sends to a device that was named. A device that proves stale costs one new list and one more try. */
async function toNamed<T>(
  deck: Deck,
  where: Where,
  device: Usable,
  send: (id: string) => Promise<T>,
  isStale: (error: unknown) => boolean,
): Promise<Sent<T>> {
  let target = device;
  let result: T;
  try {
    result = await send(device.id);
  } catch (error) {
    if (!isStale(error)) throw error;
    await dropDevices(deck);
    target = (await findDevice(deck, where, true)) ?? device;
    result = await send(target.id);
  }
  await noteUsed(deck, target);
  return { result, device: target };
}

/** Whom to send to when nothing is active: the preferred device, else the only one there. Never a guess among several. */
async function fallbackDevice(deck: Deck): Promise<Usable> {
  // Whoever was told to open the app a moment ago is on no older list.
  const { list } = await listDevices(deck, true);
  const devices = list.filter(usable);
  const preferred = await preferredRef(deck);
  const chosen = preferred && devices.find((device) => isDevice(preferred, device));
  if (chosen) return chosen;
  // The list may know of an active device that the state does not show: one with nothing loaded.
  const active = devices.find((device) => device.active);
  if (active) return active;
  const only = devices.length === 1 ? devices[0] : undefined;
  if (!only) throw new SegueError("NoActiveDevice", { devices });
  if (await isUsed(deck, only)) return only;
  throw new SegueError("Ambiguous", { what: "new_device", choices: [deviceChoice(only)] });
}

function refuseRestricted(deck: Deck): void {
  const device = deck.house.states.believed(deck.key, ages.shownPaused)?.device;
  if (device?.restricted) throw new SegueError("Restricted", { reason: "device_restricted", device: device.name });
}

/**
 * For commands that start music: the named device; else the active one, which needs no list and no id; else the fallback.
 * When the last look a moment ago found nothing active, the call that could only fail is not made; a player that cannot be
 * moved is one device by itself, which takes a command though nothing is on.
 */
export async function onDevice<T>(deck: Deck, where: Where, send: (id?: string) => Promise<T>): Promise<Sent<T>> {
  const { states } = deck.house;
  const named = await findDevice(deck, where);
  if (named) return toNamed(deck, where, named, send, isAsleep);
  if (!deck.offered?.transfer || !states.idle(deck.key, ages.idle)) {
    refuseRestricted(deck);
    try {
      const device = states.believed(deck.key, ages.settings)?.device;
      const result = await send();
      return { result, ...(device ? { device } : {}) };
    } catch (error) {
      if (!isSegueError(error, "NoActiveDevice") || !deck.offered?.devices) throw error;
      // A player that is heard has told by itself what is on.
      if (!states.isHeard(deck.key)) await states.learn(deck.key, undefined);
    }
  }
  const device = await fallbackDevice(deck);
  const result = await send(device.id);
  await noteUsed(deck, device);
  return { result, device };
}

/** For commands about what plays: with no device named and none active, nothing plays, and no list is read to say so. */
export async function onPlaying<T>(deck: Deck, where: Where, send: (id?: string) => Promise<T>): Promise<Sent<T>> {
  const { states } = deck.house;
  const named = await findDevice(deck, where);
  if (!named && states.idle(deck.key, ages.idle)) throw nothingPlaying();
  try {
    if (named) return await toNamed(deck, where, named, send, isGone);
    refuseRestricted(deck);
    const device = states.believed(deck.key, ages.settings)?.device;
    return { result: await send(), ...(device ? { device } : {}) };
  } catch (error) {
    if (!isSegueError(error, "NoActiveDevice")) throw error;
    await states.learn(deck.key, undefined);
    throw nothingPlaying();
  }
}
