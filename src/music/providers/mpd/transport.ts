import { randomInt } from "node:crypto";
import { SegueError } from "../../../contracts/errors.ts";
import type { CallOptions, Device, MusicSession, PlayTarget } from "../../../contracts/music.ts";
import type { Part } from "./answers.ts";
import { type Command, range } from "./commands.ts";
import { coded, type Daemon, lineOptions, type Now, outputNamed, plainDevice, readNow } from "./daemon.ts";
import { acks, Refused } from "./errors.ts";
import { fieldsOf } from "./line.ts";
import { parseStatus, type Status } from "./status.ts";
import { load } from "./targets.ts";

type ActOptions = CallOptions & { deviceId?: string };
type Transport = Required<
  Pick<
    MusicSession,
    | "state"
    | "devices"
    | "transfer"
    | "play"
    | "resume"
    | "pause"
    | "next"
    | "previous"
    | "seek"
    | "volume"
    | "shuffle"
    | "repeat"
  >
>;

export function createTransport(daemon: Daemon): Transport {
  const { control } = daemon;
  const write = (commands: readonly Command[], options?: CallOptions) => control.write(commands, lineOptions(options));

  /** Looks first, since the daemon takes a command that does nothing for a success. */
  const look = async (options: ActOptions | undefined): Promise<Now> => {
    const now = await readNow(daemon, options);
    if (options?.deviceId !== undefined) outputNamed(now.outputs, options.deviceId);
    return now;
  };
  const toOutput = ({ outputs }: Now, id: string | undefined): Command[] => {
    if (id === undefined) return [];
    const target = outputNamed(outputs, id);
    if (target.active) return [];
    // The new one first: with no output at all the daemon stops.
    return [
      ["enableoutput", target.output],
      ...outputs
        .filter(({ output }) => output !== target.output)
        .map(({ output }): Command => ["disableoutput", output]),
    ];
  };
  const nothing = () => new SegueError("Restricted", { reason: "nothing_playing" });

  return {
    state: (options) => coded("player", async () => (await readNow(daemon, options)).state),
    devices: (options) =>
      coded("device", async (): Promise<Device[]> => (await readNow(daemon, options)).outputs.map(plainDevice)),
    transfer: (deviceId, options) =>
      coded("device", async () => {
        const now = await look({ ...options, deviceId });
        const on: Command[] =
          options?.play === true && now.status.state === "pause"
            ? [["pause", "0"]]
            : options?.play === true && now.status.state === "stop" && now.status.length > 0
              ? [["play"]]
              : [];
        const commands = [...toOutput(now, deviceId), ...on];
        if (commands.length > 0) await write(commands, options);
      }),
    play: (target, options) =>
      coded("track", async () => {
        await play(daemon, target, options, async () => toOutput(await look(options), options?.deviceId));
        return undefined;
      }),
    resume: (options) =>
      coded("player", async () => {
        const now = await look(options);
        const there = toOutput(now, options?.deviceId);
        if (now.status.state === "play" && there.length === 0)
          throw new SegueError("Restricted", { reason: "already_playing" });
        if (now.status.length === 0) throw nothing();
        const on: Command[] =
          now.status.state === "play" ? [] : now.status.state === "pause" ? [["pause", "0"]] : [["play"]];
        await write([...there, ...on], options);
      }),
    pause: (options) =>
      coded("player", async () => {
        const { status } = await look(options);
        if (status.state === "stop") throw nothing();
        if (status.state === "pause") throw new SegueError("Restricted", { reason: "already_paused" });
        await write([["pause", "1"]], options);
      }),
    next: (options) =>
      coded("player", async () => {
        const { status } = await look(options);
        if (status.state === "stop") throw nothing();
        if (status.nextId === undefined) throw new SegueError("Restricted", { reason: "no_next" });
        await write(stepped(status, ["next"]), options);
      }),
    previous: (options) =>
      coded("player", async () => {
        const { status } = await look(options);
        if (status.state === "stop") throw nothing();
        await write(stepped(status, ["previous"]), options);
      }),
    seek: (positionMs, options) =>
      coded("player", async () => {
        if (!(positionMs >= 0) || !Number.isFinite(positionMs))
          throw new SegueError("InvalidInput", { field: "position_ms", why: "range", min: 0 });
        const { status, state } = await look(options);
        if (status.state === "stop" || !state) throw nothing();
        const durationMs = state.item?.durationMs ?? 0;
        // The daemon refuses a place behind the end; people mean that they have heard enough of it.
        const past = durationMs > 0 && positionMs >= durationMs;
        await write(past ? stepped(status, ["next"]) : [["seekcur", (positionMs / 1000).toFixed(3)]], options);
      }),
    volume: (percent, options) =>
      coded("player", async () => {
        if (!(percent >= 0 && percent <= 100))
          throw new SegueError("InvalidInput", {
            field: "volume",
            why: "range",
            given: String(percent),
            min: 0,
            max: 100,
          });
        const { status } = await look(options);
        if (status.volume === undefined) throw new SegueError("Restricted", { reason: "no_volume" });
        await write([["setvol", Math.round(percent)]], options);
      }),
    shuffle: (on, options) =>
      coded("player", async () => {
        if (options?.deviceId !== undefined) await look(options);
        await write([["random", on ? 1 : 0]], options);
      }),
    repeat: (mode, options) =>
      coded("player", async () => {
        if (options?.deviceId !== undefined) await look(options);
        await write(
          [
            ["repeat", mode === "off" ? 0 : 1],
            ["single", mode === "track" ? 1 : 0],
          ],
          options,
        );
      }),
  };
}

/** A song that repeats by itself would be its own next one; asked for by hand it is left. */
function stepped(status: Status, step: Command): Command[] {
  return status.repeat === "track" ? [["single", 0], step, ["single", 1]] : [step];
}

/**
 * New songs go behind the old ones, so that a file that is not there costs nothing: what was added is taken out again and the music
 * plays on. Only then the first begins and the old ones go.
 */
async function play(
  daemon: Daemon,
  target: PlayTarget,
  options: (ActOptions & { positionMs?: number }) | undefined,
  toOutput: () => Promise<Command[]>,
): Promise<void> {
  const { control, contexts } = daemon;
  const positionMs = options?.positionMs ?? 0;
  if (!(positionMs >= 0)) throw new SegueError("InvalidInput", { field: "position_ms", why: "range", min: 0 });
  const { files, first, context } = await load(daemon, target, options);
  const there = options?.deviceId === undefined ? [] : await toOutput();
  const { before, ids } = await append(daemon, files, options);
  const start = first ?? (before.random ? randomInt(ids.length) : 0);
  const id = ids[start] ?? ids[0] ?? -1;
  const beginning: Command[] = [
    ["clearerror"],
    ...there,
    positionMs > 0 ? ["seekid", id, (positionMs / 1000).toFixed(3)] : ["playid", id],
  ];
  const clearing: Command[] = before.length > 0 ? [["delete", range(0, before.length)]] : [];
  let parts: Part[];
  try {
    parts = await control.write([...beginning, ...clearing, ["status"]], lineOptions(options));
  } catch (error) {
    // It did not begin, so the old queue is still what there is.
    if (error instanceof Refused && error.done.length < beginning.length)
      await control.write(ids.map((each): Command => ["deleteid", each]));
    throw error;
  }
  contexts.set(context, ids);
  await heard(daemon, parseStatus(fieldsOf(parts.at(-1))), options);
}

async function append(
  daemon: Daemon,
  files: readonly string[],
  options?: CallOptions,
): Promise<{ before: Status; ids: number[] }> {
  const adding: Command[] = files.map((file) => ["addid", file]);
  try {
    const [status, ...added] = await daemon.control.write([["status"], ...adding], lineOptions(options));
    return { before: parseStatus(fieldsOf(status)), ids: idsOf(added) };
  } catch (error) {
    throw await takenBack(daemon, error, 1);
  }
}

export const idsOf = (parts: readonly Part[]): number[] => parts.map((part) => Number(fieldsOf(part).get("Id")));

/** All or nothing: what a list added before it was refused goes again. `skip` commands of the list added nothing. */
export async function takenBack(daemon: Daemon, error: unknown, skip = 0): Promise<unknown> {
  if (!(error instanceof Refused)) return error;
  const ids = idsOf(error.done.slice(skip)).filter(Number.isInteger);
  // Nobody's signal: half a list must not stay because somebody gave up waiting.
  if (ids.length > 0) await daemon.control.write(ids.map((id): Command => ["deleteid", id]));
  return error;
}

const LOOK_MS = 15;
const LOOKS = 20;

/** The daemon says OK before it has opened the file: a file that is gone or cannot be read shows a moment later, as its error. */
async function heard(daemon: Daemon, first: Status, options?: CallOptions): Promise<void> {
  let status = first;
  for (let look = 0; look < LOOKS && !status.sounding && status.state !== "pause"; look++) {
    if (status.error !== undefined && status.state === "stop")
      throw new SegueError(
        "Restricted",
        { reason: "content_unavailable" },
        { cause: new Refused({ code: acks.system, index: 0, command: "play", message: status.error }, []) },
      );
    await daemon.clock.sleep(LOOK_MS, options?.signal);
    const [part] = await daemon.control.read([["status"]], lineOptions(options));
    status = parseStatus(fieldsOf(part));
  }
}
