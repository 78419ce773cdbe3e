import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { openStore } from "../../../src/store/open.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { silentLog } from "../../support/log.ts";

const LONGEST_LOG = 200 * 1024 * 1024;

it("moves what is written into the file beside whoever writes, so that the log stays short", async () => {
  const folder = mkdtempSync(join(tmpdir(), "segue-checkpoints-"));
  const path = join(folder, "segue.sqlite");
  const store = await openStore({ url: `sqlite:${path}`, clock: createFakeClock(), log: silentLog });
  try {
    const before = statSync(path).size;
    let written = 0;
    // Until nothing is left to be moved but the last of it, as those who write never stop.
    while (statSync(path).size - before < 1024 * 1024 && written < 200_000) {
      for (let row = 0; row < 500; row++)
        await store.settings.put(`person:${written++ % 5_000}`, "colour", "x".repeat(900));
      await new Promise(setImmediate);
    }
    expect(statSync(path).size - before).toBeGreaterThan(1024 * 1024);
    expect(statSync(`${path}-wal`).size).toBeLessThan(LONGEST_LOG);
    await store.close();
    const reader = new DatabaseSync(path);
    expect(reader.prepare("pragma integrity_check").get()).toEqual({ integrity_check: "ok" });
    reader.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
