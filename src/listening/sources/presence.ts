import { LRUCache } from "lru-cache";
import type { Clock } from "../../contracts/clock.ts";
import type { Events } from "../../contracts/events.ts";
import type { Presence } from "../../contracts/incoming.ts";
import { type Heard, type ListenerKey, listenerOf } from "../../contracts/listening.ts";
import type { Log } from "../../contracts/log.ts";
import type { Store } from "../../contracts/store.ts";
import { type Connections, presenceRow } from "../diaries/connections.ts";
import type { TellingSource, Told } from "./source.ts";
import { stateOf } from "./state.ts";

export type PresenceParts = {
  platform: string;
  /** Services that are music, by the names under which platforms show them, lower case. */
  services: ReadonlySet<string>;
  connections: Connections;
  people: Pick<Store["people"], "find">;
  events: Pick<Events, "on">;
  clock: Clock;
  log: Log;
};

const uriForm = /^[a-z]+:[a-z]+:[A-Za-z0-9]{1,100}$/;
const MOST_USERS = 10_000;
const FOUND_MS = 10 * 60_000;

/**
 * What a chat platform shows by itself of what its members hear, of those alone who allowed that. It costs nothing and comes at once.
 * It speaks for somebody from the first song on that it shows; once the platform sees them no more, its silence says nothing.
 */
export function createPresenceSource(parts: PresenceParts): TellingSource {
  const { platform, services, connections, people, events, clock, log } = parts;
  const found = new LRUCache<string, { personId: string | undefined }>({ max: MOST_USERS, ttl: FOUND_MS, perf: clock });

  async function personBehind(user: Presence["user"]): Promise<string | undefined> {
    const key = JSON.stringify([user.tenant, user.id]);
    const known = found.get(key);
    if (known) return known.personId;
    const personId = (await people.find(user))?.id;
    found.set(key, { personId });
    return personId;
  }

  return {
    origin: platform,
    way: "presence",
    cost: "free",
    watch(tell, signal) {
      /** For whom it speaks. */
      const speaks = new Set<ListenerKey>();
      const say = (told: Told) => {
        if (signal.aborted) return;
        if (told.speaks) speaks.add(told.listener);
        else speaks.delete(told.listener);
        tell(told);
      };

      async function heard({ user, at, away, listening }: Presence): Promise<void> {
        const allowed = await connections.people(presenceRow);
        if (allowed.size === 0) return;
        const personId = await personBehind(user);
        const listener = personId === undefined ? undefined : listenerOf.person(personId);
        if (listener === undefined) return;
        if (personId === undefined || !allowed.has(personId)) {
          if (speaks.has(listener)) say({ listener, speaks: false, at });
          return;
        }
        const what = listening && services.has(listening.service) ? heardOf(listening) : undefined;
        if (what) say({ listener, speaks: true, state: stateOf(what, listening?.startedAt, at), at });
        else if (away && speaks.has(listener)) say({ listener, speaks: false, at });
        else if (speaks.has(listener)) say({ listener, speaks: true, state: undefined, at });
      }

      // One after the other, as the second says what became of the first.
      let last = Promise.resolve();
      const unlisten = [
        events.on("presence", ({ presence }) => {
          if (presence.user.platform !== platform) return;
          last = last
            .then(() => heard(presence))
            .catch((error: unknown) => log.error({ platform, error }, "what a platform showed was not heard"));
        }),
        connections.onChange(async () => {
          found.clear();
          const allowed = await connections.people(presenceRow);
          const of = (listener: ListenerKey) => listener.replace(/^person:/, "");
          for (const listener of [...speaks])
            if (!allowed.has(of(listener))) say({ listener, speaks: false, at: clock.now() });
        }),
      ];
      return new Promise<void>((resolve) => {
        const end = () => {
          for (const each of unlisten) each();
          resolve();
        };
        if (signal.aborted) end();
        else signal.addEventListener("abort", end, { once: true });
      });
    },
  };
}

function heardOf(listening: NonNullable<Presence["listening"]>): Heard {
  const { title, artists, album, uri, startedAt, endsAt, artUrl } = listening;
  const durationMs = startedAt !== undefined && endsAt !== undefined ? endsAt - startedAt : 0;
  return {
    kind: "track",
    title,
    artists: artists.map((name) => ({ name })),
    ...(album === undefined ? {} : { album: { name: album } }),
    ...(durationMs > 0 ? { durationMs } : {}),
    ...(uri !== undefined && uriForm.test(uri) ? { uri } : {}),
    ...(artUrl !== undefined && URL.canParse(artUrl) ? { art: [{ url: artUrl }] } : {}),
  };
}
