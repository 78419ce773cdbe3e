export type VaultErrorCode =
  /** The setting or the key file holds no usable keys. */
  | "bad_keys"
  /** There is none, and what was sealed needs one. */
  | "no_keys"
  /** It opens what it has sealed. */
  | "in_use"
  /** The keys stand where no program can change them. */
  | "by_hand"
  /** The key file cannot be read, made or replaced. */
  | "unreadable"
  /** The text was sealed with a key that is not in the ring. */
  | "unknown_key"
  /** The key of that id is another one, or the text belongs to another row, or it was changed. */
  | "wrong_key"
  /** Not something that a vault sealed. */
  | "malformed";

/** What is wrong with the keys, as one line for whoever runs the program. Never carries a key or what was sealed. */
export class VaultError extends Error {
  readonly code: VaultErrorCode;

  constructor(code: VaultErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = "VaultError";
    this.code = code;
  }
}
