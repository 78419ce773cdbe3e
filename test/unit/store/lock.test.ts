import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { lockDataDir } from "../../../src/store/lock.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "segue-lock-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A process that holds the folder until it is killed. */
async function holder(): Promise<{ pid: number; kill(): Promise<void> }> {
  const module = new URL("../../../src/store/lock.ts", import.meta.url).href;
  const code = `const { lockDataDir } = await import(${JSON.stringify(module)}); lockDataDir(${JSON.stringify(folder)}); console.log("held"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  return {
    pid: child.pid ?? 0,
    kill: () =>
      new Promise((resolve) => {
        child.once("close", () => resolve());
        child.kill("SIGKILL");
      }),
  };
}

function caught(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

it("is refused to a second holder, with the first one's number", () => {
  const lock = lockDataDir(folder);
  expect(caught(() => lockDataDir(folder))).toMatchObject({ name: "StoreError", code: "locked", pid: process.pid });
  lock.release();
  lock.release();
  expect(existsSync(join(folder, "segue.pid"))).toBe(false);
  lockDataDir(folder).release();
});

it("is held against other processes and dies with its own, however that ends", async () => {
  const other = await holder();
  expect(caught(() => lockDataDir(folder))).toMatchObject({ code: "locked", pid: other.pid });
  await other.kill();
  expect(existsSync(join(folder, "segue.pid"))).toBe(true);
  lockDataDir(folder).release();
});

it("still refuses when the note of who holds it is unreadable", () => {
  const lock = lockDataDir(folder);
  writeFileSync(join(folder, "segue.pid"), "nonsense");
  const error = caught(() => lockDataDir(folder));
  expect(error).toMatchObject({ code: "locked", pid: undefined });
  lock.release();
});

it("makes the folder, and says plainly when it cannot", () => {
  lockDataDir(join(folder, "a", "b")).release();
  writeFileSync(join(folder, "file"), "");
  expect(caught(() => lockDataDir(join(folder, "file")))).toMatchObject({ code: "unwritable" });
});
