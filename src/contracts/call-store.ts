import type { Lane } from "./music.ts";

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
