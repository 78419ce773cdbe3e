import type { Need } from "../../contracts/music.ts";
import type { AccountRow, LinkRow, LinkStatus } from "../../contracts/people-store.ts";
import { within } from "../../within.ts";
import { createInTurn } from "../in-turn.ts";
import { linkable, type Parts, sealing } from "../parts.ts";
import { type Attempt, withoutSecrets } from "./attempt.ts";
import { concernsOperator, failureOf, failureOfCallback, LinkRefused } from "./failures.ts";
import { displayName } from "./names.ts";

/** For the two calls to the provider together. */
const FINISH_MS = 20_000;
/** What a claimed attempt gets at least, so that it is not taken for dead while it is being finished. */
const GRACE_MS = 60_000;

export type Finish = ReturnType<typeof createFinish>;

/** The second half of every way to link: code in, account out. Each attempt comes here once, whoever asks. */
export function createFinish(parts: Parts & { attempt: Attempt }) {
  const { store, vault, providers, clock, events, log, cache, attempt } = parts;
  const inTurn = createInTurn();

  /** Undefined when another caller was first: the state is single-use. */
  async function withCode(row: LinkRow, from: readonly LinkStatus[], code: string): Promise<LinkRow | undefined> {
    const claimed = await attempt.move(row, from, {
      status: "exchanging",
      pendingCode: undefined,
      confirmHash: undefined,
      expiresAt: Math.max(row.expiresAt, clock.now() + GRACE_MS),
    });
    if (!claimed) return undefined;
    try {
      return await exchange(claimed, code);
    } catch (error) {
      return ended(claimed, error);
    }
  }

  async function exchange(row: LinkRow, code: string): Promise<LinkRow> {
    const { linking } = linkable(providers, row.provider);
    if (row.verifier === undefined) throw new Error("an attempt without a verifier");
    const verifier = vault.open(row.verifier, sealing.verifier(row.id));
    const { grant, owner } = await within(clock, FINISH_MS, row.provider, async (signal) => {
      const given = await linking.exchange({ code, verifier: verifier.reveal(), signal });
      return { grant: given, owner: await linking.identify({ accessToken: given.accessToken, signal }) };
    });
    const named = { provider: row.provider, subject: owner.subject };
    const name = displayName(owner.name ?? "", "");
    const account = await inTurn(JSON.stringify(named), async () => {
      const before = await store.accounts.bySubject(named.provider, named.subject);
      if (before && before.personId !== row.personId) throw new LinkRefused("other_account_linked");
      const refreshToken = grant.refreshToken
        ? vault.seal(grant.refreshToken, sealing.refreshToken(named))
        : before?.refreshToken;
      // A grant that cannot be renewed would die within the hour.
      if (refreshToken === undefined) throw new LinkRefused("service_down");
      const put = await store.accounts.putGrant(
        {
          ...named,
          personId: row.personId,
          status: "ok",
          scopes: grant.scopes,
          consentedAt: clock.now(),
          accessToken: vault.seal(grant.accessToken, sealing.accessToken(named)),
          accessExpiresAt: grant.expiresAt,
          refreshToken,
          // Unknown until the service says so: a new grant may be of an account that has been upgraded since.
          free: false,
          ...(name !== "" && { displayName: name }),
        },
        clock.now(),
      );
      return put.row;
    });
    cache.forget(row.personId);
    return linked(row, account, linking.needsOf(account.scopes));
  }

  async function linked(row: LinkRow, account: AccountRow, granted: Need[]): Promise<LinkRow> {
    const withheld = row.needs.some((need) => !granted.includes(need));
    const done = await attempt.move(row, ["exchanging", "expired", "replaced"], {
      ...withoutSecrets,
      status: "done",
      failure: withheld ? "scope_withheld" : undefined,
    });
    await store.audit.add({
      at: clock.now(),
      personId: row.personId,
      act: "link.created",
      detail: { provider: row.provider, linkId: row.id, accountId: account.id, granted },
    });
    attempt.linked(row, account);
    log.info({ linkId: row.id, accountId: account.id, provider: row.provider, withheld }, "linked");
    return done ?? { ...row, status: "done" };
  }

  async function ended(row: LinkRow, error: unknown): Promise<LinkRow> {
    const failure = failureOf(error);
    if (failure === "internal") log.error({ err: error, linkId: row.id }, "a link failed in a way nobody foresaw");
    else log.warn({ linkId: row.id, provider: row.provider, failure }, "a link failed");
    return close(row, failure);
  }

  /** Ends an attempt that this caller holds. */
  async function close(row: LinkRow, failure: ReturnType<typeof failureOf>): Promise<LinkRow> {
    const failed = await attempt.fail(row, [row.status], failure);
    if (failed && failure === "allowlist" && parts.unlisted) await parts.unlisted(row.personId, row.provider);
    else if (failed && concernsOperator(failure)) {
      events.emit({
        type: "operator.needed",
        problem: failure,
        detail: { provider: row.provider, platform: row.user.platform, userName: row.userName },
      });
    }
    return failed ?? (await attempt.latest(row));
  }

  return {
    withCode,
    /** The provider sent the browser back with an error. */
    withError: (row: LinkRow, error: string): Promise<LinkRow> => close(row, failureOfCallback(error)),
  };
}
