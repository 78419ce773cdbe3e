import type { CallStore, GateStore } from "../contracts/call-store.ts";
import type { Clock } from "../contracts/clock.ts";
import { SegueError } from "../contracts/errors.ts";
import type { Log } from "../contracts/log.ts";
import { type Breaker, type BreakerTimes, breakerTimes, createBreaker, type PassEnd } from "./breaker.ts";
import type { BudgetLimits, CallReport, Http, HttpAnswer, HttpCall } from "./call.ts";
import { type Deadlines, deadlineOf, deadlines, openScope, type Scope } from "./deadline.ts";
import { createGate, type Gate, type GateReason } from "./gate.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { attemptsOf, backoffMs, isLasting } from "./retry.ts";
import { retryAfterMs } from "./retry-after.ts";
import { createWindow, type Window } from "./window.ts";
import { createWire, DEADLINE, type Outcome } from "./wire.ts";

export type HttpOptions = {
  clock: Clock;
  log: Log;
  calls: CallStore;
  gates: GateStore;
  limits: (budget: string) => BudgetLimits;
  deadlines?: Partial<Deadlines>;
  breaker?: Partial<BreakerTimes>;
  random?: () => number;
  /** For metrics. What it throws is dropped. */
  onCall?: (report: CallReport) => void;
};

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
/** No window of seconds asks for more; a longer Retry-After is a quota that does not say so. */
const LONGEST_RATE_MS = 2 * 60 * 1000;
const SOONEST_MS = 1_000;
/** The service counts a call when it arrives, which for the first of a window may be this much after it left here. */
const ON_THE_WAY_MS = 250;
/** After a refusal's wait is over, callers come back spread over this. */
const SPREAD_MS = 200;
/** A service that did not answer within less has not failed: its caller was in a hurry. */
const HURRY_MS = 1_000;

type Budget = {
  limits: BudgetLimits;
  window: Window;
  ledger: Ledger;
  gate: Gate;
  breaker: Breaker;
  streaks: Map<string, number>;
};
type Answer = Extract<Outcome, { got: "answer" }>;
type Failure = Extract<Outcome, { got: "failure" }>;

/** An error of ours as cause: a code and nothing of the request. */
function cause(code: string): Error {
  return Object.assign(new Error(code), { code, stack: undefined });
}

/** Why a 429 was given, where its body says so. */
function reasonOf({ json }: Answer): unknown {
  if (typeof json !== "object" || json === null || !("error" in json)) return undefined;
  const { error } = json;
  return typeof error === "object" && error !== null && "reason" in error ? error.reason : undefined;
}

const isQuota = (answer: Answer): boolean => reasonOf(answer) === "QUOTA_EXCEEDED";
/** One person asked too often: nobody else's business, so no gate is shut. */
const isPersonal = (answer: Answer): boolean => reasonOf(answer) === "RATE_LIMITED";

/** Why the caller ended it. One who gives no reason leaves an error of the platform's, which has no words of ours. */
function reasonFor({ signal, service }: HttpCall): unknown {
  const { reason } = signal ?? {};
  const untold = reason instanceof DOMException && reason.name === "AbortError";
  return untold ? new SegueError("Unavailable", { service, why: "offline" }, { cause: cause("ABORTED") }) : reason;
}

/** The one way out to music services: deadline, lanes, window, day's ledger, gate and retries in one place. */
export function createHttp(options: HttpOptions): Http {
  const { clock, log, random = Math.random } = options;
  const times: Deadlines = { ...deadlines, ...options.deadlines };
  const wire = createWire();
  const closing = new AbortController();
  const budgets = new Map<string, Promise<Budget>>();

  async function openBudget(name: string): Promise<Budget> {
    const limits = options.limits(name);
    const ledger = createLedger({ budget: name, dailyCalls: limits.dailyCalls, store: options.calls, clock });
    const gate = createGate({ budget: name, store: options.gates, clock });
    await Promise.all([ledger.load(), gate.load()]);
    const window = createWindow({ clock, limit: limits.windowCalls, windowMs: limits.windowMs + ON_THE_WAY_MS });
    const breaker = createBreaker({ clock, times: { ...breakerTimes, ...options.breaker } });
    return { limits, ledger, gate, breaker, window, streaks: new Map() };
  }

  function budgetOf(name: string): Promise<Budget> {
    let budget = budgets.get(name);
    if (!budget) {
      budget = openBudget(name);
      budgets.set(name, budget);
      // A database that hiccuped once must not shut the budget for ever.
      budget.catch(() => budgets.delete(name));
    }
    return budget;
  }

  function refuseAtGate(budget: Budget, call: HttpCall): void {
    const closed = budget.gate.before(call.group);
    if (!closed) return;
    const retryAt = closed.untilAt;
    throw closed.reason === "quota"
      ? new SegueError("QuotaExceeded", { lane: call.lane }, { retryAt })
      : new SegueError("RateLimited", { scope: "service" }, { retryAt });
  }

  function refuseAtBreaker({ breaker }: Budget, { service, group }: HttpCall): void {
    const retryAt = breaker.refusedUntil(group);
    if (retryAt !== undefined) throw new SegueError("Unavailable", { service, why: "breaker" }, { retryAt });
  }

  /**
   * Waits for the call's turn and counts it. When it resolves, the call must go out, and what it resolves with be told how
   * that ended.
   */
  async function admit(
    budget: Budget,
    call: HttpCall,
    scope: Scope,
    deadlineAt: number,
  ): Promise<(end: PassEnd) => void> {
    refuseAtGate(budget, call);
    refuseAtBreaker(budget, call);
    const at = await budget.window.take(call.lane, deadlineAt, scope.signal);
    let leave: ReturnType<Breaker["enter"]> | undefined;
    try {
      refuseAtGate(budget, call);
      refuseAtBreaker(budget, call);
      // Before anything is waited for: of those that wait for one try, one makes it.
      leave = budget.breaker.enter(call.group);
      await budget.ledger.count(call.group, call.lane);
      return leave;
    } catch (error) {
      leave?.("unknown");
      budget.window.giveBack(at);
      throw error;
    }
  }

  /** What an attempt says of the service: whether it works, not whether it did what was asked. */
  function endOf(call: HttpCall, outcome: Outcome, allowedMs: number): PassEnd {
    const failure = failureIn(call, outcome);
    if (!failure) return outcome.got === "answer" && outcome.status === 429 ? "unknown" : "well";
    if (failure.why === "aborted" || isLasting(failure.code) || failure.code === "REDIRECT") return "unknown";
    return failure.why === "timeout" && allowedMs < HURRY_MS ? "unknown" : "failed";
  }

  /** What a 429 means, made durable: how long this group, or everything, is shut. */
  async function shut(budget: Budget, call: HttpCall, answer: Answer): Promise<GateReason> {
    const now = clock.now();
    const streak = budget.streaks.get(call.group) ?? 0;
    budget.streaks.set(call.group, streak + 1);
    const told = retryAfterMs(answer.retryAfter, answer.date, now);
    const quota = isQuota(answer) || (told !== undefined && told > LONGEST_RATE_MS);
    let forMs = told === undefined ? undefined : Math.max(SOONEST_MS, told);
    if (forMs === undefined) {
      // Nothing was said. A quota has no room before the oldest counted hour leaves; each further refusal doubles the wait.
      const base = quota ? Math.max(HOUR_MS, (budget.ledger.oldestLeavesAt() ?? now) - now) : budget.limits.windowMs;
      forMs = Math.min(base * 2 ** Math.min(streak, 10), quota ? DAY_MS : HOUR_MS);
    }
    const reason = quota ? "quota" : "rate";
    await budget.gate.close(call.group, forMs, reason);
    log.warn(
      { service: call.service, budget: call.budget, group: call.group, reason: call.reason, forMs, kind: reason },
      "refused by the service: its gate is shut",
    );
    return reason;
  }

  function report(call: HttpCall, attempt: number, outcome: Outcome, waitedMs: number, tookMs: number): void {
    const { service, budget, group, lane, reason, method } = call;
    const result = outcome.got === "answer" ? { status: outcome.status } : { failure: outcome.code };
    const fields: CallReport = { service, budget, group, lane, reason, method, attempt, ...result, waitedMs, tookMs };
    log.debug(fields, "call");
    try {
      options.onCall?.(fields);
    } catch (error) {
      log.error({ error: error instanceof Error ? error.name : "?" }, "a listener of calls threw");
    }
  }

  async function attempt(
    budget: Budget,
    call: HttpCall,
    number: number,
    scope: Scope,
    deadlineAt: number,
  ): Promise<Outcome> {
    const askedAt = clock.now();
    const leave = await admit(budget, call, scope, deadlineAt);
    const beganAt = clock.now();
    const untilAt = call.repeat ? Math.min(deadlineAt, beganAt + times.attemptMs) : deadlineAt;
    const inner = untilAt < deadlineAt ? openScope(clock, untilAt, [scope.signal]) : undefined;
    let end: PassEnd = "unknown";
    try {
      const outcome = await wire.send(call, inner?.signal ?? scope.signal, untilAt - beganAt);
      end = endOf(call, outcome, untilAt - beganAt);
      report(call, number, outcome, beganAt - askedAt, clock.now() - beganAt);
      return outcome;
    } finally {
      leave(end);
      inner?.end();
    }
  }

  /** What a failed or unreadable attempt amounts to for the caller. */
  function errorOf(call: HttpCall, failure: Failure, status: number | undefined, retryAt?: number): Error {
    if (failure.sent && !call.repeat)
      return new SegueError("Unconfirmed", { action: call.reason }, { cause: cause(failure.code) });
    const why = status !== undefined ? "status" : failure.why === "aborted" ? "connection" : failure.why;
    return new SegueError(
      "Unavailable",
      { service: call.service, why, ...(status !== undefined && { status }) },
      { cause: cause(failure.code), ...(retryAt !== undefined && { retryAt }) },
    );
  }

  /** A failed attempt as the failure that it is; undefined when the answer is one for the caller. */
  function failureIn(call: HttpCall, outcome: Outcome): Failure | undefined {
    if (outcome.got === "failure") return outcome;
    const { status, text, json } = outcome;
    const failed = (why: Failure["why"], code: string): Failure => ({ got: "failure", sent: true, why, code });
    if (status >= 500 || status === 408) return failed("connection", `HTTP_${status}`);
    if (status >= 300 && status < 400) return { ...failed("connection", "REDIRECT"), sent: false };
    if (status < 300 && call.answer === "json" && json === undefined && text.trim() !== "")
      return failed("malformed", "NOT_JSON");
    return undefined;
  }

  async function run(budget: Budget, call: HttpCall, scope: Scope, deadlineAt: number): Promise<HttpAnswer> {
    let waitedForGate = false;
    for (let number = 1; ; number++) {
      const outcome = await attempt(budget, call, number, scope, deadlineAt);

      if (outcome.got === "answer" && outcome.status === 429 && !isPersonal(outcome)) {
        const reason = await shut(budget, call, outcome);
        const closed = budget.gate.before(call.group);
        const backAt = (closed?.untilAt ?? clock.now()) + Math.round(random() * SPREAD_MS);
        // A refusal did nothing, so a write may come back as well as a read. Once: whoever is refused twice is not welcome.
        if (reason === "quota" || waitedForGate || backAt >= deadlineAt) refuseAtGate(budget, call);
        waitedForGate = true;
        await clock.sleep(Math.max(0, backAt - clock.now()), scope.signal);
        continue;
      }

      const failure = failureIn(call, outcome);
      if (!failure && outcome.got === "answer") {
        if (outcome.status < 300) budget.streaks.delete(call.group);
        const { status, json, text } = outcome;
        return json === undefined ? { status, text } : { status, json, text };
      }
      if (!failure) continue;

      const status = outcome.got === "answer" && failure.why !== "malformed" ? outcome.status : undefined;
      const lasting = isLasting(failure.code) || failure.code === "REDIRECT";
      const asked = outcome.got === "answer" ? retryAfterMs(outcome.retryAfter, outcome.date, clock.now()) : undefined;
      // By then its own failure may have opened the circuit: then it is the one that tries, where its deadline lets it.
      const backAt = Math.max(
        clock.now() + Math.max(backoffMs(call, number, random), asked ?? 0),
        budget.breaker.refusedUntil(call.group) ?? 0,
      );
      const may = (call.repeat || !failure.sent) && !lasting && failure.why !== "aborted";
      if (!may || number >= attemptsOf(call, budget.ledger.pressed()) || backAt >= deadlineAt) {
        throw errorOf(call, failure, status, asked === undefined ? undefined : clock.now() + asked);
      }
      await clock.sleep(backAt - clock.now(), scope.signal);
    }
  }

  return {
    async request(call) {
      if (call.signal?.aborted) throw reasonFor(call);
      const budget = await budgetOf(call.budget);
      const deadlineAt = deadlineOf(call, clock.now(), budget.ledger.pressed(), times);
      const scope = openScope(clock, deadlineAt, [call.signal, closing.signal]);
      try {
        return await run(budget, call, scope, deadlineAt);
      } catch (error) {
        // An aborted write that was under way is Unconfirmed, whoever aborted it; nothing else outlives the caller's wish.
        if (error instanceof SegueError && error.code === "Unconfirmed") throw error;
        if (call.signal?.aborted) throw reasonFor(call);
        if (error === DEADLINE) {
          throw new SegueError("Unavailable", { service: call.service, why: "timeout" }, { cause: cause("DEADLINE") });
        }
        if (closing.signal.aborted && !(error instanceof SegueError)) {
          throw new SegueError("Unavailable", { service: call.service, why: "offline" });
        }
        throw error;
      } finally {
        scope.end();
      }
    },

    async usage(name) {
      const { limits, ledger, gate, breaker, window } = await budgetOf(name);
      const oldestLeavesAt = ledger.oldestLeavesAt();
      return {
        budget: name,
        limits,
        last24h: ledger.used(),
        byLane: ledger.byLane(),
        byGroup: ledger.byGroup(),
        ...(oldestLeavesAt !== undefined && { oldestLeavesAt }),
        window: { used: window.used(), queued: window.queued() },
        gates: gate.closed(),
        breakers: breaker.open(),
      };
    },

    async close() {
      closing.abort(new Error("stopped"));
      for (const budget of budgets.values()) await budget.then(({ window }) => window.stop()).catch(() => {});
      wire.close();
    },
  };
}
