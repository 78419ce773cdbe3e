import type { Readable } from "node:stream";
import type { Heard, ListenerKey } from "./listening.ts";
import type { KeptPlay } from "./plays.ts";

/** Files of listening that people bring, and the one that they may take away. Times are Unix ms. */

/**
 * Why a row is not kept though it could be read. `private`: heard in a private session, or while the listener wanted nothing
 * recorded. `deleted`: the listener deleted it. `time`: no time at which it can have been heard. `empty`: not heard at all.
 * `nameless`: nothing says what was heard.
 */
export const skipReasons = ["private", "deleted", "time", "empty", "nameless"] as const;
export type SkipReason = (typeof skipReasons)[number];

/**
 * What became of the rows: `read` is the sum of all others. `below`: kept, and too short to count. `duplicate`: the ledger knew
 * of the play, be it from this file or from elsewhere. `failed`: not to be understood.
 */
export type ImportCounts = {
  read: number;
  kept: number;
  below: number;
  duplicate: number;
  failed: number;
  skipped: Partial<Record<SkipReason, number>>;
};

/**
 * What is wrong with a file; its rows up to there are kept. `other`: no listening that is known. `cut`: it ends in the middle.
 * `broken`: it cannot be read on. `nested`: an archive in an archive. `bomb`: it unpacks to far more than listening can be.
 * `larger`: it unpacks to more than its archive says. `outside`: its name leads out of the folder that it is unpacked to.
 * `many`: more files than are looked at. `encrypted`: behind a password.
 */
export const fileProblems = [
  "other",
  "cut",
  "broken",
  "nested",
  "bomb",
  "larger",
  "outside",
  "many",
  "encrypted",
] as const;
export type FileProblem = (typeof fileProblems)[number];
export type ImportedFile = { name: string; format?: string; rows: number; problem?: FileProblem };

/** `gone`: the listener's history was deleted, or joined with another's, meanwhile. */
export type ImportStatus = "running" | "done" | "cancelled" | "failed" | "gone";

/** How far an import has come: everything before this row of this file (both from 0) is recorded. */
export type ImportPosition = { file: number; row: number };
export type ImportRow = {
  id: string;
  listener: ListenerKey;
  /** SHA-256 of all that is imported, and the format where one was asked for. */
  hash: string;
  name: string;
  status: ImportStatus;
  position: ImportPosition;
  counts: ImportCounts;
  /** Those that were read to their end, in their order; at most 200. */
  files: ImportedFile[];
  startedAt: number;
  updatedAt: number;
};

export interface ImportStore {
  /** The import of this content that was stopped or cancelled, or else a new one in the place of the finished one. */
  begin(listener: ListenerKey, what: { hash: string; name: string }, now: number): Promise<ImportRow>;
  /** Resolves false when the import is no longer the listener's: nothing more may be recorded. */
  advance(row: ImportRow, now: number): Promise<boolean>;
  /** Newest first, at most 50. */
  of(listener: ListenerKey): Promise<ImportRow[]>;
}

/** A play with all that is known of what was heard. */
export type WholePlay = { play: KeptPlay; heard: Heard };
export type PlayPlace = { startedAt: number; playId: number };

/** For whoever takes their history away. */
export interface PlayPageStore {
  /** In the order of their start, from behind that place on, hidden ones too; at most 2,000. */
  page(listener: ListenerKey, after: PlayPlace | undefined, limit: number): Promise<WholePlay[]>;
}

/** `bytes` of `ofBytes` were looked at, all files together; the latter is what the files say of themselves. */
export type ImportProgress = { counts: ImportCounts; bytes: number; ofBytes: number };
/**
 * `done` resolves with what came of it, and rejects with InvalidInput("unreadable") where nothing can be read. What was recorded
 * until then stays; the same content brought again goes on from there.
 */
export type ImportJob = { done: Promise<ImportRow>; cancel(): void };

/** A file that came as a stream and is here whole, until it is imported or discarded: a crash does not lose it. */
export type KeptFile = {
  id: string;
  listener: ListenerKey;
  name: string;
  format?: string;
  path: string;
  discard(): Promise<void>;
};

export interface Importer {
  /**
   * From a path (a folder, an archive or a file), from a stream, which is one file, or from what was kept, which is discarded at
   * the end; `name` is for people. Each listener has one at a time: raises InvalidInput("import_running").
   */
  startImport(
    listener: ListenerKey,
    from: string | Readable | KeptFile,
    name: string,
    options?: { format?: string; onProgress?(progress: ImportProgress): void },
  ): ImportJob;
  /** Rejects with InvalidInput("too_large" beyond 2 GiB, "no_room" where the disk would be full), and as the stream does. */
  keep(listener: ListenerKey, stream: Readable, name: string, id?: string): Promise<KeptFile>;
  /** What was kept and not finished when the program ended. */
  left(): Promise<KeptFile[]>;
  /** Ends all of them in between two batches, to be resumed. */
  stop(): Promise<void>;
}
