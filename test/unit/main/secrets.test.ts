import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadConfig } from "../../../src/config.ts";
import { createHide } from "../../../src/main/secrets.ts";

const dataDir = mkdtempSync(join(tmpdir(), "segue-secrets-"));
afterAll(() => rmSync(dataDir, { recursive: true }));
const key = Buffer.alloc(32, 7).toString("base64");
const hide = createHide(
  loadConfig(
    {
      DATA_DIR: dataDir,
      SPOTIFY_CLIENT_ID: "0123456789abcdef",
      SPOTIFY_CLIENT_SECRET: "planted/client word",
      CHAT_TOKEN: "planted-chat-token-00",
      SLACK_BOT_TOKEN: "xoxb-planted-one,xoxb-planted-two",
      SLACK_APP_TOKEN: "xapp-planted-one,xapp-planted-two",
      MPD_URL: "mpd://planted%20password@music:6600",
      DATABASE_URL: "postgres://segue:planted%40base@db/segue",
      ENCRYPTION_KEYS: `a:${key}`,
      LASTFM_API_KEY: "0123456789abcdef0123456789abcdef",
    },
    "/nonexistent/.env",
  ),
);

describe("what somebody will read", () => {
  it.each([
    ["planted/client word", "as it is"],
    [encodeURIComponent("planted/client word"), "in an address"],
    [Buffer.from("0123456789abcdef:planted/client word").toString("base64"), "in a header"],
    ["xoxb-planted-two", "one of several"],
    ["planted password", "in another setting"],
    ["planted@base", "in an address of a database"],
    ["planted%40base", "as it was written there"],
    [key, "a key of several"],
    ["Bearer AQBx9-of-a-person_77", "of a person, in a header"],
  ])("holds no secret of the settings: %s, %s", (secret) => {
    expect(hide(`GET https://x/${secret}/y failed: ${JSON.stringify({ secret })}`)).not.toContain(
      secret.split(" ").at(-1),
    );
  });

  it("holds none of the keys beside the data either, also of those that came since", () => {
    const file = join(dataDir, "encryption-keys");
    const [first, second] = [8, 9].map((byte) => Buffer.alloc(32, byte * 27).toString("base64"));
    writeFileSync(file, `first:${first}\n`, { mode: 0o644 });
    expect(hide(`read first:${first}`)).toBe("read first:[secret]");
    // Whoever mends that says so.
    expect(statSync(file).mode & 0o777).toBe(0o644);
    writeFileSync(file, `second:${second}\n# retired 2026-11-22 first:${first}\n`, { mode: 0o600 });
    expect(hide(`read ${second}, ${first} and ${key}`)).toBe("read [secret], [secret] and [secret]");
    // A file that cannot be read for a moment gives nothing away.
    writeFileSync(file, "spoilt");
    expect(hide(`read ${second}`)).toBe("read [secret]");
  });

  it("is otherwise as it was", () => {
    const text = '{"level":"info","port":8765,"path":"/data/segue.db","msg":"Basic Channel is ready"}';
    expect(hide(text)).toBe(text);
  });
});
