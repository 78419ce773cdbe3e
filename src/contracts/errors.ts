import type { Device } from "./music.ts";

/** What each coded error carries, so that core can say what happened and offer the next step without asking again. */
export interface ErrorDetails {
  /** No music account is linked and the command needs one. */
  NotLinked: { provider: string };
  /** The grant died (`invalid_grant`, six months over, revoked). Data is kept; a new link heals it. */
  NeedsRelink: { provider: string };
  /** The listener's account may not control playback (free plan). */
  PremiumRequired: { provider: string };
  /** Nothing can receive the command. `devices` are those that could be woken or chosen, possibly none. */
  NoActiveDevice: { devices: Device[] };
  /** The player, device or content refuses this command now. */
  Restricted: { reason: RestrictedReason; device?: string };
  /** The grant lacks a scope group. */
  MissingScope: { provider: string; needs: string[] };
  NotFound: { what: string; query?: string; choices?: Choice[] };
  /** Several things fit about equally well, or a question must be answered first. */
  Ambiguous: { what: "item" | "device" | "new_device" | "playlist" | "player"; choices: Choice[] };
  /** The day's budget is spent (the service's, or our own ledger's). `retryAt` says until when. */
  QuotaExceeded: { lane?: string };
  /** A short-window limit. `retryAt` says until when. */
  RateLimited: { scope: "service" | "person" };
  /** Down, unreachable, too slow or talking nonsense. */
  Unavailable: {
    service: string;
    /** "credentials": the operator gave a password that the service does not take. */
    why: "timeout" | "connection" | "status" | "malformed" | "breaker" | "offline" | "credentials";
    status?: number;
  };
  /** Not allowed: not on the app's allowlist, the app's owner lapsed, or the place's roles say no. */
  Forbidden: {
    why:
      | "allowlist"
      | "owner_not_premium"
      | "role"
      | "managers_only"
      | "switched_off"
      /** The place's settings give it no shared player, and somebody wanted one. */
      | "no_player"
      | "operator_only"
      | "removed"
      | "content"
      | "other_person"
      /** The place that it is about does not see them any more. */
      | "left";
    permission?: string;
    /** Of "role": who may. */
    who?: "managers" | "group" | "nobody";
    /** The group's name, where the platform tells it. */
    group?: string;
  };
  InvalidInput: { field?: string; why: string; given?: string; min?: number; max?: number };
  /** A write was sent and nobody can know whether it took effect. Never repeated silently. */
  Unconfirmed: { action: string };
}

export type ErrorCode = keyof ErrorDetails;

export type RestrictedReason =
  | "already_playing"
  | "already_paused"
  | "nothing_playing"
  /** Asked to go on, and there is nothing that was interrupted: its list is empty, or was lost. */
  | "nothing_to_resume"
  | "no_next"
  | "no_previous"
  | "no_volume"
  | "device_restricted"
  | "not_offered"
  | "content_unavailable"
  /** Nowhere to be heard: the player has no output that works, or none is switched on. */
  | "no_output"
  | "unknown";

/**
 * One answer to the question: `slots` are laid over the stopped command's slots before it is run again. `kind` is neutral and
 * not yet worded: the type of an item ("track", "artist", …) or the kind of a device ("phone", "speaker", …); `detail` holds
 * names as the service has them.
 */
export type Choice = {
  label: string;
  kind?: string;
  detail?: string;
  imageUrl?: string;
  slots: Record<string, unknown>;
};

/** The one error of the program. Codes are for code; only core turns them into words. */
export class SegueError<C extends ErrorCode = ErrorCode> extends Error {
  readonly code: C;
  readonly details: ErrorDetails[C];
  /** Unix ms from which a further try makes sense, where known. */
  readonly retryAt: number | undefined;

  constructor(code: C, details: ErrorDetails[C], options: { cause?: unknown; retryAt?: number } = {}) {
    super(code, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "SegueError";
    this.code = code;
    this.details = details;
    this.retryAt = options.retryAt;
  }
}

/** Narrowing test: `isSegueError(error, "NotLinked")` types `error.details`. */
export function isSegueError<C extends ErrorCode = ErrorCode>(error: unknown, code?: C): error is SegueError<C> {
  return error instanceof SegueError && (code === undefined || error.code === code);
}
