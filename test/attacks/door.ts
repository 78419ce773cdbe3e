import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/clock.ts";
import { loadConfig } from "../../src/config.ts";
import { startSegue } from "../../src/main.ts";
import { capturedLog } from "../support/log.ts";

/** The program as `npm start` runs it, in a rehearsal, with these settings laid over the defaults. */
export async function openProgram(settings: Record<string, string> = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), "segue-attack-"));
  const { log, lines } = capturedLog();
  const config = loadConfig({ PORT: "0", DATA_DIR: dataDir, ...settings }, "/nonexistent/.env");
  const segue = await startSegue(config, { clock: systemClock, log });
  const port = Number(/:(\d+)\/?$/.exec(localOf(lines))?.[1]);
  return {
    port,
    lines,
    /** What the program wrote at `error`: an attack is nothing that surprises it. */
    faults: () => lines.filter((line) => line.includes('"level":"error"')),
    async close() {
      await segue.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function localOf(lines: readonly string[]): string {
  const ready = lines
    .map((line) => JSON.parse(line) as { msg?: string; port?: number })
    .find(({ msg }) => msg === "ready");
  return `:${ready?.port}`;
}

/** What came back, and whether the other side ended the connection by itself within `withinMs`. */
type Heard = { text: string; closed: boolean };

/** Bytes as they are, on a socket of one's own: no client between that would mend them. */
export function raw(
  port: number,
  parts: string | string[],
  { withinMs = 2_000, pauseMs = 0, from = "127.0.0.1" } = {},
): Promise<Heard> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: "127.0.0.1", localAddress: from });
    let text = "";
    const end = (closed: boolean) => {
      clearTimeout(late);
      socket.destroy();
      resolve({ text, closed });
    };
    const late = setTimeout(() => end(false), withinMs);
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      text += chunk;
    });
    socket.on("error", () => undefined);
    socket.on("close", () => end(true));
    void (async () => {
      for (const part of [parts].flat()) {
        if (socket.destroyed) return;
        socket.write(part, "latin1");
        if (pauseMs > 0) await new Promise((next) => setTimeout(next, pauseMs));
      }
    })();
  });
}

/** The statuses of all answers on one connection, in order. */
export const statuses = ({ text }: Heard): number[] =>
  [...text.matchAll(/^HTTP\/1\.[01] (\d{3})/gm)].map(([, status]) => Number(status));

/** A request with a line each for its headers; the blank line after them comes with it. */
export const request = (line: string, ...headers: string[]): string => [line, ...headers, "", ""].join("\r\n");
