import { createHash, randomBytes } from "node:crypto";
import type { Clock } from "../../contracts/clock.ts";
import type { Settings } from "../settings.ts";
import type { Consent, Seal } from "./seal.ts";

/** One person's consent to one app. Its refresh tokens die with it. */
export interface Grant {
  readonly id: string;
  readonly clientId: string;
  readonly userId: string;
  readonly scopes: readonly string[];
  /** PKCE grants refresh with the client id alone; the others need the secret. */
  readonly pkce: boolean;
  /** When the person agreed, unix ms. Six months later the grant is dead, however often it was used. */
  consentAt: number;
  revoked: boolean;
  readonly refreshTokens: Set<string>;
  /** Single-use refresh tokens that were used: presenting one again is refused. */
  readonly spentTokens: Set<string>;
}

export interface AccessToken {
  readonly clientId: string;
  /** Null: the app's own token (client credentials). */
  readonly grant: Grant | null;
  expiresAt: number;
}

/** A code on its way from the consent page to the token endpoint. */
export interface Code {
  readonly clientId: string;
  readonly userId: string;
  readonly scopes: readonly string[];
  readonly redirectUri: string;
  readonly challenge: string | null;
  readonly issuedAt: number;
}

export interface TokenReply {
  access_token: string;
  token_type: "Bearer";
  expires_in: number;
  scope: string;
  refresh_token?: string;
}

/** Codes and tokens kept at most; the oldest go first. */
const MOST_CODES = 1_000;
const MOST_TOKENS = 50_000;

/** Everything the accounts service remembers. */
export class Grants {
  readonly #clock: Clock;
  readonly #rules: () => Settings["tokens"];
  readonly #seal: Seal | undefined;
  readonly #codes = new Map<string, Code>();
  readonly #access = new Map<string, AccessToken>();
  readonly #grants = new Map<string, Grant>();
  readonly #byRefreshToken = new Map<string, Grant>();

  /** With a seal, a refresh token carries its consent and is known again after a restart; else it is a random text. */
  constructor(clock: Clock, rules: () => Settings["tokens"], seal?: Seal) {
    this.#clock = clock;
    this.#rules = rules;
    this.#seal = seal;
  }

  issueCode(code: Omit<Code, "issuedAt">): string {
    const value = secret("AQ", 120);
    bounded(this.#codes, MOST_CODES).set(value, { ...code, issuedAt: this.#clock.now() });
    return value;
  }

  /** The code, once; whatever becomes of it, it cannot be presented again. */
  takeCode(value: string): Code | "unknown" | "expired" {
    const code = this.#codes.get(value);
    this.#codes.delete(value);
    if (code === undefined) return "unknown";
    return this.#clock.now() - code.issuedAt > this.#rules().codeMs ? "expired" : code;
  }

  /** A new consent, whose six months begin now. */
  open(consent: Omit<Consent, "id" | "consentAt">): Grant {
    return this.#keep({ ...consent, id: randomBytes(9).toString("base64url"), consentAt: this.#clock.now() });
  }

  /** What the token endpoint answers for a code. */
  firstTokens(grant: Grant): TokenReply {
    return { ...this.accessToken(grant.clientId, grant), refresh_token: this.#issueRefreshToken(grant) };
  }

  /** What it answers for a refresh token, by the rule in force about new ones. */
  refresh(grant: Grant, presented: string): TokenReply {
    const rule = this.#rules().newRefreshToken;
    const reply = this.accessToken(grant.clientId, grant);
    if (rule === "never") return reply;
    if (rule === "rotate") {
      grant.refreshTokens.delete(presented);
      grant.spentTokens.add(presented);
    }
    return { ...reply, refresh_token: this.#issueRefreshToken(grant) };
  }

  accessToken(clientId: string, grant: Grant | null): TokenReply {
    const value = secret("BQ", 150);
    const lifeMs = this.#rules().accessTokenMs;
    bounded(this.#access, MOST_TOKENS).set(value, { clientId, grant, expiresAt: this.#clock.now() + lifeMs });
    return {
      access_token: value,
      token_type: "Bearer",
      expires_in: Math.floor(lifeMs / 1000),
      scope: grant?.scopes.join(" ") ?? "",
    };
  }

  /** The grant behind a refresh token, or why there is none. */
  byRefreshToken(value: string): Grant | "unknown" | "dead" {
    const grant = this.#byRefreshToken.get(value) ?? this.#revive(value);
    if (grant === undefined) return "unknown";
    return grant.spentTokens.has(value) || !this.alive(grant) ? "dead" : grant;
  }

  /** A token that may be used now. */
  byAccessToken(value: string): AccessToken | undefined {
    const token = this.#access.get(value);
    if (token === undefined || token.expiresAt <= this.#clock.now()) return undefined;
    return token.grant?.revoked ? undefined : token;
  }

  alive(grant: Grant): boolean {
    return !grant.revoked && this.#clock.now() < monthsLater(grant.consentAt, this.#rules().consentMonths);
  }

  /** Grants of one person, one app, or both; newest last. */
  find(of: { userId?: string | undefined; clientId?: string | undefined }): Grant[] {
    return [...this.#grants.values()].filter(
      (grant) => (of.userId ?? grant.userId) === grant.userId && (of.clientId ?? grant.clientId) === grant.clientId,
    );
  }

  /** Access tokens of one person (or all) stop being valid; refreshing still works. */
  expireAccessTokens(userId?: string): number {
    let expired = 0;
    for (const token of this.#access.values()) {
      if (userId !== undefined && token.grant?.userId !== userId) continue;
      token.expiresAt = Math.min(token.expiresAt, this.#clock.now());
      expired += 1;
    }
    return expired;
  }

  clear(): void {
    for (const map of [this.#codes, this.#access, this.#grants, this.#byRefreshToken]) map.clear();
  }

  #keep(consent: Consent): Grant {
    const grant: Grant = { ...consent, revoked: false, refreshTokens: new Set(), spentTokens: new Set() };
    bounded(this.#grants, MOST_TOKENS).set(grant.id, grant);
    return grant;
  }

  /**
   * The grant that an unknown token was sealed for. Revocations and used tokens of before the restart are forgotten: whoever
   * rehearses those does it in one run.
   */
  #revive(value: string): Grant | undefined {
    const consent = this.#seal?.read(value);
    if (consent === undefined) return undefined;
    const grant = this.#grants.get(consent.id) ?? this.#keep(consent);
    this.#remember(value, grant);
    return grant;
  }

  #issueRefreshToken(grant: Grant): string {
    const value = this.#seal?.write(grant, randomBytes(9).toString("base64url")) ?? secret("AQ", 110);
    this.#remember(value, grant);
    return value;
  }

  #remember(value: string, grant: Grant): void {
    bounded(grant.refreshTokens, MOST_CODES).add(value);
    bounded(this.#byRefreshToken, MOST_TOKENS).set(value, grant);
  }
}

/** Base64url of the SHA-256 of `verifier`: what a PKCE challenge must be. */
export function challengeOf(verifier: string): string {
  return createHash("sha256").update(verifier).digest("base64url");
}

/** Calendar months in UTC; the day is clipped to the month's length (31 August + 6 months is the last of February). */
export function monthsLater(at: number, months: number): number {
  const date = new Date(at);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
  return date.getTime();
}

function secret(prefix: string, length: number): string {
  return prefix + randomBytes(length).toString("base64url").slice(0, length);
}

function bounded<C extends Map<string, unknown> | Set<string>>(collection: C, most: number): C {
  if (collection.size >= most) {
    const oldest = collection.keys().next();
    if (!oldest.done) collection.delete(oldest.value);
  }
  return collection;
}
