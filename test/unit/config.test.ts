import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config.ts";

const noFile = "/does/not/exist/.env";
const load = (env: Record<string, string>, more?: { rehearse?: boolean }) => loadConfig(env, noFile, more);
const discord = { DISCORD_TOKEN: "a-token-of-a-bot" };
const slack = { SLACK_BOT_TOKEN: "xoxb-123456789" };
const music = { MPD_URL: "mpd://127.0.0.1:6600" };

describe("settings", () => {
  it("rehearse only while no music service is set up", () => {
    expect(load({}).rehearsal).toBe(true);
    expect(load({ SPOTIFY_CLIENT_ID: "0123456789abcdef" }).rehearsal).toBe(false);
    expect(load(music).rehearsal).toBe(false);
    expect(load({ MPD_URL: "/run/mpd/socket" }).rehearsal).toBe(false);
  });

  it("refuse a chat platform without any music", () => {
    expect(() => load(discord)).toThrow(/DISCORD_TOKEN is set, but no music service is\. Set SPOTIFY_CLIENT_ID/);
    expect(load({ ...discord, ...music }).rehearsal).toBe(false);
    expect(load(discord, { rehearse: true }).rehearsal).toBe(true);
  });

  it("name what a setting lacks beside it", () => {
    expect(() => load({ ...slack, ...music })).toThrow(/needs SLACK_APP_TOKEN/);
    expect(() => load({ SLACK_APP_TOKEN: "xapp-1-abcdefgh", ...music })).toThrow(/need SLACK_BOT_TOKEN/);
    const two = "xoxb-123456789, xoxb-abcdefghi";
    const apps = "xapp-1-abcdefgh,xapp-2-abcdefgh";
    expect(load({ SLACK_BOT_TOKEN: two, SLACK_APP_TOKEN: apps, ...music }).SLACK_BOT_TOKEN).toBe(two);
    expect(() => load({ SLACK_BOT_TOKEN: two, SLACK_APP_TOKEN: "xapp-1-abcdefgh", ...music })).toThrow(
      /holds 2 tokens, so SLACK_APP_TOKEN needs as many/,
    );
    expect(() => load({ ...slack, SLACK_APP_TOKEN: apps, ...music })).toThrow(/SLACK_APP_TOKEN holds 2 tokens/);
    expect(() => load({ ...slack, SLACK_SIGNING_SECRET: "0123456789abcdef", ...music })).toThrow(/needs PUBLIC_URL/);
    expect(() => load({ TELEGRAM_WEBHOOK_SECRET: "0123456789abcdef0123", ...music })).toThrow(/needs PUBLIC_URL/);
  });

  it("refuse values that cannot be meant, each by name", () => {
    expect(() => load({ MPD_URL: "http://127.0.0.1" })).toThrow(/MPD_URL: must be mpd:/);
    expect(() => load({ SLACK_BOT_TOKEN: "xoxp-1234567890" })).toThrow(/SLACK_BOT_TOKEN: must begin with xoxb-/);
    expect(() => load({ TELEGRAM_BOT_TOKEN: "secret" })).toThrow(/TELEGRAM_BOT_TOKEN: does not look like/);
    expect(() => load({ MPD_UR: "x" })).toThrow(/Did you mean MPD_URL\?/);
  });

  it("leave alone what other programs read from the environment", () => {
    expect(load({ MPD_HOST: "speaker.local", MPD_PORT: "6600" }).rehearsal).toBe(true);
  });

  it("never repeat a secret in a fault", () => {
    const given = "not-a-telegram-token-but-secret";
    expect(() => load({ TELEGRAM_BOT_TOKEN: given })).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining(given) }),
    );
  });
});
