import { expect, vi } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { loadConfig } from "../../../src/config.ts";
import { type Segue, startSegue } from "../../../src/main.ts";
import { capturedLog } from "../../support/log.ts";
import { openServices, type Wanted } from "./services.ts";

export { addressIn, linkByPage, linkByPaste, publicUrl } from "./services.ts";

/** The real program with real settings, against doubles of every service it talks to. */
export async function openStand(wanted: Wanted) {
  const services = await openServices(wanted, { clock: systemClock });
  const { log, lines } = capturedLog();
  let segue: Segue | undefined;
  const start = async () => {
    segue = await startSegue(loadConfig(services.settings, "/nonexistent/.env"), { clock: systemClock, log });
    segue.failed.catch((error: unknown) => services.faults.push(error));
  };
  const stop = async () => {
    const running = segue;
    segue = undefined;
    await running?.stop();
  };

  return {
    ...services,
    lines,
    /** What the program wrote at `warn` and above. */
    complaints: () => lines.filter((line) => /"level":"(warn|error)"/.test(line)),
    start,
    stop,
    async restart() {
      await stop();
      await start();
    },
    operatorCode: () => segue?.operatorCode,
    /** Nobody broke a platform's rules, and the false service did not fail inside. */
    expectClean: () => expect(services.offences()).toEqual([]),
    async close() {
      await stop();
      await services.close();
    },
  };
}
export type Stand = Awaited<ReturnType<typeof openStand>>;

// Whole programs start and end here, and the machine may be busy with others.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** Looks again until it holds, for what comes over real sockets. */
export const soon = <T>(look: () => T) => expect.poll(look, { timeout: 20_000, interval: 10 });

/** Long enough for what should not happen to happen. */
export const aWhile = () => new Promise<void>((resolve) => setTimeout(resolve, 300));
