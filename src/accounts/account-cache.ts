import { LRUCache } from "lru-cache";
import type { Clock } from "../contracts/clock.ts";
import type { AccountRow } from "../contracts/people-store.ts";
import type { Store } from "../contracts/store.ts";
import { steady } from "../steady.ts";

/** What another process wrote is seen after this long; what this one wrote, at once. */
const TTL_MS = 30_000;
const PEOPLE = 5_000;

export interface AccountCache {
  ofPerson(personId: string): Promise<readonly AccountRow[]>;
  /** The account that a person's commands go to: of one provider, the one consented to last. */
  current(personId: string, provider: string): Promise<AccountRow | undefined>;
  get(accountId: string): Promise<AccountRow | undefined>;
  /** To be called after each write to this person's accounts. */
  forget(personId: string): void;
}

/** Account rows, tokens still sealed, so that a command costs no query to learn who is linked. */
export function createAccountCache(store: Pick<Store, "accounts">, clock: Clock): AccountCache {
  const rows = new LRUCache<string, readonly AccountRow[]>({
    max: PEOPLE,
    ttl: TTL_MS,
    ttlResolution: 0,
    perf: steady(clock),
  });
  const ownerOf = new LRUCache<string, string>({ max: PEOPLE });
  let writes = 0;

  async function ofPerson(personId: string): Promise<readonly AccountRow[]> {
    const known = rows.get(personId);
    if (known) return known;
    const before = writes;
    const read = await store.accounts.ofPerson(personId);
    // A write in between makes this read old: it serves its own caller, who asked before, and nobody else.
    if (before === writes) rows.set(personId, read);
    for (const row of read) ownerOf.set(row.id, personId);
    return read;
  }

  return {
    ofPerson,
    async current(personId, provider) {
      const own = (await ofPerson(personId)).filter((row) => row.provider === provider);
      return own.reduce<AccountRow | undefined>(
        (latest, row) => (latest && latest.consentedAt >= row.consentedAt ? latest : row),
        undefined,
      );
    },
    async get(accountId) {
      const known = ownerOf.get(accountId);
      const kept = known === undefined ? undefined : (await ofPerson(known)).find((row) => row.id === accountId);
      if (kept) return kept;
      // Not seen yet, or it went to another person, as when two are joined.
      const owner = (await store.accounts.get(accountId))?.personId;
      return owner === undefined ? undefined : (await ofPerson(owner)).find((row) => row.id === accountId);
    },
    forget(personId) {
      writes += 1;
      rows.delete(personId);
    },
  };
}
