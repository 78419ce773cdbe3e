import { createHash } from "node:crypto";
import { MIA, type Stand } from "./stand.ts";

export const REDIRECT = "http://127.0.0.1:8765/v1/spotify/auth/callback";
export const VERIFIER = "a-verifier-of-the-right-length_with.every~kind-0123456789";
const CHALLENGE = createHash("sha256").update(VERIFIER).digest("base64url");
export const BASIC = { authorization: `Basic ${btoa("segue-rehearsal:segue-rehearsal-secret")}` };

/** An authorize address; null leaves a part out. */
export function address(spotify: Stand, change: Record<string, string | null> = {}): string {
  const query = new URLSearchParams();
  const all = {
    client_id: "segue-rehearsal",
    response_type: "code",
    redirect_uri: REDIRECT,
    state: "st/ate",
    scope: "user-read-playback-state user-modify-playback-state",
    code_challenge_method: "S256",
    code_challenge: CHALLENGE,
    ...change,
  };
  for (const [name, value] of Object.entries(all)) if (value !== null) query.set(name, value);
  return `${spotify.server.accountsUrl}/authorize?${query}`;
}

/** `POST /api/token` with this form. */
export async function token(spotify: Stand, form: Record<string, string>, headers: Record<string, string> = {}) {
  const response = await fetch(`${spotify.server.accountsUrl}/api/token`, {
    method: "POST",
    headers,
    body: new URLSearchParams(form),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

export function codeFrom(url: string): string {
  return new URL(url).searchParams.get("code") ?? "";
}

/** The form that turns a fresh consent into tokens. */
export async function link(spotify: Stand, change: Record<string, string | null> = {}) {
  const code = codeFrom(spotify.server.control.consent(address(spotify, change), MIA));
  return {
    grant_type: "authorization_code",
    code,
    redirect_uri: REDIRECT,
    client_id: "segue-rehearsal",
    code_verifier: VERIFIER,
  };
}
