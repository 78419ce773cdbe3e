import { timingSafeEqual } from "node:crypto";
import type { App } from "../apps.ts";
import { type Exchange, json, Refused, type Reply } from "../http/exchange.ts";
import type { World } from "../world.ts";
import { challengeOf } from "./grants.ts";

const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/;

/** `POST /api/token`: a code, a refresh token, or the app's own credentials against tokens. */
export function answerToken(world: World, exchange: Exchange): Reply {
  const form = new URLSearchParams(isForm(exchange) ? exchange.body.toString("utf8") : "");
  const client = identify(world, exchange, form);
  switch (form.get("grant_type")) {
    case "authorization_code":
      return fromCode(world, client, form);
    case "refresh_token":
      return fromRefreshToken(world, client, form);
    case "client_credentials":
      if (!client.proven) throw refused("invalid_client", "Invalid client secret");
      return tokens(world.grants.accessToken(client.app.clientId, null));
    default:
      throw refused(
        "unsupported_grant_type",
        "grant_type must be client_credentials, authorization_code or refresh_token",
      );
  }
}

interface Client {
  readonly app: App;
  /** The secret was shown. */
  readonly proven: boolean;
}

/** Basic, or id and secret in the form, or the id alone (PKCE). */
function identify(world: World, exchange: Exchange, form: URLSearchParams): Client {
  const header = exchange.headers.authorization;
  const basic = header === undefined ? undefined : basicCredentials(header);
  if (header !== undefined && basic === undefined) throw refused("invalid_client", "Invalid client");
  const clientId = basic?.id ?? form.get("client_id");
  const secret = basic?.secret ?? form.get("client_secret");
  if (clientId === null || clientId === "") throw refused("invalid_client");
  const app = world.apps.get(clientId);
  if (app === undefined) throw refused("invalid_client", "Invalid client");
  if (secret === null) return { app, proven: false };
  if (app.clientSecret === undefined || !same(app.clientSecret, secret))
    throw refused("invalid_client", "Invalid client secret");
  return { app, proven: true };
}

function fromCode(world: World, client: Client, form: URLSearchParams): Reply {
  const value = form.get("code");
  if (value === null || value === "") throw refused("invalid_request", "code must be supplied");
  const code = world.grants.takeCode(value);
  if (code === "unknown") throw refused("invalid_grant", "Invalid authorization code");
  if (code === "expired") throw refused("invalid_grant", "Authorization code expired");
  if (code.clientId !== client.app.clientId) throw refused("invalid_grant", "Invalid authorization code");
  if (code.redirectUri !== form.get("redirect_uri")) throw refused("invalid_grant", "Invalid redirect URI");
  if (code.challenge !== null) {
    const verifier = form.get("code_verifier");
    if (verifier === null) throw refused("invalid_request", "code_verifier must be supplied");
    if (!VERIFIER.test(verifier) || challengeOf(verifier) !== code.challenge)
      throw refused("invalid_grant", "code_verifier was incorrect");
  } else if (!client.proven) throw refused("invalid_client", "Invalid client secret");
  const { userId, scopes } = code;
  const grant = world.grants.open({ clientId: client.app.clientId, userId, scopes, pkce: code.challenge !== null });
  return tokens(world.grants.firstTokens(grant));
}

function fromRefreshToken(world: World, client: Client, form: URLSearchParams): Reply {
  const value = form.get("refresh_token");
  if (value === null || value === "") throw refused("invalid_request", "refresh_token must be supplied");
  const grant = world.grants.byRefreshToken(value);
  if (grant === "unknown") throw refused("invalid_grant", "Invalid refresh token");
  if (grant === "dead") throw refused("invalid_grant", "Refresh token revoked");
  // A token of an earlier run may name somebody who is not part of this one.
  if (grant.clientId !== client.app.clientId || !world.people.has(grant.userId))
    throw refused("invalid_grant", "Invalid refresh token");
  if (!grant.pkce && !client.proven) throw refused("invalid_client", "Invalid client secret");
  return tokens(world.grants.refresh(grant, value));
}

function tokens(reply: object): Reply {
  return json(200, reply, { "cache-control": "no-store" });
}

/** The accounts service's own shape of error, always 400: https://github.com/ramsayleung/rspotify/issues/396 */
function refused(error: string, description?: string): Refused {
  return new Refused(json(400, { error, ...(description === undefined ? {} : { error_description: description }) }));
}

function isForm(exchange: Exchange): boolean {
  return (exchange.headers["content-type"] ?? "").toLowerCase().startsWith("application/x-www-form-urlencoded");
}

function basicCredentials(header: string): { id: string; secret: string } | undefined {
  const encoded = /^basic +([A-Za-z0-9+/=_-]+)$/i.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  const decoded = Buffer.from(encoded, "base64").toString("utf8");
  const colon = decoded.indexOf(":");
  return colon < 0 ? undefined : { id: decoded.slice(0, colon), secret: decoded.slice(colon + 1) };
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
