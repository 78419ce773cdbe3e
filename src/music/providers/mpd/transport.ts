import { SegueError } from "../../../contracts/errors.ts";
import type { CallOptions, Device, MusicSession } from "../../../contracts/music.ts";
import type { Command } from "./commands.ts";
import { coded, type Daemon, lineOptions, type Now, outputNamed, plainDevice, readNow } from "./daemon.ts";
import { beginPlaying, untilHeard } from "./play.ts";
import type { Status } from "./status.ts";

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
  /** So that it is heard there and nowhere else, and the way back. */
  const toOutput = (
    { outputs }: Pick<Now, "outputs">,
    id: string | undefined,
  ): { there: Command[]; back: Command[] } => {
    if (id === undefined) return { there: [], back: [] };
    const target = outputNamed(outputs, id);
    const others = outputs.filter(({ output, enabled }) => enabled && output !== target.output);
    // The new one first, here and on the way back: with no output at all the daemon stops.
    return {
      there: [
        ...(target.enabled ? [] : [["enableoutput", target.output] as const]),
        ...others.map(({ output }): Command => ["disableoutput", output]),
      ],
      back: [
        ...others.map(({ output }): Command => ["enableoutput", output]),
        ...(target.enabled ? [] : [["disableoutput", target.output] as const]),
      ],
    };
  };
  /** Lets it sound, and looks whether it does. */
  const sound = async (commands: readonly Command[], options?: CallOptions): Promise<void> => {
    const parts = await write([["clearerror"], ...commands, ["status"]], options);
    await untilHeard(daemon, parts.at(-1));
  };
  const isSilenced = ({ outputs }: Pick<Now, "outputs">) => !outputs.some(({ enabled }) => enabled);
  /** With no output switched on there is nothing to step through: the daemon stops at the first step. */
  const demandOutput = (now: Pick<Now, "outputs">) => {
    if (isSilenced(now)) throw new SegueError("Restricted", { reason: "no_output" });
  };
  /** With every output off it can be heard on the one that somebody chooses. */
  const demandPlace = (now: Now, { deviceId }: ActOptions = {}) => {
    if (deviceId === undefined && isSilenced(now))
      throw new SegueError("NoActiveDevice", { devices: now.outputs.map(plainDevice) });
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
        const { there } = toOutput(now, deviceId);
        if (on.length > 0) await sound([...there, ...on], options);
        else if (there.length > 0) await write(there, options);
      }),
    play: (target, options) =>
      coded("track", async () => {
        await beginPlaying(daemon, target, options, async () => {
          const now = await look(options);
          demandPlace(now, options);
          return toOutput(now, options?.deviceId);
        });
        return undefined;
      }),
    resume: (options) =>
      coded("player", async () => {
        const now = await look(options);
        const { there } = toOutput(now, options?.deviceId);
        if (now.status.state === "play" && there.length === 0)
          throw new SegueError("Restricted", { reason: "already_playing" });
        if (now.status.length === 0) throw nothing();
        const on: Command[] =
          now.status.state === "play" ? [] : now.status.state === "pause" ? [["pause", "0"]] : [["play"]];
        demandPlace(now, options);
        await sound([...there, ...on], options);
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
        const now = await look(options);
        const { status } = now;
        if (status.state === "stop") throw nothing();
        demandOutput(now);
        if (status.nextId === undefined) throw new SegueError("Restricted", { reason: "no_next" });
        await write(stepped(status, ["next"]), options);
      }),
    previous: (options) =>
      coded("player", async () => {
        const now = await look(options);
        const { status } = now;
        if (status.state === "stop") throw nothing();
        demandOutput(now);
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
