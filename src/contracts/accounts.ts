import type { Place, Sent, UserRef } from "./incoming.ts";
import type { Need } from "./music.ts";
import type { JoinParty, JoinRefusal, JoinRow, LinkStatus } from "./people-store.ts";
import type { Share } from "./sharing.ts";

/** Every way in which linking can end badly; each has its own words on the page and in chat. */
export const linkFailures = [
  "access_denied",
  "expired",
  "reused",
  "unknown",
  "wrong_browser",
  "wrong_person",
  "wrong_code",
  "allowlist",
  "owner_not_premium",
  "wrong_client",
  "redirect_mismatch",
  "other_account_linked",
  "scope_withheld",
  "service_down",
  "replaced",
  "internal",
] as const;
export type LinkFailure = (typeof linkFailures)[number];

export type LinkInvitation = {
  linkId: string;
  /** "page": a one-time address of ours. "paste": the provider's own address; the person pastes back where they land. */
  mode: "page" | "paste";
  url: string;
  expiresAt: number;
};

/** Where a link attempt stands, for the message that carries it. */
export type LinkProgress = {
  linkId: string;
  personId: string;
  status: LinkStatus;
  failure?: LinkFailure;
  provider: string;
  mode: "page" | "paste";
  expiresAt: number;
  /** Of the account, once linked. */
  accountName?: string;
  consentEndsAt?: number;
  /** What was asked for, and what of it was not given. */
  needs: Need[];
  withheld: Need[];
};

export type AccountStatus = {
  accountId: string;
  provider: string;
  providerName: string;
  displayName?: string;
  status: "ok" | "needs_relink";
  granted: Need[];
  free: boolean;
  linkedAt: number;
  consentEndsAt?: number;
  lastError?: string;
};

/** What was deleted, by kind, and a number to quote. */
export type UnlinkReceipt = { receipt: string; at: number; provider: string; deleted: Record<string, number> };

export type JoinProgress = Omit<JoinRow, "codeHash" | "owes">;

/** One person with several chat identities. */
export interface Joins {
  /** A new one-time code for another identity of this person; earlier unused ones end. RateLimited after five. */
  code(host: JoinParty): Promise<{ code: string; expiresAt: number }>;
  /** The code, typed by the identity that is to be joined. RateLimited after ten. */
  redeem(guest: JoinParty, code: string): Promise<{ refused: JoinRefusal } | JoinProgress>;
  /** The code was typed where others read it: it works no more. Resolves false when it was none. */
  spoil(code: string): Promise<boolean>;
  /** What the identity's last code came to, for a command that was interrupted; undefined when that is over ten minutes ago. */
  resume(user: UserRef): Promise<JoinProgress | undefined>;
  /** A yes or no of one of the two; what cannot be answered any more comes back as it is. Forbidden to anybody else. */
  answer(personId: string, joinId: string, yes: boolean): Promise<JoinProgress>;
  progress(joinId: string): Promise<JoinProgress | undefined>;
  /** Ends what a `join.owed` asked for. */
  told(joinId: string, since: number): Promise<void>;
  identities(personId: string): Promise<(UserRef & { name: string })[]>;
  /**
   * Makes a person of its own of this identity, without anything. Resolves with what the person let places see there, which
   * ends; undefined when it is the only identity, or not theirs.
   */
  leave(personId: string, user: UserRef): Promise<Share[] | undefined>;
}

/** Accounts as skills and core see them. */
export interface Accounts {
  /** The providers that an account can be linked with; none where every player is shared. */
  linkable(): readonly { id: string; name: string }[];
  /** Raises NotLinked, NeedsRelink or MissingScope when a command that needs these cannot be done. */
  require(personId: string, provider: string, needs: readonly Need[]): Promise<void>;
  startLink(request: {
    personId: string;
    user: UserRef;
    userName: string;
    place: Place;
    local: boolean;
    provider: string;
    needs: readonly Need[];
  }): Promise<LinkInvitation>;
  /** Remembers the chat message that carries the link. */
  attach(linkId: string, sent: Sent): Promise<void>;
  progress(linkId: string): Promise<LinkProgress | undefined>;
  /**
   * The address the browser landed on, pasted in chat. Counts only from the identity that owns its state. An attempt that
   * ended, now or before, is told by the progress; where no attempt of this identity is meant it raises InvalidInput with
   * field "link" and a LinkFailure as `why`, and nothing has changed. RateLimited after too many.
   */
  finishByPaste(user: UserRef, address: string): Promise<LinkProgress>;
  /**
   * The short code the page showed, typed to the bot by the identity that asked for the link. A wrong one is told by
   * `failure` while the attempt stays open; raises as `finishByPaste` does.
   */
  confirm(user: UserRef, code: string): Promise<LinkProgress>;
  /** Whether a text looks like something for `finishByPaste`; no store access. */
  isPastedAddress(text: string): boolean;
  status(personId: string): Promise<AccountStatus[]>;
  unlink(personId: string, provider: string): Promise<UnlinkReceipt>;
  /** The first person to type the code that setup prints. Resolves false on a wrong code; raises RateLimited after five. */
  claimOperator(personId: string, code: string): Promise<boolean>;
  isOperator(personId: string): Promise<boolean>;
  hasOperator(): Promise<boolean>;
  readonly joins: Joins;
}
