import type { AccountStatus, Accounts } from "../contracts/accounts.ts";
import { SegueError } from "../contracts/errors.ts";
import type { Need } from "../contracts/music.ts";
import type { AccountRow } from "../contracts/people-store.ts";
import type { MusicAccounts } from "../contracts/player.ts";
import type { Parts } from "./parts.ts";

/** What is known of a person's accounts, without a call to anybody. */
export function createStatus(
  parts: Pick<Parts, "store" | "providers" | "cache">,
): Pick<Accounts, "linkable" | "require" | "status"> & Pick<MusicAccounts, "accountOf" | "markFree"> {
  const { store, providers, cache } = parts;
  const granted = (row: AccountRow): Need[] => providers.get(row.provider)?.linking?.needsOf(row.scopes) ?? [];

  return {
    linkable: () => [...providers.values()].flatMap(({ id, name, linking }) => (linking ? [{ id, name }] : [])),

    async require(personId, provider, needs) {
      if (needs.length === 0 || !providers.get(provider)?.linking) return;
      const row = await cache.current(personId, provider);
      if (!row) throw new SegueError("NotLinked", { provider });
      if (row.status === "needs_relink") throw new SegueError("NeedsRelink", { provider });
      const has = granted(row);
      const missing = needs.filter((need) => !has.includes(need));
      if (missing.length > 0) throw new SegueError("MissingScope", { provider, needs: missing });
    },

    async status(personId) {
      const rows = await cache.ofPerson(personId);
      return rows.map((row): AccountStatus => {
        const provider = providers.get(row.provider);
        const lifeMs = provider?.linking?.consentLifetimeMs;
        return {
          accountId: row.id,
          provider: row.provider,
          providerName: provider?.name ?? row.provider,
          status: row.status,
          granted: granted(row),
          free: row.free,
          linkedAt: row.consentedAt,
          ...(row.displayName !== undefined && { displayName: row.displayName }),
          ...(lifeMs !== undefined && { consentEndsAt: row.consentedAt + lifeMs }),
          ...(row.lastError !== undefined && { lastError: row.lastError }),
        };
      });
    },

    async accountOf(personId, provider) {
      const row = await cache.current(personId, provider);
      if (!row) return undefined;
      const { id, subject, free, status } = row;
      return { accountId: id, subject, granted: granted(row), free, status };
    },

    async markFree(accountId, free) {
      const row = await cache.get(accountId);
      if (!row || row.free === free) return;
      await store.accounts.setFree(accountId, free);
      cache.forget(row.personId);
    },
  };
}
