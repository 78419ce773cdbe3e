import { SegueError } from "../../../contracts/errors.ts";
import type { OAuthLinking } from "../../../contracts/music.ts";
import type { Call } from "./http.ts";
import { profileSchema, read, SERVICE } from "./parse.ts";
import { needsOf, scopesFor } from "./scopes.ts";
import { isWrongClient, type TokenEndpoint, unavailable, wrongClient } from "./token-endpoint.ts";

/**
 * A consent dies six months after it was given; neither use nor refreshing prolongs it, and the token endpoint never tells.
 * https://developer.spotify.com/blog/2026-06-18-refresh-token-expiration
 * "Six months" is taken as the shortest half-year of the calendar (1 September to 1 March: 181 days), so that a warning or
 * a renewal planned by it is at worst three days early and never late.
 */
export const CONSENT_LIFETIME_MS = 181 * 86_400_000;

type OAuthParts = {
  clientId: string;
  /** As a browser sees it. */
  accountsUrl: string;
  redirectUri: string;
  /** Asked for at every link, besides what a feature needs. */
  extraScopes: readonly string[];
  tokens: TokenEndpoint;
  /** The Web API on behalf of one access token that nobody renews. */
  callWith(accessToken: string): Call;
  /** Told whose grant it is by both names that the platform has for a person. */
  identified?(subject: string, profileId: string): void;
};

/** Authorization code with PKCE (S256), with or without a client secret. */
export function createOAuth(parts: OAuthParts): OAuthLinking {
  return {
    consentLifetimeMs: CONSENT_LIFETIME_MS,
    redirectUri: parts.redirectUri,
    scopesFor: (needs) => scopesFor(needs, parts.extraScopes),
    needsOf,
    authorizeUrl({ state, challenge, scopes, askAgain }) {
      const url = new URL("/authorize", parts.accountsUrl);
      url.search = new URLSearchParams({
        client_id: parts.clientId,
        response_type: "code",
        redirect_uri: parts.redirectUri,
        state,
        code_challenge_method: "S256",
        code_challenge: challenge,
        ...(scopes.length > 0 ? { scope: scopes.join(" ") } : {}),
        // Asked again, the person sees the account they are signed in with and can change it.
        ...(askAgain ? { show_dialog: "true" } : {}),
      }).toString();
      return url.href;
    },
    async exchange({ code, verifier, signal }) {
      const answer = await parts.tokens(
        { grant_type: "authorization_code", code, redirect_uri: parts.redirectUri, code_verifier: verifier },
        { reason: "link", signal },
      );
      if ("grant" in answer) return answer.grant;
      if (isWrongClient(answer.refused)) throw wrongClient();
      if (/redirect/i.test(answer.description))
        throw new SegueError("InvalidInput", { field: "redirect", why: answer.refused });
      if (answer.refused === "invalid_grant" || answer.refused === "invalid_request")
        throw new SegueError("InvalidInput", { field: "code", why: answer.refused });
      throw unavailable(answer.status);
    },
    async refresh({ refreshToken, signal }) {
      const answer = await parts.tokens(
        { grant_type: "refresh_token", refresh_token: refreshToken },
        { reason: "refresh", signal },
      );
      if ("grant" in answer) return answer.grant;
      // The one answer that ends a link: everything else leaves it as it is.
      if (answer.refused === "invalid_grant") throw new SegueError("NeedsRelink", { provider: SERVICE });
      if (isWrongClient(answer.refused)) throw wrongClient();
      throw unavailable(answer.status);
    },
    async identify({ accessToken, signal }) {
      const raw = await parts.callWith(accessToken)("profile", {
        options: { lane: "controls", reason: "link", ...(signal === undefined ? {} : { signal }) },
      });
      const profile = read(profileSchema, raw, "profile");
      if (profile.id !== undefined) parts.identified?.(profile.account_id, profile.id);
      return {
        subject: profile.account_id,
        ...(profile.display_name === undefined ? {} : { name: profile.display_name }),
      };
    },
  };
}
