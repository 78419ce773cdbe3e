import type { Clock } from "../../../contracts/clock.ts";
import { SegueError } from "../../../contracts/errors.ts";
import type { CallOptions, Device, ItemType, PlayerState } from "../../../contracts/music.ts";
import type { Command } from "./commands.ts";
import { codedOf, lost } from "./errors.ts";
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
};

export type Context = NonNullable<PlayerState["context"]> & {
  type: Extract<ItemType, "album" | "artist" | "playlist">;
};

/**
 * The daemon's queue knows no context. Which of its songs came of one is kept here, by the numbers it gave them: somebody else's
 * songs have others. A daemon that begins again counts from 1 again, so after a lost connection nothing is claimed.
 */
export type Contexts = {
  /** The answer takes it back. */
  set(context: Context | undefined, ids: readonly number[]): () => void;
  clear(): void;
  of(songId: number | undefined): Context | undefined;
};

export function createContexts(): Contexts {
  let context: Context | undefined;
  let ids = new Set<number>();
  return {
    set(now, songs) {
      const before = { context, ids };
      context = now;
      ids = new Set(songs);
      return () => {
        ({ context, ids } = before);
      };
    },
    clear() {
      context = undefined;
      ids = new Set();
    },
    of: (songId) => (songId !== undefined && ids.has(songId) ? context : undefined),
  };
}

/** Several may be enabled; the first of them is the active one. */
export type Output = Device & { id: string; output: number; enabled: boolean };
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

export const plainDevice = ({ output: _, enabled: __, ...device }: Output): Device => device;

export const lineOptions = (options: CallOptions | undefined): Pick<CallOptions, "signal" | "deadlineAt"> => ({
  ...(options?.signal === undefined ? {} : { signal: options.signal }),
  ...(options?.deadlineAt === undefined ? {} : { deadlineAt: options.deadlineAt }),
});

/** Raises Unavailable("timeout") when the caller wants it no longer. */
export function demandTime({ clock }: Pick<Daemon, "clock">, options: CallOptions | undefined): void {
  const late = options?.deadlineAt !== undefined && options.deadlineAt <= clock.now();
  if (options?.signal?.aborted || late) throw lost("timeout", options.signal?.reason);
}

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
