import { z } from "zod";
import type { Clock } from "../../../contracts/clock.ts";
import { SegueError } from "../../../contracts/errors.ts";
import type { Grant } from "../../../contracts/music.ts";
import type { Sender } from "./http.ts";
import { maybe, read, SERVICE } from "./parse.ts";

/** https://developer.spotify.com/documentation/web-api/tutorials/code-pkce-flow , …/refreshing-tokens , …/client-credentials-flow */

type ClientCredentials = { clientId: string; clientSecret?: string };
export type TokenEndpoint = (
  form: Record<string, string>,
  options: { reason: string; signal?: AbortSignal | undefined },
) => Promise<TokenAnswer>;
type TokenAnswer = { grant: Grant } | { refused: string; description: string; status: number };

const grantSchema = z.object({
  access_token: z.string().min(1),
  expires_in: z.number().positive(),
  refresh_token: maybe(z.string().min(1)),
  scope: maybe(z.string()),
});
const refusalSchema = z.object({ error: z.string(), error_description: maybe(z.string()) });

/**
 * `POST /api/token`. A refusal in the endpoint's own words is an answer, for each grant to interpret; anything else that is
 * no success (a page of a proxy, 5xx) says nothing about the grant and is Unavailable.
 */
export function createTokenEndpoint(parts: {
  http: Sender;
  clock: Clock;
  accountsUrl: string;
  budget: string;
  client: ClientCredentials;
}): TokenEndpoint {
  const { http, clock, accountsUrl, budget, client } = parts;
  const { clientId, clientSecret } = client;
  // With a secret the client proves itself; without one its id in the body names it, and the PKCE verifier is the proof.
  const headers: Record<string, string> =
    clientSecret === undefined
      ? {}
      : { Authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}` };
  const named: Record<string, string> = clientSecret === undefined ? { client_id: clientId } : {};

  return async (form, { reason, signal }) => {
    const askedAt = clock.now();
    const answer = await http.request({
      service: SERVICE,
      budget,
      group: "token",
      method: "POST",
      baseUrl: accountsUrl,
      path: "/api/token",
      headers,
      form: { ...form, ...named },
      lane: "controls",
      reason,
      ...(signal === undefined ? {} : { signal }),
      // A code counts once, and so does a refresh token where they rotate. But when an answer was lost, so is what it
      // spent, whether it is asked again or not; and where nothing had been done yet, asking again saves it.
      repeat: true,
      answer: "json",
    });
    if (answer.status === 200) {
      const granted = read(grantSchema, answer.json, "token");
      return {
        grant: {
          accessToken: granted.access_token,
          expiresAt: askedAt + granted.expires_in * 1000,
          ...(granted.refresh_token === undefined ? {} : { refreshToken: granted.refresh_token }),
          scopes: (granted.scope ?? "").split(" ").filter((scope) => scope !== ""),
        },
      };
    }
    const refusal = refusalSchema.safeParse(answer.json);
    if (answer.status >= 400 && answer.status < 500 && refusal.success)
      return {
        refused: refusal.data.error,
        description: refusal.data.error_description ?? "",
        status: answer.status,
      };
    throw unavailable(answer.status);
  };
}

export function unavailable(status: number): SegueError {
  return new SegueError("Unavailable", { service: SERVICE, why: "status", status });
}

export function wrongClient(): SegueError {
  return new SegueError("InvalidInput", { field: "client", why: "invalid_client" });
}

/** Both are mistakes in the operator's settings, whoever's grant it was about. */
export function isWrongClient(refused: string): boolean {
  return refused === "invalid_client" || refused === "unauthorized_client";
}
