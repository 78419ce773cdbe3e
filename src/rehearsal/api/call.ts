import type { App } from "../apps.ts";
import { type Exchange, json, type Reply, refuse } from "../http/exchange.ts";
import type { Person } from "../people.ts";
import type { View } from "../render/view.ts";
import type { QuotaBucket } from "../settings.ts";
import type { World } from "../world.ts";

/** A request that passed the door: who asks, through which app, with which scopes. */
export interface Call {
  readonly world: World;
  readonly view: View;
  readonly app: App;
  /** Undefined for an app's own token (client credentials). */
  readonly person: Person | undefined;
  readonly scopes: ReadonlySet<string>;
  readonly exchange: Exchange;
  /** The named parts of the path. */
  readonly params: Readonly<Record<string, string>>;
  readonly at: number;
}

export interface Route {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** Under /v1, with `{name}` for a part that varies. */
  readonly path: string;
  /** All of them are needed. What depends on the request is checked by the handler. */
  readonly scopes: readonly string[];
  readonly bucket: QuotaBucket;
  /** `extended`: withdrawn from Development Mode (February 2026). `gone`: withdrawn from all but a few (November 2024). */
  readonly lives: "everywhere" | "extended" | "gone";
  handle(call: Call): Reply;
}

export const ok = (value: unknown): Reply => json(200, value);

/** The person behind the token; an app's own token has none. */
export function listener(call: Call): Person {
  if (call.person === undefined) throw refuse(403, "Valid user authentication required");
  return call.person;
}

export function param(call: Call, name: string): string {
  return call.params[name] ?? "";
}

/** Refuses unless the token carries one of `scopes`. */
export function needAnyScope(call: Call, ...scopes: string[]): void {
  if (!scopes.some((scope) => call.scopes.has(scope))) throw missingScope(call.world);
}

export function missingScope(world: World) {
  return world.settings.tokens.scopeRefusal === "401"
    ? refuse(401, "Permissions missing")
    : refuse(403, "Insufficient client scope");
}
