import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadKeyRing } from "../../../src/accounts/key-ring.ts";
import { createVault } from "../../../src/accounts/vault.ts";
import { loadConfig } from "../../../src/config.ts";
import { partsToCheck } from "../../../src/main/checks.ts";
import { openStore } from "../../../src/store/open.ts";
import { grant } from "../../contract/store-rows.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { silentLog as log } from "../../support/log.ts";

const clock = createFakeClock();
let DATA_DIR: string;
beforeEach(() => {
  DATA_DIR = mkdtempSync(join(tmpdir(), "segue-doctor-keys-"));
});
afterEach(() => rmSync(DATA_DIR, { recursive: true }));

const key = (id: string, bytes = 32) => `${id}:${randomBytes(bytes).toString("base64")}`;
async function said(env: Record<string, string> = {}) {
  const config = loadConfig({ MPD_URL: "mpd://127.0.0.1:6600", DATA_DIR, ...env }, "/does/not/exist/.env");
  const part = partsToCheck(config, clock).find(({ name }) => name === "Encryption keys");
  return (await part?.check(new AbortController().signal))?.[0];
}
/** A database with a token that is sealed with the only key of that setting. */
async function seal(setting: string): Promise<void> {
  const store = await openStore({ url: `sqlite:${join(DATA_DIR, "segue.db")}`, clock, log });
  const vault = createVault(loadKeyRing({ setting, dataDir: DATA_DIR, log }));
  const { id } = await store.people.ensure({ platform: "web", tenant: "", id: "ann" }, "ann", 1);
  const accessToken = vault.seal("one", ["accounts", "access_token", "memory", "ann"]);
  const refreshToken = vault.seal("two", ["accounts", "refresh_token", "memory", "ann"]);
  await store.accounts.putGrant({ ...grant(id, "ann"), accessToken, refreshToken }, 1);
  await store.close();
}

describe("the line of doctor about encryption keys", () => {
  it("names a setting that no key can be read from", async () => {
    expect(await said({ ENCRYPTION_KEYS: key("abc", 16) })).toMatchObject({
      status: "failed",
      found: expect.stringContaining('"abc") has 16 bytes; it needs 32'),
    });
  });

  it("sees that the keys do not open what is sealed, in the words of the start", async () => {
    const right = key("one");
    await seal(right);
    expect(await said({ ENCRYPTION_KEYS: right })).toMatchObject({ status: "ok", found: "from ENCRYPTION_KEYS" });
    const wrong = key("one");
    for (const ENCRYPTION_KEYS of [wrong, key("two")]) {
      const line = await said({ ENCRYPTION_KEYS });
      expect(line).toMatchObject({
        status: "failed",
        found: expect.stringContaining('This database is sealed with "one".'),
      });
      expect(line?.found).not.toContain(wrong.slice(4));
    }
  });

  it("sees that the keys are lost, and makes none", async () => {
    expect(await said()).toMatchObject({ status: "ok", found: "none yet; made at the first start" });
    await seal(key("one"));
    expect(await said()).toMatchObject({ status: "failed", found: expect.stringContaining("is missing or empty") });
    expect(existsSync(join(DATA_DIR, "encryption-keys"))).toBe(false);
  });

  it("says so where a database could not be looked into", async () => {
    const line = await said({ ENCRYPTION_KEYS: key("one"), DATABASE_URL: `sqlite:${DATA_DIR}` });
    expect(line).toMatchObject({ status: "warning", found: expect.stringContaining("not tried: ") });
  });
});
