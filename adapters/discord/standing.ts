import { type APIGuild, type APIGuildMember, PermissionFlagsBits, Routes } from "discord.js";
import { LRUCache } from "lru-cache";
import type { Standing } from "../../src/contracts/adapter.ts";
import type { Clock } from "../../src/contracts/clock.ts";
import { isSegueError } from "../../src/contracts/errors.ts";
import type { Place, UserRef } from "../../src/contracts/incoming.ts";
import { steady } from "../../src/steady.ts";
import type { Calls } from "./calls.ts";
import { privateChannel } from "./names.ts";

const freshMs = 60_000;
const managing = PermissionFlagsBits.ManageGuild | PermissionFlagsBits.Administrator;

export interface Standings {
  standing(place: Place, user: UserRef): Promise<Standing>;
  groups(place: Place): Promise<{ id: string; name: string }[]>;
  /** What an interaction says about its sender spares asking. */
  learn(guildId: string, userId: string, member: { roles: string[]; permissions: string }): void;
}

/** The right to manage is the server's, so it holds for every channel of it. */
function standingOf(manager: boolean, groups: string[]): Standing {
  return { manager, groups, ...(manager ? { tenantManager: true } : {}) };
}

/** Rights and roles of people in servers; what was heard a minute ago holds. Needs no privileged intent. */
export function createStandings(calls: Calls, clock: Clock): Standings {
  const known = new LRUCache<string, Standing>({ max: 5_000, ttl: freshMs, perf: steady(clock) });
  const guilds = new LRUCache<string, APIGuild>({ max: 200, ttl: freshMs, perf: steady(clock) });

  async function guildOf(id: string): Promise<APIGuild> {
    const fresh = guilds.get(id) ?? (await calls.call<APIGuild>("GET", Routes.guild(id)));
    guilds.set(id, fresh, { noUpdateTTL: true });
    return fresh;
  }

  return {
    async standing(place, user) {
      // Everybody manages their own direct messages; nobody here knows who manages a conversation between others.
      if (place.tenant === "" || place.tenant === privateChannel) return { manager: place.tenant === "", groups: [] };
      const key = `${place.tenant} ${user.id}`;
      const heard = known.get(key);
      if (heard) return heard;
      const found = await unlessGone(
        Promise.all([
          guildOf(place.tenant),
          calls.call<APIGuildMember>("GET", Routes.guildMember(place.tenant, user.id)),
        ]),
      );
      if (!found) return { ...standingOf(false, []), absent: true };
      const [guild, member] = found;
      const rights = guild.roles
        .filter((role) => role.id === guild.id || member.roles.includes(role.id))
        .reduce((sum, role) => sum | BigInt(role.permissions), 0n);
      const standing = standingOf(guild.owner_id === user.id || (rights & managing) !== 0n, member.roles);
      known.set(key, standing);
      return standing;
    },
    async groups(place) {
      if (place.tenant === "" || place.tenant === privateChannel) return [];
      const guild = await unlessGone(guildOf(place.tenant));
      if (!guild) return [];
      const { roles, id } = guild;
      return roles
        .filter((role) => role.id !== id && !role.managed)
        .sort((a, b) => b.position - a.position)
        .map((role) => ({ id: role.id, name: role.name }));
    },
    learn(guildId, userId, { roles, permissions }) {
      known.set(`${guildId} ${userId}`, standingOf((BigInt(permissions) & managing) !== 0n, roles));
    },
  };
}

/** Undefined for people who are not there, and servers that the bot is not in. */
async function unlessGone<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isSegueError(error, "NotFound") || isSegueError(error, "Forbidden")) return undefined;
    throw error;
  }
}
