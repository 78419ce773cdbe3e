import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createOperator } from "../../../src/accounts/operator.ts";
import { runSetup } from "../../../src/main/setup.ts";
import { createRehearsalSpotify } from "../../../src/rehearsal/index.ts";
import type { Asker } from "../../../src/setup/wizard.ts";
import { openStore } from "../../../src/store/open.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { silentLog } from "../../support/log.ts";

/** Answers in the order they are asked for; undefined gives up. */
function scripted(answers: { choose: string[][]; text: (string | undefined)[]; again?: boolean[] }) {
  const said: string[] = [];
  const faults: (string | undefined)[] = [];
  const ask: Asker = {
    say: (title, lines) => said.push([title, ...lines].join("\n")),
    choose: async () => answers.choose.shift(),
    async text(_question, { fault }) {
      const typed = answers.text.shift();
      faults.push(typed === undefined ? undefined : fault(typed));
      return typed;
    },
    confirm: async () => answers.again?.shift() ?? false,
    during: (_label, run) => run(),
  };
  return { ask, said, faults };
}

let dir: string;
let envFile: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "segue-setup-"));
  envFile = join(dir, ".env");
});
afterEach(() => rmSync(dir, { recursive: true }));

describe("setup", () => {
  it("tests what was typed, asks again, writes the file and names a code that works", async () => {
    const clock = createFakeClock();
    const service = await createRehearsalSpotify({
      clock,
      app: { redirectUris: ["http://127.0.0.1:8765/v1/spotify/auth/callback"] },
    });
    const dataDir = join(dir, "data");
    writeFileSync(
      envFile,
      `SPOTIFY_API_URL=${service.url}\nSPOTIFY_ACCOUNTS_URL=${service.accountsUrl}\nDATA_DIR=${dataDir}\n`,
    );
    const { ask, said } = scripted({
      choose: [["spotify"], []],
      text: ["00000000000000000000000000000000", "", service.app.clientId, ""],
      again: [true],
    });
    expect(await runSetup({ clock, ask, envFile, env: {} })).toBe(true);
    expect(said.join("\n")).toContain("✗ Spotify app");
    expect(said.join("\n")).toContain("✓ Spotify app");
    expect(readFileSync(envFile, "utf8")).toContain(`SPOTIFY_CLIENT_ID=${service.app.clientId}\n`);
    const code = /write (\S+) to the bot/.exec(said.join("\n"))?.[1] ?? "";

    const store = await openStore({
      url: `sqlite:${join(dataDir, "segue.db")}`,
      clock,
      log: silentLog,
      backupDir: dir,
    });
    const operator = createOperator({ store, clock, log: silentLog });
    expect(await operator.ensureOperatorCode()).toBeUndefined();
    const { id } = await store.people.ensure({ platform: "web", tenant: "", id: "mia" }, "Mia", clock.now());
    expect(await operator.claimOperator(id, code)).toBe(true);
    await store.close();
    await service.close();
  });

  it("makes a new code at the next start once the written one is a day old", async () => {
    const clock = createFakeClock();
    const store = await openStore({ url: `sqlite:${join(dir, "segue.db")}`, clock, log: silentLog, backupDir: dir });
    const operator = createOperator({ store, clock, log: silentLog });
    const first = await operator.ensureOperatorCode(60_000);
    expect(await operator.ensureOperatorCode()).toBeUndefined();
    await clock.advance(60_001);
    const second = await operator.ensureOperatorCode();
    expect(second).toBeDefined();
    expect(second).not.toBe(first);
    await store.close();
  });

  it("writes nothing when the person gives up", async () => {
    const { ask } = scripted({ choose: [["mpd"]], text: [undefined] });
    expect(await runSetup({ clock: createFakeClock(), ask, envFile, env: {} })).toBe(false);
    expect(readdirSync(dir)).toEqual([]);
  });

  it("says why a value cannot be meant before it is tested", async () => {
    const { ask, faults } = scripted({ choose: [["mpd"]], text: ["http://nowhere", undefined] });
    await runSetup({ clock: createFakeClock(), ask, envFile, env: {} });
    expect(faults[0]).toMatch(/MPD_URL must be mpd:/);
  });

  it("says what is missing when the settings together are not whole", async () => {
    const { ask, said } = scripted({ choose: [[], ["telegram"]], text: ["123456:ABCDEFGHIJKLMNOPQRSTUVWX"] });
    writeFileSync(envFile, "TELEGRAM_API_ROOT=http://127.0.0.1:65533\n");
    expect(await runSetup({ clock: createFakeClock(), ask, envFile, env: {} })).toBe(false);
    expect(said.join("\n")).toContain("no connection (ECONNREFUSED)");
    expect(said.join("\n")).toContain("no music service is");
  });
});
