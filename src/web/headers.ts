import type { IncomingMessage, ServerResponse } from "node:http";

/** For every answer of this server, a mounted part's included: whoever shows or keeps more than that sets its own instead. */
export function setBaseHeaders(response: ServerResponse): void {
  response.setHeader("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  response.setHeader("Cache-Control", "no-store");
  response.setHeader("X-Content-Type-Options", "nosniff");
  response.setHeader("Referrer-Policy", "no-referrer");
  response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
  response.setHeader("X-Frame-Options", "DENY");
}

/**
 * Nothing but our own style sheet and pictures; with `scripts`, our own scripts, which ask only us. `formsTo` is where a form's answer leads next: Chrome holds the redirect
 * after a form against form-action too (https://github.com/w3c/webappsec-csp/issues/8).
 */
export function pagePolicy(formsTo: readonly string[] = [], { scripts = false } = {}): string {
  return [
    "default-src 'none'",
    ...(scripts ? ["script-src 'self'", "connect-src 'self'"] : []),
    "style-src 'self'",
    "img-src 'self'",
    `form-action ${["'self'", ...formsTo].join(" ")}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join("; ");
}

/** A person looks, in a tab: not a preview of a chat program, not a browser that reads ahead. */
export function isVisit(request: IncomingMessage): boolean {
  return request.headers["sec-fetch-dest"] === "document" && !readsAhead(request);
}

export function readsAhead(request: IncomingMessage): boolean {
  const purposes = [request.headers["sec-purpose"], request.headers.purpose, request.headers["x-moz"]];
  return purposes.some((purpose) => String(purpose ?? "").includes("prefetch"));
}
