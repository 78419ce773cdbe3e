import type { ImportStore, PlayPageStore } from "./imports.ts";
import type { Incoming, Place, Sent, UserRef } from "./incoming.ts";
import type { Lane, Need } from "./music.ts";
import type { PlayStatStore, PlayStore } from "./plays.ts";
import type { Reply } from "./reply.ts";
import type { Command } from "./vocabulary.ts";

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
  readonly views: ViewStore;
  readonly buttons: ButtonStore;
  readonly calls: CallStore;
  readonly gates: GateStore;
  readonly queue: QueueStore;
  readonly timers: TimerStore;
  readonly settings: SettingStore;
  readonly audit: AuditStore;
  readonly outbox: OutboxStore;
  readonly plays: PlayStore;
  readonly playStats: PlayStatStore;
  readonly playPages: PlayPageStore;
  readonly imports: ImportStore;
  /** Deletes what has had its time (done events, ended links, expired wishes, old call buckets and misses); resolves with the rows gone. */
  sweep(now: number): Promise<number>;
  /** Called once when the database is gone for good (file unusable, server unreachable): the program must end. */
  onLost(listener: (error: Error) => void): void;
  close(): Promise<void>;
}

/** One inbound event from acceptance to done. A step is one command of it. */
export type EventRow = {
  id: string;
  event: Incoming;
  /** Set once parsed, so that a second run does not parse anew. */
  commands: Command[];
  /** Number of commands finished. */
  done: number;
  /** The command at index `done` had begun when the row was last written. */
  begun: boolean;
  /** What a command wants to find again when it is run a second time. */
  notes: Record<string, unknown>;
  /** Replies of finished commands. */
  replies: Reply[];
  attempts: number;
};
export interface EventStore {
  /** Undefined when this key was accepted before: a redelivery. */
  accept(event: Incoming, lease: { untilAt: number; owner: string }): Promise<EventRow | undefined>;
  plan(id: string, commands: Command[]): Promise<void>;
  begin(id: string): Promise<void>;
  note(id: string, key: string, value: unknown): Promise<void>;
  /** Marks the begun command finished and keeps its reply. Rejects when no command is begun. */
  advance(id: string, reply: Reply | undefined): Promise<void>;
  extend(id: string, untilAt: number): Promise<void>;
  finish(id: string, at: number): Promise<void>;
  /** The finished or running row of a key, for a caller that asks again. */
  find(platform: string, key: string): Promise<(EventRow & { finished: boolean }) | undefined>;
  /** Takes over up to `limit` unfinished events whose lease is over. Each call counts as an attempt. */
  takeAbandoned(now: number, lease: { untilAt: number; owner: string }, limit: number): Promise<EventRow[]>;
}

export type PersonRow = { id: string; createdAt: number; locale?: string; timeZone?: string; operator: boolean };
export interface PeopleStore {
  /** The person behind a chat identity, made on first sight. */
  ensure(user: UserRef, name: string, now: number): Promise<PersonRow>;
  find(user: UserRef): Promise<PersonRow | undefined>;
  get(personId: string): Promise<PersonRow | undefined>;
  identities(personId: string): Promise<(UserRef & { name: string })[]>;
  setOperator(personId: string): Promise<void>;
  /** Undefined takes it back. */
  setTimeZone(personId: string, timeZone: string | undefined): Promise<void>;
  operators(): Promise<PersonRow[]>;
  count(): Promise<number>;
  /** What people are called, of the 2,000 that came last. */
  names(): Promise<string[]>;
  /** Who is called exactly so, in whatever case, or has this id: at most ten. */
  called(name: string): Promise<PersonRow[]>;
  /**
   * Makes a new person without anything for this identity of the person. What the old one shows, wishes or awaits where the
   * identity speaks ends with it. Resolves false when it is their only identity, or not theirs.
   */
  leave(personId: string, user: UserRef, now: number): Promise<boolean>;
}

/**
 * Settings of a person; `reach`, where they last spoke to the bot alone, and `locale`, the language a platform last told of
 * them, are kept of everybody; `privateTimes`, a list of what was not to be recorded, holds for both when two people are joined.
 */
export const personSettings = {
  owner: (personId: string) => `person:${personId}`,
  reach: "direct_place",
  locale: (platform: string) => `locale:${platform}`,
  privateTimes: "private_times",
  /** Since when they agreed that what they hear is written down; a shared player has one as well. */
  recording: "recording_since",
} as const;

/** One of the two identities that are joined, and where it is told. */
export type JoinParty = {
  personId: string;
  user: UserRef;
  userName: string;
  place: Place;
  direct: boolean;
  locale: string;
};
/** What joining does to what the guest's person has. Empty: they have nothing of their own. */
export type JoinPlan = {
  /** Accounts that the host gets. */
  moves: JoinedAccount[];
  /** Accounts that end, as the host has one of that provider. */
  drops: JoinedAccount[];
  /** The guest's other identities, which come along. */
  identities: (UserRef & { name: string })[];
  /** The guest has settings; those stay that the host has not made. */
  settings: boolean;
  /** The guest is an operator, so the host becomes one. */
  operator: boolean;
  /** The guest's plays are kept: they become the host's, and what both recorded is one play. */
  history?: true;
};
export type JoinedAccount = { id: string; provider: string; displayName?: string };
/** "void": the code was typed where others read it. "replaced": a newer code, or one of the two is somebody else by now. */
export type JoinStatus = "code" | "guest_asked" | "host_asked" | "done" | "refused" | "expired" | "replaced" | "void";
export type JoinSide = "host" | "guest";
/** The joining of the identity that types a code (guest) to the person who asked for it (host). */
export type JoinRow = {
  id: string;
  /** SHA-256. */
  codeHash: string;
  status: JoinStatus;
  host: JoinParty;
  guest?: JoinParty;
  /** As the guest was last told it; nothing else is done. */
  plan?: JoinPlan;
  /** Who has yet to be told how it stands, and since when (Unix ms). */
  owes?: { side: JoinSide; since: number };
  /** Names the deletion of `plan.drops`. */
  receipt?: string;
  createdAt: number;
  expiresAt: number;
};
export type JoinRefusal = "unknown" | "used" | "replaced" | "expired" | "void" | "self";
export interface JoinStore {
  /** Ends the host's earlier unused codes as "replaced". */
  create(row: JoinRow): Promise<void>;
  get(id: string): Promise<JoinRow | undefined>;
  /** The newest for which this identity typed the code. */
  ofGuest(user: UserRef): Promise<JoinRow | undefined>;
  /**
   * Uses the code up, once. A guest who has nothing of their own is the host's person when this resolves ("done", and the host
   * has to be told); any other is asked ("guest_asked", until `answerBy`). A code typed by its own person stays as it is.
   */
  redeem(
    codeHash: string,
    guest: Omit<JoinParty, "personId">,
    now: number,
    answerBy: number,
  ): Promise<{ refused: JoinRefusal } | { row: JoinRow }>;
  /** Ends an unused code as "void"; resolves false where there is none. */
  spoil(codeHash: string, now: number): Promise<boolean>;
  /** Changes the row only while its status is one of `from` and its time is not over. Undefined when it was not. */
  move(
    id: string,
    from: readonly JoinStatus[],
    to: { status: JoinStatus; owes?: JoinSide },
    now: number,
  ): Promise<JoinRow | undefined>;
  /**
   * Both have agreed: makes the two one person. Where that is no longer what the guest agreed to, the guest is to be asked
   * anew ("guest_asked"). Undefined when it is not for the host to answer any more.
   */
  settle(id: string, receipt: string, now: number): Promise<JoinRow | undefined>;
  /** Who was owed news since then has been told. */
  told(id: string, since: number): Promise<void>;
  /** Those of which somebody has yet to be told, at most a hundred. */
  owing(now: number): Promise<JoinRow[]>;
  /** Ends questions whose time is over, at most a hundred at once, and resolves with them. */
  expire(now: number): Promise<JoinRow[]>;
}

/** A linked music account. Secrets are already encrypted when they come here, and carry their key's id inside. */
export type AccountRow = {
  id: string;
  personId: string;
  provider: string;
  /** The provider's stable name of the account. */
  subject: string;
  displayName?: string;
  status: "ok" | "needs_relink";
  scopes: string[];
  consentedAt: number;
  accessToken: string;
  accessExpiresAt: number;
  refreshToken: string;
  /** Grows with each write of tokens, so that a slow refresh never overwrites a newer grant. */
  version: number;
  /** The service said that this account may not control playback. */
  free: boolean;
  /** The person was told that the link lapsed. */
  toldLapsedAt?: number;
  lastError?: string;
  createdAt: number;
};
export interface AccountStore {
  ofPerson(personId: string): Promise<AccountRow[]>;
  get(id: string): Promise<AccountRow | undefined>;
  bySubject(provider: string, subject: string): Promise<AccountRow | undefined>;
  /** A new grant always replaces what was there for (provider, subject); `previousOwner` when it belonged to someone else. */
  putGrant(
    row: Omit<AccountRow, "id" | "version" | "createdAt">,
    now: number,
  ): Promise<{ row: AccountRow; previousOwner?: string }>;
  /** Writes refreshed tokens only while `version` is still the one read; resolves false otherwise. */
  putTokens(
    id: string,
    version: number,
    tokens: { accessToken: string; accessExpiresAt: number; refreshToken: string; scopes: string[] },
  ): Promise<boolean>;
  /** One refresher at a time over all processes: resolves false while another holds the lease. */
  leaseRefresh(id: string, owner: string, now: number, untilAt: number): Promise<boolean>;
  releaseRefresh(id: string, owner: string): Promise<void>;
  park(id: string, version: number, error: string): Promise<boolean>;
  markTold(id: string, at: number): Promise<void>;
  setFree(id: string, free: boolean): Promise<void>;
  /**
   * Deletes the account and what hangs on it: the queue, timers and settings whose player key or owner is the account's id,
   * and the person's link attempts, aliases with its provider, and wishes. Resolves with what was deleted, by kind.
   */
  erase(id: string): Promise<Record<string, number>>;
  all(provider: string): Promise<AccountRow[]>;
}

export type LinkStatus =
  | "waiting"
  | "opened"
  | "authorizing"
  | "needs_code"
  /** One caller has the authorization code and is trading it for tokens. Counts as open until it has ended. */
  | "exchanging"
  | "done"
  | "refused"
  | "failed"
  | "expired"
  | "replaced";
/** One attempt to link, bound to one chat identity. Tokens and states are stored as SHA-256 only. */
export type LinkRow = {
  id: string;
  tokenHash: string;
  stateHash?: string;
  browserHash?: string;
  /** Encrypted PKCE verifier. */
  verifier?: string;
  personId: string;
  user: UserRef;
  userName: string;
  place: Place;
  provider: string;
  needs: Need[];
  mode: "page" | "paste";
  status: LinkStatus;
  /** A LinkFailure when refused or failed. */
  failure?: string;
  /** Encrypted authorization code, while the browser tie is missing and the chat must confirm. */
  pendingCode?: string;
  /** SHA-256 of the short code to type to the bot. */
  confirmHash?: string;
  confirmTries: number;
  /** The message that carries the link, edited when it ends. */
  sent?: Sent;
  createdAt: number;
  expiresAt: number;
};
export interface LinkStore {
  /** Ends the person's earlier open attempts for the provider as "replaced". */
  create(row: LinkRow): Promise<LinkRow[]>;
  byToken(tokenHash: string): Promise<LinkRow | undefined>;
  byState(stateHash: string): Promise<LinkRow | undefined>;
  get(id: string): Promise<LinkRow | undefined>;
  openOf(personId: string): Promise<LinkRow[]>;
  /** Changes the row only while its status is one of `from`: the single-use guard. Undefined when it was not. */
  move(id: string, from: readonly LinkStatus[], change: Partial<Omit<LinkRow, "id">>): Promise<LinkRow | undefined>;
  expired(now: number): Promise<LinkRow[]>;
}

/** A command kept until what it lacks is there: a device, a link, a scope, a choice. */
export type WishRow = {
  id: string;
  personId: string;
  place: Place;
  user: UserRef;
  userName: string;
  locale: string;
  /** As its event said: whether others see the place, and whether the person sits at this machine. */
  direct: boolean;
  local: boolean;
  waitsFor: "link" | "scope" | "device" | "choice";
  /** First the one that stopped, then those not begun. */
  commands: Command[];
  createdAt: number;
  expiresAt: number;
};
export interface WishStore {
  put(row: WishRow): Promise<void>;
  get(id: string): Promise<WishRow | undefined>;
  /** Takes the wish for good: only one caller gets it. */
  take(id: string): Promise<WishRow | undefined>;
  /** Oldest first, at most a thousand; of everybody when no person is named. */
  waiting(personId: string | undefined, waitsFor: WishRow["waitsFor"], now: number): Promise<WishRow[]>;
}

/** What a person's own words mean with one provider. */
export type AliasRow = {
  personId: string;
  provider: string;
  /** As they are compared: in lower case, without accents. */
  folded: string;
  /** As the person says them. */
  said: string;
  uri: string;
  title: string;
  by?: string;
  createdAt: number;
};
export interface AliasStore {
  /** Takes the place of what the same words meant; beyond 200 of a person's the oldest give way. */
  put(row: AliasRow): Promise<void>;
  /** Newest first; with all providers when none is named. */
  of(personId: string, provider?: string): Promise<AliasRow[]>;
  remove(personId: string, provider: string, folded: string): Promise<boolean>;
}

/** Words that nothing could be made of, for whoever teaches the bot; not who said them, nor where. */
export type MissRow = { text: string; locale: string; times: number; firstAt: number; lastAt: number };
export interface MissStore {
  /** Counts what was missed before. Beyond 500 those give way that were last missed the longest ago. */
  add(miss: { text: string; locale: string; at: number }): Promise<void>;
  /** The most frequent first. */
  list(limit: number): Promise<MissRow[]>;
  clear(): Promise<number>;
}

export type ViewRow = {
  id: string;
  kind: string;
  key: string;
  personId: string;
  locale: string;
  /** What the platform told of the person when it was sent. */
  timeZone?: string;
  sent: Sent;
  /** What the message says above the view, in words of the moment it was sent. */
  lead?: Pick<Reply, "text" | "blocks" | "times"> & { about?: string };
  createdAt: number;
  expiresAt: number;
};
export interface ViewStore {
  put(row: ViewRow): Promise<void>;
  of(kind: string, key: string, now: number): Promise<ViewRow[]>;
  remove(id: string): Promise<void>;
  /** All of one place, threads included; without an id all of its tenant. */
  removeIn(place: { platform: string; tenant: string; id?: string }): Promise<number>;
}

/** Buttons whose data is over a platform's limit, under a short id. */
export interface ButtonStore {
  put(command: Command, expiresAt: number): Promise<string>;
  get(id: string, now: number): Promise<Command | undefined>;
}

export type CallCount = { budget: string; group: string; lane: Lane; hourAt: number; calls: number };
/** The ledger of outward calls: hourly buckets over a rolling day. */
export interface CallStore {
  count(call: { budget: string; group: string; lane: Lane; at: number }): Promise<void>;
  /** Every bucket that reaches into the time after `sinceAt`, the one it falls into included. */
  since(budget: string, sinceAt: number): Promise<CallCount[]>;
}
export type GateRow = {
  budget: string;
  /** "*" closes every group. */
  group: string;
  /** When it was closed. A clock that shows less has been set back, and `untilAt` must not be believed. */
  closedAt: number;
  untilAt: number;
  reason: string;
};
export interface GateStore {
  /** Never shortens a gate that is closed for longer already. */
  close(row: GateRow): Promise<void>;
  open(budget: string, group: string): Promise<void>;
  closed(budget: string, now: number): Promise<GateRow[]>;
}

/** Segue's own queue, per music account or shared player, in order. */
export type QueueRow = {
  id: string;
  playerKey: string;
  position: number;
  uri: string;
  title: string;
  artist: string;
  durationMs: number;
  addedBy: string /** Given to the service, not yet heard. */;
  handedAt?: number;
};
export interface QueueStore {
  list(playerKey: string): Promise<QueueRow[]>;
  /** "next" is before all that was not handed to the service yet. Raises InvalidInput (why "full") over the store's bound. */
  append(
    playerKey: string,
    items: Omit<QueueRow, "id" | "playerKey" | "position">[],
    where: "next" | "last",
  ): Promise<QueueRow[]>;
  move(playerKey: string, id: string, toIndex: number): Promise<boolean>;
  remove(playerKey: string, id: string): Promise<boolean>;
  clear(playerKey: string): Promise<number>;
  markHanded(id: string, at: number): Promise<void>;
  /** Players that have rows. */
  players(): Promise<string[]>;
}

/** Something to do later, for one owner and name: a sleep timer, the next look at a queue. A new one replaces the old. */
export type TimerRow = { name: string; owner: string; dueAt: number; data: unknown };
export interface TimerStore {
  put(row: TimerRow): Promise<void>;
  get(name: string, owner: string): Promise<TimerRow | undefined>;
  remove(name: string, owner: string): Promise<boolean>;
  /** Due ones, leased: another process does not get them before `untilAt`. */
  takeDue(now: number, untilAt: number, limit: number): Promise<TimerRow[]>;
  /** Removes a timer taken under the lease that ends at `untilAt`, unless it was put anew since. */
  finish(name: string, owner: string, untilAt: number): Promise<boolean>;
  /** When the next timer is due or its lease is over. */
  nextDueAt(): Promise<number | undefined>;
}

/** Small durable facts under (owner, name): preferred device, removed endpoints known, migration notes. */
export interface SettingStore {
  get(owner: string, name: string): Promise<unknown>;
  put(owner: string, name: string, value: unknown): Promise<void>;
  remove(owner: string, name: string): Promise<void>;
  /** Everything of every owner whose name begins so. */
  removeOwners(prefix: string): Promise<number>;
}

export type AuditRow = { at: number; personId?: string; act: string; detail: Record<string, unknown> };
export interface AuditStore {
  add(row: AuditRow): Promise<void>;
  recent(limit: number): Promise<AuditRow[]>;
}

/** Posts, edits and hooks that must not be lost. */
export type OutboxRow = {
  key: string;
  platform: string;
  body: unknown;
  status: "waiting" | "sending" | "sent" | "unconfirmed" | "dead";
  attempts: number;
  dueAt: number;
  sent?: Sent;
  lastError?: string;
};
export interface OutboxStore {
  /** Resolves false when the key is known. */
  put(row: { key: string; platform: string; body: unknown; dueAt: number }): Promise<boolean>;
  take(platform: string, now: number, lease: { untilAt: number; owner: string }, limit: number): Promise<OutboxRow[]>;
  settle(
    key: string,
    result:
      | { status: "sent" | "unconfirmed" | "dead"; sent?: Sent; error?: string }
      | { retryAt: number; error: string },
  ): Promise<void>;
  get(key: string): Promise<OutboxRow | undefined>;
  count(status: OutboxRow["status"]): Promise<number>;
}

/** What may vanish at any moment: search results, device lists, art, cool-downs, conversation memory. Bounded. */
export interface Cache {
  get<T>(key: string): Promise<T | undefined>;
  set(key: string, value: unknown, ttlMs: number): Promise<void>;
  delete(key: string): Promise<void>;
  close(): Promise<void>;
}
