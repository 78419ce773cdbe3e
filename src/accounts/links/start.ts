import { randomUUID } from "node:crypto";
import type { Accounts, LinkInvitation } from "../../contracts/accounts.ts";
import type { Need, OAuthLinking } from "../../contracts/music.ts";
import type { LinkRow } from "../../contracts/people-store.ts";
import { createAttempts } from "../attempts.ts";
import { linkable, type Parts, sealing } from "../parts.ts";
import { challengeOf, hashOf, randomToken } from "../random.ts";
import type { Attempt } from "./attempt.ts";
import { displayName } from "./names.ts";

export type StartOptions = {
  /** The https address at which everybody's browser reaches this server, where there is one. */
  publicUrl?: string;
  linkLifetimeMs: number;
  linkRateLimit: { tries: number; withinMs: number };
};

/** A fresh state and verifier for one way to the provider: what the row keeps of them, and the address to open. */
export function newAuthorization(
  { vault }: Pick<Parts, "vault">,
  linking: OAuthLinking,
  link: { id: string; needs: readonly Need[] },
): { columns: Required<Pick<LinkRow, "stateHash" | "verifier">>; url: string } {
  const state = randomToken();
  const verifier = randomToken();
  return {
    columns: { stateHash: hashOf(state), verifier: vault.seal(verifier, sealing.verifier(link.id)) },
    url: linking.authorizeUrl({
      state,
      challenge: challengeOf(verifier),
      scopes: linking.scopesFor(link.needs),
      // The provider's own page then names the account and lets the person take another one: a browser that is signed in
      // as somebody else would otherwise link that account without a word.
      askAgain: true,
    }),
  };
}

/** The way back ends on the machine of whoever opens it. */
export const staysHere = (linking: OAuthLinking): boolean =>
  ["127.0.0.1", "[::1]"].includes(new URL(linking.redirectUri).hostname);

/**
 * The page and the provider's way back must be one origin, or the cookie that ties them would be lost. So the page is only
 * offered where that origin is ours: the public address, or this machine for a person who sits at it.
 */
function pageOrigin(linking: OAuthLinking, publicUrl: string | undefined, local: boolean): string | undefined {
  const back = new URL(linking.redirectUri);
  if (staysHere(linking)) return local ? back.origin : undefined;
  const ours = publicUrl !== undefined && new URL(publicUrl).origin === back.origin;
  return ours && back.protocol === "https:" ? back.origin : undefined;
}

export function createStart(parts: Parts & StartOptions & { attempt: Attempt }): Accounts["startLink"] {
  const { store, providers, clock, log, cache, attempt } = parts;
  const starts = createAttempts(clock, parts.linkRateLimit);

  return async (request): Promise<LinkInvitation> => {
    const { provider, linking } = linkable(providers, request.provider);
    starts.take(request.personId);
    const account = await cache.current(request.personId, provider.id);
    const granted = account ? linking.needsOf(account.scopes) : [];
    const now = clock.now();
    const token = randomToken();
    const origin = pageOrigin(linking, parts.publicUrl, request.local);
    const id = randomUUID();
    const needs = [...new Set([...granted, ...request.needs])];
    const authorization = origin === undefined ? newAuthorization(parts, linking, { id, needs }) : undefined;
    const row: LinkRow = {
      id,
      tokenHash: hashOf(token),
      personId: request.personId,
      user: request.user,
      userName: displayName(request.userName, request.user.id),
      place: request.place,
      provider: provider.id,
      needs,
      mode: authorization ? "paste" : "page",
      status: authorization ? "authorizing" : "waiting",
      confirmTries: 0,
      createdAt: now,
      expiresAt: now + parts.linkLifetimeMs,
      ...authorization?.columns,
    };
    for (const replaced of await store.links.create(row)) attempt.changed(replaced.id);
    await store.audit.add({
      at: now,
      personId: row.personId,
      act: "link.started",
      detail: { provider: provider.id, linkId: row.id, mode: row.mode, platform: row.user.platform },
    });
    parts.tally?.linkStep(row.provider, row.status);
    log.info({ linkId: row.id, provider: provider.id, mode: row.mode }, "link offered");
    const url = authorization?.url ?? `${origin}/link/${token}`;
    return { linkId: row.id, mode: row.mode, url, expiresAt: row.expiresAt };
  };
}
