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
const channelSchema = z.object({ channel: z.object({ creator: z.string().nullish(), name: z.string().nullish() }) });
const groupsSchema = z.object({
  usergroups: z.array(z.object({ id: z.string(), name: z.string(), users: z.array(z.string()).nullish() })),
});

export type Person = { name: string; locale?: string; timeZone?: string; manager: boolean };
export type Group = { id: string; name: string; users: string[] };

/** Who people are, each asked for once in five minutes. Raises what the platform says; nobody is made up. */
export interface People {
  get(user: string): Promise<Person>;
  /** As they were when they were asked for last, however long ago; undefined of whoever was not. */
  known(user: string): Person | undefined;
  /** The direct chat of the bot with a person. It stays the same for ever. */
  directChat(user: string): Promise<string>;
  /** Something came from there. */
  seenIn(user: string, directChat: string): void;
  channel(id: string): Promise<{ creator?: string; name?: string }>;
  groups(): Promise<Group[]>;
}

export function createPeople(parts: { client: SlackClient; clock: Clock }): People {
  const { client, clock } = parts;
  const last = new LRUCache<string, Person>({ max: 2_000 });
  const profiles = remembered<Person>(clock, 2_000, async (user) => {
    const asked = { user, include_locale: true };
    const { user: found } = await client.call("users.info", asked, profileSchema);
    const name = found.profile?.display_name || found.profile?.real_name || found.name || user;
    const person = {
      name,
      ...(found.locale ? { locale: found.locale } : {}),
      ...(found.tz ? { timeZone: found.tz } : {}),
      manager: Boolean(found.is_admin || found.is_owner || found.is_primary_owner),
    };
    last.set(user, person);
    return person;
  });
  const chats = new LRUCache<string, string>({ max: 5_000 });
  const opened = remembered<string>(clock, 2_000, async (users) => {
    const { channel } = await client.call("conversations.open", { users }, openedSchema);
    chats.set(users, channel.id);
    return channel.id;
  });
  const channels = remembered<{ creator?: string; name?: string }>(clock, 500, async (id) => {
    const { channel } = await client.call("conversations.info", { channel: id }, channelSchema);
    const { creator, name } = channel;
    return { ...(creator ? { creator } : {}), ...(name ? { name } : {}) };
  });
  const groups = remembered<Group[]>(clock, 1, async () => {
    const found = await client.call("usergroups.list", { include_users: true }, groupsSchema);
    return found.usergroups.map(({ id, name, users }) => ({ id, name, users: users ?? [] }));
  });
  return {
    get: profiles,
    known: (user) => last.get(user),
    directChat: async (user) => chats.get(user) ?? opened(user),
    seenIn: (user, chat) => void chats.set(user, chat),
    channel: channels,
    groups: () => groups(""),
  };
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
