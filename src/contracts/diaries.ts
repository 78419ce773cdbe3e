import type { Heard } from "./listening.ts";

/**
 * Diaries: services where people keep a list of what they hear, whoever writes it there. Segue reads one by its user's name, which
 * costs nothing and needs no account, and writes into one with the person's leave. Times are Unix ms.
 */

/** One diary as skills name it. */
export type DiaryInfo = {
  id: string;
  /** As people know it. */
  name: string;
  /** Where its own page opens. */
  home: string;
  /** How somebody gives leave to write: a secret that they copy from `where`, or a page on which they agree. Absent: it is only read. */
  writing?: { how: "token"; where: string } | { how: "page" };
  /** Plays that began longer ago are not taken by it. */
  oldestMs?: number;
};

/**
 * Whether a person's plays are written there. `invalid`: it does not take our leave any more. `doubled`: somebody else writes the
 * same plays there, so that each would be counted twice.
 */
export const forwardStates = ["off", "on", "invalid", "doubled"] as const;
export type ForwardState = (typeof forwardStates)[number];

/** What somebody agreed to with one diary. */
export type DiaryRow = {
  id: string;
  personId: string;
  diary: string;
  userName: string;
  /** What plays and what was played is read from there. */
  reads: boolean;
  forwards: ForwardState;
  /** What plays now is shown there, too. */
  playingNow: boolean;
  /** The person knows that plays may be counted twice, and wants it so. */
  doublesAgreed: boolean;
  /** Encrypted: what opens it for writing, or what is to become that once they have agreed on its page. */
  secret?: string;
  pending?: string;
  /** Plays from then on are written there. */
  fromAt: number;
  /** Older ones were asked for: they are looked through from `scanAt` on up to there, and once more never. */
  scanAt?: number;
  scanUntilAt?: number;
  /** It was read up to there. */
  readAt?: number;
  /** Nothing is sent before; how often in a row it could not be. */
  retryAt?: number;
  failures: number;
  /** What the person has yet to be told. */
  owes?: "invalid" | "doubled";
  createdAt: number;
};

/**
 * One play on its way into a diary. `waiting`: nobody else has it as far as we know. `sending`: it was sent at least once, and nobody
 * knows whether it arrived. `there`: somebody else had written it. `dead`: given up, and why.
 */
export const forwardedStates = ["waiting", "sending", "sent", "there", "dead"] as const;
export type ForwardedState = (typeof forwardedStates)[number];
/** Why a diary refused a play for good. */
export const deadReasons = ["refused", "too_old", "filtered"] as const;
export type DeadReason = (typeof deadReasons)[number];

/** A play as it is sent, from the first time on unchanged: a diary knows it again by its start and its words. */
export type DiaryEntry = {
  /** Start, in whole seconds, as Unix ms. */
  at: number;
  title: string;
  /** The main one first; at least one. */
  artists: string[];
  album?: string;
  durationMs?: number;
  listenedMs?: number;
  isrc?: string;
  url?: string;
};
export type ForwardRow = {
  connection: string;
  playId: number;
  status: ForwardedState;
  entry: DiaryEntry;
  dueAt: number;
  why?: DeadReason;
  updatedAt: number;
};
export type ForwardCounts = Record<ForwardedState, number>;

export interface DiaryStore {
  /** One of each person and diary. */
  get(id: string): Promise<DiaryRow | undefined>;
  ofPerson(personId: string): Promise<DiaryRow[]>;
  /** Everybody's, the earliest first. */
  all(): Promise<DiaryRow[]>;
  /** What the person agreed to there; a new row, or what is named of the one that is there. */
  put(
    personId: string,
    diary: string,
    change: Partial<Omit<DiaryRow, "id" | "personId" | "diary">> & Pick<DiaryRow, "userName">,
    now: number,
  ): Promise<DiaryRow>;
  /** Changes what is named; undefined takes away. Resolves false where there is no such row any more. */
  change(
    id: string,
    change: { [K in keyof Omit<DiaryRow, "id" | "personId" | "diary">]?: DiaryRow[K] | undefined },
  ): Promise<boolean>;
  /** With all that is on its way. */
  remove(id: string): Promise<{ diaries: number; forwards: number }>;

  /** Those that are known stay as they are. Resolves with how many are new. */
  addForwards(
    connection: string,
    rows: readonly { playId: number; entry: DiaryEntry; dueAt: number }[],
  ): Promise<number>;
  /** Waiting or being sent, and due; the earliest play first. */
  dueForwards(connection: string, now: number, limit: number): Promise<ForwardRow[]>;
  /** When the next one is due. */
  nextForwardAt(connection: string): Promise<number | undefined>;
  /** That started within, whatever became of them. */
  forwardsBetween(connection: string, fromAt: number, untilAt: number): Promise<ForwardRow[]>;
  settleForwards(
    connection: string,
    settled: readonly { playId: number; status: ForwardedState; dueAt?: number; why?: DeadReason }[],
    now: number,
  ): Promise<void>;
  dropForwards(connection: string, playIds: readonly number[]): Promise<void>;
  /** The latest first. */
  deadForwards(connection: string, limit: number): Promise<ForwardRow[]>;
  /** Dead ones wait again, but for those that are too old. Resolves with how many. */
  retryForwards(connection: string, now: number): Promise<number>;
  countForwards(connection: string): Promise<ForwardCounts>;
  /** What was sent and started before is not needed any more to know it again. */
  purgeForwards(connection: string, beforeAt: number): Promise<number>;
}

/** What somebody agreed to, for them to see. */
export type DiaryStanding = Omit<DiaryRow, "secret" | "pending" | "id"> & {
  /** Leave to write was given. */
  writable: boolean;
  /** They were sent to its page and have yet to agree there. */
  agreeing: boolean;
  counts: ForwardCounts;
};

/** What may be read of a listener without an account of theirs: by diary, or by what a platform shows. */
export interface Diaries {
  offered(): readonly DiaryInfo[];
  /** Platforms that show by themselves what their members hear. */
  readonly presences: readonly string[];
  of(personId: string): Promise<DiaryStanding[]>;
  /** The user as the diary spells them, and what they heard last. Raises NotFound("diary_user"), Restricted where they hide it, Unavailable, RateLimited. */
  look(diary: string, userName: string, signal: AbortSignal): Promise<{ userName: string; last?: Heard }>;
  /** From now on what plays there is known here, and written down where the person agreed to that. Raises as `look` does. */
  read(personId: string, diary: string, userName: string, signal: AbortSignal): Promise<DiaryStanding>;
  /** What each of the diaries that are read shows as playing, by asking it; those that do not answer are left out. */
  playing(personId: string, signal: AbortSignal): Promise<{ diary: DiaryInfo; heard?: Heard }[]>;
  /** Not read any more; with `forget`, what was learnt from it alone is deleted. Resolves with how many plays that were. */
  stopReading(personId: string, diary: string, forget: boolean): Promise<number>;

  /** What the platform shows of the person counts from now on, or not any more. */
  allowPresence(personId: string, on: boolean): Promise<void>;
  presenceAllowed(personId: string): Promise<boolean>;

  /** Leave to write by a secret. Raises InvalidInput("token") where it opens nothing, Unavailable. */
  giveToken(personId: string, diary: string, token: string, signal: AbortSignal): Promise<DiaryStanding>;
  /** The diary whose secrets look like this one; looks at the text alone. */
  tokenOf(text: string): string | undefined;
  /** The page on which they agree; what they did there is asked for by `agreed`. Raises Unavailable. */
  agree(personId: string, diary: string, signal: AbortSignal): Promise<{ url: string; expiresAt: number }>;
  /** Undefined while they have not agreed there yet. Raises InvalidInput("expired"), Unavailable. */
  agreed(personId: string, diary: string, signal: AbortSignal): Promise<DiaryStanding | undefined>;

  /** Whether somebody else has lately written there what was heard here: then each play would be counted twice. Raises Unavailable. */
  doubles(personId: string, diary: string, signal: AbortSignal): Promise<boolean>;
  forward(
    personId: string,
    diary: string,
    change: { on?: boolean; playingNow?: boolean; older?: true; doublesAgreed?: true },
  ): Promise<DiaryStanding | undefined>;
  dead(personId: string, diary: string): Promise<{ entry: DiaryEntry; why?: DeadReason }[]>;
  retry(personId: string, diary: string): Promise<number>;
  /** Ends it all with this diary: leave, what is on its way, and with `forget` what was learnt from it alone. */
  leave(personId: string, diary: string, forget: boolean): Promise<{ plays: number }>;
}
