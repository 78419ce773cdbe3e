import type { Lane } from "./music.ts";

/** How the program stands, for people to see: what calls went for, what waits, and until when. Times are Unix ms. */

/** A look at a player, by what it is for, in the order in which looks give way when calls run short. */
export type LookStatus = { purpose: string; standing: "full" | "widened" | "stopped"; calls: number };

export type WatchedStatus = {
  personId: string;
  /** How the person is called somewhere; for the operator's eyes. */
  name?: string;
  /** `covered`: a source that costs nothing speaks for the person, by its name. */
  state: "watching" | "expired" | "idle" | "covered";
  source?: string;
  /** What is known of the player; `private`: that is nobody's business now. */
  known: "unknown" | "idle" | "paused" | "playing" | "private";
  nextLookAt?: number;
};

export type ProgramStatus = {
  calls: {
    /** In the last 24 h, by everybody together. */
    used: number;
    /** Absent where there is no limit. */
    daily?: number;
    byLane: Partial<Record<Lane, number>>;
    looks: LookStatus[];
    /** When the oldest hour of them leaves the day. */
    roomAt?: number;
    /** Calls that wait for room in the service's short window. */
    waiting: number;
    /** Groups of calls that the service has closed; "*" is all of them. */
    closed: { group: string; untilAt: number }[];
  };
  watched: WatchedStatus[];
  /** Files that are being read, by person. */
  imports: { personId: string; share: number }[];
};
export type ReadStatus = () => Promise<ProgramStatus>;
