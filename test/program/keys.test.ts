import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadKeyRing } from "../../src/accounts/key-ring.ts";
import { createVault } from "../../src/accounts/vault.ts";
import { systemClock } from "../../src/clock.ts";
import { type Purpose, sealedColumns } from "../../src/contracts/sealed.ts";
import type { Store } from "../../src/contracts/store.ts";
import { openStore } from "../../src/store/open.ts";
import { grant } from "../contract/store-rows.ts";
import { silentLog as log } from "../support/log.ts";
import { createPrograms, type Programs } from "../support/program.ts";

let programs: Programs;
let dataDir: string;
const opened: Store[] = [];
beforeEach(() => {
  programs = createPrograms("keys");
  dataDir = join(programs.folder, "data", "rehearsal");
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  programs.close();
});

const keyFile = () => join(dataDir, "encryption-keys");
const base64 = () => randomBytes(32).toString("base64");
async function open(): Promise<Store> {
  const store = await openStore({ url: `sqlite:${join(dataDir, "segue.db")}`, clock: systemClock, log });
  opened.push(store);
  return store;
}
/** Accounts whose tokens say where they belong, sealed with the keys that there are. */
async function seal(store: Store, names: readonly string[], settingFile?: string): Promise<void> {
  const vault = createVault(loadKeyRing({ dataDir, log, ...(settingFile !== undefined && { settingFile }) }));
  const sealed = (...purpose: Purpose) => vault.seal(purpose.join("/"), purpose);
  for (const name of names) {
    const { id } = await store.people.ensure({ platform: "web", tenant: "", id: name }, name, 1);
    const accessToken = sealed("accounts", "access_token", "memory", name);
    const refreshToken = sealed("accounts", "refresh_token", "memory", name);
    await store.accounts.putGrant({ ...grant(id, name), accessToken, refreshToken }, 1);
  }
}
/** Ids of the keys that something is sealed with; raises where something does not open. */
async function sealers(store: Store): Promise<string[]> {
  const vault = createVault(loadKeyRing({ dataDir, log, make: false }));
  const ids = new Set<string>();
  for (const at of sealedColumns)
    for (const { text, purpose } of await store.sealed.page(at, "", "", 10_000)) {
      expect(vault.open(text, purpose).reveal()).toBe(purpose.join("/"));
      ids.add(text.split(".")[1] ?? "");
    }
  return [...ids];
}
const keysIn = (text: string, state: string) =>
  [...text.matchAll(new RegExp(`^(\\S+)  ${state},`, "gm"))].map(([, id]) => id);

describe("segue keys rotate", () => {
  it("beside a Segue that runs and seals, killed again and again, ends with one key and loses nothing", {
    timeout: 120_000,
  }, async () => {
    const running = programs.segue(["serve"]);
    await programs.address(running);
    const store = await open();
    await seal(
      store,
      Array.from({ length: 150 }, (_, at) => `before-${at}`),
    );
    const [first] = await sealers(store);
    if (first === undefined) throw new Error("nothing sealed");

    const before = readFileSync(keyFile(), "utf8");
    const moments: (() => Promise<boolean>)[] = [
      async () => readFileSync(keyFile(), "utf8") !== before,
      async () => (await store.sealed.counts()).some(({ keyId }) => keyId !== first),
    ];
    for (const [at, moment] of moments.entries()) {
      const rotating = programs.segue(["keys", "rotate"]);
      await expect.poll(moment, { timeout: 30_000, interval: 1 }).toBe(true);
      rotating.child.kill("SIGKILL");
      expect((await rotating.ended).code).toBe(null);
      await seal(store, [`meanwhile-${at}`]);
      expect(await sealers(store)).not.toEqual([]);
    }

    const ended = programs.segue(["keys", "rotate"]);
    await seal(store, ["while-it-waits"]);
    const { code, out, err } = await ended.ended;
    expect(err).toBe("");
    expect(code).toBe(0);
    const [inUse] = await sealers(store);
    expect(await sealers(store)).toEqual([inUse]);
    expect(inUse).not.toBe(first);
    expect(out).toMatch(new RegExp(`key in use is ${inUse};.*\\nNothing needs ${first} any more`));
    const shown = await programs.segue(["keys"]).ended;
    expect([keysIn(shown.out, "in use"), keysIn(shown.out, "retired")]).toEqual([[inUse], [first]]);
    expect(shown.out).toMatch(/seals 306 texts \(153 accounts.access_token, 153 accounts.refresh_token\)/);
    const { out: audit } = await programs.segue(["audit"]).ended;
    expect(audit).toMatch(/keys\.rotated .*"accounts":\d+/);
    for (const text of [out, shown.out, audit, running.seen.out, running.seen.err])
      for (const line of readFileSync(keyFile(), "utf8").trim().split("\n"))
        expect(text).not.toContain(line.split(":")[1]);
    running.child.kill("SIGTERM");
    expect((await running.ended).code).toBe(0);
  });

  it("writes into the file that ENCRYPTION_KEYS_FILE names, also where the variable itself is there and empty", {
    timeout: 60_000,
  }, async () => {
    mkdirSync(dataDir, { recursive: true });
    const settingFile = join(programs.folder, "keys");
    writeFileSync(settingFile, `given:${base64()}\n`, { mode: 0o600 });
    await seal(await open(), ["ada"], settingFile);
    const env = { ENCRYPTION_KEYS_FILE: settingFile, ENCRYPTION_KEYS: "" };
    const { code, out } = await programs.segue(["keys", "rotate"], env).ended;
    expect(out).toMatch(/2 texts sealed anew/);
    expect(code).toBe(0);
    expect(readFileSync(settingFile, "utf8")).toMatch(/^[0-9a-f]{8}:\S+\n# retired \S+ given:\S+\n$/);
    expect(existsSync(keyFile())).toBe(false);

    const byHand = await programs.segue(["keys", "rotate"], { ENCRYPTION_KEYS: readFileSync(settingFile, "utf8") })
      .ended;
    expect(byHand.err).toMatch(/stands in the environment.*put a new key in front/);
    expect(byHand.code).toBe(1);
  });
});

describe("a start with keys that are not those of the database", () => {
  it("says which key is missing and what to do, and changes nothing, not even the schema", {
    timeout: 120_000,
  }, async () => {
    mkdirSync(dataDir, { recursive: true });
    const store = await open();
    await seal(store, ["ada"]);
    const [id] = await sealers(store);
    await store.close();
    rmSync(keyFile());
    const { DatabaseSync } = await import("node:sqlite");
    const database = new DatabaseSync(join(dataDir, "segue.db"));
    // As an older version left it.
    const [last] = database
      .prepare("delete from migrations where name = (select max(name) from migrations) returning name")
      .all();
    const names = () => database.prepare("select name from migrations").all().length;
    const had = names();

    const missing = await programs.segue(["serve"]).ended;
    expect(missing.err).toMatch(new RegExp(`no encryption keys: .*sealed with "${id}".*nothing was changed`));
    expect(missing.err.trim().split("\n")).toHaveLength(1);
    expect(missing.code).toBe(1);
    writeFileSync(keyFile(), `${id}:${base64()}\n`, { mode: 0o600 });
    const wrong = await programs.segue(["serve"]).ended;
    expect(wrong.err).toMatch(new RegExp(`does not open with the key "${id}"`));
    expect(wrong.code).toBe(1);
    expect(names()).toBe(had);
    expect(existsSync(join(dataDir, "backups"))).toBe(false);

    database.prepare("insert into migrations (name, applied_at) values (?, 1)").run(String(last?.name));
    database.close();
    rmSync(keyFile());
    writeFileSync(keyFile(), `other:${base64()}\n`, { mode: 0o600 });
    const shown = await programs.segue(["keys"]).ended;
    expect([keysIn(shown.out, "missing"), shown.err]).toEqual([[id], ""]);
    expect(shown.code).toBe(1);
    expect((await programs.segue(["keys", "rotate"]).ended).err).toContain(`"${id}", which is not among`);

    const asked = await programs.segue(["keys", "forget", id ?? ""]).ended;
    expect(asked.out).toMatch(/^2 texts are sealed with .*\n.*segue keys forget \S+ --yes\n$/);
    expect(asked.code).toBe(1);
    const given = await programs.segue(["keys", "forget", id ?? "", "--yes"]).ended;
    expect([given.out, given.err]).toEqual([
      `Given up with ${id}: 1 accounts. Their people are told at the next start.\n`,
      "",
    ]);
    expect((await programs.segue(["keys"]).ended).code).toBe(0);
  });
});
