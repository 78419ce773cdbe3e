import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createOperator } from "../../../src/accounts/operator.ts";
import { runSetup } from "../../../src/main/setup.ts";
import { createRehearsalSpotify } from "../../../src/rehearsal/index.ts";
import type { Asker } from "../../../src/setup/wizard.ts";
import { lockDataDir } from "../../../src/store/lock.ts";
import { openStore } from "../../../src/store/open.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { silentLog } from "../../support/log.ts";

/** Answers in the order they are asked for; undefined gives up. */
function scripted(answers: {
  choose: (string[] | undefined)[];
  text: (string | undefined)[];
  /** Each is the answer to whether what failed is kept; left out, Enter alone. */
  keep?: (boolean | undefined)[];
  /** Which diaries are chosen; none where it is left out. */
  diaries?: string[];
  /** Whether what is whole counts though the person gave up; left out, it does not. */
  whole?: boolean;
  /** Whether it goes on without what nobody chose; left out, it does. */
  without?: (boolean | undefined)[];
  /** The person gives up while something is tested. */
  leaves?: boolean;
}) {
  const said: string[] = [];
  const confirmed: boolean[] = [];
  const unchosen: string[] = [];
  const faults: (string | undefined)[] = [];
  const ask: Asker = {
    say: (title, lines) => said.push([title, ...lines].join("\n")),
    choose: async (label) => (label.includes("diary") ? (answers.diaries ?? []) : answers.choose.shift()),
    async text(_question, { was, fault }) {
      const given = answers.text.shift();
      if (given === undefined) return undefined;
      const typed = given === "-" ? "" : given || (was ?? "");
      faults.push(fault(typed));
      return typed;
    },
    async confirm(label, initially) {
      if (label.startsWith("Nothing is chosen")) {
        unchosen.push(label);
        return answers.without ? answers.without.shift() : true;
      }
      if (label.startsWith("Keep what is connected")) {
        unchosen.push(label);
        return answers.whole;
      }
      confirmed.push(initially);
      return answers.keep ? answers.keep.shift() : initially;
    },
    during: async (_label, run) => (answers.leaves ? undefined : run()),
  };
  return { ask, said, faults, confirmed, unchosen };
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
      keep: [false],
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

  it("asks once more when nothing was chosen, which Enter alone does", async () => {
    const meant = { choose: [[], ["mpd"], []], text: ["127.0.0.1:1", "", ""], keep: [true], without: [false, true] };
    const { ask, unchosen } = scripted(meant);
    writeFileSync(envFile, `DATA_DIR=${dir}/data\n`);
    expect(await runSetup({ clock: createFakeClock(), ask, envFile, env: {} })).toBe(true);
    expect(readFileSync(envFile, "utf8")).toContain("MPD_URL=mpd://127.0.0.1:1\n");
    expect(unchosen).toEqual([
      expect.stringMatching(/^Nothing is chosen \(space chooses.*without music/),
      expect.stringContaining("web chat alone"),
    ]);
    const left = scripted({ choose: [[]], text: [], without: [undefined] });
    expect(await runSetup({ clock: createFakeClock(), ask: left.ask, envFile, env: {} })).toBe(false);
  });

  it("asks for the speaker's password unseen and by itself, and keeps the one there is", async () => {
    writeFileSync(envFile, `DATA_DIR=${dir}/data\n`);
    const shown: { label: string; secret: boolean; was: string | undefined }[] = [];
    const run = async (...texts: string[]) => {
      const { ask } = scripted({ choose: [["mpd"], []], text: texts, keep: [true] });
      const looked: Asker = {
        ...ask,
        text(question, more) {
          shown.push({ label: question.label, secret: question.secret === true, was: more.was });
          return ask.text(question, more);
        },
      };
      await runSetup({ clock: createFakeClock(), ask: looked, envFile, env: {} });
      return /^MPD_URL='?([^'\n]*)'?$/m.exec(readFileSync(envFile, "utf8"))?.[1];
    };
    expect(await run("127.0.0.1:1", "se:cr@t", "")).toBe("mpd://se%3Acr%40t@127.0.0.1:1");
    shown.length = 0;
    expect(await run("mpd://127.0.0.1:2", "", "")).toBe("mpd://se%3Acr%40t@127.0.0.1:2");
    expect(shown.slice(0, 2)).toEqual([
      { label: expect.stringContaining("address"), secret: false, was: "mpd://127.0.0.1:1" },
      { label: expect.stringContaining("password"), secret: true, was: "se:cr@t" },
    ]);
    expect(await run("/run/mpd/socket", "other", "")).toBe("other@/run/mpd/socket");
    expect(await run("", "-", "")).toBe("/run/mpd/socket");
  });

  it("ends what is optional and was set, and tests without it", async () => {
    writeFileSync(envFile, `DATA_DIR=${dir}/data\nMPD_NAME='The kitchen' # ours\n`);
    const { ask } = scripted({ choose: [["mpd"], []], text: ["127.0.0.1:1", "", "-"], keep: [true] });
    expect(await runSetup({ clock: createFakeClock(), ask, envFile, env: {} })).toBe(true);
    expect(readFileSync(envFile, "utf8")).toMatch(/^MPD_NAME= ?# ours$/m);
    // Nothing stands behind it, so it is asked as if it had never been set.
    const again = scripted({ choose: [["mpd"], []], text: ["", "", ""], keep: [true] });
    expect(await runSetup({ clock: createFakeClock(), ask: again.ask, envFile, env: {} })).toBe(true);
    expect(again.said.join("\n")).toContain("Nothing is new");
  });

  it("asks whoever gives up late whether what is whole counts", async () => {
    const answers = () => ({
      choose: [["mpd"], ["telegram", "discord"]],
      text: ["127.0.0.1:1", "", "", "not a token", undefined],
      keep: [true],
    });
    const gone = scripted(answers());
    expect(await runSetup({ clock: createFakeClock(), ask: gone.ask, envFile, env: {} })).toBe(false);
    expect(gone.unchosen).toEqual([expect.stringContaining("(MPD)")]);
    expect(readdirSync(dir)).toEqual([]);
    writeFileSync(envFile, `DATA_DIR=${dir}/data\n`);
    const kept = scripted({ ...answers(), text: ["127.0.0.1:1", "", "", undefined], whole: true });
    expect(await runSetup({ clock: createFakeClock(), ask: kept.ask, envFile, env: {} })).toBe(true);
    expect(readFileSync(envFile, "utf8")).toBe(`DATA_DIR=${dir}/data\nMPD_URL=mpd://127.0.0.1:1\n`);
    const early = scripted({ ...answers(), choose: [["mpd"]], whole: true });
    expect(await runSetup({ clock: createFakeClock(), ask: early.ask, envFile, env: {} })).toBe(true);
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
    const { ask, said } = scripted({
      choose: [[], ["telegram"]],
      text: ["123456:ABCDEFGHIJKLMNOPQRSTUVWX"],
      keep: [true],
    });
    writeFileSync(envFile, "TELEGRAM_API_ROOT=http://127.0.0.1:65533\n");
    expect(await runSetup({ clock: createFakeClock(), ask, envFile, env: {} })).toBe(false);
    expect(said.join("\n")).toContain("no connection (ECONNREFUSED)");
    expect(said.join("\n")).toContain("no music service is");
  });

  it("writes nothing when nothing was chosen, and says what starts then", async () => {
    const { ask, said } = scripted({ choose: [[], []], text: [] });
    expect(await runSetup({ clock: createFakeClock(), ask, envFile, env: {} })).toBe(true);
    expect(readdirSync(dir)).toEqual([]);
    expect(said[0]).toBe("Nothing is new\nNothing was written.");
    expect(said[1]).toMatch(/npm start\n.*rehearses/);
  });

  it("leaves the file alone when every answer is the one that was there, and says what stays connected", async () => {
    const before = "MPD_URL=mpd://127.0.0.1:1 # ours\nTELEGRAM_BOT_TOKEN=123456:ABCDEFGHIJKLMNOPQRSTUVWX\n";
    writeFileSync(envFile, `${before}DATA_DIR=${dir}/data\nTELEGRAM_API_ROOT=http://127.0.0.1:1\n`, { mode: 0o640 });
    const { ask, said } = scripted({ choose: [["mpd"], []], text: ["mpd://127.0.0.1:1", "", ""], keep: [true] });
    expect(await runSetup({ clock: createFakeClock(), ask, envFile, env: {} })).toBe(true);
    expect(readFileSync(envFile, "utf8").startsWith(before)).toBe(true);
    expect(said.join("\n")).toContain(
      "Telegram stays connected. To end that, delete TELEGRAM_BOT_TOKEN from the file.",
    );
    expect(said.join("\n")).not.toContain("(readable for you alone)");
  });

  it("takes an address as people write it, and writes it whole", async () => {
    const { ask, faults } = scripted({ choose: [["mpd"], []], text: ["localhost:1", "", ""], keep: [true] });
    writeFileSync(envFile, `DATA_DIR=${dir}/data\n`);
    expect(await runSetup({ clock: createFakeClock(), ask, envFile, env: {} })).toBe(true);
    expect(faults).toEqual([undefined, undefined, undefined]);
    expect(readFileSync(envFile, "utf8")).toContain("MPD_URL=mpd://localhost:1\n");
  });

  it("asks again by itself after a slip, and keeps what was entered twice", async () => {
    const { ask, confirmed } = scripted({
      choose: [["mpd"], []],
      text: ["127.0.0.1:1", "", "", "127.0.0.1:2", "", "", "mpd://127.0.0.1:2", "", ""],
    });
    writeFileSync(envFile, `DATA_DIR=${dir}/data\n`);
    expect(await runSetup({ clock: createFakeClock(), ask, envFile, env: {} })).toBe(true);
    expect(confirmed).toEqual([false, false, true]);
    expect(readFileSync(envFile, "utf8")).toContain("MPD_URL=mpd://127.0.0.1:2\n");
  });

  it("writes nothing when the person leaves while something is tested, or instead of saying whether to keep it", async () => {
    for (const how of [{ leaves: true }, { keep: [undefined] }]) {
      const { ask } = scripted({ choose: [["mpd"], []], text: ["127.0.0.1:1", "", ""], ...how });
      expect(await runSetup({ clock: createFakeClock(), ask, envFile, env: {} })).toBe(false);
      expect(readdirSync(dir)).toEqual([]);
    }
  });

  it("says before the first question that the file cannot be written", async () => {
    const { ask, said } = scripted({ choose: [], text: [] });
    const nowhere = join(dir, "gone", ".env");
    expect(await runSetup({ clock: createFakeClock(), ask, envFile: nowhere, env: {} })).toBe(false);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/^Not written\n.*gone does not exist/);
  });

  it("tests and writes what is new although something else in the file is wrong, and names it", async () => {
    writeFileSync(envFile, "PORT=abc\nPUBLIC_URL=\n");
    const { ask, said } = scripted({ choose: [["mpd"], []], text: ["127.0.0.1:1", "", ""], keep: [true] });
    expect(await runSetup({ clock: createFakeClock(), ask, envFile, env: {} })).toBe(false);
    expect(said[0]).toMatch(/^To mend in .*\nPORT must be a whole number from 0 to 65535\.$/);
    expect(said.join("\n")).toContain("nothing answers at 127.0.0.1:1");
    expect(readFileSync(envFile, "utf8")).toBe("PORT=abc\nPUBLIC_URL=\nMPD_URL=mpd://127.0.0.1:1\n");
  });

  it("says that a running bot must be started again", async () => {
    const dataDir = join(dir, "data");
    writeFileSync(envFile, `DATA_DIR=${dataDir}\n`);
    const running = lockDataDir(dataDir);
    try {
      const { ask, said } = scripted({ choose: [["mpd"], []], text: ["127.0.0.1:1", "", ""], keep: [true] });
      expect(await runSetup({ clock: createFakeClock(), ask, envFile, env: {} })).toBe(true);
      expect(said.at(-1)).toMatch(/Segue is running\. Stop it and start it again/);
    } finally {
      running.release();
    }
  });
});
