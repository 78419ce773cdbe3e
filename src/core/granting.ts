import type { Accounts } from "../contracts/accounts.ts";
import type { Clock } from "../contracts/clock.ts";
import type { Events } from "../contracts/events.ts";
import type { Incoming } from "../contracts/incoming.ts";
import type { Log } from "../contracts/log.ts";
import type { WishRow } from "../contracts/message-store.ts";
import type { Orchestrator } from "../contracts/player.ts";
import type { Registry } from "./registry.ts";
import { type Wishes, wishIntents } from "./wishes.ts";

/** Sees to wishes whose hindrance is gone. */
export interface Granting {
  /** A link may have come about just before an earlier run died: its wishes were never told. */
  grantWhatWaited(waited: readonly WishRow[]): Promise<void>;
  stop(): void;
}

export function createGranting(parts: {
  wishes: Wishes;
  events: Events;
  orchestrator: Orchestrator;
  accounts: Accounts;
  registry: Registry;
  clock: Clock;
  log: Log;
  /** Runs it as an event of its own: durable, once, answered in its place. */
  run(event: Incoming): Promise<void>;
}): Granting {
  const { wishes, events, orchestrator, accounts, registry, clock, log } = parts;

  /** Never rejects: what keeps one wish from being granted is no reason to leave the others. It goes on waiting. */
  async function grant(wish: WishRow, set: Record<string, unknown>): Promise<void> {
    try {
      await parts.run(eventOf(wish, set));
    } catch (error) {
      log.error({ error, wish: wish.id }, "a wish could not be granted");
    }
  }

  function eventOf(
    { id, place, user, userName, locale, direct, local }: WishRow,
    set: Record<string, unknown>,
  ): Incoming {
    return {
      type: "command",
      intent: wishIntents.continue,
      slots: { wish: id, set },
      key: `wish:${id}`,
      place,
      user,
      userName,
      locale,
      addressed: true,
      direct,
      local,
      at: clock.now(),
    };
  }

  const unlisten = [
    events.on("link.created", async ({ personId }) => {
      for (const wish of await wishes.waiting(personId, ["link", "scope"])) await grant(wish, {});
    }),
    events.on("device.woke", async ({ personId, deviceId }) => {
      for (const wish of await wishes.waiting(personId, ["device"])) await grant(wish, { deviceId });
    }),
  ];

  return {
    async grantWhatWaited(waited) {
      for (const wish of waited) {
        try {
          const { id } = await orchestrator.providerFor(wish.personId);
          await accounts.require(wish.personId, id, registry.handler(wish.commands[0]?.intent ?? "")?.needs ?? []);
        } catch {
          // Still not linked, or not enough: it goes on waiting.
          continue;
        }
        await grant(wish, {});
      }
    },
    stop() {
      for (const end of unlisten) end();
    },
  };
}
