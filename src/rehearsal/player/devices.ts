import { idFrom } from "../random.ts";
import { leave } from "./sequence.ts";
import { anchored, type Device, type PlayerState, type Step } from "./state.ts";

/** What one must say about a device; the rest is the usual. */
export type DeviceSeed = Partial<Device> & Pick<Device, "name">;

/** 40 hexadecimal characters, as the platform's device ids are, unless one is given. */
export function createDevice(seed: DeviceSeed, owner: string): Device {
  return {
    id: deviceId(owner, seed.name),
    type: "Computer",
    volumePercent: 50,
    supportsVolume: true,
    restricted: false,
    privateSession: false,
    hidesId: false,
    listed: true,
    ...seed,
  };
}

function deviceId(...words: string[]): string {
  return Buffer.from(`${idFrom("device", ...words)}`, "latin1")
    .toString("hex")
    .slice(0, 40);
}

export function addDevice(state: PlayerState, device: Device): PlayerState {
  return { ...state, devices: [...state.devices.filter((each) => each.id !== device.id), device] };
}

export function changeDevice(state: PlayerState, id: string, change: Partial<Omit<Device, "id">>): PlayerState {
  return { ...state, devices: state.devices.map((each) => (each.id === id ? { ...each, ...change } : each)) };
}

/** The device leaves the network. What it played stops there, and is remembered. */
export function removeDevice(before: PlayerState, id: string, at: number): Step {
  const devices = before.devices.filter((each) => each.id !== id);
  if (before.activeDeviceId !== id) return { state: { ...before, devices }, ended: [] };
  const { state, ended } = deactivate(before, at);
  return { state: { ...state, devices }, ended };
}

/** No device is active any more; what was playing has stopped. */
export function deactivate(before: PlayerState, at: number): Step {
  const ended = before.playing ? leave(before, at, "replaced") : [];
  const state = anchored(before, at);
  const heardMs = ended.length > 0 ? 0 : state.heardMs;
  return { state: { ...state, activeDeviceId: null, playing: false, heardMs, changedAt: at }, ended };
}
