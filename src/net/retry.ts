import type { HttpCall } from "./call.ts";
import { isInteractive } from "./deadline.ts";

const CAP_MS = 60_000;

/** How often one call may go out. Each time costs one of the day. */
export function attemptsOf(call: HttpCall, pressed: boolean): number {
  if (pressed) return 2;
  return isInteractive(call) ? 3 : 6;
}

/**
 * The wait after the nth attempt: 1, 2, 4, 8, 16 s … at most a minute, and from 250 ms where somebody waits; a random part
 * of it, so that calls that failed together do not come back together
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 */
export function backoffMs(call: HttpCall, attempt: number, random: () => number): number {
  const base = isInteractive(call) ? 250 : 1_000;
  return Math.round(random() * Math.min(CAP_MS, base * 2 ** (attempt - 1)));
}

/** Certificates, malformed requests and oversized answers are the same each time. */
export function isLasting(code: string): boolean {
  return /^(BODY_TOO_LARGE|CERT_|ERR_TLS|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_INVALID|ERR_UNESCAPED|ERR_BAD_OPTION)/.test(
    code,
  );
}
