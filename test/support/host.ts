import type { Host } from "../../src/contracts/adapter.ts";
import { type Command, commandSchema } from "../../src/contracts/vocabulary.ts";

/** A host that delivers to the test; buttons carry their command whole, or a short name of it where it is too long. */
export function hostWith(deliver: Host["deliver"], more: Partial<Host> = {}): Host {
  const kept: Command[] = [];
  return {
    deliver,
    suggest: async () => [],
    shareables: async () => [],
    locales: ["en"],
    commands: () => [],
    form: async () => undefined,
    async encodeButton(command, maxBytes) {
      const whole = JSON.stringify([command.intent, command.slots]);
      return Buffer.byteLength(whole) <= maxBytes ? whole : `#${kept.push(command) - 1}`;
    },
    async decodeButton(data) {
      if (data.startsWith("#")) return kept[Number(data.slice(1))];
      const [intent, slots] = JSON.parse(data);
      return commandSchema.parse({ intent, slots });
    },
    picture: async () => undefined,
    presence: () => {},
    shownLater: async () => {},
    ...more,
  };
}
