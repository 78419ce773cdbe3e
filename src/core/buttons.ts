import { LRUCache } from "lru-cache";
import type { Clock } from "../contracts/clock.ts";
import { placeIntents } from "../contracts/incoming.ts";
import type { ButtonStore } from "../contracts/message-store.ts";
import { type Command, commandSchema } from "../contracts/vocabulary.ts";
import { coreIntents } from "./intake.ts";

/** A button works this long after it was shown. */
const lifetimeMs = 30 * 24 * 60 * 60 * 1000;

/**
 * What a platform or core itself tells, and no button of ours carries. A press may come with any data at all
 * (https://core.telegram.org/bots/api#callbackquery warns of it).
 */
const pressedByNobody = new Set<string>([...Object.values(placeIntents), ...Object.values(coreIntents)]);

/** What a platform's button carries: the command itself where it fits, a short id of a stored one where it does not. */
export interface Buttons {
  /** At most `maxBytes` bytes of UTF-8; 24 is enough for the short form. */
  encode(command: Command, maxBytes: number): Promise<string>;
  /** Undefined when it is too old, or was not made here. */
  decode(data: string): Promise<Command | undefined>;
}

export function createButtons(store: ButtonStore, clock: Clock): Buttons {
  // A card that is edited every few seconds shows the same buttons: one row each is enough.
  const kept = new LRUCache<string, string>({ max: 5_000, ttl: lifetimeMs / 2, perf: clock });

  async function read(data: string): Promise<Command | undefined> {
    if (data.startsWith("#")) return store.get(data.slice(1), clock.now());
    try {
      const [intent, slots] = JSON.parse(data);
      return commandSchema.safeParse({ intent, slots }).data;
    } catch {
      return undefined;
    }
  }

  return {
    async encode(command, maxBytes) {
      const whole = JSON.stringify([command.intent, command.slots]);
      if (Buffer.byteLength(whole) <= maxBytes) return whole;
      const known = kept.get(whole);
      if (known !== undefined) return `#${known}`;
      const id = await store.put(command, clock.now() + lifetimeMs);
      kept.set(whole, id);
      return `#${id}`;
    },
    async decode(data) {
      const command = await read(data);
      return command && !pressedByNobody.has(command.intent) ? command : undefined;
    },
  };
}
