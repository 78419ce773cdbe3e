import pino from "pino";
import type { Log } from "./contracts/log.ts";
import { traced } from "./trace.ts";

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** Names under which a secret may travel; their values are never written, at any depth. */
const secretName =
  /^(authorization|cookie|set-cookie|code|state|verifier|code_verifier|password|secret|client_?secret|.*token.*|.*_key|keys?|encryption_?keys|confirm|paste|address)$/i;
/** Error codes travel as `code` too: words, where an authorization code is a long mix of letters and digits. */
const errorCode = /^[A-Za-z_]{2,40}$/;
const maxDepth = 6;
const maxText = 2_000;

/**
 * JSON lines. pino's own redaction goes by fixed paths, and an AxiosError logged whole shows its headers; so every value is
 * rebuilt here: secrets by name dropped, errors reduced to name, message, code and stack, depth and length bounded.
 */
export function createLog(options: { level: LogLevel; write: (line: string) => void }): Log {
  return pino(
    {
      level: options.level,
      base: undefined,
      // pino writes the line's own fields into what it is given here.
      mixin: () => ({ ...traced() }),
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => clean(fields, 0) as Record<string, unknown>,
      },
    },
    { write: options.write },
  ) as Log;
}

/**
 * What JSON leaves as it is and a terminal or a reader's eye does not: further control characters (U+009B begins an escape
 * sequence as ESC [ does) and the marks that turn the direction of what follows.
 */
const acting = /[\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g;

/** An address inside a text may carry what its parameters are named for. */
function scrub(text: string): string {
  return text
    .replace(/\b(code|state|token|access_token|refresh_token|client_secret|code_verifier)=[^&\s"']+/gi, "$1=[secret]")
    .replace(acting, "\uFFFD");
}

function clean(value: unknown, depth: number): unknown {
  if (typeof value === "string") return scrub(value.length > maxText ? `${value.slice(0, maxText)}…` : value);
  if (typeof value !== "object" || value === null) return typeof value === "bigint" ? String(value) : value;
  if (depth >= maxDepth) return "…";
  if (value instanceof Error) return cleanError(value, depth);
  if (Array.isArray(value)) return value.slice(0, 50).map((item) => clean(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, isSecret(name, item) ? "[secret]" : clean(item, depth + 1)]),
  );
}

function isSecret(name: string, value: unknown): boolean {
  if (!secretName.test(name)) return false;
  return !(name === "code" && typeof value === "string" && errorCode.test(value));
}

function cleanError(error: Error, depth: number): Record<string, unknown> {
  const { code, details, retryAt } = error as Error & { code?: unknown; details?: unknown; retryAt?: unknown };
  return {
    name: error.name,
    message: clean(error.message, depth),
    ...(code === undefined ? {} : { code }),
    ...(details === undefined ? {} : { details: clean(details, depth + 1) }),
    ...(retryAt === undefined ? {} : { retryAt }),
    stack: clean(error.stack, depth),
    ...(error.cause === undefined ? {} : { cause: clean(error.cause, depth + 1) }),
  };
}
