import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { requireKeys } from "../../../src/accounts/key-check.ts";
import { followKeyRing, loadKeyRing, readKeySources } from "../../../src/accounts/key-ring.ts";
import { forgetKey, keyStandings, type Rotation, rotateKeys } from "../../../src/accounts/rotating.ts";
import { createVault } from "../../../src/accounts/vault.ts";
import { type Purpose, sealedColumns } from "../../../src/contracts/sealed.ts";
import type { Store } from "../../../src/contracts/store.ts";
import { openStore } from "../../../src/store/open.ts";
import { grant, link } from "../../contract/store-rows.ts";
import { createFakeClock, type FakeClock } from "../../fakes/clock.ts";
import { crashingStore } from "../../support/crash.ts";
import { silentLog as log } from "../../support/log.ts";

let dataDir: string;
let clock: FakeClock;
let store: Store;
const opened: Store[] = [];
const open = async () => {
  const another = await openStore({ url: `sqlite:${join(dataDir, "segue.db")}`, clock, log });
  opened.push(another);
  return another;
};
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "segue-rotating-"));
  clock = createFakeClock();
  store = await open();
});
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const file = () => join(dataDir, "encryption-keys");
const base64 = () => randomBytes(32).toString("base64");
/** A person with something sealed in every column that there is; what was sealed is its own purpose. */
async function seal(name: string): Promise<void> {
  const vault = createVault(loadKeyRing({ dataDir, log }));
  const sealed = (...purpose: Purpose) => vault.seal(purpose.join("/"), purpose);
  const person = await store.people.ensure({ platform: "web", tenant: "", id: name }, name, 1);
  const account = {
    ...grant(person.id, name),
    accessToken: sealed("accounts", "access_token", "memory", name),
    refreshToken: sealed("accounts", "refresh_token", "memory", name),
  };
  await store.accounts.putGrant(account, 1);
  const row = link(person.id);
  await store.links.create({
    ...row,
    verifier: sealed("links", "verifier", row.id),
    pendingCode: sealed("links", "pending_code", row.id),
  });
  const { id } = await store.diaries.put(person.id, "diary", { userName: name }, 1);
  const secret = sealed("diaries", "secret", id);
  await store.diaries.change(id, { secret, pending: secret });
}

const rotate = (more: Partial<Parameters<typeof rotateKeys>[0]> = {}): Promise<Rotation> =>
  rotateKeys({ store, clock, dataDir, log, others: false, ...more });

/** All texts with the keys that sealed them; raises where one of them does not open with the keys that there are. */
async function state() {
  const vault = createVault(loadKeyRing({ dataDir, log, make: false }));
  const by = new Set<string | undefined>();
  let texts = 0;
  for (const at of sealedColumns)
    for (const { text, purpose } of await store.sealed.page(at, "", "", 1_000)) {
      expect(vault.open(text, purpose).reveal()).toBe(purpose.join("/"));
      by.add(text.split(".")[1]);
      texts += 1;
    }
  return { by: [...by], texts, inUse: vault.currentKeyId };
}
const standings = async () =>
  keyStandings(readKeySources({ dataDir, log }), await store.sealed.counts()).map(({ id, state: is, texts }) => [
    id,
    is,
    texts.reduce((sum, each) => sum + each.texts, 0),
  ]);

describe("a rotation of the keys", () => {
  it("seals every column anew, keeps the old key for what was copied before, and says so", async () => {
    for (const name of ["ada", "eve"]) await seal(name);
    const [before] = loadKeyRing({ dataDir, log });
    const steps: string[] = [];
    const done = await rotate({ onProgress: (at, of) => steps.push(`${at}/${of}`) });
    expect(done).toMatchObject({ from: [before.id], complete: true, unreadable: 0, byHand: [] });
    expect(done.texts).toEqual({ accounts: 4, links: 4, diaries: 4 });
    expect(steps.at(-1)).toBe("12/12");
    expect(await state()).toEqual({ by: [done.to], texts: 12, inUse: done.to });
    expect(await standings()).toEqual([
      [done.to, "in use", 12],
      [before.id, "retired", 0],
    ]);
    expect(readdirSync(dataDir).filter((name) => name.startsWith("encryption"))).toEqual(["encryption-keys"]);
    expect((await store.audit.recent(1))[0]).toMatchObject({ act: "keys.rotated", detail: { to: done.to } });
    const again = await rotate();
    expect(again.from).toEqual([done.to]);
    expect(await state()).toMatchObject({ by: [again.to], texts: 12 });
  });

  it("ends the same after a kill at any step, however often", async () => {
    await seal("ada");
    const count = crashingStore(store);
    await rotate({ store: count.store });
    expect(count.calls.length).toBeGreaterThan(15);
    for (let at = 0; at < count.calls.length; at++)
      for (const moment of ["before", "after"] as const) {
        const [first] = loadKeyRing({ dataDir, log });
        const killed = crashingStore(store, { at, moment });
        void rotate({ store: killed.store });
        await killed.died;
        await state();
        const inBetween = readKeySources({ dataDir, log }).flatMap(({ keys }) => keys.filter((key) => !key.standby));
        const { to, complete } = await rotate();
        expect(complete).toBe(true);
        expect(to).not.toBe(first.id);
        // The key that was made is used, and no other made beside it.
        if (inBetween.length > 1) expect(to).toBe(inBetween[0]?.id);
        expect(await state()).toMatchObject({ by: [to], texts: 6, inUse: to });
        expect((await standings()).filter(([, is]) => is !== "retired")).toEqual([[to, "in use", 6]]);
      }
    expect(await standings()).toHaveLength(6);
  });

  it("goes on where the new key stands beside the one in use, and sweeps away what a kill left half written", async () => {
    await seal("ada");
    const text = readFileSync(file(), "utf8");
    writeFileSync(file(), `${text}# next fresh:${base64()}\n`);
    writeFileSync(join(dataDir, ".encryption-keys.4711.draft"), "half a ke");
    // Whoever looks after the keys names the copies.
    const kept = ["encryption-keys.20261122", "encryption-keys.1", ".encryption-keys.draft", ".keys.4711.draft"];
    for (const name of kept) writeFileSync(join(dataDir, name), text);
    expect((await standings()).map(([id, is]) => [id, is])).toContainEqual(["fresh", "next"]);
    expect((await rotate()).to).toBe("fresh");
    expect(await state()).toMatchObject({ by: ["fresh"], inUse: "fresh" });
    expect(readdirSync(dataDir).filter((name) => name.includes("keys"))).toEqual(["encryption-keys", ...kept].sort());
  });

  it("takes along what a Segue that runs beside it writes meanwhile, in its old key and in the new one", async () => {
    await seal("ada");
    const old = createVault(loadKeyRing({ dataDir, log }));
    const running = createVault(followKeyRing({ dataDir, log }));
    const beside = await open();
    const rotating = rotate({ others: true });
    // In hand before the new key came, written while the rotation waits for just that.
    const [account] = await beside.accounts.all("memory");
    if (!account) throw new Error("no account");
    await clock.advance(5_000);
    const access: Purpose = ["accounts", "access_token", "memory", "ada"];
    const refresh: Purpose = ["accounts", "refresh_token", "memory", "ada"];
    await beside.accounts.putTokens(account.id, account.version, {
      accessToken: old.seal(access.join("/"), access),
      accessExpiresAt: 9,
      refreshToken: running.seal(refresh.join("/"), refresh),
      scopes: [],
    });
    const done = await clock.until(rotating);
    expect(done.complete).toBe(true);
    expect(await state()).toMatchObject({ by: [done.to], texts: 6 });
    expect(running.currentKeyId).toBe(done.to);
  });

  it("of a key in the environment is asked for, and done once it was put in front", async () => {
    const first = `a:${base64()}`;
    const setting = `b:${base64()},${first}`;
    writeFileSync(file(), `${first}\n`, { mode: 0o600 });
    await seal("ada");
    rmSync(file());
    await expect(rotate({ setting: first })).rejects.toMatchObject({ code: "by_hand" });
    const done = await rotate({ setting });
    expect(done).toMatchObject({ to: "b", from: ["a"], byHand: [{ id: "a", source: "ENCRYPTION_KEYS" }] });
    expect((await store.sealed.counts()).map(({ keyId }) => keyId)).toEqual(Array(6).fill("b"));
  });

  it("leaves what does not open, says how much, and is not held up by it", async () => {
    for (const name of ["ada", "eve"]) await seal(name);
    const [account] = await store.accounts.all("memory");
    if (!account) throw new Error("no account");
    const spoilt = `${account.accessToken.slice(0, -4)}AAAA`;
    await store.accounts.putTokens(account.id, account.version, { ...account, accessToken: spoilt });
    const done = await rotate();
    expect(done).toMatchObject({ complete: true, unreadable: 1, texts: { accounts: 3, links: 4, diaries: 4 } });
    expect((await store.accounts.get(account.id))?.accessToken).toBe(spoilt);
  });

  it("begins nothing where the file of the keys cannot be replaced", async () => {
    await seal("ada");
    const before = await state();
    const elsewhere = mkdtempSync(join(tmpdir(), "segue-keys-"));
    const settingFile = join(elsewhere, "keys");
    writeFileSync(settingFile, readFileSync(file()));
    rmSync(file());
    // As with a file that is mounted alone: nothing can be made beside it, whoever asks.
    mkdirSync(join(elsewhere, `.keys.${process.pid}.draft`, "in-the-way"), { recursive: true });
    await expect(rotate({ settingFile })).rejects.toMatchObject({ name: "VaultError", code: "unreadable" });
    expect(readKeySources({ settingFile, dataDir, log })[0]?.keys.map(({ id }) => id)).toEqual([before.inUse]);
    rmSync(elsewhere, { recursive: true });
  });
});

describe("keys that are not those of the database", () => {
  const sources = () => ({ dataDir, log });
  const refused = () =>
    requireKeys(store.sealed, sources()).then(
      () => "admitted",
      ({ message }: Error) => message,
    );

  it("are never made anew while something is sealed", async () => {
    await seal("ada");
    const [key] = loadKeyRing({ dataDir, log });
    rmSync(file());
    expect(await refused()).toMatch(new RegExp(`no encryption keys.*sealed with "${key.id}".*nothing was changed`));
    expect(readdirSync(dataDir)).not.toContain("encryption-keys");
  });

  it("are told by name: another key, and another one of the same name", async () => {
    await seal("ada");
    const [key] = loadKeyRing({ dataDir, log });
    writeFileSync(file(), `other:${base64()}\n`);
    expect(await refused()).toContain(`"${key.id}", which is not among the encryption keys`);
    writeFileSync(file(), `${key.id}:${base64()}\n`);
    expect(await refused()).toContain(`does not open with the key "${key.id}"`);
  });

  it("are not suspected for one spoilt text, and are made where nothing is sealed", async () => {
    expect(await refused()).toBe("admitted");
    expect(readdirSync(dataDir)).toContain("encryption-keys");
    await seal("ada");
    const [account] = await store.accounts.all("memory");
    if (!account) throw new Error("no account");
    const spoilt = `${account.accessToken.slice(0, -4)}AAAA`;
    await store.accounts.putTokens(account.id, account.version, { ...account, accessToken: spoilt });
    expect(await refused()).toBe("admitted");
  });
});

describe("a key that is forgotten", () => {
  const forget = (id: string) => forgetKey(id, { store, clock, dataDir, log });

  it("is never one that opens what it has sealed, nor the one in use", async () => {
    const [key] = loadKeyRing({ dataDir, log });
    await expect(forget(key.id)).rejects.toMatchObject({ code: "in_use" });
    await seal("ada");
    await expect(forget(key.id)).rejects.toMatchObject({ code: "in_use" });
    const { to } = await rotate();
    expect(await forget(key.id)).toEqual({ texts: { accounts: 0, links: 0, diaries: 0 }, keys: 1 });
    expect((await standings()).map(([id]) => id)).toEqual([to]);
    expect(await state()).toMatchObject({ texts: 6 });
  });

  it("that is lost gives up what it has sealed and nothing else: the start goes on, and people are asked to connect again", async () => {
    await seal("ada");
    const [lost] = loadKeyRing({ dataDir, log });
    rmSync(file());
    writeFileSync(file(), `other:${base64()}\n`, { mode: 0o600 });
    const [diary] = await store.diaries.all();
    if (!diary) throw new Error("no diary");
    await store.diaries.change(diary.id, { forwards: "on" });
    const [ada] = await store.accounts.all("memory");
    if (!ada) throw new Error("no account");
    await store.accounts.park(ada.id, ada.version, { error: "NeedsRelink", refusedAt: 1, lookAt: 2 });
    await seal("eve");
    expect(await forget(lost.id)).toEqual({ texts: { accounts: 1, links: 1, diaries: 2 }, keys: 0 });
    await requireKeys(store.sealed, { dataDir, log });
    expect(await state()).toEqual({ by: ["other"], texts: 6, inUse: "other" });
    const byName = new Map((await store.accounts.all("memory")).map((row) => [row.subject, row]));
    expect(byName.get("ada")).toMatchObject({ status: "needs_relink", lastError: "key_lost", accessToken: "" });
    // There is nothing left to ask the service about.
    expect(byName.get("ada")).not.toHaveProperty("lookAt");
    expect(byName.get("ada")).not.toHaveProperty("refusedAt");
    expect(byName.get("eve")).toMatchObject({ status: "ok" });
    expect((await store.accounts.parked()).map(({ subject }) => subject)).toEqual(["ada"]);
    expect(await store.diaries.get(diary.id)).toMatchObject({ forwards: "invalid", owes: "invalid" });
    expect(await store.diaries.get(diary.id)).not.toHaveProperty("secret");
    expect((await store.audit.recent(1))[0]).toMatchObject({ act: "keys.forgotten", detail: { id: lost.id } });
    expect(await forget(lost.id)).toEqual({ texts: { accounts: 0, links: 0, diaries: 0 }, keys: 0 });
  });
});
