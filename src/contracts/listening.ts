import type { Art, Item, Named, PlayerState, Track } from "./music.ts";

/**
 * What was heard, by whom, and how that is known. A listener is a person, whatever accounts and services their listening was seen
 * through, or a shared player: `person:ID` or `player:PROVIDER/ID`. Times are Unix ms.
 */
export type ListenerKey = string;

export const listenerOf = {
  person: (personId: string): ListenerKey => `person:${personId}`,
  player: ({ provider, playerId }: { provider: string; playerId: string }): ListenerKey =>
    `player:${provider}/${playerId}`,
};

/**
 * How a play was learnt, the best witness first: the player told it by itself; its state was read; a file of the service's own
 * records; a platform showed what somebody hears; a diary said what plays now; a list of the service's latest plays; a diary's
 * entries of the past.
 */
export const playWays = ["push", "observed", "import", "presence", "playing", "recent", "history"] as const;
export type PlayWay = (typeof playWays)[number];

/** `origin` names the provider, platform or diary it came from: its terms may switch a use of it off. */
export type PlaySource = { origin: string; way: PlayWay };

export const heardKinds = ["track", "episode"] as const;
export type HeardKind = (typeof heardKinds)[number];

/** What was heard as its source names it. Files and diaries may know words alone. */
export type Heard = {
  kind: HeardKind;
  uri?: string;
  isrc?: string;
  title: string;
  /** The main artist first; the show's name of an episode. */
  artists: Named[];
  album?: Named & { releaseYear?: number };
  durationMs?: number;
  url?: string;
  art?: Art[];
};

/**
 * One source's evidence of one play.
 * `exact` says which ends of the range were seen and which are worked out from the other and the duration.
 */
export type Sighting = {
  source: PlaySource;
  /** The source's own name of this evidence: the same key again is the same evidence. At most 200 characters. */
  key: string;
  heard: Heard;
  startedAt: number;
  endedAt: number;
  exact: "both" | "start" | "end" | "neither";
  /** What was really heard, without pauses; absent where only the range is known. */
  listenedMs?: number;
  skipped?: boolean;
  device?: string;
  context?: string;
};

/** What became of a sighting. `below`: kept, and too short to count. */
export type Recorded =
  | { outcome: "added" | "below"; playId: number }
  | { outcome: "merged"; playId: number; why: MergeReason }
  | { outcome: "deleted" /** A tombstone covers it. */ }
  /** `private`: the listener said that nothing of that time is to be recorded. */
  | { outcome: "refused"; why: "time" | "empty" | "private" };

/** By what two sightings were found to be one play, and how their ranges agreed. */
export type MergeReason = {
  by: "key" | "uri" | "isrc" | "words";
  /** `completed`: one saw how it began, the other how it ended. */
  range: "same" | "overlap" | "reported" | "completed";
};

/** From `fromAt`, up to but without `untilAt`. A play belongs to the period in which it started. */
export type Period = { fromAt: number; untilAt: number };

export const gapReasons = ["not_watched", "service_down", "offline", "budget", "window_passed", "consent"] as const;
export type GapReason = (typeof gapReasons)[number];
export type Gap = Period & { why: GapReason };

/** Writes down what was heard, once. */
export interface Ledger {
  /** In the order of the sightings; all of them, or none. At most 5,000 at once. */
  record(listener: ListenerKey, sightings: readonly Sighting[]): Promise<Recorded[]>;
  /** Nobody knows what was heard then. Gaps that touch become one; what is recorded or imported inside later closes it as far as it reaches. */
  gap(listener: ListenerKey, gap: Gap): Promise<void>;
  gaps(listener: ListenerKey, period: Period): Promise<Gap[]>;
  /** Everything that was heard within is recorded now, silence included: closes the gaps there. */
  covered(listener: ListenerKey, period: Period): Promise<void>;
  /** The first and the last play, and when a source was last read to its end. */
  health(listener: ListenerKey): Promise<{ firstAt?: number; lastAt?: number; readAt?: number }>;
  /** Everything that a source could tell up to then has been recorded. */
  read(listener: ListenerKey, at: number): Promise<void>;
}

/** A part of somebody's history. A track, artist or album by the id that `Stats` gives; `span`: a session, an evening. */
export type HistoryPart =
  | { what: "play"; playId: number }
  | { what: "track" | "artist" | "album"; id: number }
  /** Played from this playlist, album or other context, by its uri. */
  | { what: "context"; context: string }
  | ({ what: "span" } & Period);

/** What is hidden from statistics, whenever it was or will be heard. */
export type HideRule = { id: number; part: Exclude<HistoryPart, { what: "play" }> | PlayPart; createdAt: number };
/** One play, told by what was heard and when, so that it stays the same whatever is learnt about it. */
export type PlayPart = { what: "play"; trackId: number } & Period;

/** What one may do with one's own history. */
export interface HistoryDesk {
  /** Nothing is deleted. Resolves with the rule, and how many plays it hides by now. Raises NotFound("play"). */
  hide(listener: ListenerKey, part: HistoryPart): Promise<{ rule: HideRule; plays: number }>;
  /** Resolves with how many plays can be seen again; undefined where there is no such rule. */
  unhide(listener: ListenerKey, ruleId: number): Promise<number | undefined>;
  rules(listener: ListenerKey): Promise<HideRule[]>;
  /** Deletes for good, up to now; no source brings it back. Resolves with the number of plays. Raises NotFound("play"). */
  remove(
    listener: ListenerKey,
    part: Extract<HistoryPart, { what: "play" | "span" }> | { what: "track"; id: number },
  ): Promise<number>;
  /** Deletes what this origin alone knew; plays that others saw too stay, as those saw them. Counts by kind of row. */
  forgetOrigin(listener: ListenerKey, origin: string): Promise<Record<string, number>>;
  /** Deletes everything, what was deleted or hidden included: as if there had never been such a listener. Counts by kind of row. */
  forget(listener: ListenerKey): Promise<Record<string, number>>;
}

export const charts = ["tracks", "artists", "albums", "episodes"] as const;
export type Chart = (typeof charts)[number];
/** `by`: a track's or album's artist, an episode's show. `listeners`: how many of those who were asked for heard it. */
export type ChartRow = {
  id: number;
  name: string;
  by?: string;
  uri?: string;
  url?: string;
  art?: Art[];
  plays: number;
  listenedMs: number;
  listeners: number;
};
export type Played = {
  playId: number;
  trackId: number;
  kind: HeardKind;
  title: string;
  by?: string;
  uri?: string;
  url?: string;
  startedAt: number;
  endedAt: number;
  listenedMs: number;
  counts: boolean;
  source: PlaySource;
};
/** `unknownMs`: how much of the period lies in gaps. What is said of it is then "at least". */
export type Totals = { plays: number; listenedMs: number; tracks: number; artists: number; unknownMs: number };
export type Session = Period & { plays: number; listenedMs: number };

/**
 * What can be said of plays. Whatever is hidden, or too short to count, is left out; podcasts are in charts of their own and
 * in nothing else. Everything but small lists is worked out beside the main thread.
 */
export interface Stats {
  /**
   * The most played first, of all these listeners together. By default an artist gets the plays of tracks that name them
   * first; with `artists: "all"` of all that name them. At most 200 rows.
   */
  top(
    listeners: readonly ListenerKey[],
    chart: Chart,
    period: Period,
    options?: { limit?: number; offset?: number; artists?: "first" | "all" },
  ): Promise<ChartRow[]>;
  /** In the order of the listeners. */
  totals(listeners: readonly ListenerKey[], period: Period): Promise<Totals[]>;
  /** For how long all of them together heard music, in ms, in the order of the periods: a small part of what totals take. */
  listened(listeners: readonly ListenerKey[], periods: readonly Period[]): Promise<number[]>;
  /** Newest first; with what did not count, so that nothing that was heard seems lost. Hidden ones are left out. */
  recent(listener: ListenerKey, options?: { beforeAt?: number; limit?: number }): Promise<Played[]>;
  /** What the listener heard whose title or main artist holds all these words, the most played first. */
  search(listener: ListenerKey, words: string, options?: { limit?: number }): Promise<ChartRow[]>;
  /** What any of them heard by that name, the name itself before what holds its words, then the most played; at most ten. */
  find(listeners: readonly ListenerKey[], what: "artist" | "track", words: string): Promise<ChartRow[]>;
  /** Of one track or artist, of all time; in the order of the listeners. */
  heard(
    listeners: readonly ListenerKey[],
    of: { trackId: number } | { artistId: number },
  ): Promise<{ plays: number; listenedMs: number }[]>;
  /** How many plays each source was the best witness of, the most first; hidden and short ones too. */
  origins(listener: ListenerKey): Promise<{ origin: string; plays: number }[]>;
  /** The earliest play that counts; of one track or artist where that is given. */
  first(listener: ListenerKey, of?: { trackId: number } | { artistId: number }): Promise<Played | undefined>;
  /** Tracks or artists that were never heard before the period, the most played first. */
  discoveries(
    listener: ListenerKey,
    chart: "tracks" | "artists",
    period: Period,
    options?: { limit?: number },
  ): Promise<{ rows: ChartRow[]; total: number }>;
  /** Days in a row with music, in the zone. `current` ends today or yesterday, as today is not over. */
  streaks(
    listener: ListenerKey,
    zone: string,
  ): Promise<{ current?: Period & { days: number }; longest?: Period & { days: number } }>;
  /** Times of listening without a pause of 30 minutes; the longest first. */
  sessions(
    listener: ListenerKey,
    period: Period,
    options?: { limit?: number },
  ): Promise<{ total: number; longest: Session[] }>;
  /** By hour of the day in the zone, 0 to 23. */
  clock(
    listeners: readonly ListenerKey[],
    period: Period,
    zone: string,
  ): Promise<{ plays: number; listenedMs: number }[]>;
  /** By day of the week (0 is Monday) and hour in the zone: when somebody is used to listening. */
  week(listener: ListenerKey, period: Period, zone: string): Promise<number[][]>;
}

/** What changed at a player, by whatever means it was learnt. */
export type NowPlaying = {
  listener: ListenerKey;
  source: PlaySource;
  state: PlayerState | undefined;
  at: number;
};

/**
 * What music has just learnt of a player, and how: a command of ours that was accepted, a reading, or the player's own word.
 * `key` is the account's id, or names a shared player. Without a state nothing was active; `unheard` says that a player which told
 * of its changes is not heard any more, and nobody knows. A command that `set` what plays knows it; another one only says again
 * what was believed of it before.
 */
export type PlayerNews = {
  key: string;
  by: "command" | "reading" | "push";
  set?: true;
  state: PlayerState | undefined;
  unheard?: true;
  at: number;
};

/** A linked account, as music opens it. */
export type AccountRef = { accountId: string; personId: string; provider: string };

export type FeedOptions = {
  /** Short, for the ledger of calls. */
  reason: string;
  deadlineAt: number;
  signal: AbortSignal;
};

/** The door from music to whoever wants to know what is heard. */
export interface PlayerFeed {
  /** Told of all that is learnt of any player, in its order. Returns the way to stop listening. Costs no call. */
  on(listener: (news: PlayerNews) => void): () => void;
  /**
   * One call in the lane "now_playing" (two where a skip of ours has only just left the track it shows). What it shows is news
   * as well, unless a command of ours overtook it. Raises NotLinked, NeedsRelink, QuotaExceeded, RateLimited, Unavailable,
   * MissingScope, Forbidden.
   */
  look(account: AccountRef, options: FeedOptions): Promise<PlayerState | undefined>;
  /**
   * One call in the lane "history": the service's latest plays, newest first, at most 50. `playedAt` is the service's word for
   * the play's end, or its start. Raises as `look` does, and Restricted("not_offered") where there is no such list.
   */
  recent(
    account: AccountRef,
    options: FeedOptions & { afterMs?: number },
  ): Promise<{ track: Track; playedAt: number }[]>;
  /**
   * A thing by its uri: from what was seen lately, else one call in the lane "art". Raises as `look` does, and NotFound,
   * Restricted("not_offered").
   */
  item(account: AccountRef, uri: string, options: FeedOptions): Promise<Item>;
}
