import type { Clock } from "../contracts/clock.ts";
import { Grants } from "./accounts/grants.ts";
import { createSeal } from "./accounts/seal.ts";
import { type App, type AppSeed, appSchema } from "./apps.ts";
import type { Catalogue } from "./catalogue/index.ts";
import { Limits } from "./limits/limits.ts";
import { createPerson, type Person, type PersonSeed } from "./people.ts";
import { createPlaylists, type Playlists } from "./playlists.ts";
import { furnish } from "./seeds.ts";
import { type Settings, settingsSchema } from "./settings.ts";

/** Everything that is true in the false platform at a moment. One per server. */
export interface World {
  readonly clock: Clock;
  readonly catalogue: Catalogue;
  readonly seed: number;
  settings: Settings;
  readonly apps: Map<string, App>;
  readonly people: Map<string, Person>;
  readonly playlists: Playlists;
  readonly grants: Grants;
  readonly limits: Limits;
  /** Uris that nobody may play just now: unavailable in the market, withdrawn. */
  readonly unplayable: Set<string>;
  /** Track ids answered by another track's id (relinking). */
  readonly relinks: Map<string, string>;
  /** Where the server is reached, without a slash at the end. Known once it listens. */
  url: string;
}

export interface WorldSeed {
  clock: Clock;
  catalogue: Catalogue;
  apps: readonly AppSeed[];
  people: readonly PersonSeed[];
  settings: unknown;
  seed: number;
  grantKey?: string;
}

export function createWorld(from: WorldSeed): World {
  const settings = settingsSchema.parse(from.settings ?? {});
  const at = from.clock.now();
  const world: World = {
    clock: from.clock,
    catalogue: from.catalogue,
    seed: from.seed,
    settings,
    apps: new Map(from.apps.map((app) => [app.clientId, appSchema.parse(app)])),
    people: new Map(from.people.map((person) => [person.id, createPerson(person, at)])),
    playlists: createPlaylists(from.catalogue, at),
    grants: new Grants(
      from.clock,
      () => world.settings.tokens,
      from.grantKey === undefined ? undefined : createSeal(from.grantKey),
    ),
    limits: new Limits(from.clock, () => world.settings.limits),
    unplayable: new Set(),
    relinks: new Map(),
    url: "",
  };
  furnish(world);
  return world;
}
