import { SegueError } from "../contracts/errors.ts";
import type { Device } from "../contracts/music.ts";
import type { Where } from "../contracts/player.ts";
import { type Deck, notOffered } from "./deck.ts";
import { dropDevices, findDevice, listDevices, type Usable, usable } from "./devices.ts";
import { isDevice, noteUsed, preferredRef, setPreferred } from "./known-devices.ts";
import { deviceChoice } from "./ranking/choices.ts";
import { readState } from "./reading.ts";
import { ages } from "./state.ts";
import { rememberAct } from "./undo-memory.ts";
import { sure } from "./writes.ts";

/** Between the two looks at whether the music has moved. */
const LOOK_AGAIN_MS = 1_500;

async function preferredDevice(deck: Deck): Promise<Usable> {
  const { list } = await listDevices(deck);
  const preferred = await preferredRef(deck);
  const found = preferred && list.filter(usable).find((device) => isDevice(preferred, device));
  if (found) return found;
  throw new SegueError("Ambiguous", { what: "device", choices: list.filter(usable).map(deviceChoice) });
}

async function movedTo(deck: Deck, id: string): Promise<boolean> {
  for (let look = 0; look < 2; look++) {
    if (look > 0) await deck.house.clock.sleep(LOOK_AGAIN_MS, deck.signal);
    if ((await readState(deck))?.device?.id === id) return true;
  }
  return false;
}

/** Moves the music and reads back that it moved: the service answers before the device has. At most two reads. */
export async function transfer(deck: Deck, where: Where): Promise<{ device: Device; confirmed: boolean }> {
  if (deck.offered && !deck.offered.transfer) throw notOffered();
  deck.mayControl();
  const { states } = deck.house;
  let target = (await findDevice(deck, where)) ?? (await preferredDevice(deck));
  const before = states.believed(deck.key, ages.shownPlaying)?.device;
  if (before?.id === target.id) return { device: target, confirmed: true };
  const from = states.believed(deck.key, ages.settings)?.device;

  const send = (device: Usable) =>
    sure(deck, {
      act: "transfer",
      repeatable: true,
      shows: (state) => state?.device?.id === device.id,
      send: () => deck.control(async (session) => session.transfer?.(device.id, deck.options("transfer"))),
    });
  try {
    await send(target);
  } catch (error) {
    if (!(error instanceof SegueError) || (error.code !== "NotFound" && error.code !== "NoActiveDevice")) throw error;
    await dropDevices(deck);
    target = (await findDevice(deck, where, true)) ?? target;
    await send(target);
  }
  const moved = target;
  await states.assume(deck.key, (state) => ({ ...state, device: { ...moved, active: true } }));
  await noteUsed(deck, moved);
  await rememberAct(deck, { act: "transfer", device: moved, ...(from ? { from } : {}) });
  return { device: moved, confirmed: await movedTo(deck, moved.id) };
}

export async function preferDevice(deck: Deck, where: Where | undefined): Promise<Device | undefined> {
  if (!where) {
    await setPreferred(deck, undefined);
    return undefined;
  }
  const device = (await findDevice(deck, where)) ?? deck.house.states.believed(deck.key, ages.settings)?.device;
  if (!device || !usable(device)) throw new SegueError("NotFound", { what: "device" });
  await setPreferred(deck, device);
  await noteUsed(deck, device);
  return device;
}
