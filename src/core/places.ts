import type { Adapter } from "../contracts/adapter.ts";
import type { Clock } from "../contracts/clock.ts";
import { SegueError } from "../contracts/errors.ts";
import type { Incoming, Place, Sent } from "../contracts/incoming.ts";
import type { Log } from "../contracts/log.ts";
import type { MusicProvider } from "../contracts/music.ts";
import type { PlaceDesk, PlaceSettings, PlayerRef } from "../contracts/places.ts";
import type { Sharing } from "../contracts/sharing.ts";
import type { Store } from "../contracts/store.ts";
import { createLoans } from "./loans.ts";
import { createNatures } from "./natures.ts";
import { createPlaceDesk } from "./place-desk.ts";
import { createPlaceNames } from "./place-names.ts";
import { createPlacePermission, type PlacePermission } from "./place-permission.ts";
import { createPlacePlayers, type PlacePlayers } from "./place-players.ts";
import { forgetRows, groundOf, moveRows, ownerOf, type Spot } from "./place-rows.ts";
import { createPlaceSettings } from "./place-settings.ts";
import { createVisitorIn, type Visitor, type VisitorIn } from "./place-visitor.ts";
import { createRequests } from "./requests.ts";
import { createStandings } from "./standing.ts";
import type { Telling } from "./tries.ts";

/** Places and what was chosen for them. A place without settings of its own has its tenant's, and those of the whole bot. */
export interface Places {
  of(place: Spot): Promise<PlaceSettings>;
  /** Notes what a place is like, for what comes later without anybody who asks: a view, a timer. */
  seen(asking: Pick<Visitor, "place" | "direct" | "local">): Promise<void>;
  /** Somebody spoke there: notes how its platform calls it. */
  heard(event: Pick<Incoming, "place" | "user" | "direct" | "placeName">): Promise<void>;
  /** Raises Forbidden("role") when the asker may not do this with a shared player here. */
  permit: PlacePermission["permit"];
  /** Who somebody is in a place where they once asked, for what is shown there without them. */
  visitor: VisitorIn;
  /**
   * The player that the asker was refused for want of anybody's decision, where the operator has to hear of it: once for each
   * place, and only so often. Whoever gets one says by `asked` how it ended.
   */
  wanted(asking: Visitor): Promise<(PlayerRef & { name: string }) | undefined>;
  /** Whether an operator was told what is wanted there; where none was, a later wish asks again. */
  asked(place: Spot, how: Telling): Promise<void>;
  /**
   * What was asked in a place of many was answered in a chat of the asker's own: the place goes with that message, and the
   * player with the chat, by the rights that the asker has where they asked.
   */
  lend(asking: Visitor, answered: Sent): Promise<void>;
  /**
   * The place that a message is about, where it is another than the one it stands in. Raises Forbidden("left") where the person
   * is there no more, Unavailable where nobody can tell.
   */
  meant(message: Sent, personId: string): Promise<Place | undefined>;
  /** Whether the place was expressly left without a shared player. */
  isShut(place: Spot): Promise<boolean>;
  /** Whether the asker may change the settings of the place. */
  manages(asking: Visitor): Promise<boolean>;
  /** All that is kept of it, as when the bot is no longer there. */
  forget(place: Spot): Promise<void>;
  /** Whether the platform knows for certain that the person is in the place no more. */
  hasLeft(personId: string, place: Spot): Promise<boolean>;
  /** The shared players that this person may turn to in this place, those that the place was given first. */
  sharedPlayers: PlacePlayers["shared"];
  desk(asking: Visitor, skills: PlaceDesk["skills"]): PlaceDesk;
}

export function createPlaces(parts: {
  store: Pick<Store, "settings" | "views" | "digests" | "cards" | "people" | "audit">;
  /** What people let places see goes with them. */
  sharing: Pick<Sharing, "leave" | "move">;
  /** Those that were started; asked anew each time. */
  adapters(): readonly Adapter[];
  providers: readonly Pick<MusicProvider, "id" | "linking" | "players">[];
  locales: readonly string[];
  clock: Clock;
  log: Log;
}): Places {
  const { store, sharing, adapters, providers, locales, clock, log } = parts;
  const every = providers.flatMap(({ id, players: own }) =>
    (own ?? []).map((player) => ({ provider: id, playerId: player.id, name: player.name })),
  );
  const everyPlayer: PlayerRef[] = every.map(({ provider, playerId }) => ({ provider, playerId }));
  const linkable = providers.some(({ linking }) => linking !== undefined);
  const adapter = (platform: string) => adapters().find((each) => each.platform === platform);
  const settings = createPlaceSettings({ store, everyPlayer, clock, log });
  const natures = createNatures(store);
  const names = createPlaceNames({ store, adapter, clock });
  const standings = createStandings({ adapter, clock, log });
  const requests = createRequests({ store, clock });
  const loans = createLoans({ store, clock });
  const visitorIn = createVisitorIn({ store, natures });
  const players = createPlacePlayers({
    store,
    settings,
    natures,
    standings,
    loans,
    visitorIn,
    adapter,
    everyPlayer,
    linkable,
  });
  const permission = createPlacePermission({ settings, players, standings, adapter, clock, log });

  function forgetKept(): void {
    settings.clear();
    names.clear();
    natures.clear();
  }

  async function forget(place: Spot): Promise<void> {
    const ground = groundOf(place);
    if (!ground) return;
    await forgetRows(store, ground);
    await sharing.leave(ground);
    forgetKept();
  }

  return {
    of: (place) => settings.of(place, "here"),

    async seen({ place, direct, local }) {
      if (everyPlayer.length === 0) return;
      await natures.note(place, { direct, local });
    },

    async heard(event) {
      standings.heard(event.place, event.user);
      await names.note(event);
    },

    permit: permission.permit,

    visitor: visitorIn,

    async lend(asking, answered) {
      if (asking.direct || ownerOf(answered.place) === ownerOf(asking.place)) return;
      await loans.bind(asking.person.id, asking.place, answered);
      if (everyPlayer.length === 0 || (await players.in(asking.place, asking.person.id)).length === 0) return;
      await loans.keep(asking.person.id, asking.place, answered.place);
    },

    async meant(message, personId) {
      const place = await loans.boundTo(message, personId);
      if (!place) return undefined;
      const { user } = await visitorIn(personId, place);
      const { absent, unsure } = await standings(place, user);
      if (unsure) throw new SegueError("Unavailable", { service: "platform", why: "offline" });
      if (absent) throw new SegueError("Forbidden", { why: "left" });
      return place;
    },

    async wanted(asking) {
      const [player] = every;
      if (!player || (await settings.chosenPlayer(asking.place)) !== undefined || asking.person.operator)
        return undefined;
      return (await requests.begin(asking.place)) ? player : undefined;
    },

    asked: requests.end,

    isShut: async (place) => (await settings.chosenPlayer(place)) === "none",

    manages: (asking) => permission.may(asking, "here"),

    forget,

    async hasLeft(personId, place) {
      const { platform, tenant } = place;
      const here = (await store.people.identities(personId)).filter((each) => each.platform === platform);
      const own = here.filter((each) => each.tenant === tenant);
      const standing = await Promise.all((own.length > 0 ? own : here).map((user) => standings(place, user)));
      return standing.every(({ absent, unsure }) => absent === true && !unsure);
    },

    sharedPlayers: players.shared,

    desk: createPlaceDesk({
      store,
      settings,
      permission,
      usable: players.shared,
      names,
      players: every,
      linkable,
      locales,
      forget,
      async move(before, after) {
        await settings.inTurn(ownerOf(after), () => moveRows(store, before, after));
        await sharing.move(before, after);
        forgetKept();
      },
      clock,
    }),
  };
}
