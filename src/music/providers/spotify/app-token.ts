import type { Clock } from "../../../contracts/clock.ts";
import type { TokenSource } from "../../../contracts/music.ts";
import { isWrongClient, type TokenEndpoint, unavailable, wrongClient } from "./token-endpoint.ts";

/** A token this close to its end is not handed out any more. */
const MARGIN_MS = 100_000;

/**
 * The app's own token, shared by everybody: it reads the catalogue and nobody's data. One fetch at a time; callers that
 * come meanwhile share it, so no caller's signal ends it.
 * https://developer.spotify.com/documentation/web-api/tutorials/client-credentials-flow
 */
export function createAppToken(endpoint: TokenEndpoint, clock: Clock): TokenSource {
  let held: { token: string; untilAt: number } | undefined;
  let fetching: Promise<string> | undefined;

  const fetchToken = async (): Promise<string> => {
    const answer = await endpoint({ grant_type: "client_credentials" }, { reason: "app token" });
    if (!("grant" in answer)) throw isWrongClient(answer.refused) ? wrongClient() : unavailable(answer.status);
    held = { token: answer.grant.accessToken, untilAt: answer.grant.expiresAt - MARGIN_MS };
    return held.token;
  };
  const token = async (): Promise<string> => {
    if (held !== undefined && clock.now() < held.untilAt) return held.token;
    fetching ??= fetchToken().finally(() => {
      fetching = undefined;
    });
    return fetching;
  };
  return {
    token,
    async renew(refused) {
      if (held?.token === refused) held = undefined;
      return token();
    },
  };
}
