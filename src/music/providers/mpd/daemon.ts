import type { Clock } from "../../../contracts/clock.ts";
import { SegueError } from "../../../contracts/errors.ts";
import type { CallOptions, Device, ItemType, PlayerState } from "../../../contracts/music.ts";
import type { Command } from "./commands.ts";
import { codedOf } from "./errors.ts";
import type { LibraryReader } from "./library-reader.ts";
import { fieldsOf, type Line, recordsOf } from "./line.ts";
import { type PictureOf, parseSong, songStarts, trackOf } from "./songs.ts";
import { parseOutputs, parseStatus, type Status, stateOf } from "./status.ts";

/** What the parts of the provider share: two connections for commands, the library, and what was put on. */
export type Daemon = {
  clock: Clock;
  /** Commands that somebody waits for while music plays. */
  control: Line;
  /** Long listings and pictures, which nothing else must wait behind. */
  bulk: Line;
  library: LibraryReader;
  pictureOf: PictureOf;
  contexts: Contexts;
  /** What a list is called now: a name given here stays the same when the list is renamed. */
  playlistName(uri: { name: string }): string;
};

export type Context = NonNullable<PlayerState["context"]> & {
  type: Extract<ItemType, "album" | "artist" | "playlist">;
};

/**
 * The daemon's queue knows no context. Which of its songs came of one is kept here, by the numbers it gave them: somebody else's
 * songs have others, and after a restart of either side nothing is claimed.
 */
export type Contexts = {
  set(context: Context | undefined, ids: readonly number[]): void;
  of(songId: number | undefined): Context | undefined;
};

export function createContexts(): Contexts {
  let context: Context | undefined;
  let ids = new Set<number>();
  return {
    set(now, songs) {
      context = now;
      ids = new Set(songs);
    },
    of: (songId) => (songId !== undefined && ids.has(songId) ? context : undefined),
  };
}

export type Output = Device & { id: string; output: number };
export type Now = { status: Status; outputs: Output[]; state: PlayerState | undefined };

export const nowCommands: readonly Command[] = [["status"], ["outputs"], ["currentsong"]];

/** All about the player in one round trip. */
export async function readNow(daemon: Daemon, options?: CallOptions): Promise<Now> {
  const [status, outputs, song] = await daemon.control.read(nowCommands, lineOptions(options));
  const parsed = parseStatus(fieldsOf(status));
  const known = parseOutputs(recordsOf(outputs, ["outputid"]), parsed.volume);
  const [record] = recordsOf(song, songStarts);
  const current = record && parseSong(record);
  const device = known.find(({ active }) => active);
  return {
    status: parsed,
    outputs: known,
    state: stateOf({
      status: parsed,
      item: current && trackOf(current, daemon.pictureOf),
      device: device && plainDevice(device),
      context: daemon.contexts.of(parsed.songId),
      at: daemon.clock.now(),
    }),
  };
}

export const plainDevice = ({ output: _, ...device }: Output): Device => device;

export const lineOptions = (options: CallOptions | undefined): Pick<CallOptions, "signal" | "deadlineAt"> => ({
  ...(options?.signal === undefined ? {} : { signal: options.signal }),
  ...(options?.deadlineAt === undefined ? {} : { deadlineAt: options.deadlineAt }),
});

/** Nothing but coded errors leaves the provider. */
export async function coded<T>(what: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw codedOf(error, what);
  }
}

export function outputNamed(outputs: readonly Output[], id: string): Output {
  const found = outputs.find((output) => output.id === id);
  if (!found) throw new SegueError("NotFound", { what: "device" });
  return found;
}
