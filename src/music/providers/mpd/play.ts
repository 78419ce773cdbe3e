import { randomInt } from "node:crypto";
import { isSegueError, SegueError } from "../../../contracts/errors.ts";
import type { CallOptions, PlayTarget } from "../../../contracts/music.ts";
import type { Part } from "./answers.ts";
import { type Command, range } from "./commands.ts";
import { type Daemon, demandTime } from "./daemon.ts";
import { acks, Refused } from "./errors.ts";
import { fieldsOf, recordsOf } from "./line.ts";
import { songStarts } from "./songs.ts";
import { forSongs, idsIn, idsOf, removeSongs, takenBack } from "./songs-in-queue.ts";
import { parseStatus, type Status } from "./status.ts";
import { load } from "./targets.ts";

type PlayOptions = CallOptions & { positionMs?: number };

/**
 * New songs go behind the old ones; only when the first of them is heard the old ones go, by their numbers, since places shift
 * under other clients' hands; but what people had added stays, and comes next. Until then every failure puts all back as it was. Once something was sent no caller's signal ends
 * it: half a change would stay behind.
 */
export async function beginPlaying(
  daemon: Daemon,
  target: PlayTarget,
  options: PlayOptions | undefined,
  way: () => Promise<{ there: Command[]; back: Command[] }>,
): Promise<void> {
  const { control, contexts } = daemon;
  const positionMs = options?.positionMs ?? 0;
  if (!(positionMs >= 0)) throw new SegueError("InvalidInput", { field: "position_ms", why: "range", min: 0 });
  const { files, first, context } = await load(daemon, target, options);
  const { there, back } = await way();
  demandTime(daemon, options);
  const { before, old, ids } = await append(daemon, files);
  const start = first ?? (before.random ? randomInt(ids.length) : 0);
  const id = ids[start] ?? ids[0] ?? -1;
  const begin: Command[] =
    positionMs > 0
      ? [
          ["seekid", id, (positionMs / 1000).toFixed(3)],
          ["pause", "0"],
        ]
      : [["playid", id]];
  const unclaim = contexts.set(context, ids);
  try {
    demandTime(daemon, options);
    const parts = await control.write([["clearerror"], ...there, ...begin, ["status"]]);
    const heard = await untilHeard(daemon, parts.at(-1));
    // From silence the daemon begins by itself, and goes on to the next song from one that cannot be played.
    const asked = "context" in target && target.from ? [id] : ids;
    if (heard.state === "play" && !asked.includes(heard.songId ?? -1))
      throw new SegueError("Restricted", { reason: "content_unavailable" });
  } catch (error) {
    // Nobody knows whether it began: to undo it could stop what was asked for.
    if (isSegueError(error, "Unconfirmed")) throw error;
    unclaim();
    await putBack(daemon, before, back).catch(() => undefined);
    await removeSongs(daemon, ids).catch(() => undefined);
    throw error;
  }
  const kept = await unconfirmed(waitingIn(daemon, before));
  await unconfirmed(
    removeSongs(
      daemon,
      old.filter((each) => !kept.includes(each)),
    ),
  );
  await unconfirmed(forSongs(daemon, kept, (each, index) => ["moveid", each, `+${index}`]));
}

/** Furthest look for what people added; their songs stand behind what was played. */
const AHEAD = 500;

/** What people had added and was not played yet: it is heard after what plays now, in the order that it had. */
async function waitingIn(daemon: Daemon, { length, position, random }: Status): Promise<number[]> {
  const from = random ? 0 : position === undefined ? 0 : position + 1;
  const to = random ? length : Math.min(length, from + AHEAD);
  if (from >= to) return [];
  const [part] = await daemon.control.read([["playlistinfo", range(from, to)]]);
  const songs = recordsOf(part, songStarts).map((record) => ({
    id: Number(record.get("Id")?.[0]),
    priority: Number(record.get("Prio")?.[0] ?? 0) || 0,
  }));
  const end = songs.findIndex(({ priority }) => priority === 0);
  const added = random
    ? songs.filter(({ priority }) => priority > 0).sort((a, b) => b.priority - a.priority)
    : songs.slice(0, end < 0 ? songs.length : end);
  return added.map(({ id }) => id);
}

async function append(daemon: Daemon, files: readonly string[]) {
  const adding: Command[] = files.map((file) => ["addid", file]);
  try {
    const [status, there, ...added] = await daemon.control.write([["status"], ["plchangesposid", 0], ...adding]);
    return { before: parseStatus(fieldsOf(status)), old: idsIn(there), ids: idsOf(added) };
  } catch (error) {
    throw await takenBack(daemon, error, 2);
  }
}

/** The song that was interrupted goes on where it was. */
async function putBack(daemon: Daemon, before: Status, back: readonly Command[]): Promise<void> {
  const [part] = await daemon.control.read([["status"]]);
  const now = parseStatus(fieldsOf(part));
  const untouched = now.songId === before.songId && now.state === before.state;
  const again: Command[] = untouched
    ? []
    : before.state === "stop" || before.songId === undefined
      ? [["stop"]]
      : [
          ["clearerror"],
          ["seekid", before.songId, (before.elapsedMs / 1000).toFixed(3)],
          // A paused player seeks without going on.
          ["pause", before.state === "pause" ? "1" : "0"],
        ];
  if (again.length + back.length > 0) await daemon.control.write([...back, ...again]);
}

const LOOK_MS = 15;
const LOOKS = 20;

/**
 * The daemon says OK before it has opened the file and the output: what fails shows a moment later, as its error. It stops where
 * the song cannot be played, and pauses where nothing can be heard. `first` is a status after `clearerror`.
 */
export async function untilHeard(daemon: Daemon, first: Part | undefined): Promise<Status> {
  let status = parseStatus(fieldsOf(first));
  for (let look = 0; look < LOOKS; look++) {
    const { error, state } = status;
    if (error !== undefined && state !== "play") {
      const reason = state === "stop" ? "content_unavailable" : "no_output";
      const cause = new Refused({ code: acks.system, index: 0, command: "play", message: error }, []);
      throw new SegueError("Restricted", { reason }, { cause });
    }
    if (status.sounding || state !== "play") break;
    await daemon.clock.sleep(LOOK_MS);
    const [part] = await unconfirmed(daemon.control.read([["status"]]));
    status = parseStatus(fieldsOf(part));
  }
  return status;
}

/** What was lost after the music began is not to be asked for again as if nothing had happened. */
async function unconfirmed<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    if (!isSegueError(error, "Unavailable")) throw error;
    throw new SegueError("Unconfirmed", { action: "mpd.play" }, { cause: error });
  }
}
