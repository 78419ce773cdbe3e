import { refuse } from "../http/exchange.ts";
import type { Route } from "./call.ts";

export interface RouteTable {
  /** The route and the varying parts of its path; 404 or 405 as the platform words them. */
  resolve(method: string, path: string): { route: Route; params: Record<string, string> };
  /** The route's own name for a path, for counting: `/v1/tracks/{id}`; undefined when nothing lives there. */
  nameOf(path: string): string | undefined;
}

interface Pattern {
  readonly path: string;
  readonly parts: readonly string[];
  readonly byMethod: Map<string, Route>;
}

/** Literal parts win over varying ones, whatever the order in which routes are given. */
export function createRouteTable(routes: readonly Route[]): RouteTable {
  const patterns = new Map<string, Pattern>();
  for (const route of routes) {
    const pattern = patterns.get(route.path) ?? {
      path: `/v1${route.path}`,
      parts: `/v1${route.path}`.split("/"),
      byMethod: new Map(),
    };
    if (pattern.byMethod.has(route.method)) throw new Error(`two routes for ${route.method} ${route.path}`);
    pattern.byMethod.set(route.method, route);
    patterns.set(route.path, pattern);
  }
  const ordered = [...patterns.values()].sort((a, b) => varying(a) - varying(b));

  function find(path: string): { pattern: Pattern; params: Record<string, string> } | undefined {
    const parts = path.split("/");
    for (const pattern of ordered) {
      const params = match(pattern.parts, parts);
      if (params !== undefined) return { pattern, params };
    }
    return undefined;
  }

  return {
    resolve(method, path) {
      const found = find(path);
      if (found === undefined) throw refuse(404, "Service not found");
      const route = found.pattern.byMethod.get(method);
      if (route === undefined) throw refuse(405, "Method not allowed");
      return { route, params: found.params };
    },
    nameOf: (path) => find(path)?.pattern.path,
  };
}

function varying(pattern: Pattern): number {
  return pattern.parts.filter((part) => part.startsWith("{")).length;
}

function match(pattern: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const given = parts[index] ?? "";
    if (expected.startsWith("{")) {
      const decoded = decode(given);
      if (decoded === undefined || decoded === "") return undefined;
      params[expected.slice(1, -1)] = decoded;
    } else if (expected !== given) return undefined;
  }
  return params;
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
