import { AsyncLocalStorage } from "node:async_hooks";

/** On whose behalf something happens: an event that came in, by a short id of its row, or a background job. */
type Trace = { request: string } | { job: string };

const current = new AsyncLocalStorage<Trace>();

/** Every line that is logged during the task, and in whatever it begins, says so. */
export function during<T>(trace: Trace, task: () => T): T {
  return current.run(trace, task);
}

export function traced(): Trace | undefined {
  return current.getStore();
}

/** Enough to be found by and short enough to be read out. */
export function requestOf(rowId: string): string {
  return rowId.slice(0, 8);
}
