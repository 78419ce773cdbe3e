import type { GateRow } from "../contracts/call-store.ts";
import type { Lane } from "../contracts/music.ts";
import type { BreakerState } from "./breaker.ts";

/** One outward call, as a provider words it. */
export type HttpCall = {
  /** The service's name in errors. */
  service: string;
  /** Who pays: the developer account at the service. Its window, its day and its gates are shared by all calls under it. */
  budget: string;
  /** The service's own grouping of endpoints, as far as it is known: a refusal closes one group, two close all. */
  group: string;
  method: "GET" | "PUT" | "POST" | "DELETE";
  /** Without a slash at the end. */
  baseUrl: string;
  /** Begins with a slash; what comes from outside is already percent-encoded. */
  path: string;
  query?: Record<string, string | number | boolean | undefined>;
  headers?: Record<string, string>;
  json?: unknown;
  form?: Record<string, string>;
  lane: Lane;
  /** Short and without personal data: it appears in logs and metrics, and names the act in Unconfirmed. */
  reason: string;
  /** Unix ms by which the answer is worth nothing any more; waiting and retries are inside. */
  deadlineAt?: number;
  signal?: AbortSignal;
  /** Sending it twice does the same as sending it once. Otherwise it is sent again only when it surely did not arrive. */
  repeat: boolean;
  /** "json": a success that is not JSON (or empty) is no answer. "any", the default: JSON where it is JSON. */
  answer?: "json" | "any";
  maxBytes?: number;
};

/** A success, or a refusal (4xx; a 429 only where it is about one person) that the caller interprets. */
export type HttpAnswer = {
  status: number /** Undefined when the body is empty or no JSON. */;
  json?: unknown;
  text: string;
};

/** What one budget allows. */
export type BudgetLimits = {
  /** Calls in any `windowMs`. */
  windowCalls: number;
  windowMs: number;
  /** Calls in any 24 hours; undefined where the service sets no such limit. */
  dailyCalls?: number;
};

/** One attempt, told when it ended. */
export type CallReport = {
  service: string;
  budget: string;
  group: string;
  lane: Lane;
  reason: string;
  method: string;
  attempt: number;
  /** HTTP status; absent when there was no answer. */
  status?: number;
  /** What went wrong on the way (ECONNRESET, DEADLINE, …). */
  failure?: string;
  /** Ms in the queue of the window before it went out. */
  waitedMs: number;
  tookMs: number;
};

export type Usage = {
  budget: string;
  limits: BudgetLimits;
  /** Calls of the last 24 h, up to one hour more: buckets leave whole. */
  last24h: number;
  byLane: Partial<Record<Lane, number>>;
  byGroup: Record<string, number>;
  /** When the oldest counted hour leaves the day. */
  oldestLeavesAt?: number;
  /** Calls in the window now, and those that wait for room in it. */
  window: { used: number; queued: number };
  gates: GateRow[];
  /** Endpoint groups that are left alone for now because they failed again and again. */
  breakers: BreakerState[];
};

export interface Http {
  /**
   * Resolves with the answer. Rejects with QuotaExceeded, RateLimited, Unavailable or Unconfirmed, or with the signal's
   * reason when the caller gave up before anything was sent.
   */
  request(call: HttpCall): Promise<HttpAnswer>;
  usage(budget: string): Promise<Usage>;
  /** Ends what waits and what is under way. */
  close(): Promise<void>;
}
