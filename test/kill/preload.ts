/**
 * Goes into the program before it begins (`node --import`), and does on demand what nobody outside can do exactly: dies at the
 * n-th moment at which something may be half done, and moves the program's clock on. Everything else is the program as it is.
 */
import { subscribe } from "node:diagnostics_channel";
import { writeSync } from "node:fs";
import { ClientRequest } from "node:http";
import { DatabaseSync, StatementSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { isMainThread } from "node:worker_threads";
import { z } from "zod";
import { systemClock } from "../../src/clock.ts";
import { createOffsetClock } from "../../src/rehearsal/clock.ts";

/** `dieAt`: at that moment from now, counted from 1; null: never. */
export const orderSchema = z.object({
  id: z.number(),
  dieAt: z.number().nullable().optional(),
  advanceMs: z.number().optional(),
});
export type Order = z.infer<typeof orderSchema>;
export type Done = { id: number; moments: number };

/** The database whose loss would be one; what lies in the cache may vanish. */
const database = /segue\.db$/;
const writing =
  /^\s*(?:insert|update|delete|replace|commit|create|alter|drop|with\b[\s\S]*\b(?:insert|update|delete))\b/i;

const lookEveryMs = 5;
const patience = 2_000;
const restLooks = 4;

if (isMainThread) listen();

function listen(): void {
  let moments = 0;
  let dieAt = Number(process.env.KILL_AT ?? 0) || null;
  const moment = (what: string) => {
    moments += 1;
    if (moments !== dieAt) return;
    writeSync(2, `died at moment ${moments}: ${what}\n`);
    process.kill(process.pid, "SIGKILL");
  };
  watchDatabase(moment);
  const underWay = watchRequests(moment);

  const clock = createOffsetClock({ ...systemClock });
  Object.assign(systemClock, clock);
  void clock.advance(Number(process.env.KILL_SHIFT_MS ?? 0));
  process.on("message", async (message) => {
    const order = orderSchema.parse(message);
    if (order.dieAt !== undefined) [moments, dieAt] = [0, order.dieAt];
    if (order.advanceMs !== undefined) {
      await rest(() => `${underWay()} ${moments}`);
      await clock.advance(order.advanceMs);
    }
    process.send?.({ id: order.id, moments } satisfies Done);
  });
  process.channel?.unref();
  process.once("exit", () => writeSync(2, `lived ${moments} moments\n`));
}

/** Until nothing is under way: time passes for those who wait, and nobody's answer is late because it was moved. */
async function rest(look: () => string): Promise<void> {
  let before = look();
  for (let looks = 0, still = 0; still < restLooks && looks < patience; looks++) {
    await setTimeout(lookEveryMs);
    const now = look();
    still = now === before && now.startsWith("0 ") ? still + 1 : 0;
    before = now;
  }
}

function watchDatabase(moment: (what: string) => void): void {
  const watched = new WeakSet<StatementSync>();
  const { prepare, exec } = DatabaseSync.prototype;
  DatabaseSync.prototype.prepare = function (...args) {
    const statement = prepare.apply(this, args);
    if (database.test(this.location() ?? "") && writing.test(args[0])) watched.add(statement);
    return statement;
  };
  DatabaseSync.prototype.exec = function (sql) {
    const counts = this.isOpen && database.test(this.location() ?? "") && writing.test(sql);
    if (counts) moment(`before ${brief(sql)}`);
    exec.call(this, sql);
    if (counts) moment(`after ${brief(sql)}`);
  };
  for (const name of ["run", "all", "get"] as const) {
    const act: (this: StatementSync, ...args: never[]) => unknown = StatementSync.prototype[name];
    Reflect.set(StatementSync.prototype, name, function (this: StatementSync, ...args: never[]) {
      if (!watched.has(this)) return act.apply(this, args);
      moment(`before ${brief(this.sourceSQL)}`);
      const result = act.apply(this, args);
      moment(`after ${brief(this.sourceSQL)}`);
      return result;
    });
  }
}

/**
 * Axios and the platforms' libraries go by node:http or by undici; both tell of each request before and after. Gives how many are
 * under way, without those that a platform answers when there is something to tell.
 */
function watchRequests(moment: (what: string) => void): () => number {
  const underWay = new Set<unknown>();
  const field = (of: unknown, name: string) => String(Reflect.get(Object(of), name) ?? "");
  const watch = (channel: string, heard: (request: unknown, path: string) => void) =>
    subscribe(channel, (message) => {
      const request: unknown = Reflect.get(Object(message), "request");
      heard(request, field(request, "path"));
    });
  // Tokens stand in paths of some platforms.
  const named = (request: unknown, path: string) =>
    `${field(request, "method")} ${path.replace(/\?.*|bot[^/]+|token-\d+/g, "…")}`;
  for (const channel of ["http.client.request.start", "undici:request:create"])
    watch(channel, (request, path) => {
      moment(`before ${named(request, path)}`);
      if (!path.endsWith("/getUpdates") && !opensSocket(request)) underWay.add(request);
    });
  for (const channel of ["http.client.response.finish", "undici:request:headers"])
    watch(channel, (request, path) => {
      underWay.delete(request);
      moment(`after ${named(request, path)}`);
    });
  for (const channel of ["http.client.request.error", "undici:request:error"])
    watch(channel, (request) => void underWay.delete(request));
  return () => underWay.size;
}

function opensSocket(request: unknown): boolean {
  if (request instanceof ClientRequest) return request.hasHeader("upgrade");
  return Boolean(Reflect.get(Object(request), "upgrade"));
}

const brief = (sql: string) => sql.trim().slice(0, 60).replace(/\s+/g, " ");
