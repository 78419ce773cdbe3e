import type { Log } from "../../src/contracts/log.ts";
import { createLog } from "../../src/log.ts";

export const silentLog: Log = createLog({ level: "silent", write: () => {} });

/** A log whose lines a test may read. */
export function capturedLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  return { lines, log: createLog({ level: "debug", write: (line) => void lines.push(line) }) };
}
