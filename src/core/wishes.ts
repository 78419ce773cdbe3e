import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Clock } from "../contracts/clock.ts";
import { SegueError } from "../contracts/errors.ts";
import type { WishRow, WishStore } from "../contracts/message-store.ts";
import type { Command } from "../contracts/vocabulary.ts";
import type { Asking } from "./asking.ts";
import { layOver } from "./readings.ts";
import type { Registry } from "./registry.ts";
import { begins } from "./said.ts";

const minuteMs = 60_000;
/** How long an unfinished command may still come true. Music that starts by itself an hour later would be a fright. */
const lifetimes: Record<WishRow["waitsFor"], number> = {
  link: 30 * minuteMs,
  scope: 30 * minuteMs,
  device: 10 * minuteMs,
  choice: 15 * minuteMs,
};

export const wishIntents = { continue: "wish.continue", drop: "wish.drop" } as const;
const continueSchema = z.object({
  wish: z.string().max(64),
  set: z.record(z.string().max(40), z.unknown()).default({}),
  /** The person says that the account has been upgraded since. */
  plan_again: z.boolean().default(false),
});

export interface Wishes {
  /** Keeps the commands under `id`; an older waiting wish for the same thing makes room. */
  keep(id: string, asking: Asking, waitsFor: WishRow["waitsFor"], commands: Command[]): Promise<void>;
  /**
   * Takes the wish named by the slots, once and for its owner only, and resolves with the commands to run. `once` keeps what
   * was read, so that a run after a crash tells "taken by me" from "taken by an earlier press".
   */
  take(slots: Command["slots"], personId: string, notes: Notes): Promise<{ commands: Command[]; planAgain: boolean }>;
  drop(slots: Command["slots"], personId: string): Promise<void>;
  /** Forgets a wish whatever became of it. */
  forget(id: string): Promise<void>;
  /** Of everybody when no person is named. */
  waiting(personId: string | undefined, waitsFor: readonly WishRow["waitsFor"][]): Promise<WishRow[]>;
}

/** What one command keeps durably, for its own second run. */
export type Notes = {
  has(key: string): boolean;
  once<T>(key: string, compute: () => Promise<T>): Promise<T>;
};

export function newId(): string {
  return randomBytes(16).toString("base64url");
}

export function createWishes(store: WishStore, registry: Registry, clock: Clock): Wishes {
  async function owned(slots: Command["slots"], personId: string): Promise<WishRow> {
    const { wish } = parseSlots(slots);
    const row = await store.get(wish);
    if (!row || row.expiresAt <= clock.now()) throw gone();
    if (row.personId !== personId) throw new SegueError("Forbidden", { why: "other_person" });
    return row;
  }

  return {
    async keep(id, asking, waitsFor, commands) {
      const now = clock.now();
      if (waitsFor !== "choice")
        for (const other of await store.waiting(asking.person.id, waitsFor, now))
          if (other.id !== id && makesRoom(other.commands[0], commands[0])) await store.take(other.id);
      await store.put({
        id,
        personId: asking.person.id,
        place: asking.place,
        user: asking.user,
        userName: asking.userName,
        locale: asking.locale,
        direct: asking.direct,
        local: asking.local,
        waitsFor,
        commands,
        createdAt: now,
        expiresAt: now + lifetimes[waitsFor],
      });
    },

    async take(slots, personId, notes) {
      const again = notes.has("wish");
      const row = await notes.once("wish", () => owned(slots, personId));
      const taken = await store.take(row.id);
      if (!taken && !again) throw gone();
      const { set, plan_again } = parseSlots(slots);
      return { commands: fulfil(row.commands, set, registry), planAgain: plan_again };
    },

    async drop(slots, personId) {
      await store.take((await owned(slots, personId)).id);
    },

    async forget(id) {
      await store.take(id);
    },

    async waiting(personId, waitsFor) {
      const rows = await Promise.all(waitsFor.map((each) => store.waiting(personId, each, clock.now())));
      return rows.flat().sort((a, b) => a.createdAt - b.createdAt);
    },
  };
}

/** The same thing asked again; and whoever now wishes for other music no longer waits for what was on to go on or to stop. */
function makesRoom(older: Command | undefined, newer: Command | undefined): boolean {
  if (!older || !newer) return false;
  return older.intent === newer.intent || (begins(newer) && older.intent.startsWith("playback."));
}

function parseSlots(slots: Command["slots"]): z.output<typeof continueSchema> {
  const parsed = continueSchema.safeParse(slots);
  if (!parsed.success) throw gone();
  return parsed.data;
}

function gone(): SegueError {
  return new SegueError("InvalidInput", { field: "wish", why: "gone" });
}

/** The kept commands with the answer laid over the first. One that cannot take a device itself has the music moved first. */
function fulfil(commands: Command[], set: Record<string, unknown>, registry: Registry): Command[] {
  const [first, ...rest] = commands;
  if (!first) return [];
  const { deviceId, ...others } = set;
  const takesDevice = "deviceId" in (registry.handler(first.intent)?.schema.shape ?? {});
  if (deviceId === undefined || takesDevice) return [layOver(first, set), ...rest];
  return [{ intent: "device.transfer", slots: { deviceId } }, layOver(first, others), ...rest];
}
