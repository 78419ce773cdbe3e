export type StoreErrorCode =
  | "unwritable"
  | "corrupt"
  | "newer"
  | "older"
  | "missing"
  | "unreachable"
  | "locked"
  | "lost";

/** What is wrong with the place where data lives, as one line for whoever runs the program. Carries no secret of the address. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  /** The process that holds the lock, where known. */
  readonly pid: number | undefined;

  constructor(code: StoreErrorCode, message: string, options: { cause?: unknown; pid?: number } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "StoreError";
    this.code = code;
    this.pid = options.pid;
  }
}
