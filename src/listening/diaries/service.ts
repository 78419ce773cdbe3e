import type { DeadReason, DiaryEntry, DiaryInfo } from "../../contracts/diaries.ts";
import type { Heard, Sighting } from "../../contracts/listening.ts";
import type { Lane } from "../../contracts/music.ts";

export type DiaryCall = { reason: string; lane: Lane; signal: AbortSignal };

/** What became of one play that was sent: taken, not taken for now, or never. */
export type Taken = "taken" | { notBeforeAt: number } | { why: DeadReason };

/**
 * One diary, as its interface has it. Every method raises coded errors and nothing else: NotFound("diary_user"), Restricted where
 * the user hides what they hear, NeedsRelink where leave to write has ended, RateLimited, QuotaExceeded, Unavailable.
 */
export interface DiaryService extends DiaryInfo {
  /** Between two looks at what somebody hears now, while somebody is interested. */
  readonly lookEveryMs: number;
  /** Plays in one sending, and letters of JSON. */
  readonly mostAtOnce: number;
  readonly mostLetters: number;
  /** The user as the diary spells them, and what it shows as played last. */
  find(userName: string, call: DiaryCall): Promise<{ userName: string; last?: Heard }>;
  /** What plays now, as far as somebody tells the diary. */
  playing(userName: string, call: DiaryCall): Promise<Heard | undefined>;
  /**
   * What was played, a page after another in whatever order; without `fromAt` the latest page alone. `untilAt` may be passed a
   * little. Ends after so many pages as nobody fills within a day.
   */
  pages(userName: string, from: { fromAt?: number; untilAt: number }, call: DiaryCall): AsyncIterable<Sighting[]>;
  /** Absent where the operator's settings do not let us write. In the order of the entries; InvalidInput where it refuses them together. */
  readonly writer?: {
    send(secret: string, entries: readonly DiaryEntry[], call: DiaryCall): Promise<Taken[]>;
    playingNow(secret: string, entry: Omit<DiaryEntry, "at">, call: DiaryCall): Promise<void>;
    /** Leave by a secret that the person copies. */
    token?: {
      form: RegExp;
      /** Whose it is. Raises InvalidInput("token"). */
      check(token: string, call: DiaryCall): Promise<{ userName: string }>;
    };
    /** Leave by a page on which the person agrees. */
    page?: {
      begin(call: DiaryCall): Promise<{ url: string; pending: string; expiresAt: number }>;
      /** Undefined while they have not agreed. Raises InvalidInput("expired"). */
      end(pending: string, call: DiaryCall): Promise<{ userName: string; secret: string } | undefined>;
    };
  };
}

/** Pages of one reading: with a hundred listens each, more than anybody hears in a fortnight. */
export const mostPages = 20;
