import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { followKeyRing, loadKeyRing } from "../../../src/accounts/key-ring.ts";
import { createVault } from "../../../src/accounts/vault.ts";
import { VaultError } from "../../../src/accounts/vault-error.ts";
import { capturedLog, silentLog as log } from "../../support/log.ts";

const purpose = ["links", "verifier", "1"] as const;
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
    const sealed = createVault(loadKeyRing({ dataDir, log })).seal("s", purpose);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(readdirSync(dataDir)).toEqual(["encryption-keys"]);
    const before = readFileSync(file(), "utf8");
    expect(createVault(loadKeyRing({ dataDir, log })).open(sealed, purpose).reveal()).toBe("s");
    expect(readFileSync(file(), "utf8")).toBe(before);
  });

  it("come from the setting first, whose first is in use, and no file is made", () => {
    const ring = loadKeyRing({ setting: `b:${base64()}, a:${base64()}`, dataDir, log });
    expect(ring.map(({ id }) => id)).toEqual(["b", "a"]);
    expect(createVault(ring).currentKeyId).toBe("b");
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it("of the file still open what they sealed when the setting takes over", () => {
    const sealed = createVault(loadKeyRing({ dataDir, log })).seal("s", purpose);
    const vault = createVault(loadKeyRing({ setting: `mine:${base64()}`, dataDir, log }));
    expect(vault.currentKeyId).toBe("mine");
    expect(vault.open(sealed, purpose).reveal()).toBe("s");
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

  it("that were rotated out open what they sealed, and seal nothing", () => {
    const [inUse, retired] = [base64(), base64()];
    writeFileSync(file(), `# a remark\n# retired 2026-11-21 old:${retired}\nnew:${inUse}\n`, { mode: 0o600 });
    const vault = createVault(loadKeyRing({ dataDir, log }));
    expect(vault.currentKeyId).toBe("new");
    const sealed = createVault(loadKeyRing({ setting: `old:${retired}`, dataDir, log })).seal("s", purpose);
    expect(vault.open(sealed, purpose).reveal()).toBe("s");
    writeFileSync(file(), `# retired 2026-11-21 old:${retired}\n`, { mode: 0o600 });
    expect(() => loadKeyRing({ dataDir, log })).toThrow(/no encryption keys/);
  });

  it("in files that change are read again; what cannot be read changes nothing", () => {
    const settingFile = join(dataDir, "given");
    writeFileSync(settingFile, `a:${base64()}\n`, { mode: 0o600 });
    const { log: heard, lines } = capturedLog();
    const ring = followKeyRing({ settingFile, dataDir, log: heard });
    const [first] = ring();
    expect(ring()[0]).toBe(first);
    writeFileSync(settingFile, `b:${base64()}\na:${base64()}\n`);
    expect(ring().map(({ id }) => id)).toEqual(["b", "a"]);
    const held = ring();
    writeFileSync(settingFile, "half a ke");
    expect(ring()).toBe(held);
    rmSync(settingFile);
    expect(ring()).toBe(held);
    expect(lines.filter((line) => line.includes("serve on"))).toHaveLength(2);
  });

  it("in a damaged file stop the start instead of being made anew", () => {
    writeFileSync(file(), "half a ke");
    expect(() => loadKeyRing({ dataDir, log })).toThrow(VaultError);
    expect(readFileSync(file(), "utf8")).toBe("half a ke");
  });
});
