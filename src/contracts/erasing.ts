import type { Place, UserRef } from "./incoming.ts";
import { type Block, type Reply, say } from "./reply.ts";
import type { Share } from "./sharing.ts";
import type { Translate } from "./skill.ts";

/** Who asked for everything of theirs to be deleted, and where they hear that it was. */
export type ErasureAsker = {
  personId: string;
  user: UserRef;
  place: Place;
  direct: boolean;
  locale: string;
  timeZone?: string;
};

/**
 * The deletion of everything that is kept of one person. `counts` says how much of each kind went by now; `stays`: the person
 * runs the bot, and goes on being known as that.
 */
export type Erasure = {
  /** Short, for people. */
  receipt: string;
  status: "begun" | "done";
  counts: Record<string, number>;
  stays: boolean;
  begunAt: number;
  doneAt?: number;
};

/**
 * As it is kept. `begun`: nothing is gone yet but what is taken back first; `emptied`: the person is no more, and what is much is
 * being deleted. Whom it was for is kept until they were told.
 */
export type ErasureRow = Omit<Erasure, "status"> & {
  key: string;
  status: "begun" | "emptied" | "done";
  asker?: ErasureAsker;
  /** What messages still show, each to be drawn anew and found gone. */
  shown: { kind: string; key: string }[];
  accounts: { id: string; provider: string }[];
};

export interface ErasureStore {
  /** The row of the key, new or not. */
  begin(row: {
    key: string;
    receipt: string;
    asker: ErasureAsker;
    begunAt: number;
    counts: Record<string, number>;
  }): Promise<ErasureRow>;
  get(key: string): Promise<ErasureRow | undefined>;
  /**
   * Takes everything of the person that is little, and makes that nobody finds the rest any more: one transaction. What was
   * emptied stays as it is. Resolves with the row, and with what was shared until then.
   */
  empty(key: string): Promise<{ row: ErasureRow; shares: Share[] }>;
  /** Deletes the rest, a part at a time, and leaves a line without content in the audit; after a crash it goes on where it was. */
  finish(key: string, now: () => number): Promise<ErasureRow>;
  /** Those that are not done, and those of which nobody was told. */
  open(): Promise<ErasureRow[]>;
  /** Who asked was told; whom it was for is forgotten. */
  told(key: string): Promise<void>;
}

export interface Erasing {
  /**
   * Begins, or takes up what began under the same key. Resolves when it is done or takes longer than a few seconds, and is told
   * later ("begun").
   */
  erase(asker: ErasureAsker, key: string): Promise<Erasure>;
  /** Who asked has heard of it. */
  told(key: string): Promise<void>;
}

/** Kinds that people are told of, in this order; whatever else went is counted together. */
export const erasedKinds = [
  "accounts",
  "plays",
  "evidence",
  "rules",
  "tombstones",
  "gaps",
  "imports",
  "shares",
  "cards",
  "digests",
  "diaries",
  "forwards",
  "aliases",
  "queue",
  "timers",
  "settings",
  "wishes",
  "messages",
  "identities",
] as const;

/** The receipt, in the words of `t`, which has the shared ones. */
export function erasureReceipt(erasure: Erasure, t: Translate): Reply {
  const { receipt, counts, stays } = erasure;
  const at = new Date(erasure.doneAt ?? erasure.begunAt);
  const named = erasedKinds.flatMap((kind) => ((counts[kind] ?? 0) > 0 ? [[kind, counts[kind] ?? 0] as const] : []));
  const others = Object.entries(counts).filter(([kind]) => !erasedKinds.some((known) => known === kind));
  const rest = others.reduce((sum, [, count]) => sum + count, 0);
  const fields = [
    ...named.map(([kind, count]) => ({ name: t(`erased.kind.${kind}`), value: t("erased.count", { count }) })),
    ...(rest > 0 ? [{ name: t("erased.kind.other"), value: t("erased.count", { count: rest }) }] : []),
  ];
  const title = t("erased.title", { receipt });
  const lines = [
    t(fields.length > 0 ? "erased.done" : "erased.nothing", { at }),
    t("erased.left"),
    ...(stays ? [t("erased.operator")] : []),
  ];
  const blocks: Block[] = [
    { type: "heading", text: title },
    { type: "text", text: lines[0] ?? "" },
    ...(fields.length > 0 ? [{ type: "fields" as const, fields }] : []),
    { type: "text", text: lines.slice(1).join("\n") },
  ];
  const said = fields.map(({ name, value }) => `${name}: ${value}`);
  return say([title, lines[0] ?? "", ...said, ...lines.slice(1)].join("\n"), blocks);
}
