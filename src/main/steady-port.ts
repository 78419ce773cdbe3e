import { readFileSync, writeFileSync } from "node:fs";

/**
 * Starts on the port of the last time, where that is free, and on any other where it is not: what names its address, such as
 * the pictures of messages that somebody still sees, outlives a restart.
 */
export async function onSteadyPort<T extends { url: string }>(
  file: string,
  start: (port: number) => Promise<T>,
): Promise<T> {
  const before = portIn(file);
  const started = before === 0 ? await start(0) : await start(before).catch(() => start(0));
  const port = new URL(started.url).port;
  try {
    if (port !== String(before)) writeFileSync(file, `${port}\n`);
  } catch {
    // The next start is on another one: nothing else is lost.
  }
  return started;
}

function portIn(file: string): number {
  try {
    const port = Number(readFileSync(file, "utf8").trim());
    return Number.isInteger(port) && port >= 1024 && port <= 65_535 ? port : 0;
  } catch {
    return 0;
  }
}
