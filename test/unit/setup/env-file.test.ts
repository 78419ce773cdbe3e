import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkWritable, EnvFileError, readEnv, writeEnv } from "../../../src/setup/env-file.ts";
import { readEnvText } from "../../../src/setup/env-text.ts";

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

  it("reads a setting of nothing, with a blank behind it, as nothing", () => {
    writeFileSync(path, "LOCALE=de\nMPD_NAME= \nexport SLACK_APP_TOKEN = \t\r\nDISCORD_TOKEN=abc\n");
    checkWritable(path);
    expect(readEnv(path)).toEqual({ LOCALE: "de", DISCORD_TOKEN: "abc" });
    writeEnv(path, { MPD_URL: "mpd://host" });
    expect(readEnv(path)).toEqual({ LOCALE: "de", DISCORD_TOKEN: "abc", MPD_URL: "mpd://host" });
    writeEnv(path, { MPD_NAME: "Office" });
    expect(readEnv(path)).toMatchObject({ MPD_NAME: "Office", DISCORD_TOKEN: "abc" });
  });

  it("refuses before the first question what could not be written at the end", () => {
    writeFileSync(path, "LOCALE=de\nMPD_NAME='Office\n");
    expect(() => checkWritable(path)).toThrow(/quotation mark/);
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
        expect(readEnv(path).SLACK_BOT_TOKEN).toBe(text.trim() === "" ? undefined : text);
      }),
    );
  });

  it("keeps values of several lines, remarks, line ends and what a line begins with", () => {
    const rest = `# mine\r\nNOTE="two\r\nPORT=3 'q'"\r\nexport LOCALE = "de" # spoken\r\nHOST=::1\r\n`;
    writeFileSync(path, `${rest}PORT=1 # of the house\r\n\r\n`);
    writeEnv(path, { PORT: "2", LOCALE: "de", MPD_NAME: "Küche" });
    expect(readFileSync(path, "utf8")).toBe(`${rest}PORT=2 # of the house\r\nMPD_NAME='Küche'\r\n`);
    writeEnv(path, { LOCALE: "fr" });
    expect(readFileSync(path, "utf8")).toContain("\r\nexport LOCALE=fr # spoken\r\n");
  });

  it("loses nothing of what somebody else wrote, however it is quoted", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "PORT=",
        "export ",
        "HOST = ",
        "A=",
        "#",
        " ",
        "'",
        '"',
        "`",
        "\n",
        "\r\n",
        "\\n",
        "=",
        "x1",
        "ü",
      ),
      fc.string({ maxLength: 6 }).filter((text) => !text.includes("\0")),
    );
    const file = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(file, fc.constantFrom("9", "a b", 'it\'s "so"', ""), (text, port) => {
        writeFileSync(path, text);
        const before = readEnvText(text);
        try {
          writeEnv(path, { PORT: port });
        } catch (error) {
          expect(error).toBeInstanceOf(EnvFileError);
          expect(readFileSync(path, "utf8")).toBe(text);
          return;
        }
        expect(parseEnv(readFileSync(path, "utf8"))).toEqual({ ...before, PORT: port });
      }),
      { numRuns: 1_000 },
    );
  });

  it("is left alone where a quote stays open that would swallow what is added", () => {
    writeFileSync(path, "NOTE='never closed\n");
    expect(() => writeEnv(path, { MPD_NAME: "living room" })).toThrow(/left as it is: a quotation mark/);
    expect(readFileSync(path, "utf8")).toBe("NOTE='never closed\n");
  });

  it("is written through a link, and stays one", () => {
    writeFileSync(join(dir, "real"), "PORT=1\n");
    symlinkSync("real", path);
    writeEnv(path, { PORT: "2" });
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(dir, "real"), "utf8")).toBe("PORT=2\n");
  });

  it("says in words where it cannot be", () => {
    expect(() => checkWritable(join(dir, "gone", ".env"))).toThrow(/the folder .*gone does not exist/);
    mkdirSync(path);
    expect(() => readEnv(path)).toThrow(new EnvFileError(`${path} is a folder.`));
  });

  it("takes what is set to nothing as not set", () => {
    writeFileSync(path, "PUBLIC_URL=\nLOCALE=' '\nPORT=1\n");
    expect(readEnv(path)).toEqual({ PORT: "1" });
  });

  it("refuses what such a file cannot hold", () => {
    expect(() => writeEnv(path, { A: "two\nlines" })).toThrow(/A_FILE/);
  });
});
