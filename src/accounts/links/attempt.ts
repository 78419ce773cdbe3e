import type { LinkFailure, LinkProgress } from "../../contracts/accounts.ts";
import type { UserRef } from "../../contracts/incoming.ts";
import type { AccountRow, LinkRow, LinkStatus } from "../../contracts/people-store.ts";
import { linkable, type Parts } from "../parts.ts";
import { asFailure } from "./failures.ts";

/** An attempt that can still come to something. */
const openStatuses = ["waiting", "opened", "authorizing", "needs_code", "exchanging"] as const satisfies LinkStatus[];
export const everyStatus: readonly LinkStatus[] = [...openStatuses, "done", "refused", "failed", "expired", "replaced"];

/** No secret outlives the attempt. The state's hash stays, so that a second use is known for what it is. */
export const withoutSecrets = { verifier: undefined, pendingCode: undefined, confirmHash: undefined } as const;

export const isOpen = (row: LinkRow): boolean => openStatuses.some((status) => status === row.status);
export const sameUser = (a: UserRef, b: UserRef): boolean =>
  a.platform === b.platform && a.tenant === b.tenant && a.id === b.id;

/** How an attempt moves, tells that it moved, and ends. */
export type Attempt = ReturnType<typeof createAttempt>;

export function createAttempt(parts: Parts) {
  const { store, providers, clock, events, cache } = parts;
  const changed = (linkId: string) => events.emit({ type: "view.changed", kind: "link", key: linkId });

  /** Undefined when another caller moved it first. */
  async function move(
    row: LinkRow,
    from: readonly LinkStatus[],
    change: Partial<Omit<LinkRow, "id">>,
  ): Promise<LinkRow | undefined> {
    const moved = await store.links.move(row.id, from, change);
    if (!moved) return undefined;
    changed(row.id);
    if (change.status !== undefined) parts.tally?.linkStep(row.provider, change.status);
    return moved;
  }

  async function fail(row: LinkRow, from: readonly LinkStatus[], failure: LinkFailure): Promise<LinkRow | undefined> {
    const status = failure === "access_denied" ? "refused" : failure === "expired" ? "expired" : "failed";
    const ended = await move(row, from, { ...withoutSecrets, status, failure });
    if (!ended) return undefined;
    await store.audit.add({
      at: clock.now(),
      personId: row.personId,
      act: "link.failed",
      detail: { provider: row.provider, linkId: row.id, failure },
    });
    return ended;
  }

  /** The row, ended first when its time is over. */
  async function settle(row: LinkRow): Promise<LinkRow> {
    if (!isOpen(row) || clock.now() < row.expiresAt) return row;
    // The process died between storing the grant and saying so: the person is linked, and hears that.
    const account = row.status === "exchanging" ? await cache.current(row.personId, row.provider) : undefined;
    if (account?.status === "ok" && account.consentedAt >= row.createdAt) {
      const done = await move(row, [row.status], { ...withoutSecrets, status: "done" });
      if (done) linked(row, account);
      return done ?? (await latest(row));
    }
    return (await fail(row, [row.status], "expired")) ?? (await latest(row));
  }

  async function latest(row: LinkRow): Promise<LinkRow> {
    return (await store.links.get(row.id)) ?? row;
  }

  /** For whoever waits to go on with what the link was asked for. */
  function linked(row: LinkRow, account: AccountRow): void {
    const granted = linkable(providers, row.provider).linking.needsOf(account.scopes);
    events.emit({
      type: "link.created",
      personId: row.personId,
      accountId: account.id,
      provider: row.provider,
      granted,
    });
  }

  async function progress(row: LinkRow, passing?: LinkFailure): Promise<LinkProgress> {
    const { provider, linking } = linkable(providers, row.provider);
    const account = row.status === "done" ? await cache.current(row.personId, row.provider) : undefined;
    const granted = account && linking.needsOf(account.scopes);
    const failure = passing ?? asFailure(row.failure) ?? (row.status === "replaced" ? "replaced" : undefined);
    return {
      linkId: row.id,
      personId: row.personId,
      status: row.status,
      provider: provider.id,
      mode: row.mode,
      expiresAt: row.expiresAt,
      needs: row.needs,
      withheld: granted ? row.needs.filter((need) => !granted.includes(need)) : [],
      ...(failure && { failure }),
      ...(account?.displayName !== undefined && { accountName: account.displayName }),
      ...(account &&
        linking.consentLifetimeMs !== undefined && { consentEndsAt: account.consentedAt + linking.consentLifetimeMs }),
    };
  }

  return { changed, move, fail, settle, latest, linked, progress };
}
