export type WebErrorCode = "port_taken" | "no_such_address" | "not_permitted" | "bad_proxies" | "failed";

/** Why the web server cannot start, as one line that says what to do. */
export class WebError extends Error {
  readonly code: WebErrorCode;

  constructor(code: WebErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = "WebError";
    this.code = code;
  }
}

/** The system's own code of a failed listen, made into words. */
export function listenError(cause: unknown, host: string, port: number): WebError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  switch (code) {
    case "EADDRINUSE":
      return new WebError(
        "port_taken",
        `Port ${port} on ${host} is taken by another program. Stop that one, or set PORT to a free number.`,
        { cause },
      );
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new WebError("no_such_address", `This machine has no address ${host}. Set HOST to one of its own.`, {
        cause,
      });
    case "EACCES":
      return new WebError(
        "not_permitted",
        `Port ${port} needs more rights than this program has. Set PORT to a number from 1024 up.`,
        { cause },
      );
    default:
      return new WebError(
        "failed",
        `The web server cannot listen on ${host}, port ${port} (${code || "unknown fault"}).`,
        { cause },
      );
  }
}
