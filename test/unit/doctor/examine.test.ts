import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { examine, print } from "../../../src/doctor/examine.ts";
import { dataFolder, encryptionKeys } from "../../../src/doctor/machine.ts";
import { createFakeClock } from "../../fakes/clock.ts";

const clock = createFakeClock();
const never = new AbortController().signal;
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "segue-doctor-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

describe("doctor", () => {
  it("gives every line in order, one that fails and one that hangs included", async () => {
    const looking = examine(
      [
        { name: "First", check: async () => [{ name: "First", status: "ok", found: "well" }] },
        {
          name: "Breaks",
          check: async () => {
            throw new TypeError("fetch failed", { cause: Object.assign(new Error("x"), { code: "ECONNREFUSED" }) });
          },
        },
        { name: "Hangs", check: () => new Promise(() => {}) },
      ],
      clock,
    );
    await clock.advance(10_000);
    const lines = await looking;
    expect(lines.map(({ name, status, found }) => [name, status, found])).toEqual([
      ["First", "ok", "well"],
      ["Breaks", "failed", "no connection (ECONNREFUSED)"],
      ["Hangs", "failed", "no answer within 10 s"],
    ]);
    expect(print(lines)).toBe(
      [
        "✓ First   well",
        "✗ Breaks  no connection (ECONNREFUSED)",
        "          → Check the network between this machine and it (firewall, proxy, DNS), and try again.",
        "✗ Hangs   no answer within 10 s",
        "          → Check the network between this machine and it (firewall, proxy, DNS), and try again.",
      ].join("\n"),
    );
  });

  it("sees keys that others could read", async () => {
    expect(await encryptionKeys(dir, undefined)(never)).toMatchObject([{ status: "ok" }]);
    const path = join(dir, "encryption-keys");
    writeFileSync(path, "a:b", { mode: 0o600 });
    expect(await encryptionKeys(dir, undefined)(never)).toMatchObject([{ status: "warning" }]);
    chmodSync(path, 0o644);
    expect(await encryptionKeys(dir, undefined)(never)).toMatchObject([
      { status: "failed", todo: `Run: chmod 600 ${path}` },
    ]);
  });

  it("takes a data folder that is not there yet, and refuses what is no folder", async () => {
    expect(await dataFolder(join(dir, "a", "b"))(never)).toMatchObject([{ status: "ok" }]);
  });
});
