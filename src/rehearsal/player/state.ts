/** What one person's player is: plain data, changed only by the functions beside this file. Times are unix ms. */
export interface PlayerState {
  readonly devices: readonly Device[];
  readonly activeDeviceId: string | null;
  readonly context: Context | null;
  /** The uris being played through, in their own order. */
  readonly list: readonly string[];
  /** Indices into `list`, in the order they play. */
  readonly order: readonly number[];
  /** The place in `order` that plays, or that played last before the queue took over. -1: nothing was loaded yet. */
  readonly cursor: number;
  readonly queue: readonly string[];
  readonly now: NowPlaying | null;
  readonly playing: boolean;
  /** Where `now` stood at `anchorAt`. */
  readonly positionMs: number;
  readonly anchorAt: number;
  /** How much of `now` had been heard by `anchorAt`; a seek does not add to it. */
  readonly heardMs: number;
  /** When sound last came out of `now`, as far as `anchorAt` knows. */
  readonly heardUntil: number;
  /** When playback last changed by itself or by command. */
  readonly changedAt: number;
  readonly shuffle: boolean;
  readonly repeat: Repeat;
  /** How often an order was drawn, so that each is different and all are repeatable. */
  readonly draws: number;
  readonly itemsSinceAd: number;
  /** Commands accepted (202) but not yet carried out. */
  readonly pending: readonly { readonly dueAt: number; readonly command: Command }[];
}

export type Repeat = "off" | "context" | "track";
type ContextType = "album" | "artist" | "playlist" | "show" | "audiobook";
export type Context = { readonly uri: string; readonly type: ContextType };

export interface Device {
  readonly id: string;
  readonly name: string;
  /** The platform's words: Computer, Smartphone, Speaker, TV, … */
  readonly type: string;
  readonly volumePercent: number;
  readonly supportsVolume: boolean;
  /** Listed, but takes no command from the Web API. */
  readonly restricted: boolean;
  readonly privateSession: boolean;
  /** `id: null` in every answer. */
  readonly hidesId: boolean;
  /** Some models never appear in the list of devices, though they play. */
  readonly listed: boolean;
}

export interface NowPlaying {
  readonly uri: string;
  readonly kind: ItemKind;
  readonly durationMs: number;
  readonly from: "list" | "queue" | "ad";
  readonly startedAt: number;
}

type ItemKind = "track" | "episode" | "local" | "ad";

/** What the machine must know about the outside to play. */
export interface Surroundings {
  /** Undefined for a uri that names nothing playable; `playable: false` is skipped over. */
  describe(uri: string): { kind: ItemKind; durationMs: number; playable: boolean } | undefined;
  readonly seed: number;
  readonly idleAfterMs: number;
  readonly nextAtEnd: "stop" | "refuse";
  readonly refuseUnchangedShuffle: boolean;
  /** Null where no ads are played (Premium). */
  readonly ads: { readonly everyItems: number; readonly durationMs: number } | null;
}

export type Command =
  | {
      readonly do: "play";
      readonly deviceId?: string | undefined;
      readonly what?: PlayWhat | undefined;
      readonly positionMs?: number | undefined;
    }
  | { readonly do: "pause" | "next" | "previous"; readonly deviceId?: string | undefined }
  | { readonly do: "seek"; readonly deviceId?: string | undefined; readonly positionMs: number }
  | { readonly do: "volume"; readonly deviceId?: string | undefined; readonly percent: number }
  | { readonly do: "shuffle"; readonly deviceId?: string | undefined; readonly on: boolean }
  | { readonly do: "repeat"; readonly deviceId?: string | undefined; readonly mode: Repeat }
  | { readonly do: "queue"; readonly deviceId?: string | undefined; readonly uri: string }
  | { readonly do: "transfer"; readonly deviceId: string; readonly play: boolean };

export interface PlayWhat {
  readonly context: Context | null;
  readonly list: readonly string[];
  /** Index into `list`; absent: the first, or any one under shuffle. */
  readonly startAt?: number | undefined;
}

/** One finished hearing of one item. */
export interface Ended {
  readonly uri: string;
  readonly kind: ItemKind;
  readonly startedAt: number;
  /** When sound last came out of it. */
  readonly endedAt: number;
  readonly heardMs: number;
  readonly context: Context | null;
  readonly privateSession: boolean;
  readonly how: "finished" | "skipped" | "replaced";
}

export interface Step {
  readonly state: PlayerState;
  readonly ended: readonly Ended[];
}

export function createPlayerState(devices: readonly Device[], at: number): PlayerState {
  return {
    devices,
    activeDeviceId: null,
    context: null,
    list: [],
    order: [],
    cursor: -1,
    queue: [],
    now: null,
    playing: false,
    positionMs: 0,
    anchorAt: at,
    heardMs: 0,
    heardUntil: at,
    changedAt: at,
    shuffle: false,
    repeat: "off",
    draws: 0,
    itemsSinceAd: 0,
    pending: [],
  };
}

/** Where the item stands at `at`, ms, never beyond its end. */
export function progressAt(state: PlayerState, at: number): number {
  if (state.now === null) return 0;
  const moved = state.playing ? Math.max(0, at - state.anchorAt) : 0;
  return Math.min(state.now.durationMs, state.positionMs + moved);
}

export function activeDevice(state: PlayerState): Device | undefined {
  return state.devices.find((device) => device.id === state.activeDeviceId);
}

/** The same moment said with `at` as the anchor: progress and time heard carried over. */
export function anchored(state: PlayerState, at: number): PlayerState {
  const progress = progressAt(state, at);
  const heard = state.playing ? Math.max(0, at - state.anchorAt) : 0;
  return {
    ...state,
    positionMs: progress,
    heardMs: state.heardMs + heard,
    heardUntil: state.playing ? at : state.heardUntil,
    anchorAt: at,
  };
}
