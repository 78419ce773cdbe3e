import type { Diaries } from "../../src/contracts/diaries.ts";
import { SegueError } from "../../src/contracts/errors.ts";
import type { Slots } from "../../src/contracts/slots.ts";

/** What skills get where a house has none of it. */
const missing = async (): Promise<never> => {
  throw new SegueError("Restricted", { reason: "not_offered" });
};

export const noDiaries: Diaries = {
  offered: () => [],
  presences: [],
  of: async () => [],
  look: missing,
  read: missing,
  playing: async () => [],
  stopReading: async () => 0,
  allowPresence: async () => {},
  presenceAllowed: async () => false,
  giveToken: missing,
  tokenOf: () => undefined,
  agree: missing,
  agreed: missing,
  doubles: async () => false,
  forward: async () => undefined,
  dead: async () => [],
  retry: async () => 0,
  leave: async () => ({ plays: 0 }),
};

export const noSlots: Slots = {
  standings: async () => [],
  mayLink: async () => undefined,
  ask: async () => ({ before: 0 }),
  letIn: async () => undefined,
  leave: async () => false,
};
