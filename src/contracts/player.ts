import type { QueueRow } from "./call-store.ts";
import type { ListenerKey } from "./listening.ts";
import type {
  Device,
  Episode,
  Item,
  ItemType,
  Need,
  Playable,
  PlayerAction,
  PlayerState,
  Playlist,
  RepeatMode,
  SearchHits,
  Terms,
  Track,
} from "./music.ts";
import type { Reading } from "./vocabulary.ts";

/** What a person wished to hear. `uri` (a chosen candidate, a link) wins over the readings. */
export type PlayWish = {
  readings: Reading[];
  uri?: string;
  /** The person's words for a device, or the id of one they chose. */
  device?: string;
  deviceId?: string;
  shuffle?: boolean;
};

export type Candidate = {
  item: Item;
  score: number /** Readable reasons: "title", "artist", "karaoke", … with their weight. */;
  why: Record<string, number>;
};

/** What a play or queue wish came to. `alias`: the person's own words for it, as they were kept. */
export type Resolution = { chosen: Item; candidates: Candidate[]; reading?: Reading; alias?: string };

/** How a person's last wish for something to hear was understood. Without `chosen` nothing was: `near` is what came close. */
export type Explanation = Omit<Resolution, "chosen"> & {
  chosen?: Item;
  /** Labels of the things offered instead. */
  near: string[];
  /** The wish named the thing by a link or by a choice, and nothing was searched for. */
  exact: boolean;
  at: number;
};

/** What a person's own words mean. */
export type Alias = { said: string; uri: string; title: string; by?: string; type?: ItemType };

export type Played = Resolution & {
  device?: Device;
  /** False when the service accepted the command but its state did not show it yet. */
  confirmed: boolean;
  shuffled: boolean;
  state?: PlayerState;
};

/** `changed` is false when the player was already as wished. */
export type Done = { changed: boolean; state?: PlayerState; device?: Device };

export type QueueView = {
  current?: Playable;
  /** Segue's items that the service holds already: they play first, and can be neither moved nor removed. */
  handed: Playable[];
  /** Segue's own waiting items in their order, which can be moved and removed. */
  own: QueueRow[];
  /** What the service itself will play after those; none of `handed` is in it. */
  upNext: Playable[];
};

/** What is known around a player without asking: the titles that come next, and the devices as they were last listed. */
export type Glance = {
  next: { title: string; artist: string }[];
  devices?: Device[];
  /** Why no state is known: nothing was on at the last look, or the player is no longer heard. Absent too where nobody has looked. */
  silent?: "idle" | "unheard";
};

/** One thing that can be taken back. */
/** When the music pauses by itself, in Unix ms: as things stand where it is the end of something. `own`: the asker said so. */
export type Sleeping = { at: number; after?: "track" | "album"; own: boolean };

export type Undone = {
  act: string;
  item?: Item;
  volume?: number;
  positionMs?: number;
  /** Of a play: false when there was nothing to go back to, so that the music was stopped. Of a sleep timer: whether one runs again. */
  on?: boolean;
  mode?: RepeatMode;
  device?: Device;
  playlist?: string;
};

/** Why one of several players is meant, in the order in which the reasons count. */
export const playerReasons = ["said", "link", "device", "last", "preferred", "place", "own", "only"] as const;
export type PlayerReason = (typeof playerReasons)[number];

/** A player that a person can use where they are. */
export type PlayerOption = {
  /** Names it in buttons and settings. */
  id: string;
  /** As people call it. */
  name: string;
  provider: { id: string; name: string };
  shared: boolean;
  /** Their consent has ended. */
  lapsed: boolean;
  preferred: boolean;
  /** The one that this command went to, and why. */
  meant?: PlayerReason;
  /** The one that would be taken for something new, where that is another: what was named a while ago counts no longer then. */
  begins?: true;
};

/** What a command itself says about the player it means. */
export type Said = {
  /** Words for a player or a provider, or a player's id. */
  player?: string;
  /** Words for a device: they may name a player, or a device that only one of several players has. */
  device?: string;
  /** A link or uri that the command is about. */
  uri?: string;
};

/**
 * Music as a skill sees it: one player, opened for one person in one place for the length of one command. It chooses the
 * device, resolves words against the catalogue, spends as few calls as can be, and raises coded errors only.
 */
export interface Player {
  readonly provider: { id: string; name: string; terms: Terms };
  /** Names the player in views and timers: two people who control the same player share it. */
  readonly key: string;
  readonly shared: boolean;
  /** Whose listening this is: a shared player plays for a room, and has a history of its own. */
  readonly listener: ListenerKey;
  /** As people call it: the operator's word for a shared player, the provider's name for a person's own. */
  readonly name: string;
  /** The players this person can use here, in the order in which they would be taken. Costs no call. */
  players(): Promise<PlayerOption[]>;
  /**
   * Takes this one wherever nothing else tells, by its id or by words; undefined forgets it. Raises NotFound("player"), with
   * those there are as choices.
   */
  preferPlayer(said: string | undefined): Promise<PlayerOption | undefined>;
  /** Whether the action can work at all here: the provider offers it, the account may, the current device takes it. Costs no call. */
  offers(action: PlayerAction | "like" | "playlists" | "devices" | "queue.edit"): boolean;

  /** The last known state with progress run forward to now; a call only when nothing fresh is known, or `fresh` is asked. */
  state(options?: { fresh?: boolean }): Promise<PlayerState | undefined>;
  /** The last known state, if any: never a call. */
  known(): Promise<PlayerState | undefined>;
  glance(): Promise<Glance>;

  play(wish: PlayWish): Promise<Played>;
  /** "now" interrupts; "replace" clears Segue's own queue first. `started` says that what was wished for plays now, as nothing else did. */
  enqueue(
    wish: PlayWish,
    mode: "next" | "last" | "now" | "replace",
  ): Promise<Resolution & { added: number; started: boolean; device?: Device }>;
  pause(where?: Where): Promise<Done>;
  resume(where?: Where): Promise<Done>;
  restart(where?: Where): Promise<Done>;
  next(count?: number): Promise<Done>;
  previous(count?: number): Promise<Done>;
  /**
   * Skips forward to the Nth of what the queue view shows, from 1: first `handed`, then `upNext`. While items of `own` wait
   * between the two, nothing behind `handed` can be reached, and is refused.
   */
  skipTo(index: number): Promise<Done & { item: Playable }>;
  seek(
    to: { positionMs: number } | { percent: number } | { byMs: number },
  ): Promise<Done & { positionMs: number; durationMs: number }>;
  volume(
    change: { to: number } | { by: number } | /** Of how loud it is. */ { times: number } | "mute" | "unmute",
    where?: Where,
  ): Promise<Done & { from?: number; to: number }>;
  shuffle(on: boolean): Promise<Done>;
  repeat(mode: RepeatMode): Promise<Done>;
  /** Pauses then. A new one replaces the old, and says which; undefined ends it. Resolves with when, where that is known. */
  sleep(
    when: { inMs: number } | { after: "track" | "album" } | undefined,
  ): Promise<{ at?: number; cancelled?: boolean; replaced?: Sleeping }>;
  /** The pause to come, if any. Never a call. */
  sleeping(): Promise<Sleeping | undefined>;
  undo(): Promise<Undone>;

  queue(): Promise<QueueView>;
  /** Positions count Segue's own items from 1; by name, the first that is called so. */
  queueMove(which: number | { title?: string; artist?: string }, to: number): Promise<QueueRow>;
  /** By position, or the first that is called so. */
  queueRemove(which: number | { title?: string; artist?: string }): Promise<QueueRow>;
  queueClear(): Promise<{ removed: number /** Items the service holds and cannot give back. */; left: number }>;

  devices(options?: { fresh?: boolean }): Promise<{ devices: Device[]; preferredId?: string }>;
  /** Moves the music and reads back that it moved. */
  transfer(where: Where): Promise<{ device: Device; confirmed: boolean }>;
  /** Undefined forgets it. */
  preferDevice(where: Where | undefined): Promise<Device | undefined>;

  search(query: string, types?: readonly ItemType[]): Promise<SearchHits>;
  /** A thing by uri or by a link of the provider. Works for unlinked people where the provider can. */
  lookup(uri: string): Promise<Item>;
  /**
   * Things that half-typed words may mean, best first and at most 25: from what this player met, and what is kept of the
   * listener's lists. No call, unless `search` allows one in the last lane. `asked`: the catalogue was searched for just these
   * words within the hour.
   */
  suggest(
    words: string,
    types: readonly ItemType[],
    options?: { search?: boolean },
  ): Promise<{ items: Item[]; asked: boolean }>;
  /** The same for devices: never a call. */
  suggestDevices(words: string): Promise<Pick<Device, "id" | "name" | "kind">[]>;

  /** How this person's last wish was understood here; undefined after some hours. Never a call. */
  explain(): Promise<Explanation | undefined>;
  /** The person's own, newest first. Never a call. */
  aliases(): Promise<Alias[]>;
  /** From now on these words mean what the wish comes to, or what plays where it names nothing. */
  aliasKeep(said: string, wish: PlayWish): Promise<Alias>;
  /** Resolves false where there is none. */
  aliasForget(said: string): Promise<boolean>;

  like(uri?: string): Promise<{ item: Item; changed: boolean }>;
  unlike(uri?: string): Promise<{ item: Item; changed: boolean }>;
  /** Whether what plays is liked; undefined when that is not known without a call. */
  liked(uri: string): Promise<boolean | undefined>;
  /** Newest first. */
  likedSongs(limit: number, offset: number): Promise<{ items: Track[]; total: number }>;

  playlists(): Promise<Playlist[]>;
  /** By the person's words. Ambiguous and NotFound carry the near ones. */
  playlist(words: string, options?: { own?: boolean }): Promise<Playlist>;
  playlistCreate(name: string, isPublic: boolean): Promise<Playlist>;
  playlistRename(uri: string, name: string): Promise<void>;
  playlistFollow(uri: string): Promise<void>;
  playlistUnfollow(uri: string): Promise<void>;
  playlistItems(uri: string, limit: number, offset: number): Promise<{ items: Playable[]; total: number }>;
  /** `changed` is false when it was there already, as far as one call can tell. */
  playlistAdd(
    uri: string,
    what: PlayWish | "current" | "previous" | "next",
  ): Promise<{ items: (Track | Episode)[]; changed: boolean }>;
  playlistRemove(
    uri: string,
    what: PlayWish | "current" | "previous" | "next",
  ): Promise<{ items: (Track | Episode)[]; changed: boolean }>;
  /** Puts these at the end of a list made just now: no search, no look for what is there. */
  playlistFill(uri: string, items: string[]): Promise<void>;
  playlistReorder(uri: string, from: number, to: number): Promise<void>;
  /** The listener's most played, as the service tells it; undefined where it does not. */
  topTracks(range: "month" | "half_year" | "year", limit: number): Promise<Track[] | undefined>;
}

/** A device by the person's words or by its id; neither means the active or preferred one. */
export type Where = { device?: string; deviceId?: string };

/** Opens players. `once` keeps a value durably within the command, so that a second run after a crash finds the first one's plan. */
export interface Orchestrator {
  open(request: {
    personId: string;
    place: { platform: string; tenant: string; id: string };
    once: <T>(key: string, compute: () => Promise<T>) => Promise<T>;
    /** The command had begun in an earlier run that died. */
    resumed: boolean;
    signal: AbortSignal;
    /** Renders only from what is known: no call is made. */
    quiet?: boolean;
    said?: Said;
    /** It starts something new, so that what was named a while ago does not count. */
    begins?: boolean;
    /** It does nothing but say which player is meant from now on. */
    turns?: boolean;
  }): Promise<Player>;
  /** The person's provider before any account is linked: whom to link with. */
  providerFor(personId: string): Promise<{ id: string; name: string; needsLink: boolean }>;
  /** Every provider there is. */
  providers(): { id: string; name: string; linkable: boolean }[];
  /**
   * A player or provider that is named somewhere in a sentence of that language, for commands in which language keeps no words for it;
   * undefined where there is nothing to choose between.
   */
  playerIn(text: string, locale: string): string | undefined;
  /** A link or uri of any provider inside a text. */
  recognise(text: string): { provider: string; uri: string; type: ItemType; start: number; end: number } | undefined;
  /** Whose link a text holds (its host, in lower case), where it holds one and none that a provider here knows. */
  foreignLink(text: string): string | undefined;
  /** What the first link in a text leads to, as anybody may see it; undefined where that cannot be had without an account. */
  publicLookup(
    text: string,
    signal: AbortSignal,
  ): Promise<{ item: Item; provider: { id: string; name: string; terms: Terms } } | undefined>;
  /**
   * For a wish that waits for a device: looks for one that wakes, at most four calls within two minutes, and then emits
   * `device.woke`. Survives a restart; asking again starts anew.
   */
  watchForDevice(personId: string): Promise<void>;
  /** Lets the next control command try again though the account was found to be free; otherwise that is tried once a day. */
  checkPlanAgain(personId: string): Promise<void>;
}

/** What music needs to know of accounts. */
export interface MusicAccounts {
  accountOf(
    personId: string,
    provider: string,
  ): Promise<
    { accountId: string; subject?: string; granted: Need[]; free: boolean; status: "ok" | "needs_relink" } | undefined
  >;
  tokens(accountId: string): import("./music.ts").TokenSource;
  markFree(accountId: string, free: boolean): Promise<void>;
}
