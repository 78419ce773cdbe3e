import type { Clock } from "../contracts/clock.ts";
import type { Erasing, ErasureAsker, ErasureRow } from "../contracts/erasing.ts";
import type { Events } from "../contracts/events.ts";
import type { Log } from "../contracts/log.ts";
import type { Job } from "../contracts/scheduler.ts";
import type { Sharing } from "../contracts/sharing.ts";
import type { Store } from "../contracts/store.ts";
import { shortCode } from "./random.ts";

/** Whoever asked is answered within that time; what takes longer is told when it is done. */
const ANSWER_WITHIN_MS = 10_000;
/** Messages that show something of the person find it gone meanwhile, before nobody knows of them any more. */
const SETTLE_MS = 1_500;
/** A command that died is run again by then, and its answer is the receipt. */
const TELL_AFTER_MS = 3 * 60_000;
const EVERY_MS = 60_000;

export type ErasingParts = {
  store: Pick<Store, "erasures" | "shares">;
  sharing: Pick<Sharing, "revoke">;
  /** What other parts hold of a person and no table of one's own: files, chats. Done again after a crash. */
  before(asker: ErasureAsker): Promise<void>;
  /** What may vanish at any moment, and is remembered of them. */
  forget(personId: string, accountIds: readonly string[]): Promise<void>;
  clock: Clock;
  events: Events;
  log: Log;
};

/**
 * Deletes everything that is kept of a person, whatever happens in between: what was begun is in a row, each step can be done
 * twice, and what went is counted where it goes.
 */
export function createErasing(parts: ErasingParts): Erasing & { job: Job } {
  const { store, sharing, before, forget, clock, events, log } = parts;
  const { erasures } = store;
  const inHand = new Map<string, Promise<ErasureRow>>();
  /** Whoever waited for these was told that it takes longer. */
  const promised = new Set<string>();
  const stopping = new AbortController();

  function carryOut(key: string): Promise<ErasureRow> {
    const running = inHand.get(key);
    if (running) return running;
    const run = steps(key).finally(() => inHand.delete(key));
    inHand.set(key, run);
    return run;
  }

  async function steps(key: string): Promise<ErasureRow> {
    let row = await erasures.get(key);
    if (!row) throw new Error("no such erasure was begun");
    const personId = row.asker?.personId;
    if (row.status === "begun" && row.asker) {
      await before(row.asker);
      await sharing.revoke({ personId: row.asker.personId });
      ({ row } = await erasures.empty(key));
    }
    if (row.status === "emptied") {
      if (personId !== undefined) await tell(row, personId);
      if (row.shown.length > 0) await clock.sleep(SETTLE_MS, stopping.signal);
      row = await erasures.finish(key, () => clock.now());
      log.info({ receipt: row.receipt, counts: row.counts }, "everything of a person was deleted");
    }
    if (promised.delete(key)) owe(row);
    return row;
  }

  /** Whoever goes on listening, watching or showing hears that there is nobody any more. */
  async function tell({ accounts, shown }: ErasureRow, personId: string): Promise<void> {
    await forget(
      personId,
      accounts.map(({ id }) => id),
    );
    for (const { id, provider } of accounts) {
      events.emit({ type: "link.removed", personId, accountId: id, provider });
    }
    events.emit({ type: "person.erased", personId });
    for (const { kind, key } of shown) events.emit({ type: "view.changed", kind, key });
  }

  function owe(row: ErasureRow): void {
    if (row.asker && row.status === "done")
      events.emit({ type: "erasure.owed", erasure: { ...row, asker: row.asker } });
  }

  return {
    async erase(asker, key) {
      const known = await erasures.get(key);
      if (!known) {
        const shares = (await store.shares.of(asker.personId)).length;
        const counts: Record<string, number> = shares > 0 ? { shares } : {};
        await erasures.begin({ key, receipt: shortCode(8), asker, begunAt: clock.now(), counts });
      }
      const waiting = new AbortController();
      const late = clock.sleep(ANSWER_WITHIN_MS, waiting.signal).then(
        () => undefined,
        () => undefined,
      );
      const running = carryOut(key);
      const row = await Promise.race([running, late]);
      waiting.abort();
      if (row?.status === "done") {
        await erasures.told(key);
        const { receipt, counts, stays, begunAt, doneAt } = row;
        return { receipt, status: "done", counts, stays, begunAt, ...(doneAt === undefined ? {} : { doneAt }) };
      }
      promised.add(key);
      running.catch((error: unknown) => log.error({ err: error }, "a deletion is taken up again"));
      const begun = row ?? (await erasures.get(key));
      const at = { begunAt: begun?.begunAt ?? clock.now(), receipt: begun?.receipt ?? "", stays: false };
      return { ...at, status: "begun", counts: begun?.counts ?? {} };
    },

    told: (key) => erasures.told(key),

    job: {
      name: "accounts.erasing",
      async run(signal) {
        signal.addEventListener("abort", () => stopping.abort(), { once: true });
        for (const row of await erasures.open()) {
          if (signal.aborted) break;
          if (row.status !== "done") {
            // Who asked is gone from here, or waits: either way they hear of it. One that fails is in nobody's way.
            if (!inHand.has(row.key))
              await carryOut(row.key).catch((error: unknown) => {
                if (!signal.aborted) log.error({ err: error, receipt: row.receipt }, "a deletion is taken up again");
              });
          } else if (clock.now() - (row.doneAt ?? 0) >= TELL_AFTER_MS) owe(row);
        }
        return { againInMs: EVERY_MS };
      },
    },
  };
}
