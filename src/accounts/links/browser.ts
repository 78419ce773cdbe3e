import type { LinkFailure } from "../../contracts/accounts.ts";
import type { Need } from "../../contracts/music.ts";
import type { LinkRow, LinkStatus } from "../../contracts/people-store.ts";
import { linkable, type Parts, sealing } from "../parts.ts";
import { hashOf, isToken, sameSecret, shortCode } from "../random.ts";
import { type Attempt, isOpen } from "./attempt.ts";
import { confirmHashOf } from "./chat.ts";
import { asFailure, concernsOperator } from "./failures.ts";
import type { Finish } from "./finish.ts";
import { newAuthorization, staysHere } from "./start.ts";

const CODE_LENGTH = 8;
/** The provider's own codes live about as long. */
const CODE_LIFE_MS = 10 * 60_000;
const MAX_CODE = 2_048;

/** Whom an attempt is about, as a page shows it. */
type Linking = {
  linkId: string;
  /** The chat account. */
  platform: string;
  userName: string;
  provider: string;
  providerName: string;
};
export type Failed = {
  kind: "failed";
  failure: LinkFailure;
  link?: Linking;
  /** Of what only whoever runs the bot can mend: whether there is anybody who was told. */
  operatorTold?: boolean;
};
export type Linked = { kind: "linked"; link: Linking; accountName?: string; consentEndsAt?: number; withheld: Need[] };
export type Asking = {
  kind: "ask";
  link: Linking;
  needs: Need[];
  expiresAt: number;
  /** Where the form's answer leads, for the page's content policy. */
  authorizeOrigin: string;
};
export type Code = { kind: "code"; link: Linking; code: string; expiresAt: number };

/** Reads the tie that this browser holds for an attempt. */
export type TieOf = (linkId: string) => string | undefined;

/** The half of linking that happens in a browser. Pages are rendered by whoever serves them. */
export type LinkFlow = {
  /** Looks only: chat programs fetch addresses for previews. `opened` is for a person's own look. */
  look(token: string, tieOf: TieOf, opened: boolean): Promise<Asking | Linked | Failed>;
  /** The person agreed: binds the attempt to this browser and resolves with where to send it. */
  begin(token: string, tieOf: TieOf): Promise<{ kind: "redirect"; url: string } | Linked | Failed>;
  /** The provider sent the browser back. */
  comeBack(request: {
    provider: string;
    state?: string | undefined;
    code?: string | undefined;
    error?: string | undefined;
    tieOf: TieOf;
  }): Promise<Linked | Code | Failed>;
};

export function createBrowserSide(parts: Parts & { attempt: Attempt; finish: Finish }): LinkFlow {
  const { store, vault, providers, clock, log, attempt, finish } = parts;

  const about = (row: LinkRow): Linking => ({
    linkId: row.id,
    platform: row.user.platform,
    userName: row.userName,
    provider: row.provider,
    providerName: providers.get(row.provider)?.name ?? row.provider,
  });

  function tied(row: LinkRow, tieOf: TieOf): boolean {
    const tie = tieOf(row.id);
    return row.browserHash !== undefined && isToken(tie) && sameSecret(hashOf(tie), row.browserHash);
  }

  async function failed(row: LinkRow, failure: LinkFailure): Promise<Failed> {
    const operatorTold = concernsOperator(failure) ? (await store.people.operators()).length > 0 : undefined;
    return { kind: "failed", failure, link: about(row), ...(operatorTold !== undefined && { operatorTold }) };
  }

  /** How an attempt ended, for the browser it belongs to; another one hears only that it was used. */
  async function outcome(row: LinkRow, tieOf: TieOf): Promise<Linked | Failed> {
    const link = about(row);
    if (row.status === "expired" || row.status === "replaced") return { kind: "failed", failure: row.status, link };
    if (!tied(row, tieOf)) return { kind: "failed", failure: "reused", link };
    if (row.status !== "done") return failed(row, asFailure(row.failure) ?? "reused");
    const { accountName, consentEndsAt, withheld } = await attempt.progress(row);
    return {
      kind: "linked",
      link,
      withheld,
      ...(accountName !== undefined && { accountName }),
      ...(consentEndsAt !== undefined && { consentEndsAt }),
    };
  }

  async function byToken(token: string): Promise<LinkRow | undefined> {
    const row = isToken(token) ? await store.links.byToken(hashOf(token)) : undefined;
    return row && attempt.settle(row);
  }

  /** Whether this browser may (still) ask for the way to the provider. */
  function mayBegin(row: LinkRow, tieOf: TieOf): boolean {
    return row.status === "waiting" || row.status === "opened" || (row.status === "authorizing" && tied(row, tieOf));
  }

  async function needCode(row: LinkRow, code: string): Promise<Code | Failed> {
    const short = shortCode(CODE_LENGTH);
    const expiresAt = clock.now() + CODE_LIFE_MS;
    const moved = await attempt.move(row, [row.status], {
      status: "needs_code",
      pendingCode: vault.seal(code, sealing.pendingCode(row.id)),
      confirmHash: confirmHashOf(row.id, short),
      expiresAt,
    });
    if (!moved) return { kind: "failed", failure: "reused", link: about(row) };
    log.info({ linkId: row.id }, "the chat must confirm");
    return { kind: "code", link: about(row), code: short, expiresAt };
  }

  /** The page with the short code, loaded again: it holds the very same authorization code. */
  function isReload(row: LinkRow, code: string): boolean {
    if (row.status !== "needs_code" || row.pendingCode === undefined) return false;
    return sameSecret(vault.open(row.pendingCode, sealing.pendingCode(row.id)).reveal(), code);
  }

  return {
    async look(token, tieOf, opened) {
      const row = await byToken(token);
      if (!row) return { kind: "failed", failure: "unknown" };
      if (!isOpen(row) || !mayBegin(row, tieOf)) return outcome(row, tieOf);
      if (opened && row.status === "waiting") await attempt.move(row, ["waiting"], { status: "opened" });
      const { linking } = linkable(providers, row.provider);
      const sample = linking.authorizeUrl({ state: "", challenge: "", scopes: [], askAgain: true });
      return {
        kind: "ask",
        link: about(row),
        needs: row.needs,
        expiresAt: row.expiresAt,
        authorizeOrigin: new URL(sample).origin,
      };
    },

    async begin(token, tieOf) {
      const row = await byToken(token);
      if (!row) return { kind: "failed", failure: "unknown" };
      if (!mayBegin(row, tieOf)) return outcome(row, tieOf);
      const tie = tieOf(row.id);
      if (!isToken(tie)) return { kind: "failed", failure: "wrong_browser", link: about(row) };
      const { linking } = linkable(providers, row.provider);
      const { columns, url } = newAuthorization(parts, linking, row);
      // A look from elsewhere may turn "waiting" into "opened" meanwhile; a second browser may not turn "authorizing".
      const from: LinkStatus[] = row.status === "authorizing" ? ["authorizing"] : ["waiting", "opened"];
      const moved = await attempt.move(row, from, { ...columns, status: "authorizing", browserHash: hashOf(tie) });
      return moved ? { kind: "redirect", url } : { kind: "failed", failure: "reused", link: about(row) };
    },

    async comeBack({ provider, state, code, error, tieOf }) {
      const found = isToken(state) ? await store.links.byState(hashOf(state)) : undefined;
      if (!found || found.provider !== provider) return { kind: "failed", failure: "unknown" };
      const row = await attempt.settle(found);
      if (code !== undefined && code.length <= MAX_CODE && isReload(row, code)) return needCode(row, code);
      if (row.status !== "authorizing") return outcome(row, tieOf);
      if (error !== undefined && code === undefined) return ended(await finish.withError(row, error), tieOf);
      if (code === undefined || code === "" || code.length > MAX_CODE) {
        return { kind: "failed", failure: "unknown", link: about(row) };
      }
      // Whoever was lured here with another's link has agreed in one browser from end to end. So the chat has the last word: a
      // code that only this browser shows counts from nobody but the identity that asked. At the machine itself that is the same.
      const mayBeLured = !staysHere(linkable(providers, row.provider).linking);
      if (mayBeLured || !tied(row, tieOf)) return needCode(row, code);
      const finished = await finish.withCode(row, ["authorizing"], code);
      if (!finished) return { kind: "failed", failure: "reused", link: about(row) };
      return ended(finished, tieOf);
    },
  };

  /** What this very request brought about is told to it, tied or not. */
  function ended(row: LinkRow, tieOf: TieOf): Promise<Linked | Failed> {
    const failure = row.status === "done" ? undefined : asFailure(row.failure);
    return failure ? failed(row, failure) : outcome(row, tieOf);
  }
}
