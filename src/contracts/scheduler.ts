/** A job does one round and says when the next one is due; "stop" ends it. */
export type Job = { name: string; run(signal: AbortSignal): Promise<{ againInMs: number } | "stop"> };

/** Owner of every background task. A job that throws is logged and tried again with growing delay; it never stops others. */
export interface Scheduler {
  /** A job of the same name replaces the earlier one. */
  add(job: Job): void;
  /** Runs the named job as soon as it can, instead of at its time. */
  wake(name: string): void;
  remove(name: string): void;
  /** Aborts every round in hand and resolves when all have ended, at the latest after `withinMs`. */
  stop(withinMs: number): Promise<void>;
}
