import { LRUCache } from "lru-cache";
import type { Standing } from "../../src/contracts/adapter.ts";
import type { Clock } from "../../src/contracts/clock.ts";
import type { Place, UserRef } from "../../src/contracts/incoming.ts";
import { steady } from "../../src/steady.ts";
import { type Client, Refused } from "./client.ts";
import { isGroup } from "./sent.ts";

const keptMs = 60_000;

/** How a person is called, as far as Telegram tells. */
export async function nameIn(client: Client, place: Place, user: UserRef): Promise<string> {
  try {
    const ids = { chat_id: place.id, user_id: Number(user.id) };
    return (await client.call((raw, signal) => raw.getChatMember(ids, signal))).user.first_name;
  } catch {
    // Only a name is missing then.
    return "…";
  }
}

/** Who may change a place's settings: whoever owns or administers the group, and everybody their own chat. Telegram has no roles. */
export function createStandings(client: Client, clock: Clock): (place: Place, user: UserRef) => Promise<Standing> {
  const kept = new LRUCache<string, Standing>({ max: 2_000, ttl: keptMs, perf: steady(clock), ttlResolution: 0 });
  return async (place, user) => {
    if (!isGroup(place)) return { manager: place.id === user.id, groups: [] };
    const key = `${place.id} ${user.id}`;
    const known = kept.get(key);
    if (known) return known;
    const standing = await standingIn(client, place, user);
    kept.set(key, standing);
    return standing;
  };
}

/** https://core.telegram.org/bots/api#chatmember */
async function standingIn(client: Client, place: Place, user: UserRef): Promise<Standing> {
  try {
    const ids = { chat_id: place.id, user_id: Number(user.id) };
    const member = await client.call((raw, signal) => raw.getChatMember(ids, signal));
    const { status } = member;
    const manager = status === "creator" || status === "administrator";
    const absent = status === "left" || status === "kicked" || (status === "restricted" && !member.is_member);
    return { manager, groups: [], ...(absent ? { absent } : {}) };
  } catch (error) {
    // Somebody who is not there manages nothing.
    if (error instanceof Refused && (error.code === 400 || error.code === 403))
      return { manager: false, groups: [], absent: true };
    throw error;
  }
}
