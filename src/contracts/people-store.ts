import type { Place, Sent, UserRef } from "./incoming.ts";
import type { Need } from "./music.ts";
import type { Share, ShareGround, ShareSpot, ShareUse } from "./sharing.ts";

export type PersonRow = { id: string; createdAt: number; locale?: string; timeZone?: string; operator: boolean };

export interface PeopleStore {
  /** The person behind a chat identity, made on first sight. */
  ensure(user: UserRef, name: string, now: number): Promise<PersonRow>;
  find(user: UserRef): Promise<PersonRow | undefined>;
  get(personId: string): Promise<PersonRow | undefined>;
  identities(personId: string): Promise<(UserRef & { name: string })[]>;
  /** How each of them is called where they were met first; who is not known is left out. */
  namesOf(personIds: readonly string[]): Promise<Map<string, string>>;
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
   * identity speaks ends with it. Resolves with what they let places see there, which ends, too; undefined when it is their
   * only identity, or not theirs.
   */
  leave(personId: string, user: UserRef, now: number): Promise<Share[] | undefined>;
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
  /** Since when nothing was learnt of what they hear, and whether they were told. */
  silence: "recording_silent",
  /** "off" where they do not want to hear of what they reached; and up to where they were told. */
  milestones: "milestones",
  milestonesTold: "milestones_told",
  /** When no place is to be told what they hear. */
  quietHours: "announce_quiet",
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
  /** The service calls the grant dead since then. Where it is asked once more before that is believed, `lookAt` says when. */
  refusedAt?: number;
  lookAt?: number;
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
  /**
   * Writes refreshed tokens only while `version` is still the one read; resolves false otherwise. Whatever the service said
   * of the grant before, it lives.
   */
  putTokens(
    id: string,
    version: number,
    tokens: { accessToken: string; accessExpiresAt: number; refreshToken: string; scopes: string[] },
  ): Promise<boolean>;
  /**
   * One refresher at a time over all processes: resolves false while another holds the lease. One that lasts far longer than
   * this one would was taken by a clock that has been put back since, and counts for nothing.
   */
  leaseRefresh(id: string, owner: string, now: number, untilAt: number): Promise<boolean>;
  releaseRefresh(id: string, owner: string): Promise<void>;
  park(
    id: string,
    version: number,
    refusal: { error: string; refusedAt: number; lookAt: number | undefined },
  ): Promise<boolean>;
  /** Those that are parked and of which the person was not told. */
  parked(): Promise<AccountRow[]>;
  /** Whether any other account of the provider is refused, too, and is to be asked about once more. */
  othersRefused(row: Pick<AccountRow, "id" | "provider">): Promise<boolean>;
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

/** What people let places see of what they hear. */
export interface ShareStore {
  /** Resolves false where it was allowed before, which stays as it is. */
  put(share: Share): Promise<boolean>;
  /** The earliest first. */
  inPlace(use: ShareUse, place: ShareSpot): Promise<Share[]>;
  /** By place, then by use. */
  of(personId: string): Promise<Share[]>;
  /** Every person and place of which something is kept, after that one, in an order that stays: at most `limit`. */
  pairs(
    after: { personId: string; place: ShareSpot } | undefined,
    limit: number,
  ): Promise<{ personId: string; place: ShareSpot }[]>;
  /** Deletes what matches all that is named, at least one of them; resolves with it. */
  remove(match: { personId?: string; use?: ShareUse; ground?: ShareGround }): Promise<Share[]>;
  /** What the new place may see already stays as it is. Resolves with what went there, as it was before. */
  move(before: ShareSpot, after: ShareSpot): Promise<Share[]>;
}

export type AuditRow = { at: number; personId?: string; act: string; detail: Record<string, unknown> };

export interface AuditStore {
  add(row: AuditRow): Promise<void>;
  recent(limit: number): Promise<AuditRow[]>;
  /** All that name this person, the earliest first. */
  ofPerson(personId: string): Promise<AuditRow[]>;
}
