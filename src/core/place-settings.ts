import { LRUCache } from "lru-cache";
import type { Clock } from "../contracts/clock.ts";
import { SegueError } from "../contracts/errors.ts";
import type { Log } from "../contracts/log.ts";
import {
  type PlaceChange,
  type PlaceChoices,
  type PlaceScope,
  type PlaceSettings,
  type PlayerRef,
  placeChoicesSchema,
} from "../contracts/places.ts";
import type { Store } from "../contracts/store.ts";
import { createLines } from "./line.ts";
import { alwaysOn, usualRoles } from "./permission.ts";
import { changed, laidOver, merged, sameChoices, samePlayer } from "./place-choices.ts";
import { ownerIn, placeRows, type Spot, scopeOwners } from "./place-rows.ts";

const maxKept = 5_000;
/** Another process on the same database may have changed a setting: it is believed for this long. */
const keptMs = 30_000;

/** What was chosen for places, as it is kept: a place's own over its tenant's over those of the whole bot. */
export interface KeptSettings {
  /** What one scope says by itself. */
  choicesOf(owner: string): Promise<PlaceChoices>;
  /** What holds there once everything is inherited. */
  of(place: Spot, scope: PlaceScope): Promise<PlaceSettings>;
  /** Undefined where nobody has decided anything. */
  chosenPlayer(place: Spot): Promise<PlaceChoices["player"]>;
  /** Whether those who manage the place, or its tenant, have a say over the player that it was given. */
  isEntrusted(place: Spot, scope?: PlaceScope): Promise<boolean>;
  /** Writes one choice down, and into the audit where it is another than before. */
  change(owner: string, change: PlaceChange, personId: string): Promise<void>;
  /** One at a time with whatever is changed of that owner. */
  inTurn(owner: string, task: () => Promise<void>): Promise<void>;
  clear(): void;
}

export function createPlaceSettings({
  store,
  everyPlayer,
  clock,
  log,
}: {
  store: Pick<Store, "settings" | "audit">;
  everyPlayer: readonly PlayerRef[];
  clock: Clock;
  log: Log;
}): KeptSettings {
  const kept = new LRUCache<string, Promise<PlaceChoices>>({
    max: maxKept,
    ttl: keptMs,
    perf: clock,
    ttlResolution: 0,
  });
  /** A change reads what was chosen before and writes all of it: one at a time for each owner. */
  const writes = createLines(Number.POSITIVE_INFINITY);

  function choicesOf(owner: string): Promise<PlaceChoices> {
    const known = kept.get(owner);
    if (known) return known;
    const read = store.settings.get(owner, placeRows.choices).then((value) => {
      const parsed = placeChoicesSchema.safeParse(value ?? {});
      if (!parsed.success) log.error({ owner }, "the settings of a place cannot be read and are left out of account");
      return parsed.success ? parsed.data : placeChoicesSchema.parse({});
    });
    kept.set(owner, read);
    // A database that did not answer must be asked again.
    read.catch(() => kept.delete(owner));
    return read;
  }

  /** Anybody can bring the bot to a place of their own, so that a place has what it was given and nothing else. */
  function playersOf(chosen: PlaceChoices["player"]): PlayerRef[] {
    return typeof chosen === "object" ? everyPlayer.filter((each) => samePlayer(each, chosen)) : [];
  }

  async function write(owner: string, change: PlaceChange, personId: string): Promise<void> {
    // Read past the cache: another process may have changed something else since.
    kept.delete(owner);
    const before = await choicesOf(owner);
    const after = placeChoicesSchema.safeParse(changed(before, change));
    if (!after.success) throw new SegueError("InvalidInput", { field: "setting", why: "unknown" });
    if (sameChoices(before, after.data)) return;
    await store.settings.put(owner, placeRows.choices, after.data);
    kept.set(owner, Promise.resolve(after.data));
    const detail = { owner, ...laidOver(change) };
    await store.audit.add({ at: clock.now(), personId, act: "place.change", detail });
  }

  return {
    choicesOf,

    async of(place, scope) {
      const owners = scopeOwners(place);
      const layers = owners.slice(0, owners.findIndex((each) => each.scope === scope) + 1);
      const choices = await Promise.all(layers.map(({ owner }) => choicesOf(owner)));
      const [all, own] = [merged(choices), choices.at(-1)];
      return {
        roles: { ...usualRoles, ...all.roles },
        players: playersOf(all.player),
        answers: all.answers ?? "usual",
        off: new Set(Object.keys(all.skills).filter((name) => all.skills[name] === false && !alwaysOn.has(name))),
        ...(all.locale === undefined ? {} : { locale: all.locale }),
        ...(all.timeZone === undefined ? {} : { timeZone: all.timeZone }),
        ...(scope === "here" && own?.announce ? { announce: own.announce } : {}),
      };
    },

    async chosenPlayer(place) {
      const layers = await Promise.all(scopeOwners(place).map(({ owner }) => choicesOf(owner)));
      return merged(layers).player;
    },

    /**
     * Those who manage a place have a say over a player that was given to that place or its tenant. One that is open to everybody
     * everywhere was given to no place in particular, and managing a place of one's own making is no merit.
     */
    async isEntrusted(place, scope = "here") {
      if (scope === "everywhere") return false;
      const here = scope === "here" ? (await choicesOf(ownerIn(place, "here"))).player : undefined;
      // Without a tenant, its settings are those of everybody on the platform.
      const given = here ?? (place.tenant === "" ? undefined : (await choicesOf(ownerIn(place, "tenant"))).player);
      return typeof given === "object";
    },

    change: (owner, change, personId) => writes.join(owner, () => write(owner, change, personId)),
    inTurn: (owner, task) => writes.join(owner, task),
    clear: () => kept.clear(),
  };
}
