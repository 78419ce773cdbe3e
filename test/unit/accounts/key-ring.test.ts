import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadKeyRing } from "../../../src/accounts/key-ring.ts";
import { createVault } from "../../../src/accounts/vault.ts";
import { VaultError } from "../../../src/accounts/vault-error.ts";
import { capturedLog, silentLog as log } from "../../support/log.ts";

const base64 = () => randomBytes(32).toString("base64");
let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "segue-keys-"));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));
const file = () => join(dataDir, "encryption-keys");

function refusal(setting: string): VaultError {
  try {
    loadKeyRing({ setting, dataDir, log });
  } catch (error) {
    if (error instanceof VaultError) return error;
    throw error;
  }
  throw new Error("was accepted");
}

describe("the encryption keys", () => {
  it("are made once, for the owner alone, with nothing left beside them", () => {
    const sealed = createVault(loadKeyRing({ dataDir, log })).seal("s", ["t", "c"]);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(readdirSync(dataDir)).toEqual(["encryption-keys"]);
    const before = readFileSync(file(), "utf8");
    expect(createVault(loadKeyRing({ dataDir, log })).open(sealed, ["t", "c"]).reveal()).toBe("s");
    expect(readFileSync(file(), "utf8")).toBe(before);
  });

  it("come from the setting first, whose first is in use, and no file is made", () => {
    const ring = loadKeyRing({ setting: `b:${base64()}, a:${base64()}`, dataDir, log });
    expect(ring.map(({ id }) => id)).toEqual(["b", "a"]);
    expect(createVault(ring).currentKeyId).toBe("b");
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it("of the file still open what they sealed when the setting takes over", () => {
    const sealed = createVault(loadKeyRing({ dataDir, log })).seal("s", ["t", "c"]);
    const vault = createVault(loadKeyRing({ setting: `mine:${base64()}`, dataDir, log }));
    expect(vault.currentKeyId).toBe("mine");
    expect(vault.open(sealed, ["t", "c"]).reveal()).toBe("s");
  });

  it("are refused with what is wrong, and never shown", () => {
    const good = base64();
    const faults: [string, RegExp][] = [
      [good, /form id:base64/],
      [`a:${good.slice(0, 20)}`, /has 15 bytes; it needs 32/],
      ["a:###", /form id:base64/],
      [`a b:${good}`, /form id:base64/],
      [`a:${good},a:${base64()}`, /"a" is used twice/],
      [" , ", /holds no key/],
    ];
    for (const [setting, words] of faults) {
      const { code, message } = refusal(setting);
      expect(code).toBe("bad_keys");
      expect(message).toMatch(words);
      expect(message).toContain("ENCRYPTION_KEYS");
      expect(message).not.toContain(good.slice(0, 20));
    }
  });

  it("that others may read are closed to them, with a warning", () => {
    writeFileSync(file(), `old:${base64()}\n`);
    chmodSync(file(), 0o644);
    const { log: heard, lines } = capturedLog();
    loadKeyRing({ dataDir, log: heard });
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(lines.join()).toContain("readable by others");
  });

  it("in a damaged file stop the start instead of being made anew", () => {
    writeFileSync(file(), "half a ke");
    expect(() => loadKeyRing({ dataDir, log })).toThrow(VaultError);
    expect(readFileSync(file(), "utf8")).toBe("half a ke");
  });
});
