import { changedDeviceSchema, newDeviceSchema, type Person, withoutUndefined } from "../people.ts";
import { addDevice, changeDevice, createDevice, type DeviceSeed, deactivate, removeDevice } from "../player/devices.ts";
import { accept, playerNow } from "../player/session.ts";
import type { Device } from "../player/state.ts";
import type { Stage } from "../stage.ts";

/** A person's devices, as they come and go in their home. Devices are named by id or by name. */
export interface DeviceControl {
  list(userId: string): readonly Device[];
  add(userId: string, device: DeviceSeed): Device;
  change(userId: string, device: string, change: Partial<Omit<Device, "id">>): void;
  /** Off the network, at once. What it played stops. */
  remove(userId: string, device: string): void;
  /** The active one from now on, as if chosen in the app; playback stays as it is. */
  activate(userId: string, device: string): void;
  /** No device is active any more. */
  deactivate(userId: string): void;
}

export function createDeviceControl(stage: Stage, personOf: (userId: string) => Person): DeviceControl {
  const idOf = (person: Person, device: string): string => {
    const found =
      person.player.devices.find((each) => each.id === device) ??
      person.player.devices.find((each) => each.name === device);
    if (found === undefined) throw new RangeError(`${person.id} has no device ${device}`);
    return found.id;
  };
  const now = () => stage.world.clock.now();

  return {
    list: (userId) => playerNow(stage.world, personOf(userId)).devices,
    add(userId, given) {
      const person = personOf(userId);
      const device = createDevice({ ...withoutUndefined(newDeviceSchema.parse(given)), name: given.name }, userId);
      person.player = addDevice(playerNow(stage.world, person), device);
      return device;
    },
    change(userId, device, change) {
      const person = personOf(userId);
      const id = idOf(person, device);
      person.player = changeDevice(
        playerNow(stage.world, person),
        id,
        withoutUndefined(changedDeviceSchema.parse(change)),
      );
    },
    remove(userId, device) {
      const person = personOf(userId);
      const id = idOf(person, device);
      accept(stage.world, person, removeDevice(playerNow(stage.world, person), id, now()));
    },
    activate(userId, device) {
      const person = personOf(userId);
      const activeDeviceId = idOf(person, device);
      person.player = { ...playerNow(stage.world, person), activeDeviceId, changedAt: now() };
    },
    deactivate(userId) {
      const person = personOf(userId);
      accept(stage.world, person, deactivate(playerNow(stage.world, person), now()));
    },
  };
}
