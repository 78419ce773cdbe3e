import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { onSteadyPort } from "../../../src/main/steady-port.ts";
import { createRehearsalSpotify } from "../../../src/rehearsal/index.ts";
import { createFakeClock } from "../../fakes/clock.ts";

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "segue-port-"));
  file = join(dir, "service-port");
});
afterEach(() => rmSync(dir, { recursive: true }));

const clock = createFakeClock();
const start = () => onSteadyPort(file, (port) => createRehearsalSpotify({ clock, port }));

describe("the port of the rehearsal", () => {
  it("is the same after a restart", async () => {
    const first = await start();
    await first.close();
    const second = await start();
    expect(second.url).toBe(first.url);
    await second.close();
  });

  it("is another one while that is taken, and that one from then on", async () => {
    const first = await start();
    const second = await start();
    expect(second.url).not.toBe(first.url);
    expect(second.url).toContain(readFileSync(file, "utf8").trim());
    await Promise.all([first.close(), second.close()]);
  });

  it.each(["", "nonsense", "80", "70000", "1.5"])("is free where the file says %j", async (text) => {
    writeFileSync(file, text);
    const asked: number[] = [];
    await onSteadyPort(file, async (port) => {
      asked.push(port);
      return { url: "http://127.0.0.1:4321" };
    });
    expect(asked).toEqual([0]);
  });

  it("does not need the file", async () => {
    file = join(dir, "gone", "service-port");
    const first = await start();
    await first.close();
    expect(first.url).toMatch(/^http:/);
  });

  it("tells what is wrong when nothing can be started", async () => {
    writeFileSync(file, "4321");
    await expect(onSteadyPort(file, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  });
});
