import { LRUCache } from "lru-cache";
import type { Clock } from "../contracts/clock.ts";
import type { Log } from "../contracts/log.ts";
import { openScope } from "./deadline.ts";

const WITHIN_MS = 4_000;
const MOST_BYTES = 2 * 1024 * 1024;
const AT_ONCE = 4;
/** A picture draws a hundred covers at most; what comes beyond is drawn without. */
const MOST_WAITING = 200;
const KEPT_BYTES = 16 * 1024 * 1024;
const KEPT_MS = 6 * 60 * 60_000;
/** One that does not answer is left alone for a while: a picture is drawn without its covers. */
const SILENT_MS = 60_000;
const types = new Set(["image/jpeg", "image/png", "image/webp", "image/svg+xml"]);

/** Covers for pictures that are drawn here. Undefined for what is not there, too large, or no picture. */
export type ArtFetch = (url: string, signal: AbortSignal) => Promise<Uint8Array | undefined>;

/**
 * Fetches from those origins alone that the providers name, without credentials, cookies or redirects: addresses of covers come
 * from outside, and must not lead anywhere else. Such servers are no part of a service's API and count no call of its budget.
 */
export function createArtFetch(parts: { origins: readonly string[]; clock: Clock; log: Log }): ArtFetch {
  const { clock, log } = parts;
  const origins = new Set(parts.origins);
  const kept = new LRUCache<string, Uint8Array>({
    maxSize: KEPT_BYTES,
    sizeCalculation: (bytes) => Math.max(1, bytes.byteLength),
    ttl: KEPT_MS,
    perf: clock,
    ttlResolution: 0,
  });
  const silentUntil = new Map<string, number>();
  const waiting: (() => void)[] = [];
  let busy = 0;

  /** Each turn ends within the deadline of one fetch, so that whoever waits has a bound, too. */
  async function turn(): Promise<void> {
    if (busy < AT_ONCE) busy += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  }
  function done(): void {
    const next = waiting.shift();
    if (next) next();
    else busy -= 1;
  }

  async function read(url: URL, signal: AbortSignal): Promise<Uint8Array | undefined> {
    // A redirect is an answer about one cover, not followed, and no reason to leave its server alone.
    const answer = await fetch(url, { redirect: "manual", credentials: "omit", signal });
    const type = answer.headers.get("content-type")?.split(";")[0]?.trim() ?? "";
    if (!answer.ok || !types.has(type) || !answer.body) {
      await answer.body?.cancel();
      return undefined;
    }
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for await (const part of answer.body) {
      bytes += part.byteLength;
      // Leaving the loop cancels the body.
      if (bytes > MOST_BYTES) return undefined;
      parts.push(part);
    }
    return Buffer.concat(parts);
  }

  return async (given, signal) => {
    const url = URL.parse(given);
    if (!url) return undefined;
    if (url.username !== "" || !origins.has(url.origin)) return undefined;
    const known = kept.get(url.href);
    if (known || waiting.length >= MOST_WAITING) return known;
    await turn();
    const scope = openScope(clock, clock.now() + WITHIN_MS, [signal]);
    try {
      if (signal.aborted || (silentUntil.get(url.origin) ?? 0) > clock.now()) return undefined;
      const bytes = await read(url, scope.signal);
      if (bytes) kept.set(url.href, bytes);
      return bytes;
    } catch (error) {
      if (!signal.aborted) {
        silentUntil.set(url.origin, clock.now() + SILENT_MS);
        log.debug({ origin: url.origin, error: error instanceof Error ? error.name : "?" }, "a cover could not be had");
      }
      return undefined;
    } finally {
      scope.end();
      done();
    }
  };
}
