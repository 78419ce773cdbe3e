import type { UnlinkReceipt } from "../contracts/accounts.ts";
import { SegueError } from "../contracts/errors.ts";
import type { Parts } from "./parts.ts";
import { shortCode } from "./random.ts";

/**
 * Deletes a person's tokens and data with one provider, and says what went. The audit keeps the receipt alone: who asks
 * later whether it was done can be answered, and nothing of the account is left.
 */
export function createUnlink({ store, clock, events, log, cache, forgetPlays }: Parts) {
  return async (personId: string, provider: string): Promise<UnlinkReceipt> => {
    const rows = (await store.accounts.ofPerson(personId)).filter((row) => row.provider === provider);
    if (rows.length === 0) throw new SegueError("NotLinked", { provider });
    // First, as nobody could ask for it again once the account is gone.
    const deleted: Record<string, number> = { ...(await forgetPlays?.(personId, provider)) };
    for (const row of rows) {
      for (const [kind, count] of Object.entries(await store.accounts.erase(row.id))) {
        deleted[kind] = (deleted[kind] ?? 0) + count;
      }
      cache.forget(personId);
      events.emit({ type: "link.removed", personId, accountId: row.id, provider });
      events.emit({ type: "view.changed", kind: "account", key: row.id });
    }
    const receipt: UnlinkReceipt = { receipt: shortCode(8), at: clock.now(), provider, deleted };
    await store.audit.add({
      at: receipt.at,
      personId,
      act: "unlink",
      detail: { provider, receipt: receipt.receipt, deleted },
    });
    log.info({ personId, provider, deleted }, "unlinked");
    return receipt;
  };
}
