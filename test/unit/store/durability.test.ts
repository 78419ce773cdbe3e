import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { openStore } from "../../../src/store/open.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { silentLog } from "../../support/log.ts";

const child = fileURLToPath(new URL("./writer-child.ts", import.meta.url));

/** Lets a process write until `acknowledged` keys were printed, kills it in the middle, and resolves with all it printed. */
function writeAndKill(url: string, acknowledged: number): Promise<string[]> {
  const writer = spawn(process.execPath, [child, url], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  return new Promise((resolve, reject) => {
    writer.stdout.setEncoding("utf8");
    writer.stdout.on("data", (part: string) => {
      output += part;
      if (output.split("\n").length > acknowledged) writer.kill("SIGKILL");
    });
    writer.once("error", reject);
    writer.once("close", () => resolve(output.split("\n").slice(0, -1)));
  });
}

it("keeps every acknowledged row through kill -9", async () => {
  const folder = mkdtempSync(join(tmpdir(), "segue-kill-"));
  const file = join(folder, "segue.sqlite");
  const keys: string[] = [];
  for (const acknowledged of [5, 60, 150]) keys.push(...(await writeAndKill(`sqlite:${file}`, acknowledged)));
  expect(keys.length).toBeGreaterThanOrEqual(215);

  const store = await openStore({ url: `sqlite:${file}`, clock: createFakeClock(), log: silentLog });
  for (const key of keys) {
    expect(await store.events.find("web", key)).toMatchObject({ done: 1, begun: false, replies: [{ text: key }] });
  }
  const abandoned = await store.events.takeAbandoned(2, { untilAt: 3, owner: "next" }, 10_000);
  expect(abandoned.length).toBeGreaterThanOrEqual(keys.length);
  // Each was cut off either before a step or after it, never inside.
  for (const row of abandoned) expect(row.replies).toHaveLength(row.done);
  await store.close();
  const reader = new DatabaseSync(file);
  expect(reader.prepare("pragma integrity_check").get()).toEqual({ integrity_check: "ok" });
  reader.close();
  rmSync(folder, { recursive: true });
});
