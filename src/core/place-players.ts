import type { Adapter } from "../contracts/adapter.ts";
import type { PlayerRef } from "../contracts/places.ts";
import type { Store } from "../contracts/store.ts";
import type { Loans } from "./loans.ts";
import type { Natures } from "./natures.ts";
import { ownerOf, type Spot } from "./place-rows.ts";
import type { KeptSettings } from "./place-settings.ts";
import type { Visitor, VisitorIn } from "./place-visitor.ts";
import type { Standings } from "./standing.ts";

type UsablePlayer = PlayerRef & { afterOwn?: boolean };

/** Which shared players somebody may turn to. */
export interface PlacePlayers {
  /** Those of the place where they asked come along into a chat of their own. */
  shared(place: Spot, personId: string): Promise<UsablePlayer[]>;
  /** Of this place alone. */
  in(place: Spot, personId: string): Promise<UsablePlayer[]>;
  /** Who somebody in their own chat is in the place where they asked; undefined once they are no longer there, or asked nowhere. */
  askedFrom(place: Spot, personId: string): Promise<Visitor | undefined>;
}

export function createPlacePlayers(parts: {
  store: Pick<Store, "people">;
  settings: Pick<KeptSettings, "of" | "choicesOf">;
  natures: Natures;
  standings: Standings;
  loans: Loans;
  visitorIn: VisitorIn;
  adapter(platform: string): Adapter | undefined;
  everyPlayer: readonly PlayerRef[];
  /** Whether anybody can link an account of their own. */
  linkable: boolean;
}): PlacePlayers {
  const { store, settings, natures, standings, loans, visitorIn, adapter, everyPlayer, linkable } = parts;

  /** Whom the operator has let in, wherever nobody else was given a player. */
  async function isTrusted(
    place: Spot,
    nature: Awaited<ReturnType<Natures["of"]>>,
    personId: string,
  ): Promise<boolean> {
    if (nature?.local || adapter(place.platform)?.closed) return true;
    return (await store.people.get(personId))?.operator === true;
  }

  async function playersIn(place: Spot, personId: string): Promise<UsablePlayer[]> {
    if (everyPlayer.length === 0) return [];
    const { players: given } = await settings.of(place, "here");
    if (given.length > 0 || (await settings.choicesOf(ownerOf(place))).player === "none") return given;
    const nature = await natures.of(place);
    // Among others, one's own account is what is meant wherever there can be one.
    if (linkable && !nature?.direct) return [];
    return (await isTrusted(place, nature, personId)) ? everyPlayer.map((each) => ({ ...each, afterOwn: true })) : [];
  }

  async function askedFrom(place: Spot, personId: string): Promise<Visitor | undefined> {
    if (everyPlayer.length === 0 || !(await natures.of(place))?.direct) return undefined;
    if ((await settings.choicesOf(ownerOf(place))).player === "none") return undefined;
    const asked = await loans.of(place, personId);
    const visitor = asked && (await visitorIn(personId, asked));
    return visitor && !visitor.direct && !(await standings(visitor.place, visitor.user)).absent ? visitor : undefined;
  }

  return {
    in: playersIn,
    askedFrom,
    async shared(place, personId) {
      const own = await playersIn(place, personId);
      if (own.length > 0) return own;
      const asked = await askedFrom(place, personId);
      return asked ? (await playersIn(asked.place, personId)).map((each) => ({ ...each, afterOwn: true })) : [];
    },
  };
}
