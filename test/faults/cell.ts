import { join } from "node:path";
import type { GateRow } from "../../src/contracts/call-store.ts";
import { isSegueError, type SegueError } from "../../src/contracts/errors.ts";
import { explain } from "../../src/core/errors.ts";
import { createI18n, readLocales } from "../../src/core/i18n.ts";
import type { Usage } from "../../src/net/call.ts";
import { createHttp } from "../../src/net/http.ts";
import { createFakeClock, type FakeClock } from "../fakes/clock.ts";
import { silentLog } from "../support/log.ts";
import type { Front } from "./front.ts";
import { settle } from "./settle.ts";
import { type StrikeName, strikes } from "./strikes.ts";

/**
 * One call of a service as the program makes it. `act`: sending it twice is not the same as once, so that it is sent again only where it surely
 * was not done. `mayWaitMs`: how long whoever asked may wait for the end of it, whatever happens.
 */
export type Operation<W> = {
  service: string;
  name: string;
  act?: true;
  mayWaitMs: number;
  hits(call: { method: string; path: string; body: string }): boolean;
  ask(world: W): Promise<unknown>;
  /** What a resolved answer means where it is not the plain success. */
  answers?(value: unknown): string | undefined;
  /** Struck by these it goes by timers of a library's own, which its own tests let pass. */
  except?: readonly StrikeName[];
  /** What core makes of an error of which the person hears nothing. */
  becomes?(error: unknown): string;
};

/** What came of it. `sent`: calls that went out for the operation; `kept`: what of it is remembered beyond the call. */
export type Cell = {
  service: string;
  operation: string;
  strike: StrikeName;
  told: string;
  sent: number;
  kept: string;
  faults: string[];
};

const files = await readLocales(join(import.meta.dirname, "../../locales"), []);
const i18n = createI18n({ files, fallback: "en", strict: true, log: silentLog });

/** What core says of it to the person who asked; what has no words of ours is a fault of the program. */
export function words(error: SegueError, { now, service }: { now: number; service: string }): string {
  return explain(error, {
    t: i18n.translator("core", "en"),
    has: (key) => i18n.has("core", "en", key),
    moment: (at) => i18n.moment(at, { now, locale: "en", timeZone: "UTC" }),
    providerName: service,
    offers: () => true,
    command: { intent: "playback.play", slots: {} },
    needs: [],
  }).text;
}

const inside = /[{}<>]|\bundefined\b|\bnull\b|\[object|\.ts\b|\bE[A-Z]{4,}\b|HTTP|^\s*at /;

/** What an operation is made in, opened anew for each cell. `usages` is absent where no budget is spent. */
export type World = { usages?(): Promise<Usage[]>; gates: readonly GateRow[]; close(): Promise<unknown> };

/** The program's way out, with a memory that can be looked at afterwards. */
export function openWay(clock: FakeClock, budgets: readonly string[]) {
  const gates: GateRow[] = [];
  const http = createHttp({
    clock,
    log: silentLog,
    calls: { count: async () => {}, since: async () => [] },
    gates: { close: async (row) => void gates.push(row), open: async () => {}, closed: async () => [] },
    limits: () => ({ windowCalls: 100, windowMs: 30_000, dailyCalls: 1_000 }),
    random: () => 0.5,
  });
  return { http, gates, usages: () => Promise.all(budgets.map(http.usage)), close: http.close };
}

const spell = (ms: number) => (ms >= 3_600_000 ? `${ms / 3_600_000} h` : `${ms / 1_000} s`);

/** Makes the operation while the service is struck, and judges what came of it. */
export async function strikeWith<W extends World>(
  operation: Operation<W>,
  strike: StrikeName,
  front: Front,
  open: (clock: FakeClock) => W | Promise<W>,
  times = Number.POSITIVE_INFINITY,
): Promise<Cell> {
  const clock = createFakeClock();
  const world = await open(clock);
  front.aim({ hits: operation.hits, strike: strikes[strike], times }, clock);
  const beganAt = clock.now();
  const faults: string[] = [];
  let told: string;
  try {
    const value = await settle(operation.ask(world), clock, front);
    told = operation.answers?.(value) ?? "as if nothing had happened";
  } catch (error) {
    if (isSegueError(error))
      told = operation.becomes?.(error) ?? `“${words(error, { now: clock.now(), service: operation.service })}”`;
    else {
      told = "Something went wrong on my side.";
      faults.push(`raises ${String(error)}`);
    }
    if (inside.test(told)) faults.push(`says “${told}”`);
  }
  const tookMs = clock.now() - beganAt;
  if (tookMs > operation.mayWaitMs) faults.push(`takes ${tookMs} ms, ${operation.mayWaitMs} at most`);
  const { hit, done } = front.front;
  if (operation.act && done > 1) faults.push(`does it ${done} times`);
  const usages = (await world.usages?.()) ?? [];
  const counted = usages.reduce((sum, { last24h }) => sum + last24h, 0);
  if (world.usages && counted !== front.seen.length) faults.push(`counts ${counted} calls of ${front.seen.length}`);
  const kept = [
    ...world.gates.map(({ closedAt, untilAt }) => `its group of calls is shut for ${spell(untilAt - closedAt)}`),
    ...usages.flatMap(({ breakers }) => breakers.map(() => "its group of calls is left alone for 30 s")),
  ];
  await world.close();
  return {
    service: operation.service,
    operation: operation.name,
    strike,
    told,
    sent: hit,
    kept: [...new Set(kept)].join(", ") || "nothing",
    faults,
  };
}
