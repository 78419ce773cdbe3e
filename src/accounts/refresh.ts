import { isSegueError, SegueError } from "../contracts/errors.ts";
import type { Grant } from "../contracts/music.ts";
import type { AccountRow } from "../contracts/people-store.ts";
import { within } from "../within.ts";
import type { Lapses } from "./lapses.ts";
import { linkable, type Parts, sealing } from "./parts.ts";

/** Longer than a refresh may take, so that a lease never ends while its holder still talks to the service. */
const LEASE_MS = 30_000;
const REFRESH_MS = 15_000;
/** How often to look whether another process has brought new tokens, and how many times: a little longer than a lease lasts. */
const POLL_MS = 200;
const POLLS = 175;
/** Together a little less than what is left of the lease. */
const STORE_TRIES = 8;
const STORE_RETRY_MS = 250;

/** Brings new tokens for an account whose row was `seen`; resolves with the row that holds them. */
export type Refresh = (accountId: string, seen: AccountRow) => Promise<AccountRow>;

/**
 * One refresh at a time per account, however many callers (one flight per process) and processes (a lease in the store).
 *
 * A refresh token may be single-use. Then its reply is the only copy of the next one: it is written before anybody gets to
 * use what came with it, by the same steps that asked, with nothing awaited in between but that write. A process killed in
 * that gap loses the grant where the service rotates tokens (the next refresh is refused and the person links anew, with
 * all data kept), and loses nothing where it does not.
 *
 * A row that is parked already is asked about once more: where the grant lives after all, so does the link.
 */
export function createRefresh(parts: Parts & { owner: string; lapses: Lapses }): Refresh {
  const { store, vault, providers, clock, events, log, cache, owner, lapses } = parts;
  const flights = new Map<string, Promise<AccountRow>>();

  /** The row as it is now, when it already holds other tokens than those that were seen. Raises when it holds none. */
  async function newer(seen: AccountRow): Promise<AccountRow | undefined> {
    const row = await store.accounts.get(seen.id);
    if (!row) throw new SegueError("NotLinked", { provider: seen.provider });
    if (row.version === seen.version) return undefined;
    if (row.status === "needs_relink") throw new SegueError("NeedsRelink", { provider: row.provider });
    return row;
  }

  async function leased(seen: AccountRow): Promise<AccountRow> {
    // Counted, as a clock that is put back would make a time limit last as long as it was put back by.
    for (let poll = 0; ; poll++) {
      const fresh = await newer(seen);
      if (fresh) return fresh;
      const now = clock.now();
      if (await store.accounts.leaseRefresh(seen.id, owner, now, now + LEASE_MS)) break;
      if (poll >= POLLS) throw new SegueError("Unavailable", { service: seen.provider, why: "timeout" });
      await clock.sleep(POLL_MS);
    }
    try {
      // Another's refresh may have ended between the look and the lease.
      return (await newer(seen)) ?? (await ask(seen));
    } finally {
      await store.accounts.releaseRefresh(seen.id, owner).catch((error: unknown) => {
        log.warn(
          { err: error, accountId: seen.id },
          "the lease of a refresh could not be given back and ends by itself",
        );
      });
    }
  }

  async function ask(row: AccountRow): Promise<AccountRow> {
    const { linking } = linkable(providers, row.provider);
    const refreshToken = vault.open(row.refreshToken, sealing.refreshToken(row));
    let grant: Grant;
    try {
      grant = await within(clock, REFRESH_MS, row.provider, (signal) =>
        linking.refresh({ refreshToken: refreshToken.reveal(), signal }),
      );
    } catch (error) {
      const refused = isSegueError(error, "NeedsRelink");
      parts.tally?.refreshed(row.provider, refused ? "refused" : "failed");
      if (refused) return park(row, error);
      if (isSegueError(error, "InvalidInput")) {
        events.emit({ type: "operator.needed", problem: "wrong_client", detail: { provider: row.provider } });
      }
      throw error;
    }
    parts.tally?.refreshed(row.provider, "renewed");
    // At each try with the key in use by then: a rotation waits for one write, not for all tries.
    const stored = await keep(row, () => ({
      accessToken: vault.seal(grant.accessToken, sealing.accessToken(row)),
      accessExpiresAt: grant.expiresAt,
      // No new one means that the old one goes on (RFC 6749, 6); many clients lost their users by overwriting it.
      refreshToken: grant.refreshToken
        ? vault.seal(grant.refreshToken, sealing.refreshToken(row))
        : vault.rotate(row.refreshToken, sealing.refreshToken(row)),
      scopes: grant.scopes.length > 0 ? grant.scopes : row.scopes,
    }));
    cache.forget(row.personId);
    // Not stored means that a new grant or an unlinking came first: those tokens count, these are dropped.
    const now = await store.accounts.get(row.id);
    lapses.granted(row.provider);
    if (!now) throw new SegueError("NotLinked", { provider: row.provider });
    if (now.status === "needs_relink") throw new SegueError("NeedsRelink", { provider: row.provider });
    if (stored) log.debug({ accountId: row.id, rotated: grant.refreshToken !== undefined }, "access token refreshed");
    if (stored && row.status === "needs_relink") await healed(now);
    return now;
  }

  async function healed({ id: accountId, personId, provider }: AccountRow): Promise<void> {
    log.info({ accountId, provider }, "the grant was called dead, and lives");
    await store.audit.add({ at: clock.now(), personId, act: "link.healed", detail: { provider, accountId } });
    events.emit({ type: "link.healed", personId, accountId, provider });
    events.emit({ type: "view.changed", kind: "account", key: accountId });
  }

  /** A busy database must not cost a grant. */
  async function keep(row: AccountRow, tokens: () => Parameters<typeof store.accounts.putTokens>[2]): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await store.accounts.putTokens(row.id, row.version, tokens());
      } catch (error) {
        if (attempt >= STORE_TRIES) throw error;
        log.warn({ err: error, accountId: row.id, attempt }, "refreshed tokens could not be stored yet");
        await clock.sleep(STORE_RETRY_MS * attempt);
      }
    }
  }

  /** The one way to lose a link without asking for it: the service says that the grant is dead. Nothing is deleted. */
  async function park(row: AccountRow, cause: SegueError): Promise<AccountRow> {
    // Never in the future, whichever clock it was noted by.
    const refusedAt = Math.min(row.refusedAt ?? Number.POSITIVE_INFINITY, clock.now());
    const lookAt = await lapses.nextLook(row, refusedAt);
    const parked = await store.accounts.park(row.id, row.version, { error: cause.code, refusedAt, lookAt });
    cache.forget(row.personId);
    if (!parked) {
      // The person linked anew while the old token was being refused.
      const fresh = await newer(row);
      if (fresh) return fresh;
      throw cause;
    }
    const { id: accountId, personId, provider } = row;
    log.info({ accountId, provider, lookAt }, "the service calls the grant dead; the account waits to be linked anew");
    if (row.status === "ok") {
      await store.audit.add({ at: clock.now(), personId, act: "link.lost", detail: { provider, accountId } });
      events.emit({ type: "link.lost", personId, accountId, provider });
    }
    if (lookAt === undefined) lapses.tell({ ...row, refusedAt });
    throw cause;
  }

  return (accountId, seen) => {
    const running = flights.get(accountId);
    if (running) return running;
    const flight = leased(seen).finally(() => flights.delete(accountId));
    flights.set(accountId, flight);
    return flight;
  };
}
