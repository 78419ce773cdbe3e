import { LRUCache } from "lru-cache";
import { isSegueError, SegueError } from "../contracts/errors.ts";
import type { TokenSource } from "../contracts/music.ts";
import type { AccountRow } from "../contracts/people-store.ts";
import { type Parts, sealing } from "./parts.ts";
import { sameSecret } from "./random.ts";
import type { Refresh } from "./refresh.ts";
import type { Renewal } from "./renewal.ts";
import { unless } from "./unless.ts";
import { VaultError } from "./vault-error.ts";

/** With less than this left a token may be dead on arrival. */
const USABLE_MS = 10_000;
/** After a refresh ahead of time failed, the token in hand serves for this long before the next try. */
const COOL_MS = 30_000;

/** Access tokens on demand, refreshed `refreshAheadMs` before their end. */
export function createTokens(parts: Parts & { refreshAheadMs: number; refresh: Refresh; renewal: Renewal }) {
  const { vault, clock, events, log, cache, refresh, refreshAheadMs } = parts;
  const coolUntil = new LRUCache<string, number>({ max: 5_000 });

  function accessOf(row: AccountRow): string {
    try {
      return vault.open(row.accessToken, sealing.accessToken(row)).reveal();
    } catch (error) {
      throw unreadable(row, error);
    }
  }

  /** The operator lost a key. The person is not to blame, and the link heals by itself once the key is back. */
  function unreadable(row: AccountRow, error: unknown): unknown {
    if (!(error instanceof VaultError)) return error;
    log.error({ accountId: row.id, problem: error.message }, "stored tokens cannot be decrypted");
    events.emit({ type: "operator.needed", problem: "encryption_keys", detail: { provider: row.provider } });
    return new SegueError("Unavailable", { service: row.provider, why: "malformed" }, { cause: error });
  }

  async function renewed(row: AccountRow, signal: AbortSignal | undefined): Promise<string> {
    try {
      return accessOf(await unless(refresh(row.id, row), signal));
    } catch (error) {
      throw unreadable(row, error);
    }
  }

  return (accountId: string): TokenSource => {
    let provider: string | undefined;

    async function current(): Promise<AccountRow> {
      const row = await cache.get(accountId);
      provider = row?.provider ?? provider;
      if (!row) throw new SegueError("NotLinked", { provider: provider ?? [...parts.providers.keys()][0] ?? "" });
      if (row.status === "needs_relink") throw new SegueError("NeedsRelink", { provider: row.provider });
      return row;
    }

    return {
      async token(signal) {
        const row = await current();
        parts.renewal.used(row);
        const leftMs = row.accessExpiresAt - clock.now();
        if (leftMs > refreshAheadMs) return accessOf(row);
        const usable = leftMs > USABLE_MS;
        if (usable && (coolUntil.get(accountId) ?? 0) > clock.now()) return accessOf(row);
        try {
          return await renewed(row, signal);
        } catch (error) {
          // A service that is down for a moment stops nobody whose token still has minutes to live.
          if (!usable || signal?.aborted || isSegueError(error, "NeedsRelink") || isSegueError(error, "NotLinked"))
            throw error;
          coolUntil.set(accountId, clock.now() + COOL_MS);
          return accessOf(row);
        }
      },
      async renew(refused, signal) {
        const row = await current();
        const held = accessOf(row);
        // Another caller was refused the same token before, and the next one is here already.
        return sameSecret(held, refused) ? renewed(row, signal) : held;
      },
    };
  };
}
