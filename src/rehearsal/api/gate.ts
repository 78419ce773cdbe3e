import type { AccessToken } from "../accounts/grants.ts";
import type { App } from "../apps.ts";
import { type Exchange, json, Refused, type Reply, refuse, text } from "../http/exchange.ts";
import type { World } from "../world.ts";
import { type Call, missingScope, type Route } from "./call.ts";
import type { RouteTable } from "./route-table.ts";

/** The order in which the platform's doors stand: token, window, owner, allowlist, route, mode, quota, scope. */
export function answerApi(world: World, table: RouteTable, exchange: Exchange): Reply {
  requireLength(exchange);
  const token = authenticate(world, exchange);
  const app = world.apps.get(token.clientId);
  if (app === undefined) throw unauthorized("invalid_token");
  world.limits.passWindow(app);
  checkOwner(app);
  const person = personOf(world, app, token);
  const { route, params } = table.resolve(exchange.method, exchange.path);
  checkMode(app, route);
  world.limits.passQuota(app, route.bucket);
  const scopes = new Set(token.grant?.scopes ?? []);
  if (token.grant === null && route.scopes.length > 0) throw refuse(403, "Valid user authentication required");
  if (!route.scopes.every((scope) => scopes.has(scope))) throw missingScope(world);
  const view = { world, extended: app.mode === "extended" };
  const call: Call = { world, view, app, person, scopes, exchange, params, at: world.clock.now() };
  return route.handle(call);
}

/** The token that a request carries, for whoever only wants to know whose it is. */
export function peekToken(world: World, exchange: Exchange): AccessToken | undefined {
  const [scheme, value] = (exchange.headers.authorization ?? "").split(" ");
  return scheme?.toLowerCase() === "bearer" && value !== undefined ? world.grants.byAccessToken(value) : undefined;
}

function authenticate(world: World, exchange: Exchange): AccessToken {
  if (exchange.headers.authorization === undefined) throw unauthorized("missing_token");
  const token = peekToken(world, exchange);
  if (token === undefined) throw unauthorized("invalid_token");
  return token;
}

/** One text for every cause; only the header tells them apart. */
function unauthorized(error: "missing_token" | "invalid_token"): Refused {
  const body = { error: { status: 401, message: "Missing/invalid/expired access token" } };
  return new Refused(json(401, body, { "www-authenticate": `Bearer realm="spotify", error="${error}"` }));
}

function checkOwner(app: App): void {
  if (app.mode === "extended" || app.ownerPremium) return;
  throw new Refused(text(403, "Active premium subscription required for the owner of the app."));
}

function personOf(world: World, app: App, token: AccessToken) {
  if (token.grant === null) return undefined;
  const person = world.people.get(token.grant.userId);
  if (person === undefined) throw unauthorized("invalid_token");
  if (app.mode === "development" && !app.allowlist.includes(person.id)) {
    throw new Refused(text(403, "User not registered in the Developer Dashboard"));
  }
  return person;
}

function checkMode(app: App, route: Route): void {
  if (route.lives === "everywhere") return;
  if (app.mode === "development") throw refuse(403, "Forbidden");
  if (route.lives === "gone") throw refuse(404, "Not found.");
}

/** A write without a body must say so: `Content-Length: 0`, else the front end answers before the API sees it. */
function requireLength(exchange: Exchange): void {
  if (exchange.method !== "PUT" && exchange.method !== "POST") return;
  if (exchange.headers["content-length"] !== undefined || exchange.headers["transfer-encoding"] !== undefined) return;
  throw new Refused(text(411, "Length Required"));
}
