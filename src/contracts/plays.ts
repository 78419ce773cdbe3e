import type {
  Chart,
  ChartRow,
  Gap,
  HeardKind,
  HideRule,
  ListenerKey,
  MergeReason,
  Period,
  Played,
  PlaySource,
  Session,
  Sighting,
  Totals,
} from "./listening.ts";
import type { Art } from "./music.ts";

/**
 * How plays are kept. What each source saw (evidence) is the truth; a play is what the ledger's one rule makes of the evidence,
 * and is made anew from it whenever evidence comes or goes.
 */

/** What was heard, as it is kept once for everybody. `words` is the folded name by which two sources mean one recording. */
export type HeardRow = {
  kind: HeardKind;
  words: string;
  title: string;
  /** The main one first. */
  artists: { folded: string; name: string; uri?: string; url?: string }[];
  album?: { words: string; title: string; year?: number; uri?: string; url?: string; art?: Art[] };
  durationMs?: number;
  uri?: string;
  isrc?: string;
  url?: string;
  /** Where no album has it. */
  art?: Art[];
};
/** By what a thing that was named is known to be this track, the surest first. */
export const namedBys = ["uri", "isrc", "words"] as const;
export type NamedBy = (typeof namedBys)[number];
/** The track that was meant, or was made. `artists` holds the main one first; `album` may become known later. */
export type TrackFacts = { id: number; kind: HeardKind; artists: readonly number[]; album?: number };

export type Evidence = {
  trackId: number;
  source: PlaySource;
  /** Stands for the source's own key. */
  key: string;
  namedBy: NamedBy;
  startedAt: number;
  endedAt: number;
  exact: Sighting["exact"];
  listenedMs?: number;
  durationMs?: number;
  skipped?: boolean;
  device?: string;
  context?: string;
  /** How it agreed with the play that it was merged into; absent in the one that founded it. */
  agreed?: MergeReason["range"];
};
export type PlayRow = {
  trackId: number;
  startedAt: number;
  endedAt: number;
  listenedMs: number;
  counts: boolean;
  /** The best witness, and which ends of the range some witness saw. */
  source: PlaySource;
  exact: Sighting["exact"];
  skipped?: boolean;
  device?: string;
  context?: string;
  /** A rule's id. */
  hiddenBy?: number;
  /** At least one. */
  evidence: Evidence[];
};
export type KeptPlay = PlayRow & { id: number };

/**
 * What was deleted: one play (`only`, so that another of the same track beside it may come), or everything of a period, of one
 * track where that is given.
 */
export type Tombstone = Period & { trackId?: number; only: boolean };

/** What a revision is decided on. */
export type Near = {
  /** Of the periods, with all their evidence, in order of their start. */
  plays: KeptPlay[];
  tombstones: Tombstone[];
  /** Oldest first. */
  rules: HideRule[];
  /** What the named things are, in their order. */
  heard: { trackId: number; namedBy: NamedBy }[];
  /** Every track that occurs in any of it. */
  tracks: ReadonlyMap<number, TrackFacts>;
};
/** With an id the play is changed, without one it is new. What is not named stays as it is. */
export type Revision = { put: (PlayRow & { id?: number })[]; gone: number[] };

/** What has to be revised over a period, and was not yet, in whole or in what rules hide: it goes on after a crash. */
export type Review = { listener: ListenerKey; what: "all" | "hiding" } & Period;

export interface PlayStore {
  /**
   * One decision about a listener's plays that started within the periods, which do not overlap: reads them, asks, and writes
   * what was decided, with the sums that charts are made of; gaps are closed where new plays are. Where no evidence is wanted,
   * none is read and none may be put. `decide` is pure and may be
   * asked once only. Resolves with the decision and the ids of what it put. Nobody else revises the listener meanwhile.
   */
  revise<R extends Revision>(
    listener: ListenerKey,
    about: { heard?: readonly HeardRow[]; periods: readonly Period[]; evidence?: boolean },
    decide: (near: Near) => R,
  ): Promise<{ revision: R; ids: number[] }>;
  /** One play, not its evidence. */
  get(listener: ListenerKey, playId: number): Promise<Omit<KeptPlay, "evidence"> | undefined>;
  /** When the first and the last play started, hidden ones too. */
  bounds(listener: ListenerKey): Promise<{ firstAt: number; lastAt: number } | undefined>;
  /** Who has plays that started before; at most a thousand. */
  heardBefore(at: number): Promise<ListenerKey[]>;
  /** Keeps the rule, and that the plays which it may hide are to be revised. */
  addRule(listener: ListenerKey, rule: Omit<HideRule, "id">): Promise<HideRule>;
  /** Ends the rule, and keeps that the plays which it hid are to be revised. */
  removeRule(listener: ListenerKey, ruleId: number): Promise<boolean>;
  rules(listener: ListenerKey): Promise<HideRule[]>;
  /** Keeps that this was deleted, and that the plays of its time are to be revised. */
  bury(listener: ListenerKey, tombstone: Tombstone): Promise<void>;
  /** What is still to be revised, of everybody or one listener; at most a hundred. */
  reviews(listener?: ListenerKey): Promise<Review[]>;
  /** The review of that period is done up to then; at its end it is done with. */
  reviewed(review: Review, untilAt: number): Promise<void>;
  /**
   * Tracks with a service's name whose length or picture nobody told yet, of the next few thousand after that number; at most 20.
   * `throughId`: all up to it were looked at where none was found.
   */
  lacking(afterId: number): Promise<{ tracks: { id: number; uri: string }[]; throughId: number; end: boolean }>;
  /** Fills what is not known of the track that goes by this name. */
  learn(uri: string, heard: HeardRow): Promise<void>;
  addGap(listener: ListenerKey, gap: Gap): Promise<void>;
  closeGaps(listener: ListenerKey, period: Period): Promise<void>;
  gaps(listener: ListenerKey, period: Period): Promise<Gap[]>;
  readAt(listener: ListenerKey): Promise<number | undefined>;
  /** Never goes back. */
  setReadAt(listener: ListenerKey, at: number): Promise<void>;
  /** Deletes everything of the listener; resolves with what was deleted, by kind. */
  erase(listener: ListenerKey): Promise<Record<string, number>>;
}

/** Reads beside the main thread (SQLite), or at the server (PostgreSQL). Unknown listeners have nothing. */
export interface PlayStatStore {
  top(
    listeners: readonly ListenerKey[],
    chart: Chart,
    period: Period,
    options: { limit: number; offset: number; allArtists: boolean },
  ): Promise<ChartRow[]>;
  totals(listeners: readonly ListenerKey[], period: Period): Promise<Totals[]>;
  listened(listeners: readonly ListenerKey[], periods: readonly Period[]): Promise<number[]>;
  recent(listener: ListenerKey, beforeAt: number, limit: number): Promise<Played[]>;
  /** `words` are folded; all must occur. */
  search(listener: ListenerKey, words: readonly string[], limit: number): Promise<ChartRow[]>;
  /** `words` are folded; all must occur. */
  find(
    listeners: readonly ListenerKey[],
    what: "artist" | "track",
    words: readonly string[],
    limit: number,
  ): Promise<ChartRow[]>;
  origins(listener: ListenerKey): Promise<{ origin: string; plays: number }[]>;
  heard(
    listeners: readonly ListenerKey[],
    of: { trackId: number } | { artistId: number },
  ): Promise<{ plays: number; listenedMs: number }[]>;
  first(listener: ListenerKey, of?: { trackId: number } | { artistId: number }): Promise<Played | undefined>;
  discoveries(
    listener: ListenerKey,
    chart: "tracks" | "artists",
    period: Period,
    limit: number,
  ): Promise<{ rows: ChartRow[]; total: number }>;
  /** Days since 1970 on which something was heard, in order; `shifts` say by how much local time is ahead from when on. */
  days(listener: ListenerKey, shifts: readonly Shift[]): Promise<number[]>;
  sessions(
    listener: ListenerKey,
    period: Period,
    options: { pauseMs: number; limit: number },
  ): Promise<{ total: number; longest: Session[] }>;
  /** Sums by the local hour since Monday, 1 January 1970 being a Thursday: 0 to 167; those without plays are missing. */
  hours(
    listeners: readonly ListenerKey[],
    period: Period,
    shifts: readonly Shift[],
  ): Promise<{ hour: number; plays: number; listenedMs: number }[]>;
}
/** Local time is `aheadMs` ahead of UTC from `fromAt` until the next shift. */
export type Shift = { fromAt: number; aheadMs: number };
