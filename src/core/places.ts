import { LRUCache } from "lru-cache";
import type { Adapter, Standing } from "../contracts/adapter.ts";
import type { Clock } from "../contracts/clock.ts";
import { SegueError } from "../contracts/errors.ts";
import type { Incoming, Place, Sent } from "../contracts/incoming.ts";
import type { Log } from "../contracts/log.ts";
import type { MusicProvider } from "../contracts/music.ts";
import {
  groupOf,
  type PlaceChange,
  type PlaceChoices,
  type PlaceDesk,
  type PlaceScope,
  type PlaceSettings,
  type PlayerRef,
  placeChoicesSchema,
} from "../contracts/places.ts";
import type { Sharing } from "../contracts/sharing.ts";
import type { Permission } from "../contracts/skill.ts";
import type { Store } from "../contracts/store.ts";
import type { Asking } from "./asking.ts";
import { echo } from "./clean-text.ts";
import { createLines } from "./line.ts";
import { createLoans } from "./loans.ts";
import { createNatures, type Natures } from "./natures.ts";
import { alwaysOn, holds, usualRoles } from "./permission.ts";
import { changed, laidOver, merged, sameChoices } from "./place-choices.ts";
import { forgetRows, groundOf, moveRows, ownerIn, ownerOf, placeRows, type Spot, scopeOwners } from "./place-rows.ts";
import { createRequests } from "./requests.ts";
import { createStandings } from "./standing.ts";
import type { Telling } from "./tries.ts";
import { within } from "./within.ts";

const maxKept = 5_000;
/** Another process on the same database may have changed a setting: it is believed for this long. */
const keptMs = 30_000;
const groupsWithinMs = 2_000;
const maxGroups = 100;
const maxName = 60;
/** The panel that names it must be there within the three seconds that platforms give an answer. */
const nameWithinMs = 1_000;

export type Visitor = Pick<Asking, "person" | "user" | "place" | "direct" | "local">;

/** Places and what was chosen for them. A place without settings of its own has its tenant's, and those of the whole bot. */
export interface Places {
  of(place: Spot): Promise<PlaceSettings>;
  /** Notes what a place is like, for what comes later without anybody who asks: a view, a timer. */
  seen(asking: Pick<Visitor, "place" | "direct" | "local">): Promise<void>;
  /** Somebody spoke there: notes how its platform calls it. */
  heard(event: Pick<Incoming, "place" | "user" | "direct" | "placeName">): Promise<void>;
  /** Raises Forbidden("role") when the asker may not do this with a shared player here. */
  permit(asking: Visitor, permission: Permission): Promise<void>;
  /** Who somebody is in a place where they once asked, for what is shown there without them. */
  visitor(personId: string, place: Place): Promise<Visitor>;
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
  sharedPlayers(place: Spot, personId: string): Promise<(PlayerRef & { afterOwn?: boolean })[]>;
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
  const players = providers.flatMap(({ id, players: own }) =>
    (own ?? []).map((player) => ({ provider: id, playerId: player.id, name: player.name })),
  );
  const everyPlayer: PlayerRef[] = players.map(({ provider, playerId }) => ({ provider, playerId }));
  const linkable = providers.some(({ linking }) => linking !== undefined);
  const kept = new LRUCache<string, Promise<PlaceChoices>>({
    max: maxKept,
    ttl: keptMs,
    perf: clock,
    ttlResolution: 0,
  });
  const natures = createNatures(store);
  /** As they were written last. */
  const names = new LRUCache<string, string>({ max: maxKept });
  const adapter = (platform: string) => adapters().find((each) => each.platform === platform);
  /** A change reads what was chosen before and writes all of it: one at a time for each owner. */
  const writes = createLines(Number.POSITIVE_INFINITY);
  const standings = createStandings({ adapter, clock, log });
  const requests = createRequests({ store, clock });
  const loans = createLoans({ store, clock });

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

  async function settingsFor(place: Spot, scope: PlaceScope): Promise<PlaceSettings> {
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
  }

  /** Anybody can bring the bot to a place of their own, so that a place has what it was given and nothing else. */
  function playersOf(chosen: PlaceChoices["player"]): PlayerRef[] {
    return typeof chosen === "object" ? everyPlayer.filter((each) => samePlayer(each, chosen)) : [];
  }

  /** Whom the operator has let in, wherever nobody else was given a player. */
  async function isTrusted(
    place: Spot,
    nature: Awaited<ReturnType<Natures["of"]>>,
    personId: string,
  ): Promise<boolean> {
    if (nature?.local || adapter(place.platform)?.closed) return true;
    return (await store.people.get(personId))?.operator === true;
  }

  /**
   * Those who manage a place have a say over a player that was given to that place or its tenant. One that is open to everybody
   * everywhere was given to no place in particular, and managing a place of one's own making is no merit.
   */
  async function isEntrusted(place: Spot, scope: PlaceScope = "here"): Promise<boolean> {
    if (scope === "everywhere") return false;
    const here = scope === "here" ? (await choicesOf(ownerIn(place, "here"))).player : undefined;
    // Without a tenant, its settings are those of everybody on the platform.
    const given = here ?? (place.tenant === "" ? undefined : (await choicesOf(ownerIn(place, "tenant"))).player);
    return typeof given === "object";
  }

  /** Somebody's own chat is theirs to arrange, but makes them no manager of a player that others share. */
  async function standingOf(asking: Visitor): Promise<Standing> {
    if (asking.person.operator || asking.local) return { manager: true, groups: [] };
    if (asking.direct) return { manager: false, groups: [] };
    const standing = await standings(asking.place, asking.user);
    return standing.manager && !(await isEntrusted(asking.place)) ? { ...standing, manager: false } : standing;
  }

  async function groupsOf({ direct, place }: Visitor): Promise<{ id: string; name: string }[]> {
    const of = adapter(place.platform);
    if (direct || !of?.groups) return [];
    try {
      return (await within(groupsWithinMs, of.groups(place), clock)).slice(0, maxGroups);
    } catch (error) {
      log.warn({ error, platform: place.platform }, "a platform did not name its groups");
      return [];
    }
  }

  async function may(asking: Visitor, scope: PlaceScope): Promise<boolean> {
    if (asking.person.operator) return true;
    if (scope === "everywhere") return false;
    if (scope === "here" && asking.direct) return true;
    // Without a tenant, its settings are those of everybody on the platform.
    if (asking.direct || (scope === "tenant" && asking.place.tenant === "")) return false;
    const standing = await standings(asking.place, asking.user);
    return scope === "here" ? standing.manager : standing.tenantManager === true;
  }

  /**
   * A player of the operator's is opened to a place by the operator, or at its machine: anybody may manage a place of their own
   * making and invite the bot there. Those who manage it may shut it out again.
   */
  async function mayMean(asking: Visitor, scope: PlaceScope, change: PlaceChange): Promise<boolean> {
    if (asking.person.operator) return true;
    if ("role" in change)
      return !(asking.direct && scope === "here") && (asking.local || (await isEntrusted(asking.place, scope)));
    return !("player" in change) || typeof change.player !== "object" || asking.local;
  }

  /** Undefined where nobody has decided anything. */
  async function chosenPlayer(place: Spot): Promise<PlaceChoices["player"]> {
    const layers = await Promise.all(scopeOwners(place).map(({ owner }) => choicesOf(owner)));
    return merged(layers).player;
  }

  async function sharedPlayers(place: Spot, personId: string): Promise<(PlayerRef & { afterOwn?: boolean })[]> {
    const own = await playersIn(place, personId);
    if (own.length > 0) return own;
    const asked = await askedFrom(place, personId);
    return asked ? (await playersIn(asked.place, personId)).map((each) => ({ ...each, afterOwn: true })) : [];
  }

  async function playersIn(place: Spot, personId: string): Promise<(PlayerRef & { afterOwn?: boolean })[]> {
    if (everyPlayer.length === 0) return [];
    const { players: given } = await settingsFor(place, "here");
    if (given.length > 0 || (await choicesOf(ownerOf(place))).player === "none") return given;
    const nature = await natures.of(place);
    // Among others, one's own account is what is meant wherever there can be one.
    if (linkable && !nature?.direct) return [];
    return (await isTrusted(place, nature, personId)) ? everyPlayer.map((each) => ({ ...each, afterOwn: true })) : [];
  }

  /** Who somebody in their own chat is in the place where they asked; undefined once they are no longer there, or asked nowhere. */
  async function askedFrom(place: Spot, personId: string): Promise<Visitor | undefined> {
    if (everyPlayer.length === 0 || !(await natures.of(place))?.direct) return undefined;
    if ((await choicesOf(ownerOf(place))).player === "none") return undefined;
    const asked = await loans.of(place, personId);
    const visitor = asked && (await visitorIn(personId, asked));
    return visitor && !visitor.direct && !(await standings(visitor.place, visitor.user)).absent ? visitor : undefined;
  }

  async function visitorIn(personId: string, place: Place): Promise<Visitor> {
    const [person, identities, nature] = await Promise.all([
      store.people.get(personId),
      store.people.identities(personId),
      natures.of(place),
    ]);
    const { platform, tenant } = place;
    const of = identities.filter((each) => each.platform === platform);
    const user = of.find((each) => each.tenant === tenant) ?? of[0];
    return {
      person: { id: personId, operator: person?.operator ?? false },
      user: user ? { platform, tenant: user.tenant, id: user.id } : { platform, tenant, id: "" },
      place,
      direct: nature?.direct ?? false,
      local: nature?.local ?? false,
    };
  }

  async function permit(asking: Visitor, permission: Permission): Promise<void> {
    if (asking.person.operator) return;
    const { place, person, direct } = asking;
    const here = !direct || (await playersIn(place, person.id)).length > 0;
    const asked = here ? undefined : await askedFrom(place, person.id);
    return permitIn(asked ?? asking, permission);
  }

  async function permitIn(asking: Visitor, permission: Permission): Promise<void> {
    const role = (await settingsFor(asking.place, "here")).roles[permission];
    if (role === "everyone" || (role !== "nobody" && holds(role, await standingOf(asking)))) return;
    const id = asking.direct ? undefined : groupOf(role);
    const group = id === undefined ? undefined : (await groupsOf(asking)).find((each) => each.id === id)?.name;
    throw new SegueError("Forbidden", {
      why: "role",
      permission,
      who:
        id !== undefined
          ? "group"
          : role === "nobody" || asking.direct || !(await isEntrusted(asking.place))
            ? "nobody"
            : "managers",
      ...(group === undefined ? {} : { group }),
    });
  }

  async function forget(place: Spot): Promise<void> {
    const ground = groundOf(place);
    if (!ground) return;
    await forgetRows(store, ground);
    await sharing.leave(ground);
    kept.clear();
    names.clear();
    natures.clear();
  }

  async function called({ place, direct, placeName }: Pick<Incoming, "place" | "direct" | "placeName">): Promise<void> {
    const name = echo(placeName ?? "", maxName);
    if (direct || name === "" || names.get(ownerOf(place)) === name) return;
    await store.settings.put(ownerOf(place), placeRows.name, name);
    names.set(ownerOf(place), name);
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

  async function ownZone({ person, place, direct }: Visitor, timeZone: string | undefined): Promise<void> {
    await store.people.setTimeZone(person.id, timeZone);
    const owner = ownerOf(place);
    // None that the chat itself was given stays behind it.
    if (direct) await writes.join(owner, () => write(owner, { timeZone: undefined }, person.id));
  }

  function check(change: PlaceChange, skills: PlaceDesk["skills"]): void {
    const wrong = (field: string) => new SegueError("InvalidInput", { field, why: "unknown" });
    if ("player" in change && typeof change.player === "object") {
      const { player } = change;
      if (!everyPlayer.some((each) => samePlayer(each, player))) throw wrong("player");
    }
    if ("locale" in change && change.locale !== undefined && !locales.includes(change.locale)) throw wrong("language");
    if ("skill" in change && (alwaysOn.has(change.skill) || !skills.some(({ name }) => name === change.skill)))
      throw wrong("command");
  }

  return {
    of: (place) => settingsFor(place, "here"),

    async seen({ place, direct, local }) {
      if (everyPlayer.length === 0) return;
      await natures.note(place, { direct, local });
    },

    async heard(event) {
      standings.heard(event.place, event.user);
      await called(event);
    },

    permit,

    visitor: visitorIn,

    async lend(asking, answered) {
      if (asking.direct || ownerOf(answered.place) === ownerOf(asking.place)) return;
      await loans.bind(asking.person.id, asking.place, answered);
      if (everyPlayer.length === 0 || (await playersIn(asking.place, asking.person.id)).length === 0) return;
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
      const [player] = players;
      if (!player || (await chosenPlayer(asking.place)) !== undefined || asking.person.operator) return undefined;
      return (await requests.begin(asking.place)) ? player : undefined;
    },

    asked: requests.end,

    isShut: async (place) => (await chosenPlayer(place)) === "none",

    manages: (asking) => may(asking, "here"),

    forget,

    async hasLeft(personId, place) {
      const { platform, tenant } = place;
      const here = (await store.people.identities(personId)).filter((each) => each.platform === platform);
      const own = here.filter((each) => each.tenant === tenant);
      const standing = await Promise.all((own.length > 0 ? own : here).map((user) => standings(place, user)));
      return standing.every(({ absent, unsure }) => absent === true && !unsure);
    },

    sharedPlayers,

    desk(asking, skills) {
      const owner = (scope: PlaceScope) => ownerIn(asking.place, scope);
      return {
        givesPlayers: asking.person.operator || asking.local,
        players,
        linkable,
        locales,
        skills: skills.filter(({ name }) => !alwaysOn.has(name)),
        async settings(scope) {
          const settings = await settingsFor(asking.place, scope);
          const own = isOwn(asking, scope) ? (await store.people.get(asking.person.id))?.timeZone : undefined;
          return own === undefined ? settings : { ...settings, timeZone: own };
        },
        choices: (scope) => choicesOf(owner(scope)),
        may: (scope) => may(asking, scope),

        mayAppoint: async (scope) =>
          (await may(asking, scope)) && mayMean(asking, scope, { role: "read", value: undefined }),
        usable: () => sharedPlayers(asking.place, asking.person.id),

        async give(place, player) {
          if (!asking.person.operator) throw new SegueError("Forbidden", { why: "operator_only" });
          check({ player }, skills);
          await writes.join(ownerOf(place), () => write(ownerOf(place), { player }, asking.person.id));
        },

        async change(scope, change) {
          const allowed = await may(asking, scope);
          if (!allowed || !(await mayMean(asking, scope, change)))
            throw new SegueError("Forbidden", {
              why: !allowed && scope === "here" && !asking.direct ? "managers_only" : "operator_only",
            });
          check(change, skills);
          if ("timeZone" in change && isOwn(asking, scope)) await ownZone(asking, change.timeZone);
          else await writes.join(owner(scope), () => write(owner(scope), change, asking.person.id));
        },

        ownZone: (timeZone) => ownZone(asking, timeZone),

        groups: () => groupsOf(asking),

        async nameOf(place) {
          const kept = await store.settings.get(ownerOf(place), placeRows.name);
          const asked = adapter(place.platform)?.placeName?.(place);
          const told = asked && (await within(nameWithinMs, asked, clock).catch(() => undefined));
          if (told !== undefined) await called({ place, direct: false, placeName: told });
          return names.get(ownerOf(place)) ?? (typeof kept === "string" ? kept : undefined);
        },

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
          const after = { ...place, id };
          await writes.join(ownerOf(after), () => moveRows(store, place, after));
          await sharing.move(place, after);
          kept.clear();
          names.clear();
          natures.clear();
        },

        forget: () => forget(asking.place),
      };
    },
  };
}

/** Somebody's own chat with the bot: the zone chosen there is theirs, wherever else they speak to it. */
function isOwn({ direct }: Visitor, scope: PlaceScope): boolean {
  return direct && scope === "here";
}

function samePlayer(a: PlayerRef, b: PlayerRef): boolean {
  return a.provider === b.provider && a.playerId === b.playerId;
}
