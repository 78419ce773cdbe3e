import type { z } from "zod";
import { type Chart, type ChartRow, type ListenerKey, listenerOf, type Period } from "./listening.ts";
import type { Movement } from "./pictures.ts";
import type { placeSchema } from "./posts.ts";
import type { ShareSpot } from "./sharing.ts";

/** Sums and charts of a time that is over, told to a place by all who let it see them, or to one person alone. */
export const digestKinds = ["day", "week", "month", "year"] as const;
export type DigestKind = (typeof digestKinds)[number];

/** Whom a digest is for. */
export type DigestOwner = { place: ShareSpot } | { personId: string };

/** The view that is a digest; its key is the digest's. */
export const digestView = "digest";
export const usualDigestHour = 9;

export type DigestRow = ChartRow & { moved?: Movement };

/**
 * What a digest says. `listeners`: how many heard something; who they are, and who heard what, is in none. A person's own has
 * `own`. `before`: sums of the time before it, where anything is known of that. `hours`: ms by hour of the day in the zone.
 */
export type Digest = Period & {
  kind: DigestKind;
  zone: string;
  listeners: number;
  plays: number;
  listenedMs: number;
  before?: { plays: number; listenedMs: number };
  charts: Record<Exclude<Chart, "episodes">, DigestRow[]>;
  /** Artists that those who heard them had never heard before, of those whose time before is known. */
  discoveries: { total: number; names: string[] };
  /** The longest row of days with music that went on at the end. */
  streakDays?: number;
  sessions: { total: number; longestMs: number };
  hours: number[];
  /** Of a year: ms of each month from its first moment on, in order. */
  months?: { at: number; listenedMs: number }[];
  /** The first play that anything is known of, where that is on a later day than the first: nothing was recorded before. */
  sinceAt?: number;
  /** Nobody knows what was heard then: of all, and by day of the zone, the longest first. */
  unknown: { ms: number; days: { at: number; ms: number }[] };
  own?: { tracks: number; artists: number };
};

/** `thread`: where in the place it was wanted. `at`: where a person is told, as long as they have no chat of their own with the bot. */
export type DigestOrder = {
  owner: DigestOwner;
  kind: DigestKind;
  /** Of the day after the period, in the owner's zone. */
  hour: number;
  at: z.output<typeof placeSchema>;
  sinceAt: number;
  /** What began before is done with. */
  doneUntilAt: number;
  nextAt: number;
};

/**
 * `owed`: it was to be said, and how that went is for the posts to tell; `nothing`: there was nothing to say; `missed`: a later one
 * of its kind was due when the program ran again; `off`: nothing is said there.
 */
export const digestOutcomes = ["owed", "nothing", "missed", "off"] as const;
export type DigestOutcome = (typeof digestOutcomes)[number];

/** As it is kept. Without content it is made anew of its period and listeners when it is shown next. */
export type DigestRecord = Period & {
  key: string;
  owner: DigestOwner;
  kind: DigestKind;
  zone: string;
  outcome: DigestOutcome;
  listeners: ListenerKey[];
  content?: Digest;
  madeAt: number;
};

export type PastDigest = Pick<DigestRecord, "kind" | "fromAt" | "untilAt" | "zone" | "outcome"> & {
  /** Of what was owed. */
  posted?: "waiting" | "sent" | "unconfirmed" | "failed";
};

export interface Digests {
  /** The most frequent first. */
  orders(owner: DigestOwner): Promise<DigestOrder[]>;
  /** Wanted from now on: the first one tells of the period that now is in. What was wanted before keeps its hour where none is named. */
  order(owner: DigestOwner, order: Pick<DigestOrder, "kind" | "at"> & { hour?: number }): Promise<DigestOrder>;
  cancel(owner: DigestOwner, kind: DigestKind): Promise<boolean>;
  /** Newest first, at most ten. */
  past(owner: DigestOwner): Promise<PastDigest[]>;
  /**
   * What would be said of the period up to now, or of another one. Undefined where that is nothing. `alone`: of this listener, as
   * if they took part.
   */
  preview(
    owner: DigestOwner,
    kind: DigestKind,
    options?: { period?: Period; alone?: string },
  ): Promise<Digest | undefined>;
  /** "taken_back": it was told, and nothing of it is left to be said. Undefined where there is none. */
  get(key: string): Promise<{ owner: DigestOwner; digest: Digest } | "taken_back" | undefined>;
  /** How many let the place's digest tell of what they hear. */
  takingPart(place: ShareSpot): Promise<number>;
}

export interface DigestStore {
  orders(owner: DigestOwner): Promise<DigestOrder[]>;
  /** Takes the place of one of the same kind. */
  putOrder(order: DigestOrder): Promise<void>;
  removeOrder(owner: DigestOwner, kind: DigestKind): Promise<boolean>;
  /** The longest due first. */
  due(now: number, limit: number): Promise<DigestOrder[]>;
  nextDueAt(): Promise<number | undefined>;
  /** Changes when it is due, as long as it is wanted. */
  setDue(order: Pick<DigestOrder, "owner" | "kind" | "doneUntilAt" | "nextAt">): Promise<void>;
  /** Resolves false where the key is known, which stays as it is. */
  keep(record: DigestRecord): Promise<boolean>;
  get(key: string): Promise<DigestRecord | undefined>;
  /** Newest period first. */
  past(owner: DigestOwner, limit: number): Promise<DigestRecord[]>;
  /** What was made of this listener, for a place or for them alone. */
  withListener(listener: ListenerKey): Promise<DigestRecord[]>;
  /** Digests of places that still name somebody who does not let the place see it any more. */
  unshared(limit: number): Promise<{ key: string; listener: ListenerKey }[]>;
  /** Those that were told and are to be made anew, of somebody who is left. */
  unmade(limit: number): Promise<string[]>;
  setContent(key: string, change: { content: Digest | undefined; listeners: ListenerKey[] }): Promise<void>;
  /** Orders and records. A ground without an id is all of its tenant. */
  removeIn(ground: { platform: string; tenant: string; id?: string }): Promise<number>;
  /** Orders of the place go on in the other one, where it has none of the kind. */
  move(before: ShareSpot, after: ShareSpot): Promise<void>;
}

export const digestOwnerOf = (owner: DigestOwner): string =>
  "place" in owner
    ? `place:${[owner.place.platform, owner.place.tenant, owner.place.id].map(encodeURIComponent).join(":")}`
    : listenerOf.person(owner.personId);
