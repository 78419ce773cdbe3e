const LOOPBACK = new Set(["127.0.0.1", "[::1]"]);

/**
 * Why `uri` cannot be registered, or null: https anywhere, http on a loopback address literal, `localhost` never.
 * https://developer.spotify.com/documentation/web-api/concepts/redirect_uri
 */
export function redirectUriProblem(uri: string): "malformed" | "insecure" | null {
  const parsed = URL.parse(uri);
  if (parsed === null || uri.includes("#")) return "malformed";
  if (parsed.protocol === "https:") return parsed.hostname === "localhost" ? "insecure" : null;
  // Schemes of installed apps (my-app://callback) may be registered too; a server has no use for them.
  return parsed.protocol === "http:" && LOOPBACK.has(parsed.hostname) ? null : "insecure";
}

/** Exact, letter by letter; a loopback address registered without a port accepts any port. */
export function redirectUriMatches(registered: readonly string[], given: string): boolean {
  if (redirectUriProblem(given) !== null) return false;
  return registered.some((uri) => uri === given || uri === withoutLoopbackPort(given));
}

function withoutLoopbackPort(uri: string): string | undefined {
  return /^http:\/\/(?:127\.0\.0\.1|\[::1\]):\d{1,5}(?=[/?]|$)/.test(uri)
    ? uri.replace(/:\d{1,5}(?=[/?]|$)/, "")
    : undefined;
}
