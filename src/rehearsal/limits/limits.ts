import type { Clock } from "../../contracts/clock.ts";
import type { App } from "../apps.ts";
import { json, Refused, text } from "../http/exchange.ts";
import type { QuotaBucket, Settings } from "../settings.ts";
import { createRollingCounter, type RollingCounter } from "./rolling.ts";

/** Both of the platform's mechanisms, counted per developer account: a rolling window, and daily quotas by bucket. */
export class Limits {
  readonly #clock: Clock;
  readonly #rules: () => Settings["limits"];
  readonly #counters = new Map<string, RollingCounter>();

  constructor(clock: Clock, rules: () => Settings["limits"]) {
    this.#clock = clock;
    this.#rules = rules;
  }

  /** Counts a call against the window; throws the 429 when it is full. */
  passWindow(app: App): void {
    const rules = this.#rules();
    const waitMs = this.#pass(`${app.developerId} window`, rules.windowMs, rules.windowCalls[app.mode]);
    if (waitMs === 0) return;
    const headers = this.#retryAfter(waitMs);
    if (rules.windowBody === "text") throw new Refused(text(429, "Too many requests", headers));
    throw new Refused(json(429, { error: { status: 429, message: "API rate limit exceeded" } }, headers));
  }

  /** Counts a call against its bucket's day; throws the 429 when it is spent. Extended apps have no such quota. */
  passQuota(app: App, bucket: QuotaBucket): void {
    const rules = this.#rules();
    const most = rules.quota[bucket];
    if (app.mode === "extended" || most === null) return;
    const waitMs = this.#pass(`${app.developerId} ${bucket}`, rules.quotaMs, most);
    if (waitMs === 0) return;
    const headers = this.#retryAfter(waitMs);
    if (rules.quotaBody === "text") throw new Refused(text(429, "Too many requests", headers));
    const error =
      rules.quotaBody === "reason"
        ? { status: 429, message: "Too many requests", reason: "QUOTA_EXCEEDED" }
        : { status: 429, message: "API rate limit exceeded" };
    throw new Refused(json(429, { error }, headers));
  }

  /** Calls counted just now, by developer account and bucket (or `window`). */
  read(): Record<string, number> {
    return Object.fromEntries([...this.#counters].map(([name, counter]) => [name, counter.count()]));
  }

  clear(): void {
    this.#counters.clear();
  }

  /** Ms to wait, 0 when the call passes. */
  #pass(name: string, spanMs: number, most: number): number {
    let counter = this.#counters.get(name);
    if (counter === undefined) {
      counter = createRollingCounter();
      this.#counters.set(name, counter);
    }
    const at = this.#clock.now();
    counter.forget(at - spanMs);
    if (counter.count() < most) {
      counter.add(at);
      return 0;
    }
    if (this.#rules().knocking === "extends") counter.add(at);
    // The window opens again when enough of the oldest calls are behind it.
    return Math.max(1, (counter.nth(counter.count() - most) ?? at) + spanMs - at);
  }

  #retryAfter(waitMs: number): Record<string, string> {
    return this.#rules().retryAfter === "present" ? { "retry-after": String(Math.ceil(waitMs / 1000)) } : {};
  }
}
