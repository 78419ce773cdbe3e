/**
 * Every column that holds what the vault has sealed, and the columns that name its row to the vault (each of these tables has
 * an `id`, too). A seal for a place that is not listed here does not compile: no key is given up while something still needs it.
 */
export const sealedColumns = [
  { table: "accounts", column: "access_token", row: ["provider", "subject"] },
  { table: "accounts", column: "refresh_token", row: ["provider", "subject"] },
  { table: "links", column: "verifier", row: ["id"] },
  { table: "links", column: "pending_code", row: ["id"] },
  { table: "diaries", column: "secret", row: ["id"] },
  // What becomes the secret is sealed as if it were that already.
  { table: "diaries", column: "pending", sealedAs: "secret", row: ["id"] },
] as const satisfies { table: string; column: string; sealedAs?: string; row: readonly string[] }[];

export type SealedColumn = (typeof sealedColumns)[number];
type Named<Row extends readonly string[]> = { [Column in keyof Row]: string };
type PurposeOf<C extends SealedColumn> = C extends { sealedAs: string }
  ? never
  : readonly [table: C["table"], column: C["column"], ...row: Named<C["row"]>];

/** Where a sealed text belongs: table, column and what names the row. It opens there and nowhere else. */
export type Purpose = SealedColumn extends infer C ? (C extends SealedColumn ? PurposeOf<C> : never) : never;

export type SealedText = { at: SealedColumn; id: string; purpose: Purpose; text: string };
export type SealedCount = { table: string; column: string; keyId: string; texts: number };

/** The sealed texts themselves, wherever they are: only who changes keys asks for them. */
export interface SealedStore {
  counts(): Promise<SealedCount[]>;
  /** Up to three texts of each key. */
  samples(): Promise<SealedText[]>;
  /** Texts of other keys than this one, by id, from after `afterId` on. */
  page(at: SealedColumn, otherThan: string, afterId: string, limit: number): Promise<SealedText[]>;
  /** In one transaction, each only where the text is still the one that was read. Resolves with how many were, on disk. */
  replace(changes: readonly { before: SealedText; text: string }[]): Promise<number>;
  /**
   * What this key has sealed is lost: accounts wait to be linked anew, diaries for new leave, links under way have failed. Resolves
   * with how many of each. All else that is theirs stays.
   */
  giveUp(keyId: string): Promise<{ accounts: number; links: number; diaries: number }>;
}
