import { z } from "zod";
import { createDevice } from "./player/devices.ts";
import type { Play } from "./player/history.ts";
import { createPlayerState, type PlayerState } from "./player/state.ts";
import { idFrom } from "./random.ts";
import type { UriKind } from "./uris.ts";

const deviceSeedSchema = z.strictObject({
  id: z.string().min(1).max(64).optional(),
  name: z.string().min(1).max(200),
  type: z.string().min(1).max(40).optional(),
  volumePercent: z.int().min(0).max(100).optional(),
  supportsVolume: z.boolean().optional(),
  restricted: z.boolean().optional(),
  privateSession: z.boolean().optional(),
  hidesId: z.boolean().optional(),
  listed: z.boolean().optional(),
});

/** A device as the control API takes it; what is left out is the usual. */
export const newDeviceSchema = deviceSeedSchema;
export const changedDeviceSchema = deviceSeedSchema.omit({ id: true }).partial();

/** A person who may stand in front of the false platform. */
export const personSchema = z.strictObject({
  id: z.string().regex(/^[\w.~-]{1,64}$/),
  name: z.string().min(1).max(200),
  premium: z.boolean().default(true),
  country: z.string().length(2).default("SE"),
  devices: z.array(deviceSeedSchema).default([]),
});

export type PersonSeed = z.input<typeof personSchema>;

/** Kinds that a library holds, each id with the time it was added. */
type Library = Map<Exclude<UriKind, "chapter">, Map<string, number>>;

export interface Person {
  readonly id: string;
  /** Public, immutable, pseudonymous: what accounts are to be linked on since May 2026. */
  readonly accountId: string;
  name: string;
  premium: boolean;
  country: string;
  player: PlayerState;
  plays: Play[];
  readonly library: Library;
  /** When the last play command came, for the limit on too frequent ones. */
  lastPlayAt: number;
}

export function createPerson(seed: PersonSeed, at: number): Person {
  const { id, name, premium, country, devices } = personSchema.parse(seed);
  return {
    id,
    accountId: idFrom("account", id),
    name,
    premium,
    country,
    player: createPlayerState(
      devices.map((device) => createDevice(withoutUndefined(device), id)),
      at,
    ),
    plays: [],
    library: new Map(),
    lastPlayAt: Number.NEGATIVE_INFINITY,
  };
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** The same without its undefined entries, so that they do not overwrite defaults. */
export function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Defined<T>;
}

export function savedIds(person: Person, kind: Exclude<UriKind, "chapter">): Map<string, number> {
  const known = person.library.get(kind);
  if (known !== undefined) return known;
  const made = new Map<string, number>();
  person.library.set(kind, made);
  return made;
}
