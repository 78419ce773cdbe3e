import { describe, expect, it } from "vitest";
import { loadConfig } from "../../../src/config.ts";
import { partsToCheck } from "../../../src/main/checks.ts";
import { createFakeClock } from "../../fakes/clock.ts";

const speaker = { MPD_URL: "mpd://127.0.0.1:6600" };
const telegram = { TELEGRAM_BOT_TOKEN: "123456789:AAbbccddeeffgghhiijjkkllmmnnooppqqr" };

async function said(env: Record<string, string>) {
  const parts = partsToCheck(loadConfig(env, "/does/not/exist/.env"), createFakeClock());
  const part = parts.find(({ name }) => name === "Speaker");
  return part?.check(new AbortController().signal);
}

describe("doctor, where a speaker meets a platform that anybody can reach", () => {
  it("says who has it, and how others get it", async () => {
    expect(await said({ ...speaker, ...telegram })).toEqual([
      { name: "Speaker", status: "ok", found: expect.stringContaining("/settings") },
    ]);
  });

  it("says nothing where there is no such platform", async () => {
    expect(await said(speaker)).toBeUndefined();
  });
});
