import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { onTestFinished } from "vitest";
import { createLastFm } from "../../../../src/listening/diaries/lastfm/service.ts";
import { createListenBrainz } from "../../../../src/listening/diaries/listenbrainz/service.ts";
import type { DiaryCall, DiaryService } from "../../../../src/listening/diaries/service.ts";
import { createHttp } from "../../../../src/net/http.ts";
import { openLastFm } from "../../../doubles/lastfm.ts";
import { openListenBrainz } from "../../../doubles/listenbrainz.ts";
import { createFakeClock, type FakeClock } from "../../../fakes/clock.ts";
import { begun, inFlight } from "../../../support/in-flight.ts";
import { silentLog } from "../../../support/log.ts";

function countRequests(message: unknown): void {
  const { request } = message as { request: { once(event: "close", run: () => void): void } };
  request.once("close", begun());
}

/** Until nothing moves that needs no time: promises, the disk, requests to the false diaries. */
export async function rest(): Promise<void> {
  let seen = inFlight.changes;
  for (let looks = 0; looks < 40; looks++) {
    await new Promise<void>((resolve) => (looks % 8 === 7 ? setTimeout(resolve, 1) : setImmediate(resolve)));
    const busy = process.getActiveResourcesInfo().some((kind) => kind.startsWith("FSReq"));
    if (inFlight.count === 0 && inFlight.changes === seen && !busy) continue;
    seen = inFlight.changes;
    looks = 0;
  }
}

/** Both diaries over real sockets, with the program's own way out. */
export async function openDiaries(clock: FakeClock = createFakeClock()) {
  subscribe("http.client.request.created", countRequests);
  onTestFinished(() => void unsubscribe("http.client.request.created", countRequests));
  const [brainz, fm] = [await openListenBrainz(clock), await openLastFm(clock)];
  const http = createHttp({
    clock,
    log: silentLog,
    calls: { count: async () => {}, since: async () => [] },
    gates: { close: async () => {}, open: async () => {}, closed: async () => [] },
    limits: () => ({ windowCalls: 100, windowMs: 10_000 }),
    random: () => 0,
  });
  onTestFinished(() => http.close());
  const listenBrainz = createListenBrainz({ http, apiUrl: brainz.url, clock });
  const lastFm = createLastFm({ http, apiUrl: fm.url, apiKey: fm.key, secret: fm.secret, clock });
  const call = (): DiaryCall => ({ reason: "test", lane: "history", signal: new AbortController().signal });
  /** Time passes for waits inside, and stands still otherwise. */
  const settle = <T>(work: Promise<T>): Promise<T> => clock.until(work, { realMs: 15 });
  /** Time passes, with all that happens in it. */
  async function passes(ms: number): Promise<void> {
    const end = clock.now() + ms;
    await rest();
    for (let next = clock.nextAt(); next !== undefined && next <= end; next = clock.nextAt()) {
      await clock.advance(Math.max(0, next - clock.now()));
      await rest();
    }
    await clock.advance(Math.max(0, end - clock.now()));
    await rest();
  }
  return {
    passes,
    clock,
    brainz,
    fm,
    http,
    listenBrainz,
    lastFm,
    services: [listenBrainz, lastFm] as DiaryService[],
    call,
    settle,
  };
}
export async function all<T>(pages: AsyncIterable<T[]>): Promise<T[]> {
  const found: T[] = [];
  for await (const page of pages) found.push(...page);
  return found;
}

export function writerOf({ writer }: DiaryService) {
  if (!writer) throw new Error("it is not written to");
  return writer;
}
export function tokenOf(service: DiaryService) {
  const { token } = writerOf(service);
  if (!token) throw new Error("it knows no tokens");
  return token;
}
