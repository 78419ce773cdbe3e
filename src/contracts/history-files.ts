import type { ImportCounts, ImportedFile } from "./imports.ts";
import type { FileRef, Place, UserRef } from "./incoming.ts";
import type { ListenerKey } from "./listening.ts";

/** Files of listening that one person brings, by chat or by a page of ours, and takes away. Times are Unix ms. */

/**
 * `awaited`: a page waits for the file. `asked`: it is here, and in the name of somebody else. `unreadable`: nothing can be read
 * of it. `gone`: the history was deleted, or joined with another's, meanwhile. `lapsed`: nobody brought a file, or said whether
 * it is theirs, in time. `lost`: it did not arrive. `stopped`: a fault of ours; what was read is kept.
 */
export const broughtStatuses = [
  "awaited",
  "arriving",
  "asked",
  "running",
  "done",
  "cancelled",
  "unreadable",
  "gone",
  "lapsed",
  "lost",
  "stopped",
] as const;
export type BroughtStatus = (typeof broughtStatuses)[number];

export type BroughtState = {
  id: string;
  personId: string;
  status: BroughtStatus;
  /** The file's name, for people. */
  name?: string;
  /** In whose name it is, of `asked`. */
  owner?: string;
  counts?: ImportCounts;
  files?: readonly ImportedFile[];
  /** How much of it was looked at, 0 to 1. */
  share?: number;
  /** Of `awaited`, and of `asked`. */
  untilAt?: number;
};

export const exportFormats = ["json", "csv"] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** `none`: nothing is kept. `page`: it is taken from there, once. `command`: it is too large for the chat, and no page of ours reaches the person. */
export type Exported =
  | { by: "none" }
  | { by: "file"; plays: number }
  | { by: "page"; url: string; untilAt: number }
  | { by: "command"; command: string };

/** Where a person asks from. */
export type FilesAsker = {
  personId: string;
  user: UserRef;
  userName: string;
  place: Place;
  /** Their browser runs on this machine. */
  local: boolean;
};

export interface HistoryFiles {
  /** Whose files are understood, and where people get them. */
  readonly sources: readonly { id: string; name: string; url: string }[];
  /** What is typed at this machine to bring a file of any size. */
  readonly importCommand: string;
  /** Whether a file can be posted in this chat. */
  readonly posts: boolean;
  /** Whether files can be brought by a page of ours. */
  readonly page: boolean;
  /**
   * Resolves once the file is here and outlives a crash, or is still on its way after 12 s; it is read in the background, and
   * `view.changed` of "import" with the id tells how far it is. Raises InvalidInput("import_running", "import_asked", "too_large", "no_room"),
   * NotFound("file"), Unavailable.
   */
  bring(file: FileRef): Promise<BroughtState>;
  /** A page for one file, for half an hour; an earlier one ends. Undefined where no page of ours reaches the person. */
  invite(): Promise<{ state: BroughtState; url: string } | undefined>;
  /** Undefined for what is not theirs, and for what nobody remembers: a day after its end, or when the program was started anew. */
  state(id: string): BroughtState | undefined;
  /** What is in hand, else what was imported last. */
  latest(): Promise<BroughtState | undefined>;
  /** It is theirs, whatever name stands in it. Resolves false when nobody asks any more. */
  confirm(id: string): Promise<boolean>;
  /** Resolves false when nothing of it is left to be stopped. What was recorded stays. */
  cancel(id: string): Promise<boolean>;
  /** Hands over everything that is kept of what they heard. `key`: the same key does not send a file twice, where that can be known. */
  export(format: ExportFormat, key: string, signal: AbortSignal): Promise<Exported>;
}

/** Everybody's. */
export interface HistoryFilesDesk {
  of(asker: FilesAsker): HistoryFiles;
  stateOf(personId: string | undefined, id: string): BroughtState | undefined;
  /** How many are being read. */
  running(): { listener: ListenerKey; share: number }[];
  /** Whatever is in hand for the person ends, and nothing that they brought is left. */
  forget(personId: string): Promise<void>;
}
