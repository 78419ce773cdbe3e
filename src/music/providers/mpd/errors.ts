import { SegueError } from "../../../contracts/errors.ts";
import type { Ack, Part } from "./answers.ts";

export const SERVICE = "mpd";

/** Why a deadline was called off. Without a reason of its own every abort makes an error with a stack. */
export const OVER = "over";

export function lost(why: "timeout" | "connection" | "malformed", cause?: unknown): SegueError<"Unavailable"> {
  return new SegueError("Unavailable", { service: SERVICE, why }, cause === undefined ? {} : { cause });
}

/** The operator's to mend: MPD_URL holds another password than mpd.conf, or none. */
export function refusedPassword(): SegueError<"Unavailable"> {
  return new SegueError("Unavailable", { service: SERVICE, why: "credentials" });
}

/** A refusal of the daemon on its way to a coded error. `done` are the answers of the commands before it, which were carried out. */
export class Refused extends Error {
  readonly ack: Ack;
  readonly done: readonly Part[];
  constructor(ack: Ack, done: readonly Part[]) {
    super(`${ack.command}: ${ack.message}`);
    this.name = "Refused";
    this.ack = ack;
    this.done = done;
  }
}

/** https://mpd.readthedocs.io/en/stable/protocol.html#responses and src/protocol/Ack.hxx */
export const acks = {
  notList: 1,
  argument: 2,
  password: 3,
  permission: 4,
  unknown: 5,
  noExist: 50,
  playlistMax: 51,
  system: 52,
  playlistLoad: 53,
  updateAlready: 54,
  playerSync: 55,
  exist: 56,
} as const;

/** `what` names the thing that was spoken of, for a refusal that it is not there. */
export function codedOf(error: unknown, what = "track"): SegueError {
  if (error instanceof SegueError) return error;
  if (!(error instanceof Refused)) return lost("malformed", error);
  const { code, command, message } = error.ack;
  const cause = { cause: error };
  switch (code) {
    case acks.password:
    case acks.permission:
      return refusedPassword();
    case acks.noExist:
      return new SegueError("NotFound", { what }, cause);
    case acks.exist:
      return new SegueError("InvalidInput", { field: "name", why: "taken" }, cause);
    case acks.argument:
      return new SegueError("InvalidInput", { field: "value", why: "format" }, cause);
    case acks.playlistMax:
      return new SegueError("InvalidInput", { field: "items", why: "too_many" }, cause);
    case acks.unknown:
      // The number of everything without one: a command that is not there, a place that cannot be sought, and a file that
      // turns out to be unplayable while the list of commands that plays it is still being carried out.
      if (command === "") return new SegueError("Restricted", { reason: "not_offered" }, cause);
      if (/output/i.test(message)) return new SegueError("Restricted", { reason: "no_output" }, cause);
      if (!command.startsWith("seek")) return new SegueError("Restricted", { reason: "content_unavailable" }, cause);
      return new SegueError("Restricted", { reason: "unknown" }, cause);
    case acks.playerSync:
      return new SegueError("Restricted", { reason: "nothing_playing" }, cause);
    case acks.system:
      if (/output/i.test(message)) return new SegueError("Restricted", { reason: "no_output" }, cause);
      if (command === "setvol" || command === "volume")
        return new SegueError("Restricted", { reason: "no_volume" }, cause);
      return new SegueError("Restricted", { reason: "content_unavailable" }, cause);
    default:
      return new SegueError("Restricted", { reason: "unknown" }, cause);
  }
}
