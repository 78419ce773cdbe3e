import type { CardStatus, ListeningSession } from "./announce.ts";
import type { Incoming, Place, Sent, UserRef } from "./incoming.ts";
import type { Reply } from "./reply.ts";
import type { ShareGround, ShareSpot } from "./sharing.ts";
import type { Command } from "./vocabulary.ts";

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
  /** Absent: it is the place's own, and nobody asked for it. */
  personId?: string;
  locale: string;
  /** What the platform told of the person when it was sent. */
  timeZone?: string;
  sent: Sent;
  /**
   * What the message says above the view, in words of the moment it was sent. `whole`: there is nothing above the view; so it
   * looked itself when it was sent.
   */
  lead?: Pick<Reply, "text" | "blocks" | "times"> & { about?: string; whole?: true };
  createdAt: number;
  expiresAt: number;
};

export interface ViewStore {
  put(row: ViewRow): Promise<void>;
  of(kind: string, key: string, now: number): Promise<ViewRow[]>;
  /** Everything that was shown to this person. */
  ofPerson(personId: string): Promise<ViewRow[]>;
  /** Whatever of the kind is shown anywhere. */
  keys(kind: string, now: number): Promise<string[]>;
  remove(id: string): Promise<void>;
  /** All of one place, threads included; without an id all of its tenant. */
  removeIn(place: { platform: string; tenant: string; id?: string }): Promise<number>;
}

/** Buttons whose data is over a platform's limit, under a short id. */
export interface ButtonStore {
  put(command: Command, expiresAt: number): Promise<string>;
  get(id: string, now: number): Promise<Command | undefined>;
}

/** Posts, edits and hooks that must not be lost. */
export type OutboxRow = {
  key: string;
  platform: string;
  body: unknown;
  status: "waiting" | "sending" | "sent" | "unconfirmed" | "dead";
  attempts: number;
  dueAt: number;
  /** A try was given to its platform then, and nothing is known of how it ended. */
  begunAt?: number;
  sent?: Sent;
  lastError?: string;
};

export interface OutboxStore {
  /** Resolves false when the key is known. */
  put(row: { key: string; platform: string; body: unknown; dueAt: number }): Promise<boolean>;
  take(platform: string, now: number, lease: { untilAt: number; owner: string }, limit: number): Promise<OutboxRow[]>;
  /** From now on, until it is settled, nobody knows whether it has arrived. */
  begin(key: string, at: number): Promise<void>;
  /** What was in hand is in nobody's: for the start of the only process that works on this store. */
  free(platform: string): Promise<void>;
  /** When the next one of the platform is due, or its lease is over. */
  nextDueAt(platform: string): Promise<number | undefined>;
  /** With `unseen` a try may have arrived all the same; with `untried` none was made, and it counts as none. */
  settle(
    key: string,
    result:
      | { status: "sent" | "unconfirmed" | "dead"; sent?: Sent; error?: string }
      | { retryAt: number; error: string; unseen?: true; untried?: true },
  ): Promise<void>;
  get(key: string): Promise<OutboxRow | undefined>;
  count(status: OutboxRow["status"]): Promise<number>;
}

/** What a place was shown of somebody's listening: one message of it. `session` is gone with what it was about. */
export type CardRow = {
  id: string;
  listener: string;
  place: ShareSpot;
  status: CardStatus;
  session?: ListeningSession;
  createdAt: number;
  changedAt: number;
};

export interface CardStore {
  /** All of them, or none. */
  put(rows: readonly CardRow[]): Promise<void>;
  get(id: string): Promise<CardRow | undefined>;
  /** Of that status, after that id, in the order of the ids. */
  list(status: CardStatus, after: string | undefined, limit: number): Promise<CardRow[]>;
  /** The newest of that listener in that place. */
  last(listener: string, place: ShareSpot): Promise<CardRow | undefined>;
  /** When those of the place were made that are younger than that, the earliest first; at most `limit`. */
  madeIn(place: ShareSpot, sinceAt: number, limit: number): Promise<number[]>;
  /** All of one place; without an id all of its tenant. */
  removeIn(ground: ShareGround): Promise<number>;
  /** Forgets what these were about, and whose; resolves with their ids. */
  wipe(match: { listener: string; place?: ShareSpot } | { ids: readonly string[] }, at: number): Promise<string[]>;
}
