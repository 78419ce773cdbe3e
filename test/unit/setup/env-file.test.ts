import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readEnv, writeEnv } from "../../../src/setup/env-file.ts";

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "segue-env-"));
  path = join(dir, ".env");
});
afterEach(() => rmSync(dir, { recursive: true }));

describe("the .env file", () => {
  it("keeps every line that it was not asked to change", () => {
    writeFileSync(path, "# mine\nPORT=9000\nexport LOCALE=de\nOTHER='a b'\n");
    writeEnv(path, { PORT: "9001", MPD_URL: "mpd://pa ss@host" });
    expect(readFileSync(path, "utf8")).toBe(
      "# mine\nPORT=9001\nexport LOCALE=de\nOTHER='a b'\nMPD_URL='mpd://pa ss@host'\n",
    );
  });

  it("is for its owner alone, and leaves no draft behind", () => {
    writeFileSync(path, "PORT=1\n", { mode: 0o644 });
    writeEnv(path, { PORT: "2" });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(dir)).toEqual([".env"]);
  });

  it("gives back what was written, whatever it was", () => {
    const value = fc
      .string({ maxLength: 60 })
      .filter((text) => !/[\n\r\0]/.test(text) && !(text.includes("'") && text.includes('"') && text.includes("`")));
    fc.assert(
      fc.property(value, (text) => {
        rmSync(path, { force: true });
        writeEnv(path, { SLACK_BOT_TOKEN: text });
        // Readers of such files drop spaces at the ends of values without quotes only.
        expect(readEnv(path).SLACK_BOT_TOKEN).toBe(text);
      }),
    );
  });

  it("refuses what such a file cannot hold", () => {
    expect(() => writeEnv(path, { A: "two\nlines" })).toThrow(/A_FILE/);
  });
});
