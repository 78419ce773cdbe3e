import type { CallStore, GateStore, QueueStore, TimerStore } from "./call-store.ts";
import type { DiaryStore } from "./diaries.ts";
import type { DigestStore } from "./digests.ts";
import type { ErasureStore } from "./erasing.ts";
import type { ImportStore, PlayPageStore } from "./imports.ts";
import type {
  ButtonStore,
  CardStore,
  EventStore,
  MissStore,
  OutboxStore,
  ViewStore,
  WishStore,
} from "./message-store.ts";
import type {
  AccountStore,
  AliasStore,
  AuditStore,
  JoinStore,
  LinkStore,
  PeopleStore,
  ShareStore,
} from "./people-store.ts";
import type { PlayStatStore, PlayStore } from "./plays.ts";
import type { SealedStore } from "./sealed.ts";
import type { SlotStore } from "./slots.ts";

/**
 * What must survive a kill -9, as SQL keeps it. Every method is one transaction: once it has resolved, no death of the
 * process takes it back; when the process dies before that, nothing of it happened. A power cut may take back the last
 * moments, but never a written token, a settled post or a closed gate. Times are Unix ms. Ids are random, unguessable strings.
 */
export interface Store {
  readonly events: EventStore;
  readonly people: PeopleStore;
  readonly accounts: AccountStore;
  readonly links: LinkStore;
  readonly joins: JoinStore;
  readonly wishes: WishStore;
  readonly aliases: AliasStore;
  readonly misses: MissStore;
  readonly shares: ShareStore;
  readonly digests: DigestStore;
  readonly erasures: ErasureStore;
  readonly diaries: DiaryStore;
  readonly slots: SlotStore;
  readonly views: ViewStore;
  readonly buttons: ButtonStore;
  readonly calls: CallStore;
  readonly gates: GateStore;
  readonly queue: QueueStore;
  readonly timers: TimerStore;
  readonly settings: SettingStore;
  readonly audit: AuditStore;
  readonly sealed: SealedStore;
  readonly outbox: OutboxStore;
  readonly cards: CardStore;
  readonly plays: PlayStore;
  readonly playStats: PlayStatStore;
  readonly playPages: PlayPageStore;
  readonly imports: ImportStore;
  /** Deletes what has had its time (done events, ended links, expired wishes, old call buckets and misses); resolves with the rows gone. */
  sweep(now: number): Promise<number>;
  /** What the database takes up. */
  bytes(): Promise<number>;
  /** Called once when the database is gone for good (file unusable, server unreachable): the program must end. */
  onLost(listener: (error: Error) => void): void;
  close(): Promise<void>;
}

/** Small durable facts under (owner, name): preferred device, removed endpoints known, migration notes. */
export interface SettingStore {
  get(owner: string, name: string): Promise<unknown>;
  /** What those owners have under one name; who has nothing is left out. */
  each(owners: readonly string[], name: string): Promise<Map<string, unknown>>;
  /** Everything of one owner, by name. */
  of(owner: string): Promise<Record<string, unknown>>;
  put(owner: string, name: string, value: unknown): Promise<void>;
  remove(owner: string, name: string): Promise<void>;
  /** Everything of every owner whose name begins so. */
  removeOwners(prefix: string): Promise<number>;
}

/** What may vanish at any moment: search results, device lists, art, cool-downs, conversation memory. Bounded. */
export interface Cache {
  get<T>(key: string): Promise<T | undefined>;
  set(key: string, value: unknown, ttlMs: number): Promise<void>;
  delete(key: string): Promise<void>;
  close(): Promise<void>;
}
