import { LRUCache } from "lru-cache";
import type { Standing } from "../../src/contracts/adapter.ts";
import type { Clock } from "../../src/contracts/clock.ts";
import type { Place, UserRef } from "../../src/contracts/incoming.ts";
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
  const kept = new LRUCache<string, Standing>({ max: 2_000, ttl: keptMs, perf: clock, ttlResolution: 0 });
  return async (place, user) => {
    if (!isGroup(place)) return { manager: place.id === user.id, groups: [] };
    const key = `${place.id} ${user.id}`;
    const known = kept.get(key);
    if (known) return known;
    const standing = { manager: await administers(client, place, user), groups: [] };
    kept.set(key, standing);
    return standing;
  };
}

/** https://core.telegram.org/bots/api#chatmember */
async function administers(client: Client, place: Place, user: UserRef): Promise<boolean> {
  try {
    const ids = { chat_id: place.id, user_id: Number(user.id) };
    const { status } = await client.call((raw, signal) => raw.getChatMember(ids, signal));
    return status === "creator" || status === "administrator";
  } catch (error) {
    // Somebody who is not there manages nothing.
    if (error instanceof Refused && (error.code === 400 || error.code === 403)) return false;
    throw error;
  }
}
