import type { Clock } from "../../contracts/clock.ts";
import type { DiaryRow, DiaryStore } from "../../contracts/diaries.ts";

/** Stands for what platforms show by themselves, beside the names of diaries. */
export const presenceRow = "presence";

/** What everybody agreed to, as it was a moment ago: for those who ask again and again. */
export type Connections = {
  all(): Promise<readonly DiaryRow[]>;
  /** Who lets be read what that one shows of them. */
  people(diary: string): Promise<ReadonlySet<string>>;
  /** Something was agreed to or taken back. */
  changed(): void;
  onChange(listener: () => void | Promise<void>): () => void;
};

/** Two people may be joined, or somebody be deleted, without anybody's telling us. */
const KEPT_MS = 15_000;

/** Whether the diary is read: not while we write there ourselves, as what it shows then is what we told it. */
export const isRead = ({ reads, forwards }: Pick<DiaryRow, "reads" | "forwards">): boolean =>
  reads && forwards !== "on";

export function createConnections({ diaries, clock }: { diaries: Pick<DiaryStore, "all">; clock: Clock }): Connections {
  const listeners = new Set<() => void | Promise<void>>();
  let kept: { rows: Promise<readonly DiaryRow[]>; untilAt: number } | undefined;

  function all(): Promise<readonly DiaryRow[]> {
    if (!kept || kept.untilAt <= clock.now()) {
      const rows = diaries.all();
      kept = { rows, untilAt: clock.now() + KEPT_MS };
      rows.catch(() => {
        kept = undefined;
      });
    }
    return kept.rows;
  }

  return {
    all,
    async people(diary) {
      const rows = (await all()).filter((row) => row.diary === diary && isRead(row));
      return new Set(rows.map(({ personId }) => personId));
    },
    changed() {
      kept = undefined;
      for (const listener of listeners) void listener();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
