/** What a round comes to. `failed`: it could not do its work, and why, in a word; whoever ran it has seen to the rest. */
export type Round = { againInMs: number; failed?: string } | "stop";

/** A job does one round and says when the next one is due; "stop" ends it. */
export type Job = {
  /** Jobs of one kind have the same name up to a colon. */
  name: string;
  run(signal: AbortSignal): Promise<Round>;
  /** Whoever takes longer hangs; ten minutes where it is absent. */
  roundMs?: number;
};

/** How the jobs of one kind do: how many there are, and how many of them failed several times running, or hang. */
export type JobsStanding = { kind: string; jobs: number; down: number; why?: string };

/** Owner of every background task. A job that throws is logged and tried again with growing delay; it never stops others. */
export interface Scheduler {
  /** A job of the same name replaces the earlier one. */
  add(job: Job): void;
  /** Runs the named job as soon as it can, instead of at its time. */
  wake(name: string): void;
  remove(name: string): void;
  standing(): JobsStanding[];
  /** Aborts every round in hand and resolves when all have ended, at the latest after `withinMs`. */
  stop(withinMs: number): Promise<void>;
}
