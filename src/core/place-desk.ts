import type { Clock } from "../contracts/clock.ts";
import { SegueError } from "../contracts/errors.ts";
import type { PlaceChange, PlaceDesk, PlaceScope, PlayerRef } from "../contracts/places.ts";
import type { Store } from "../contracts/store.ts";
import { alwaysOn } from "./permission.ts";
import { samePlayer } from "./place-choices.ts";
import type { PlaceNames } from "./place-names.ts";
import type { PlacePermission } from "./place-permission.ts";
import type { PlacePlayers } from "./place-players.ts";
import { ownerIn, ownerOf, placeRows, type Spot } from "./place-rows.ts";
import type { KeptSettings } from "./place-settings.ts";
import type { Visitor } from "./place-visitor.ts";

/** A place as the skill that shows and changes its settings sees it. */
export function createPlaceDesk(parts: {
  store: Pick<Store, "settings" | "people">;
  settings: KeptSettings;
  permission: Pick<PlacePermission, "may" | "mayMean" | "groupsOf">;
  usable: PlacePlayers["shared"];
  names: Pick<PlaceNames, "of">;
  /** Every shared player there is. */
  players: readonly (PlayerRef & { name: string })[];
  linkable: boolean;
  locales: readonly string[];
  forget(place: Spot): Promise<void>;
  /** Everything kept of the one goes on under the other. */
  move(before: Spot, after: Spot): Promise<void>;
  clock: Clock;
}): (asking: Visitor, skills: PlaceDesk["skills"]) => PlaceDesk {
  const { store, settings, players, linkable, locales, clock } = parts;
  const { may, mayMean, groupsOf } = parts.permission;

  async function ownZone({ person, place, direct }: Visitor, timeZone: string | undefined): Promise<void> {
    await store.people.setTimeZone(person.id, timeZone);
    // None that the chat itself was given stays behind it.
    if (direct) await settings.change(ownerOf(place), { timeZone: undefined }, person.id);
  }

  function check(change: PlaceChange, skills: PlaceDesk["skills"]): void {
    const wrong = (field: string) => new SegueError("InvalidInput", { field, why: "unknown" });
    if ("player" in change && typeof change.player === "object") {
      const { player } = change;
      if (!players.some((each) => samePlayer(each, player))) throw wrong("player");
    }
    if ("locale" in change && change.locale !== undefined && !locales.includes(change.locale)) throw wrong("language");
    if ("skill" in change && (alwaysOn.has(change.skill) || !skills.some(({ name }) => name === change.skill)))
      throw wrong("command");
  }

  return (asking, skills) => {
    const owner = (scope: PlaceScope) => ownerIn(asking.place, scope);
    return {
      givesPlayers: asking.person.operator || asking.local,
      players,
      linkable,
      locales,
      skills: skills.filter(({ name }) => !alwaysOn.has(name)),
      async settings(scope) {
        const holding = await settings.of(asking.place, scope);
        const own = isOwn(asking, scope) ? (await store.people.get(asking.person.id))?.timeZone : undefined;
        return own === undefined ? holding : { ...holding, timeZone: own };
      },
      choices: (scope) => settings.choicesOf(owner(scope)),
      may: (scope) => may(asking, scope),

      mayAppoint: async (scope) =>
        (await may(asking, scope)) && mayMean(asking, scope, { role: "read", value: undefined }),
      usable: () => parts.usable(asking.place, asking.person.id),

      async give(place, player) {
        if (!asking.person.operator) throw new SegueError("Forbidden", { why: "operator_only" });
        check({ player }, skills);
        await settings.change(ownerOf(place), { player }, asking.person.id);
      },

      async change(scope, change) {
        const allowed = await may(asking, scope);
        if (!allowed || !(await mayMean(asking, scope, change)))
          throw new SegueError("Forbidden", {
            why: !allowed && scope === "here" && !asking.direct ? "managers_only" : "operator_only",
          });
        check(change, skills);
        if ("timeZone" in change && isOwn(asking, scope)) await ownZone(asking, change.timeZone);
        else await settings.change(owner(scope), change, asking.person.id);
      },

      ownZone: (timeZone) => ownZone(asking, timeZone),

      groups: () => groupsOf(asking),

      nameOf: parts.names.of,

      async greetOnce() {
        const place = ownerOf(asking.place);
        if ((await store.settings.get(place, placeRows.greeted)) !== undefined) return false;
        await store.settings.put(place, placeRows.greeted, clock.now());
        return true;
      },

      async moveTo(id) {
        const { place, direct } = asking;
        // A place of one's own is nobody else's, whatever somebody says of it.
        if (direct || id === "" || id === place.tenant || id === place.id) return;
        await parts.move(place, { ...place, id });
      },

      forget: () => parts.forget(asking.place),
    };
  };
}

/** Somebody's own chat with the bot: the zone chosen there is theirs, wherever else they speak to it. */
function isOwn({ direct }: Visitor, scope: PlaceScope): boolean {
  return direct && scope === "here";
}
