import type { LRUCache } from "lru-cache";
import type { QueueStore, TimerRow, TimerStore } from "../contracts/call-store.ts";
import type { Clock } from "../contracts/clock.ts";
import type { DeviceWordsByLocale } from "../contracts/device-words.ts";
import type { Events } from "../contracts/events.ts";
import type { Log } from "../contracts/log.ts";
import type { MusicProvider } from "../contracts/music.ts";
import type { AliasStore } from "../contracts/people-store.ts";
import type { MusicAccounts } from "../contracts/player.ts";
import type { Cache, SettingStore } from "../contracts/store.ts";
import type { HouseWords } from "./device-names.ts";
import type { NextMemory } from "./glance.ts";
import type { ItemMemory } from "./items.ts";
import type { Players } from "./players.ts";
import type { StateBook } from "./state.ts";
import type { Turns } from "./turns.ts";
import type { VolumeGates } from "./volume.ts";

/** Durable timers. A handler that throws is called again later; one that returns is done unless it put its timer anew. */
interface Timers extends Pick<TimerStore, "put" | "get" | "remove"> {
  on(name: string, run: (row: TimerRow, signal: AbortSignal) => Promise<void>): void;
}

export type PlaceRef = { platform: string; tenant: string; id: string };

/** Everything the orchestrator is given. */
export type Parts = {
  providers: MusicProvider[];
  accounts: MusicAccounts;
  cache: Cache;
  queue: QueueStore;
  aliases: AliasStore;
  timers: Timers;
  settings: Pick<SettingStore, "get" | "put" | "remove">;
  events: Events;
  clock: Clock;
  log: Log;
  /**
   * The shared players that this person may use in this place, first choice first; `afterOwn` are those that the place was
   * not given, so that the person's own comes before them. Absent: those of all providers where no provider can be linked,
   * and none otherwise.
   */
  sharedPlayers?: (
    place: PlaceRef,
    personId: string,
  ) => Promise<readonly { provider: string; playerId: string; afterOwn?: boolean }[]>;
  /** Uris the person liked or heard, as far as that is known without a call. */
  familiar?: (personId: string) => Promise<ReadonlySet<string>>;
  /** What people call kinds of devices, in the languages of this installation. */
  deviceWords: DeviceWordsByLocale;
};

/** The parts, and the memory that all opened players share. */
export type House = Omit<Parts, "deviceWords"> & {
  deviceWords: HouseWords;
  states: StateBook;
  items: ItemMemory;
  turns: Turns;
  volumes: VolumeGates;
  next: NextMemory;
  /** Who last started something on a player, through us; undoing starts nothing of its own. */
  starts: LRUCache<string, { personId: string; at: number }>;
  players: Players;
};

/** Whose player it is: what a timer keeps to open it again. */
export type Holder = { provider: string; personId: string } | { provider: string; playerId: string };

export const sharedKey = ({ provider, playerId }: { provider: string; playerId: string }) =>
  `shared:${provider}:${playerId}`;
/** Where a player's devices are kept for a while. */
export const deviceListKey = (key: string) => `music.devices:${key}`;

export const timerNames = { queue: "music.queue", sleep: "music.sleep", wake: "music.wake" } as const;
