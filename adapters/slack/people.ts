import { LRUCache } from "lru-cache";
import { z } from "zod";
import type { Clock } from "../../src/contracts/clock.ts";
import type { SlackClient } from "./client.ts";

const freshMs = 5 * 60_000;

const profileSchema = z.object({
  user: z.object({
    name: z.string().nullish(),
    locale: z.string().nullish(),
    tz: z.string().nullish(),
    is_admin: z.boolean().nullish(),
    is_owner: z.boolean().nullish(),
    is_primary_owner: z.boolean().nullish(),
    profile: z.object({ display_name: z.string().nullish(), real_name: z.string().nullish() }).nullish(),
  }),
});
const openedSchema = z.object({ channel: z.object({ id: z.string() }) });
const channelSchema = z.object({ channel: z.object({ creator: z.string().nullish() }) });
const groupsSchema = z.object({
  usergroups: z.array(z.object({ id: z.string(), name: z.string(), users: z.array(z.string()).nullish() })),
});

export type Person = { name: string; locale?: string; timeZone?: string; manager: boolean };
export type Group = { id: string; name: string; users: string[] };

/** Who people are, each asked for once in five minutes. Raises what the platform says; nobody is made up. */
export interface People {
  get(user: string): Promise<Person>;
  /** The direct chat of the bot with a person. */
  directChat(user: string): Promise<string>;
  creator(channel: string): Promise<string | undefined>;
  groups(): Promise<Group[]>;
}

export function createPeople(parts: { client: SlackClient; clock: Clock }): People {
  const { client, clock } = parts;
  const profiles = remembered<Person>(clock, 2_000, async (user) => {
    const asked = { user, include_locale: true };
    const { user: found } = await client.call("users.info", asked, profileSchema);
    const name = found.profile?.display_name || found.profile?.real_name || found.name || user;
    return {
      name,
      ...(found.locale ? { locale: found.locale } : {}),
      ...(found.tz ? { timeZone: found.tz } : {}),
      manager: Boolean(found.is_admin || found.is_owner || found.is_primary_owner),
    };
  });
  const chats = remembered<string>(clock, 2_000, async (users) => {
    const { channel } = await client.call("conversations.open", { users }, openedSchema);
    return channel.id;
  });
  const creators = remembered<string | undefined>(clock, 500, async (channel) => {
    const found = await client.call("conversations.info", { channel }, channelSchema);
    return found.channel.creator ?? undefined;
  });
  const groups = remembered<Group[]>(clock, 1, async () => {
    const found = await client.call("usergroups.list", { include_users: true }, groupsSchema);
    return found.usergroups.map(({ id, name, users }) => ({ id, name, users: users ?? [] }));
  });
  return { get: profiles, directChat: chats, creator: creators, groups: () => groups("") };
}

/** One look-up at a time per key, kept while it is fresh; a failure is not kept. */
function remembered<T>(clock: Clock, max: number, look: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const kept = new LRUCache<string, { until: number; value: Promise<T> }>({ max });
  return (key) => {
    const known = kept.get(key);
    if (known && known.until > clock.now()) return known.value;
    const value = look(key);
    kept.set(key, { until: clock.now() + freshMs, value });
    value.catch(() => kept.delete(key));
    return value;
  };
}
