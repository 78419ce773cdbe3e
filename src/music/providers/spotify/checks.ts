import { z } from "zod";
import type { Check, Checker } from "../../../contracts/checks.ts";

const dashboard = "https://developer.spotify.com/dashboard";
const tokenSchema = z.object({ access_token: z.string() });
const refusalSchema = z.object({ error: z.string() });

export type SpotifyToCheck = {
  clientId: string;
  clientSecret?: string;
  redirectUri: string;
  apiUrl: string;
  accountsUrl: string;
  scopes: readonly string[];
};

/**
 * The app as its owner set it up. With a secret its own token is asked for and one catalogue call made; without one, only
 * whether its id is known can be seen. Neither tells whether the redirect address is registered: that shows on the consent
 * page alone, so the exact one is printed. https://developer.spotify.com/documentation/web-api/concepts/apps
 */
export function checkSpotify(app: SpotifyToCheck): Checker {
  return async (signal) => {
    const lines: Check[] = [];
    if (app.clientSecret === undefined) lines.push(await knownApp(app, signal));
    else {
      const asked = await appToken(app, app.clientSecret, signal);
      lines.push(asked.line, ...(asked.token === undefined ? [] : [await owner(app, asked.token, signal)]));
    }
    lines.push({
      name: "Redirect URI",
      status: "ok",
      found: `${app.redirectUri} (must be listed, to the letter, under Settings > Redirect URIs at ${dashboard})`,
    });
    lines.push({
      name: "Scopes",
      status: "ok",
      found: app.scopes.length === 0 ? "the least each command needs" : app.scopes.join(" "),
    });
    return lines;
  };
}

async function appToken(
  app: SpotifyToCheck,
  secret: string,
  signal: AbortSignal,
): Promise<{ line: Check; token?: string }> {
  const name = "Spotify app";
  const response = await fetch(`${app.accountsUrl}/api/token`, {
    method: "POST",
    headers: { Authorization: `Basic ${Buffer.from(`${app.clientId}:${secret}`).toString("base64")}` },
    body: new URLSearchParams({ grant_type: "client_credentials" }),
    signal,
  });
  const answer: unknown = await response.json().catch(() => undefined);
  const granted = tokenSchema.safeParse(answer);
  if (response.ok && granted.success)
    return { line: { name, status: "ok", found: "client id and secret are right" }, token: granted.data.access_token };
  const refused = refusalSchema.safeParse(answer);
  if (refused.success && refused.data.error === "invalid_client")
    return {
      line: {
        name,
        status: "failed",
        found: "the client id or the secret is wrong",
        todo: `Copy both anew from ${dashboard} > your app > Settings into SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET.`,
      },
    };
  return { line: outage(name, response.status) };
}

/** Since 2026 an app works only while its owner has Premium; a call that any app may make shows it. */
async function owner(app: SpotifyToCheck, token: string, signal: AbortSignal): Promise<Check> {
  const name = "Spotify owner";
  const response = await fetch(`${app.apiUrl}/v1/search?q=music&type=track&limit=1`, {
    headers: { Authorization: `Bearer ${token}` },
    signal,
  });
  await response.body?.cancel();
  if (response.ok) return { name, status: "ok", found: "the Web API answers this app" };
  if (response.status === 403)
    return {
      name,
      status: "failed",
      found: "the Web API refuses this app (403)",
      todo: "Its owner needs an active Spotify Premium plan: renew it, then wait some hours.",
    };
  if (response.status === 429)
    return {
      name,
      status: "warning",
      found: "the app's calls for now are spent (429)",
      todo: "Wait; Segue waits by itself.",
    };
  return { name, status: "failed", found: `the Web API answers ${response.status}`, todo: "Try again later." };
}

/** A code that cannot be right: the refusal tells whether the app itself is known (RFC 6749 section 5.2). */
async function knownApp(app: SpotifyToCheck, signal: AbortSignal): Promise<Check> {
  const name = "Spotify app";
  const response = await fetch(`${app.accountsUrl}/api/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: app.clientId,
      redirect_uri: app.redirectUri,
      code: "none",
      code_verifier: "0".repeat(43),
    }),
    signal,
  });
  const refused = refusalSchema.safeParse(await response.json().catch(() => undefined));
  if (refused.success && refused.data.error === "invalid_client")
    return {
      name,
      status: "failed",
      found: "the client id is not known",
      todo: `Copy it anew from ${dashboard} > your app > Settings into SPOTIFY_CLIENT_ID.`,
    };
  if (refused.success)
    return { name, status: "ok", found: "the client id is known (no secret set: PKCE alone is used)" };
  return outage(name, response.status);
}

function outage(name: string, status: number): Check {
  return {
    name,
    status: "failed",
    found: `the accounts service answers ${status}`,
    todo: "Try again later; https://status.spotify.dev shows outages.",
  };
}
