import type { Adapter, Standing } from "../contracts/adapter.ts";
import type { Clock } from "../contracts/clock.ts";
import { SegueError } from "../contracts/errors.ts";
import type { Log } from "../contracts/log.ts";
import { groupOf, type PlaceChange, type PlaceScope } from "../contracts/places.ts";
import type { Permission } from "../contracts/skill.ts";
import { within } from "../within.ts";
import { holds } from "./permission.ts";
import type { PlacePlayers } from "./place-players.ts";
import type { KeptSettings } from "./place-settings.ts";
import type { Visitor } from "./place-visitor.ts";
import type { Standings } from "./standing.ts";

const groupsWithinMs = 2_000;
const maxGroups = 100;

/** Who may do what in a place. */
export interface PlacePermission {
  /** Raises Forbidden("role") when the asker may not do this with a shared player here. */
  permit(asking: Visitor, permission: Permission): Promise<void>;
  /** Whether the asker may change the settings of that scope. */
  may(asking: Visitor, scope: PlaceScope): Promise<boolean>;
  /** Whether this change is for the asker to make, where they may change the scope at all. */
  mayMean(asking: Visitor, scope: PlaceScope, change: PlaceChange): Promise<boolean>;
  /** The groups that a role may name; empty where the platform has none or does not tell now. */
  groupsOf(asking: Visitor): Promise<{ id: string; name: string }[]>;
}

export function createPlacePermission(parts: {
  settings: Pick<KeptSettings, "of" | "isEntrusted">;
  players: Pick<PlacePlayers, "in" | "askedFrom">;
  standings: Standings;
  adapter(platform: string): Adapter | undefined;
  clock: Clock;
  log: Log;
}): PlacePermission {
  const { settings, players, standings, adapter, clock, log } = parts;

  /** Somebody's own chat is theirs to arrange, but makes them no manager of a player that others share. */
  async function standingOf(asking: Visitor): Promise<Standing> {
    if (asking.person.operator || asking.local) return { manager: true, groups: [] };
    if (asking.direct) return { manager: false, groups: [] };
    const standing = await standings(asking.place, asking.user);
    return standing.manager && !(await settings.isEntrusted(asking.place)) ? { ...standing, manager: false } : standing;
  }

  async function groupsOf({ direct, place }: Visitor): Promise<{ id: string; name: string }[]> {
    const of = adapter(place.platform);
    if (direct || !of?.groups) return [];
    try {
      const groups = await within(clock, groupsWithinMs, "platform", async () => of.groups?.(place) ?? []);
      return groups.slice(0, maxGroups);
    } catch (error) {
      log.warn({ error, platform: place.platform }, "a platform did not name its groups");
      return [];
    }
  }

  async function permitIn(asking: Visitor, permission: Permission): Promise<void> {
    const role = (await settings.of(asking.place, "here")).roles[permission];
    if (role === "everyone" || (role !== "nobody" && holds(role, await standingOf(asking)))) return;
    const id = asking.direct ? undefined : groupOf(role);
    const group = id === undefined ? undefined : (await groupsOf(asking)).find((each) => each.id === id)?.name;
    throw new SegueError("Forbidden", {
      why: "role",
      permission,
      who:
        id !== undefined
          ? "group"
          : role === "nobody" || asking.direct || !(await settings.isEntrusted(asking.place))
            ? "nobody"
            : "managers",
      ...(group === undefined ? {} : { group }),
    });
  }

  return {
    async permit(asking, permission) {
      if (asking.person.operator) return;
      const { place, person, direct } = asking;
      const here = !direct || (await players.in(place, person.id)).length > 0;
      const asked = here ? undefined : await players.askedFrom(place, person.id);
      return permitIn(asked ?? asking, permission);
    },

    async may(asking, scope) {
      if (asking.person.operator) return true;
      if (scope === "everywhere") return false;
      if (scope === "here" && asking.direct) return true;
      // Without a tenant, its settings are those of everybody on the platform.
      if (asking.direct || (scope === "tenant" && asking.place.tenant === "")) return false;
      const standing = await standings(asking.place, asking.user);
      return scope === "here" ? standing.manager : standing.tenantManager === true;
    },

    /**
     * A player of the operator's is opened to a place by the operator, or at its machine: anybody may manage a place of their own
     * making and invite the bot there. Those who manage it may shut it out again.
     */
    async mayMean(asking, scope, change) {
      if (asking.person.operator) return true;
      if ("role" in change)
        return (
          !(asking.direct && scope === "here") && (asking.local || (await settings.isEntrusted(asking.place, scope)))
        );
      return !("player" in change) || typeof change.player !== "object" || asking.local;
    },

    groupsOf,
  };
}
