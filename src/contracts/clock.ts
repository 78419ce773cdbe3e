/**
 * The only source of time. Nothing else in Segue calls Date.now, setTimeout or setInterval for its own waits, so a day
 * can be simulated in seconds.
 */
export interface Clock {
  /** Unix time in milliseconds, UTC. */
  now(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
