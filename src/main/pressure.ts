import { type EventLoopUtilization, performance } from "node:perf_hooks";
import type { Clock } from "../contracts/clock.ts";

const measuredOverMs = 50;
/** Of the time in which something was done; the rest was waiting for something to do. */
const mostly = 0.9;

/** Whether this program's own thread is what everything in it waits for. */
export function createPressure(clock: Clock): () => boolean {
  let since: EventLoopUtilization = performance.eventLoopUtilization();
  let at = clock.now();
  let pressed = false;
  return () => {
    const now = clock.now();
    if (Math.abs(now - at) >= measuredOverMs) {
      pressed = performance.eventLoopUtilization(since).utilization > mostly;
      since = performance.eventLoopUtilization();
      at = now;
    }
    return pressed;
  };
}
