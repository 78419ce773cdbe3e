import type { Part } from "./answers.ts";
import type { Command } from "./commands.ts";
import type { Daemon } from "./daemon.ts";
import { acks, Refused } from "./errors.ts";
import { fieldsOf } from "./line.ts";

/** Songs in the daemon's queue by their numbers, which stay while places shift under other clients' hands. */
export const idsOf = (parts: readonly Part[]): number[] => parts.map((part) => Number(fieldsOf(part).get("Id")));

/** Of an answer to `plchangesposid`. */
export const idsIn = (part: Part | undefined): number[] =>
  part?.fields.flatMap(([key, value]) => (key === "Id" ? [Number(value)] : [])) ?? [];

/** Others remove songs while we do: each time somebody was faster it is looked which are left. */
const TRIES = 20;

/** Runs one command per song that is still there. Takes no signal: half of it must not stay undone because somebody gave up. */
export async function forSongs(
  daemon: Daemon,
  ids: readonly number[],
  commandOf: (id: number, index: number) => Command,
): Promise<void> {
  let left = ids;
  for (let attempt = 1; left.length > 0; attempt++) {
    try {
      await daemon.control.write(left.map(commandOf));
      return;
    } catch (error) {
      if (!(error instanceof Refused) || error.ack.code !== acks.noExist || attempt === TRIES) throw error;
      const [part] = await daemon.control.read([["plchangesposid", 0]]);
      const there = new Set(idsIn(part));
      left = left.filter((id) => there.has(id));
    }
  }
}

export const removeSongs = (daemon: Daemon, ids: readonly number[]): Promise<void> =>
  forSongs(daemon, ids, (id) => ["deleteid", id]);

/** All or nothing: what a list added before it was refused goes again. `skip` commands of the list added nothing. */
export async function takenBack(daemon: Daemon, error: unknown, skip = 0): Promise<unknown> {
  if (!(error instanceof Refused)) return error;
  const ids = idsOf(error.done.slice(skip)).filter(Number.isInteger);
  // What went wrong first is what is told.
  await removeSongs(daemon, ids).catch(() => undefined);
  return error;
}
