import { LRUCache } from "lru-cache";
import { SegueError } from "../contracts/errors.ts";
import { fold } from "../contracts/fold.ts";
import type { Device, MusicProvider } from "../contracts/music.ts";
import type { PlayerOption, PlayerReason, Said } from "../contracts/player.ts";
import { matchDevice } from "./device-names.ts";
import { deviceListKey, type Holder, type House, type Parts, type PlaceRef, sharedKey } from "./house.ts";
import { usedOn } from "./known-devices.ts";
import { calledSo, nameIn } from "./player-names.ts";

/**
 * Which of several players a command means. The rule is written down in README.md ("Which player"); the order of the reasons
 * in `playerReasons` is the order of its steps.
 */

/** One that the person can use where they are. */
export type Usable = {
  id: string;
  /** Owner of its queue, timers and settings; also what its cards are known by. */
  key: string;
  holder: Holder;
  provider: MusicProvider;
  name: string;
  names: readonly string[];
  lapsed: boolean;
};
export type Choice = { player: Usable; why: PlayerReason };

export type Asked = {
  personId: string;
  /** Absent for what is about the person alone. */
  place?: PlaceRef;
  said?: Said;
  /** It starts something new: what was named a while ago does not count. */
  begins?: boolean;
  /** It does nothing but say which player is meant from now on, for something new too. */
  turns?: boolean;
  /** Nobody uses it: nothing is remembered. */
  quiet?: boolean;
  once?: <T>(key: string, compute: () => Promise<T>) => Promise<T>;
};

export interface Players {
  usable(personId: string, place: PlaceRef | undefined): Promise<Usable[]>;
  /** Raises NotLinked of the provider that would have to be linked, or NotFound("player"), where nothing can be used. */
  choose(asked: Asked): Promise<Choice>;
  list(asked: Asked, meant: Choice | undefined): Promise<PlayerOption[]>;
  prefer(asked: Asked, said: string | undefined): Promise<PlayerOption | undefined>;
  /** A name of a player or provider in a sentence; undefined where there is nothing to tell apart. */
  nameIn(text: string, locale: string): string | undefined;
}

const preferredSetting = "music.preferred_player";
const LAST_MS = 15 * 60_000;
const LAST = 5_000;

const noPlayer = (name: string | undefined) =>
  new SegueError("NotFound", { what: "player", ...(name === undefined ? {} : { query: name }) });

const ownerOf = (personId: string) => `person:${personId}`;
const placeOf = ({ personId, place }: Asked) => JSON.stringify([personId, place?.platform, place?.tenant, place?.id]);

export function createPlayers(
  parts: Pick<House, "providers" | "accounts" | "settings" | "cache" | "clock" | "sharedPlayers" | "deviceWords">,
): Players {
  const { providers, clock, settings, cache } = parts;
  const words = parts.deviceWords;
  /** `begins`: the one that somebody turned to, where something new starts. */
  const last = new LRUCache<string, { id: string; at: number; begins?: string | undefined }>({ max: LAST });
  const linkable = providers.filter(({ linking }) => linking !== undefined);
  const everybodys = providers.flatMap(({ id, players }) =>
    (players ?? []).map((player) => ({ provider: id, playerId: player.id })),
  );
  const several = linkable.length + everybodys.length > 1;

  function sharedBy(ref: { provider: string; playerId: string }): Usable[] {
    const provider = providers.find(({ id }) => id === ref.provider);
    const info = provider?.players?.find(({ id }) => id === ref.playerId);
    if (!provider || !info) return [];
    const key = sharedKey(ref);
    return [{ id: key, key, holder: ref, provider, name: info.name, names: [info.name, provider.name], lapsed: false }];
  }

  async function sharedIn(
    personId: string,
    place: PlaceRef | undefined,
  ): Promise<{ player: Usable; afterOwn: boolean }[]> {
    const refs: Awaited<ReturnType<NonNullable<Parts["sharedPlayers"]>>> =
      place && parts.sharedPlayers
        ? await parts.sharedPlayers(place, personId)
        : // Where nobody could have a player of their own, these are everybody's.
          linkable.length === 0
          ? everybodys
          : [];
    return refs.flatMap(({ afterOwn = false, ...ref }) => sharedBy(ref).map((player) => ({ player, afterOwn })));
  }

  async function ownOf(personId: string): Promise<Usable[]> {
    const accounts = await Promise.all(
      linkable.map(async (provider): Promise<Usable[]> => {
        const account = await parts.accounts.accountOf(personId, provider.id);
        if (!account) return [];
        const { id, name } = provider;
        const lapsed = account.status !== "ok";
        const holder = { provider: id, personId };
        return [{ id: `account:${id}`, key: account.accountId, holder, provider, name, names: [name], lapsed }];
      }),
    );
    const own = accounts.flat();
    return [...own.filter(({ lapsed }) => !lapsed), ...own.filter(({ lapsed }) => lapsed)];
  }

  async function usable(personId: string, place: PlaceRef | undefined): Promise<Usable[]> {
    const [shared, own] = await Promise.all([sharedIn(personId, place), ownOf(personId)]);
    const of = (late: boolean) => shared.flatMap(({ player, afterOwn }) => (afterOwn === late ? [player] : []));
    return [...of(false), ...own, ...of(true)];
  }

  /** A device that one of several players is known to have, where the one that would be taken has none of that name. */
  async function havingDevice(device: string, among: readonly Usable[]): Promise<Usable[]> {
    for (const player of among) {
      const devices = (await cache.get<Device[]>(deviceListKey(player.key))) ?? [];
      if (matchDevice(device, devices, words).kind === "one") return [player];
    }
    return [];
  }

  /** What is known of a player's devices: true, false, or undefined where nobody has looked. */
  async function hasDevice(device: string, { key }: Usable): Promise<boolean | undefined> {
    const devices = await cache.get<Device[]>(deviceListKey(key));
    if (devices && matchDevice(device, devices, words).kind === "one") return true;
    if ((await usedOn(settings, key)).some(({ name }) => fold(name) === fold(device))) return true;
    return devices && false;
  }

  /**
   * A shared player that is named where it may not be used must not lead to another one: that would be heard by somebody else.
   * A device of the person's own may be called the same. A key names the player of an old card, whose press is the presser's.
   */
  async function refuseShut(said: Said, all: readonly Usable[]): Promise<void> {
    const shut = everybodys.flatMap(sharedBy).filter(({ id }) => !all.some((each) => each.id === id));
    const name = said.player ?? said.device;
    if (name === undefined || shut.length === 0 || shut.some(({ id }) => id === name)) return;
    const [meant] = calledSo(name, shut, words, said.player !== undefined);
    if (!meant) return;
    const device = said.device === undefined ? [] : await Promise.all(all.map((each) => hasDevice(name, each)));
    if (device.includes(true)) return;
    // Words for a device alone are looked up among the person's own where nobody has yet.
    if (said.player === undefined && device.includes(undefined)) return;
    throw noPlayer(meant.name);
  }

  /** What the command itself says; undefined when it says nothing of it. Raises what stands in the way of what it says. */
  async function told(said: Said, all: readonly Usable[]): Promise<{ among: Usable[]; why: PlayerReason } | undefined> {
    if (said.player !== undefined) {
      const byKey = all.filter(({ key }) => key === said.player);
      const among = byKey.length > 0 ? byKey : calledSo(said.player, all, words, true);
      if (among.length > 0) return { among, why: "said" };
      const [unlinked] = calledSo(
        said.player,
        linkable.map((provider) => ({ id: provider.id, names: [provider.name] })),
        words,
      );
      if (unlinked) throw new SegueError("NotLinked", { provider: unlinked.id });
      await refuseShut(said, all);
    }
    if (said.uri !== undefined) {
      const uri = said.uri.slice(0, 10_000);
      const provider = providers.find((each) => each.recognise(uri) ?? each.unreadable?.(uri));
      const among = all.filter((player) => player.provider === provider);
      if (among.length > 0) return { among, why: "link" };
      if (provider?.linking) throw new SegueError("NotLinked", { provider: provider.id });
      if (provider) throw noPlayer(provider.players?.[0]?.name);
    }
    if (said.device !== undefined) {
      const among = calledSo(said.device, all, words);
      if (among.length > 0) return { among, why: "said" };
      await refuseShut(said, all);
    }
    return undefined;
  }

  async function preferredOf(personId: string): Promise<string | undefined> {
    const id = await settings.get(ownerOf(personId), preferredSetting);
    return typeof id === "string" ? id : undefined;
  }

  function lastOf(asked: Asked): { id: string; begins?: string | undefined } | undefined {
    const before = last.get(placeOf(asked));
    return before && clock.now() - before.at <= LAST_MS ? before : undefined;
  }

  /** The first that the rule names among players that fit equally well. */
  async function byRule(asked: Asked, among: readonly [Usable, ...Usable[]]): Promise<Choice> {
    const [first] = among;
    if (among.length > 1) {
      const before = lastOf(asked);
      const usedId = asked.begins ? before?.begins : before?.id;
      const used = among.find(({ id }) => id === usedId);
      if (used) return { player: used, why: "last" };
      const preferred = await preferredOf(asked.personId);
      const player = among.find(({ id }) => id === preferred);
      if (player) return { player, why: "preferred" };
    }
    if (!several) return { player: first, why: "only" };
    return { player: first, why: "playerId" in first.holder ? "place" : "own" };
  }

  async function decide(asked: Asked, all: readonly [Usable, ...Usable[]]): Promise<Choice> {
    const said = asked.said ?? {};
    const named = await told(said, all);
    const [one, ...others] = named?.among ?? [];
    if (named && one) return { ...(await byRule(asked, [one, ...others])), why: named.why };
    const usual = await byRule(asked, all);
    if (said.device === undefined || all.length === 1) return usual;
    const [player] = await havingDevice(said.device, [usual.player, ...all.filter((each) => each !== usual.player)]);
    return player && player !== usual.player ? { player, why: "device" } : usual;
  }

  /** What was named holds for what is said next about it, until something new is begun without naming it. */
  function remember(asked: Asked, { player, why }: Choice): void {
    const key = placeOf(asked);
    const named = why === "said" || why === "device" || why === "last" || (why === "link" && asked.begins);
    const begins = asked.turns && why === "said" ? player.id : lastOf(asked)?.begins;
    if (named) last.set(key, { id: player.id, at: clock.now(), begins });
    else if (asked.begins) last.delete(key);
  }

  /** Where the one that is meant was only named a while ago. */
  async function begunOn(asked: Asked, all: readonly Usable[], meant: Choice | undefined): Promise<string | undefined> {
    const [first, ...others] = all;
    if (!first || meant?.why !== "last") return undefined;
    const { player } = await byRule({ ...asked, begins: true }, [first, ...others]);
    return player.id === meant.player.id ? undefined : player.id;
  }

  const shown = (player: Usable, preferred: string | undefined, meant: Choice | undefined): PlayerOption => ({
    id: player.id,
    name: player.name,
    provider: { id: player.provider.id, name: player.provider.name },
    shared: "playerId" in player.holder,
    lapsed: player.lapsed,
    preferred: player.id === preferred,
    ...(meant?.player.id === player.id ? { meant: meant.why } : {}),
  });

  return {
    usable,

    async choose(asked) {
      const all = await usable(asked.personId, asked.place);
      const [first, ...others] = all;
      if (!first) {
        await told(asked.said ?? {}, all);
        const [provider] = linkable;
        if (provider) throw new SegueError("NotLinked", { provider: provider.id });
        throw noPlayer(everybodys.flatMap(sharedBy)[0]?.name);
      }
      const choice = await decide(asked, [first, ...others]);
      if (asked.quiet) return choice;
      // A second run of the command must not go elsewhere because something was named in between.
      const planned =
        all.length > 1 && asked.once
          ? await asked.once("music.player", async () => choice.player.id)
          : choice.player.id;
      const player = all.find(({ id }) => id === planned) ?? choice.player;
      const made = { player, why: choice.why };
      remember(asked, made);
      return made;
    },

    async list(asked, meant) {
      const [all, preferred] = await Promise.all([usable(asked.personId, asked.place), preferredOf(asked.personId)]);
      const begins = await begunOn(asked, all, meant);
      return all.map((player) => ({
        ...shown(player, preferred, meant),
        ...(player.id === begins ? { begins: true } : {}),
      }));
    },

    async prefer(asked, said) {
      last.delete(placeOf(asked));
      if (said === undefined) {
        await settings.remove(ownerOf(asked.personId), preferredSetting);
        return undefined;
      }
      const all = await usable(asked.personId, asked.place);
      const [player] = calledSo(said, all, words, true);
      if (!player) {
        await refuseShut({ player: said }, all);
        const choices = all.map(({ id, name, provider }) => ({
          label: name,
          detail: provider.name,
          slots: { player: id },
        }));
        throw new SegueError("NotFound", { what: "player", query: said, choices });
      }
      await settings.put(ownerOf(asked.personId), preferredSetting, player.id);
      return shown(player, player.id, undefined);
    },

    nameIn(text, locale) {
      if (!several) return undefined;
      return nameIn(
        { text, locale },
        {
          providers: providers.map(({ name }) => name),
          players: providers.flatMap((provider) => (provider.players ?? []).map(({ name }) => name)),
        },
        words,
      );
    },
  };
}
