/**
 * Domain models of music, and the door to a provider. No vendor's JSON passes this wall: a provider parses into these.
 * `uri` is the provider's own opaque name of a thing; `url` is where a person can open it.
 */

export type Art = { url: string; width?: number; height?: number };
export type Named = { name: string; uri?: string; url?: string };

export type Track = {
  type: "track";
  uri: string;
  title: string;
  artists: Named[];
  album?: Named & { releaseYear?: number; kind?: "album" | "single" | "compilation"; artists?: Named[] };
  durationMs: number;
  explicit?: boolean;
  isrc?: string;
  url?: string;
  art: Art[];
  /** A file of the listener's own: cannot be queued, saved or shared. */
  local?: boolean;
};
export type Album = {
  type: "album";
  uri: string;
  title: string;
  artists: Named[];
  kind?: "album" | "single" | "compilation";
  releaseYear?: number;
  trackCount?: number;
  url?: string;
  art: Art[];
};
export type Artist = { type: "artist"; uri: string; name: string; url?: string; art: Art[] };
export type Playlist = {
  type: "playlist";
  uri: string;
  name: string;
  owner?: string;
  /** The session's own account owns it, so it may be renamed and filled. */
  own: boolean;
  collaborative?: boolean;
  public?: boolean;
  trackCount?: number;
  url?: string;
  art: Art[];
  /** A provider's version mark, for edits that must not cross. */
  snapshot?: string;
};
export type Show = { type: "show"; uri: string; title: string; publisher?: string; url?: string; art: Art[] };
export type Episode = {
  type: "episode";
  uri: string;
  title: string;
  show?: Named;
  durationMs: number;
  releaseDate?: string;
  url?: string;
  art: Art[];
};
export type Audiobook = { type: "audiobook"; uri: string; title: string; authors: Named[]; url?: string; art: Art[] };

export type Item = Track | Album | Artist | Playlist | Show | Episode | Audiobook;
export const itemTypes = ["track", "album", "artist", "playlist", "show", "episode", "audiobook"] as const;
export type ItemType = Item["type"];
export type Playable = Track | Episode;

export type Device = {
  /** Absent when the provider does not name it; such a device can be seen, not chosen. */
  id?: string;
  name: string;
  /** Neutral kind, lower case: computer, phone, speaker, tv, … */
  kind: string;
  active: boolean;
  /** Accepts no commands at all. */
  restricted: boolean;
  /** The listener hides what plays there. */
  private?: boolean;
  /** 0-100; absent when unknown or when the device has no volume of its own. */
  volume?: number;
  hasVolume: boolean;
};

export type RepeatMode = "off" | "context" | "track";
export const playerActions = [
  "play",
  "pause",
  "resume",
  "next",
  "previous",
  "seek",
  "volume",
  "shuffle",
  "repeat",
  "transfer",
  "queue",
] as const;
export type PlayerAction = (typeof playerActions)[number];

export type PlayerState = {
  /** Unix ms when `progressMs` was true. */
  at: number;
  playing: boolean;
  progressMs: number;
  item?: Playable;
  /** What is heard when it is no item: an advertisement, or something the provider does not tell. */
  other?: "ad" | "unknown";
  context?: { uri: string; type: ItemType };
  device?: Device;
  shuffle: boolean;
  repeat: RepeatMode;
  /** Actions the provider says it would refuse now. */
  refused: PlayerAction[];
};

export type SearchHits = {
  tracks: Track[];
  albums: Album[];
  artists: Artist[];
  playlists: Playlist[];
  shows: Show[];
  episodes: Episode[];
  audiobooks: Audiobook[];
  /** Nobody counts what is heard here: of hits that fit alike, the first is not the likeliest to be meant. */
  unordered?: true;
};

/** The service took a command and has not carried it out yet; it may never do so. Who needs to know reads the state. */
export type Accepted = { pending: true };

/** What to play: one context, optionally from a place inside it, or a plain list of tracks. */
export type PlayTarget = { context: string; from?: { uri: string } | { position: number } } | { uris: string[] };

/** Both included. */
export type Years = { from: number; to: number };

/** The lane decides who waits for whom when calls are scarce, best first. */
export const lanes = ["controls", "party", "now_playing", "history", "metadata", "art"] as const;
export type Lane = (typeof lanes)[number];

/** Why a call is made: its lane, a short reason for the ledger, and when its answer is worth nothing any more. */
export type CallOptions = { lane?: Lane; reason?: string; deadlineAt?: number; signal?: AbortSignal };

/** What a provider's terms allow; what they bar is off until the operator decides otherwise. */
export type Terms = {
  voiceControl: boolean;
  derivedStatistics: boolean;
  longStorage: boolean;
  sharedPlaying: boolean;
  ai: boolean;
  /** Shown with every card: the provider's name as it wants to be named. */
  attribution: string;
};

/** Groups of permission a feature may need, in neutral words; a provider maps them to its scopes. */
export const needs = [
  "state",
  "playback",
  "library.read",
  "library.write",
  "playlists.read",
  "playlists.write",
  "history",
] as const;
export type Need = (typeof needs)[number];

/** A current access token of one linked account. `renew` is called at most once when the provider refuses the token. */
export interface TokenSource {
  token(signal?: AbortSignal): Promise<string>;
  renew(refused: string, signal?: AbortSignal): Promise<string>;
}

/** `subject` is whose grant it is, as `identify` told it. */
export type PersonalAccount = {
  kind: "account";
  accountId: string;
  subject?: string;
  tokens: TokenSource;
  granted: Need[];
};
export type SharedPlayer = { kind: "shared"; playerId: string };
/** `name` as people call it: the operator's own word for it. */
export type SharedPlayerInfo = { id: string; name: string };

/** The grant as the provider's token endpoint gives it. Times are Unix ms. */
export type Grant = {
  accessToken: string;
  expiresAt: number;
  /** Absent in a refresh means: keep the old one. */
  refreshToken?: string;
  /** Empty in a refresh when the answer did not name them: they are unchanged. */
  scopes: string[];
};
export type GrantOwner = { subject: string; name?: string };

/** OAuth authorization code with PKCE, as one provider does it. `refresh` and `exchange` raise coded errors. */
export interface OAuthLinking {
  /** How long a consent lives from the moment it was given, in ms; undefined when it does not end by itself. */
  readonly consentLifetimeMs?: number;
  /** Where the provider sends the browser back to; matched exactly by it. */
  readonly redirectUri: string;
  scopesFor(needs: readonly Need[]): string[];
  needsOf(scopes: readonly string[]): Need[];
  authorizeUrl(request: { state: string; challenge: string; scopes: string[]; askAgain: boolean }): string;
  /** Raises InvalidInput("code" | "client" | "redirect") or Unavailable. */
  exchange(request: { code: string; verifier: string; signal?: AbortSignal }): Promise<Grant>;
  /** Raises NeedsRelink on a dead grant and nothing else; Unavailable when it cannot be known now. */
  refresh(request: { refreshToken: string; signal?: AbortSignal }): Promise<Grant>;
  /** Whose grant this is. Raises Forbidden("allowlist" | "owner_not_premium"). */
  identify(request: { accessToken: string; signal?: AbortSignal }): Promise<GrantOwner>;
}

/**
 * One player, opened for one account or place. Only `search`, `state` and the transport are required; an absent method
 * IS "not offered". Every method raises SegueError and nothing else.
 */
export interface MusicSession {
  /**
   * `years` keeps to what was released then, where the provider can tell: kinds that have no year (playlists, shows) may be
   * missing from the answer, and a provider that knows no years leaves them out of account.
   */
  search(
    query: string,
    types: readonly ItemType[],
    options?: CallOptions & { limit?: number; years?: Years },
  ): Promise<SearchHits>;
  /** Songs of a genre, most popular first, where the service knows genres; empty for a word that is none. */
  genreTracks?(genre: string, options?: CallOptions): Promise<Track[]>;
  /** Undefined when nothing is active, or the listener hides it. */
  state(options?: CallOptions): Promise<PlayerState | undefined>;
  devices?(options?: CallOptions): Promise<Device[]>;
  transfer?(deviceId: string, options?: CallOptions & { play?: boolean }): Promise<void>;
  /** Resolves with nothing once it plays, and with `pending` when it was only accepted. */
  play(
    target: PlayTarget,
    options?: CallOptions & { deviceId?: string; positionMs?: number },
  ): Promise<Accepted | undefined>;
  resume(options?: CallOptions & { deviceId?: string }): Promise<void>;
  pause(options?: CallOptions & { deviceId?: string }): Promise<void>;
  next(options?: CallOptions & { deviceId?: string }): Promise<void>;
  previous(options?: CallOptions & { deviceId?: string }): Promise<void>;
  seek?(positionMs: number, options?: CallOptions & { deviceId?: string }): Promise<void>;
  volume?(percent: number, options?: CallOptions & { deviceId?: string }): Promise<void>;
  shuffle?(on: boolean, options?: CallOptions & { deviceId?: string }): Promise<void>;
  repeat?(mode: RepeatMode, options?: CallOptions & { deviceId?: string }): Promise<void>;
  queue?: {
    /** `added`: so many of `next`, from the first, were added to what plays by itself; absent where that is not known. */
    show(options?: CallOptions): Promise<{ current?: Playable; next: Playable[]; added?: number }>;
    add(uri: string, options?: CallOptions & { deviceId?: string }): Promise<void>;
    /**
     * Absent where the service cannot edit its own queue: Segue then keeps one of its own in front of it. Indexes count what
     * `show` gives as `next`, from 0; with `uri` the edit raises NotFound("queue_item") when another thing stands there by now.
     */
    edit?: {
      /** All of them, or none. "last" is behind what was added, "end" behind everything, as a part of what plays by itself. */
      insert(uris: readonly string[], where: "next" | "last" | "end", options?: CallOptions): Promise<void>;
      move(from: number, to: number, options?: CallOptions & { uri?: string }): Promise<void>;
      remove(index: number, options?: CallOptions & { uri?: string }): Promise<void>;
      /** Keeps what plays now. */
      clear(options?: CallOptions): Promise<void>;
    };
  };
  library?: {
    /** Same order as `uris`. */
    contains(uris: string[], options?: CallOptions): Promise<boolean[]>;
    save(uris: string[], options?: CallOptions): Promise<void>;
    remove(uris: string[], options?: CallOptions): Promise<void>;
    /** Newest first. */
    likedTracks(
      options?: CallOptions & { limit?: number; offset?: number },
    ): Promise<{ tracks: Track[]; total: number }>;
    topTracks?(options?: CallOptions & { limit?: number; range: "month" | "half_year" | "year" }): Promise<Track[]>;
  };
  playlists?: {
    /** The listener's own and followed ones, all pages within a bound of 500. */
    list(options?: CallOptions): Promise<Playlist[]>;
    create(playlist: { name: string; public: boolean; description?: string }, options?: CallOptions): Promise<Playlist>;
    /** Resolves with its uri from now on: another one where the provider knows a list by its name alone. */
    rename(uri: string, name: string, options?: CallOptions): Promise<{ uri: string }>;
    follow(uri: string, options?: CallOptions): Promise<void>;
    /** Deleting one's own and unfollowing another's are the same act. */
    unfollow(uri: string, options?: CallOptions): Promise<void>;
    items(
      uri: string,
      options?: CallOptions & { limit?: number; offset?: number },
    ): Promise<{ items: Playable[]; total: number }>;
    add(uri: string, items: string[], options?: CallOptions & { position?: number }): Promise<void>;
    remove(uri: string, items: string[], options?: CallOptions): Promise<void>;
    /** Counted from 0; `to` is where the first moved item stands afterwards. */
    reorder(uri: string, move: { from: number; to: number; length?: number }, options?: CallOptions): Promise<void>;
  };
  /** One thing by the provider's own name. */
  lookup?(uri: string, options?: CallOptions): Promise<Item>;
  albumTracks?(uri: string, options?: CallOptions): Promise<Track[]>;
  showEpisodes?(uri: string, options?: CallOptions & { limit?: number }): Promise<Episode[]>;
  /** Newest first; the provider keeps only its latest plays. */
  recentlyPlayed?(
    options?: CallOptions & { limit?: number; afterMs?: number },
  ): Promise<{ track: Track; playedAt: number }[]>;
  /**
   * Push: calls back with the state as soon as it listens, and on every change until the signal aborts; ends when it no
   * longer hears, and waits while it cannot listen yet. Costs no call while nothing changes. A provider may push, be polled, or both: one without `watch` is only
   * polled, by `state`; of one that has it nothing need be asked while it is heard.
   */
  watch?(onChange: (state: PlayerState | undefined) => void, signal: AbortSignal): Promise<void>;
}

export interface MusicProvider {
  readonly id: string;
  /** As people know it. */
  readonly name: string;
  /** Where its own app or page opens; absent where there is none. */
  readonly home?: string;
  readonly terms: Terms;
  /** Names of lists that people know from the service's own app and that it serves to no program: asking for them costs calls for nothing. */
  readonly unserved?: readonly string[];
  /** Absent for a provider that needs no account. */
  readonly linking?: OAuthLinking;
  /** A thing named by one of this provider's links or uris, in any form people paste; undefined when it is not one. */
  recognise(text: string): { uri: string; type: ItemType; start: number; end: number } | undefined;
  /** A link that is plainly this provider's and yet names nothing that can be had: shortened, malformed, or of an unknown kind. */
  unreadable?(text: string): { why: "short_link" | "invalid_link"; start: number; end: number } | undefined;
  /** One thing by the provider's own name, for people without an account. Absent when the provider cannot be asked on nobody's behalf. */
  publicLookup?(uri: string, options?: CallOptions): Promise<Item>;
  /** Players that belong to a place and not to a person, as the operator set them up; empty or absent where there are none. */
  readonly players?: readonly SharedPlayerInfo[];
  open(who: PersonalAccount | SharedPlayer): MusicSession;
  /** Origins that the addresses of its `Art` lead to, where anybody may fetch them: nothing is fetched from anywhere else. */
  readonly artOrigins?: readonly string[];
  /** A picture that only this provider can fetch, by the id its `Art` address ends in; undefined when it is gone. At most 10 MB. */
  picture?(id: string, signal: AbortSignal): Promise<Picture | undefined>;
  /** False while a connection that it needs is down; asked by the readiness check. */
  healthy?(): boolean;
  /** Why `healthy` says no, in a few words for the operator; no secret is in them. */
  trouble?(): string | undefined;
  /** Ends its connections. */
  stop?(): Promise<void>;
}

export type Picture = { mediaType: string; bytes: Uint8Array };
