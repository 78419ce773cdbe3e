import { createHash, randomBytes } from "node:crypto";
import type { Clock } from "../../../src/contracts/clock.ts";
import { SegueError } from "../../../src/contracts/errors.ts";
import type { Grant, GrantOwner, MusicProvider, Need, OAuthLinking } from "../../../src/contracts/music.ts";

export const callbackPath = "/v1/tunes/auth/callback";
const HOUR_MS = 3_600_000;

type IssuedCode = { challenge: string; scopes: string[]; subject: string };
type Live = { subject: string; scopes: string[] };

export type Tunes = MusicProvider & {
  linking: OAuthLinking & { redirectUri: string };
  /** Its sign-in page. */
  authorizeAddress: string;
  /** What a person does at the service: agrees or refuses, and is sent to the address that resolves. */
  consent(authorizeUrl: string, choice?: { as?: string; scopes?: string[]; error?: string }): string;
  /** Names of the people's accounts, by subject. */
  names: Map<string, string>;
  /** Whether a refresh brings a new token, and the old one dies. */
  refreshTokens: "keep" | "rotate";
  /** Raised by the next calls of that kind. */
  fail: { exchange?: SegueError; identify?: SegueError; refresh?: SegueError };
  /** Held until it resolves: a slow service. */
  hold: { exchange?: Promise<void>; refresh?: Promise<void> };
  calls: { exchange: number; identify: number; refresh: number };
  /** Every secret it ever gave out. */
  secrets: Set<string>;
  /** Ends a person's grants, as they would at the service. */
  revoke(subject: string): void;
  accepts(accessToken: string): boolean;
};

/** An OAuth service in memory: codes once, PKCE checked, refresh tokens single-use where it says so. */
export function createTunes(clock: Clock): Tunes {
  const codes = new Map<string, IssuedCode>();
  const access = new Map<string, Live>();
  const refresh = new Map<string, Live>();
  const secrets = new Set<string>();
  const secret = (kind: string) => {
    const value = `${kind}-${randomBytes(24).toString("base64url")}`;
    secrets.add(value);
    return value;
  };
  const grantOf = (live: Live, refreshToken: string | undefined): Grant => {
    const accessToken = secret("ACCESS");
    access.set(accessToken, live);
    return {
      accessToken,
      expiresAt: clock.now() + HOUR_MS,
      scopes: live.scopes,
      ...(refreshToken !== undefined && { refreshToken }),
    };
  };
  const newRefresh = (live: Live) => {
    const token = secret("REFRESH");
    refresh.set(token, live);
    return token;
  };

  const tunes: Tunes = {
    id: "tunes",
    name: "Tunes",
    terms: {
      voiceControl: true,
      derivedStatistics: true,
      longStorage: true,
      sharedPlaying: true,
      ai: true,
      attribution: "Tunes",
    },
    names: new Map([["ada", "Ada's Tunes"]]),
    authorizeAddress: "https://accounts.tunes.example/authorize",
    refreshTokens: "keep",
    fail: {},
    hold: {},
    calls: { exchange: 0, identify: 0, refresh: 0 },
    secrets,
    recognise: () => undefined,
    open() {
      throw new Error("no player in these tests");
    },
    revoke(subject) {
      for (const [token, live] of refresh) if (live.subject === subject) refresh.delete(token);
    },
    accepts: (accessToken) => access.has(accessToken),
    consent(authorizeUrl, choice = {}) {
      const asked = new URL(authorizeUrl).searchParams;
      const back = new URL(asked.get("redirect_uri") ?? "");
      if (choice.error !== undefined) back.searchParams.set("error", choice.error);
      else {
        const code = secret("CODE");
        codes.set(code, {
          challenge: asked.get("code_challenge") ?? "",
          scopes: choice.scopes ?? (asked.get("scope") ?? "").split(" ").filter(Boolean),
          subject: choice.as ?? "ada",
        });
        back.searchParams.set("code", code);
      }
      back.searchParams.set("state", asked.get("state") ?? "");
      return back.href;
    },
    linking: {
      redirectUri: `http://127.0.0.1:8765${callbackPath}`,
      consentLifetimeMs: 180 * 24 * HOUR_MS,
      scopesFor: (needs) => needs.map((need) => `scope.${need}`),
      needsOf: (scopes) => scopes.map((scope) => scope.replace("scope.", "") as Need),
      authorizeUrl({ state, challenge, scopes }) {
        const url = new URL(tunes.authorizeAddress);
        url.search = new URLSearchParams({
          response_type: "code",
          redirect_uri: tunes.linking.redirectUri,
          state,
          code_challenge: challenge,
          code_challenge_method: "S256",
          scope: scopes.join(" "),
        }).toString();
        return url.href;
      },
      async exchange({ code, verifier }) {
        tunes.calls.exchange += 1;
        await tunes.hold.exchange;
        if (tunes.fail.exchange) throw tunes.fail.exchange;
        const issued = codes.get(code);
        codes.delete(code);
        const challenge = createHash("sha256").update(verifier).digest("base64url");
        if (!issued || issued.challenge !== challenge)
          throw new SegueError("InvalidInput", { field: "code", why: "refused" });
        return grantOf(issued, newRefresh(issued));
      },
      async identify({ accessToken }): Promise<GrantOwner> {
        tunes.calls.identify += 1;
        if (tunes.fail.identify) throw tunes.fail.identify;
        const live = access.get(accessToken);
        if (!live) throw new SegueError("Unavailable", { service: "tunes", why: "status", status: 401 });
        const name = tunes.names.get(live.subject);
        return { subject: live.subject, ...(name !== undefined && { name }) };
      },
      async refresh({ refreshToken }) {
        tunes.calls.refresh += 1;
        await tunes.hold.refresh;
        if (tunes.fail.refresh) throw tunes.fail.refresh;
        const live = refresh.get(refreshToken);
        if (!live) throw new SegueError("NeedsRelink", { provider: "tunes" });
        if (tunes.refreshTokens === "keep") return grantOf(live, undefined);
        refresh.delete(refreshToken);
        return grantOf(live, newRefresh(live));
      },
    },
  };
  return tunes;
}
