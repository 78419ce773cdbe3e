import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { loadKeyRing } from "../../../src/accounts/key-ring.ts";
import { sealing } from "../../../src/accounts/parts.ts";
import { createVault } from "../../../src/accounts/vault.ts";
import { systemClock as clock } from "../../../src/clock.ts";
import { openStore } from "../../../src/store/open.ts";
import { silentLog as log } from "../../support/log.ts";
import { startPostgres } from "../../support/postgres.ts";

const child = fileURLToPath(new URL("./refreshing-child.ts", import.meta.url));
const ROUNDS = 12;
/** Shorter than tokens are renewed ahead of their end, so that every caller is due. */
const LIFE_S = 120;

/** A token endpoint whose refresh tokens are used up by one use; a second use ends the grant (RFC 9700, 4.14.2). */
async function tokenService(first: string) {
  const access = new Set<string>();
  const service = { current: first, refreshes: 0, revoked: false, access, url: "" };
  const server = createServer(async (request, response) => {
    const form = new URLSearchParams(await text(request));
    const answer = (status: number, body: object) =>
      response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
    service.refreshes += 1;
    if (service.revoked || form.get("refresh_token") !== service.current) {
      service.revoked = true;
      return answer(400, { error: "invalid_grant", error_description: "Refresh token revoked" });
    }
    service.current = randomBytes(16).toString("hex");
    const token = randomBytes(16).toString("hex");
    access.add(token);
    // Long enough for the other process to come with the same token, if nothing held it back.
    await clock.sleep(20);
    return answer(200, {
      access_token: token,
      token_type: "Bearer",
      scope: "user-read-playback-state",
      expires_in: LIFE_S,
      refresh_token: service.current,
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  service.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return service;
}

function run(...args: string[]): Promise<{ code: number | null; tokens: string[] }> {
  const running = spawn(process.execPath, [child, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  running.stdout.setEncoding("utf8").on("data", (part: string) => {
    output += part;
  });
  return new Promise((resolve, reject) => {
    running.once("error", reject);
    running.once("close", (code) => resolve({ code, tokens: output.split("\n").filter(Boolean) }));
  });
}

const postgres = await startPostgres();
afterAll(async () => {
  if (postgres.available) await postgres.stop();
});
const title = postgres.available ? "" : ` [needs postgresql] (${postgres.reason})`;

describe.skipIf(!postgres.available)(`two processes over one database${title}`, () => {
  it("never use a refresh token twice, however many callers there are in both", async () => {
    if (!postgres.available) throw new Error(postgres.reason);
    const database = await postgres.fresh();
    const dataDir = mkdtempSync(join(tmpdir(), "segue-two-"));
    const store = await openStore({ url: database.url, clock, log });
    onTestFinished(async () => {
      await store.close();
      await database.drop();
      rmSync(dataDir, { recursive: true, force: true });
    });
    const vault = createVault(loadKeyRing({ dataDir, log }));
    const service = await tokenService("first");
    const { id: personId } = await store.people.ensure({ platform: "web", tenant: "", id: "ada" }, "Ada", clock.now());
    const named = { provider: "spotify", subject: "ada" };
    const { row } = await store.accounts.putGrant(
      {
        ...named,
        personId,
        status: "ok",
        scopes: [],
        consentedAt: clock.now(),
        accessToken: vault.seal("old", sealing.accessToken(named)),
        accessExpiresAt: 0,
        refreshToken: vault.seal("first", sealing.refreshToken(named)),
        free: false,
      },
      clock.now(),
    );

    const args = [database.url, dataDir, service.url, row.id, String(ROUNDS)];
    const both = await Promise.all([run(...args), run(...args)]);

    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(service.revoked).toBe(false);
    // Both took part, and each round of a process had one refresh at the most.
    expect(service.refreshes).toBeGreaterThanOrEqual(ROUNDS);
    expect(service.refreshes).toBeLessThanOrEqual(2 * ROUNDS);
    for (const { tokens } of both) {
      expect(tokens).toHaveLength(5 * ROUNDS);
      for (const token of tokens) expect(service.access).toContain(token);
    }
    const after = await store.accounts.get(row.id);
    expect(after).toMatchObject({ status: "ok" });
    expect(vault.open(after?.refreshToken ?? "", sealing.refreshToken(named)).reveal()).toBe(service.current);
  });
});
