import { LRUCache } from "lru-cache";
import type { Events } from "../contracts/events.ts";
import type { AccountStore } from "../contracts/people-store.ts";
import type { Orchestrator } from "../contracts/player.ts";
import type { Asking } from "./asking.ts";

/** The view of everything that concerns one person; its key is the person. */
export const homeView = "home";
/** Whose change shows there too. */
const partsOfIt = new Set(["now-playing", "account"]);

/** Tells that a person's home has changed whenever something that it shows has. */
export interface Homes {
  /** Somebody has a home open: from now on the player that they would use is followed. */
  seen(asking: Pick<Asking, "person" | "place">): Promise<void>;
  /** Whether the person's home shows that, as far as is known. */
  shows(view: { kind: string; key: string }, personId: string): boolean;
  stop(): void;
}

export function createHomes(parts: {
  accounts: Pick<AccountStore, "get">;
  orchestrator: Pick<Orchestrator, "open">;
  events: Events;
}): Homes {
  const { accounts, orchestrator, events } = parts;
  /** A shared player has many; which, is forgotten with the process and known again when they look. */
  const watching = new LRUCache<string, Set<string>>({ max: 1_000 });
  const changed = (personId: string) => events.emit({ type: "view.changed", kind: homeView, key: personId });

  const unlisten = [
    events.on("link.created", ({ personId }) => changed(personId)),
    events.on("link.lost", ({ personId }) => changed(personId)),
    events.on("link.healed", ({ personId }) => changed(personId)),
    events.on("view.changed", async ({ kind, key }) => {
      if (!partsOfIt.has(kind)) return;
      const owner = (await accounts.get(key))?.personId;
      for (const personId of new Set([...(owner === undefined ? [] : [owner]), ...(watching.get(key) ?? [])]))
        changed(personId);
    }),
  ];

  return {
    async seen({ person, place }) {
      const once = <T>(_key: string, compute: () => Promise<T>) => compute();
      const { signal } = new AbortController();
      const { key } = await orchestrator.open({
        personId: person.id,
        place,
        once,
        resumed: false,
        signal,
        quiet: true,
      });
      watching.set(key, (watching.get(key) ?? new Set()).add(person.id));
    },
    shows: ({ kind, key }, personId) => partsOfIt.has(kind) && watching.get(key)?.has(personId) === true,
    stop() {
      for (const stop of unlisten) stop();
    },
  };
}
