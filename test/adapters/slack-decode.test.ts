import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Draft, decode } from "../../adapters/slack/decode.ts";
import { encodeForm, readForm } from "../../adapters/slack/form.ts";
import { eventNames } from "../../adapters/slack/payloads.ts";
import { plainWords } from "../../adapters/slack/text.ts";
import type { Form } from "../../src/contracts/reply.ts";
import { modalView } from "../doubles/slack/block-kit.ts";

const folder = "test/fixtures/slack";
const payload = (name: string): unknown => JSON.parse(readFileSync(`${folder}/${name}.json`, "utf8"));
const now = 1_732_190_999_000;
const decoded = (name: string) => decode(payload(name), { botUser: "U0BOT", now });

const place = { tenant: "T123ABC456", userId: "U061F7AUR" };
const expected: Record<string, Partial<Draft>[]> = {
  "message-im": [
    {
      ...place,
      key: "T123ABC456:Ev0A1B2C3D",
      channel: "D024BE91L",
      direct: "yes",
      addressed: true,
      at: 1_732_190_400_000,
      what: { type: "text", text: "play <hello> by https://example.org/a & @bert in #music" },
    },
  ],
  "message-im-thread": [{ thread: "1732190300.000100", what: { type: "text", text: "again" } }],
  "message-im-voice": [
    {
      key: "T123ABC456:Ev0A1B2C3D:0",
      what: {
        type: "audio",
        file: {
          ref: "F0VOICE",
          name: "audio_message.m4a",
          mediaType: "audio/mp4",
          bytes: 31_342,
          durationMs: 2_040,
        },
      },
    },
  ],
  "message-im-file": [
    {
      key: "T123ABC456:Ev0A1B2C3D:0",
      what: { type: "file", file: { ref: "F0ZIP", name: "my_data.zip", mediaType: "application/zip", bytes: 812_345 } },
    },
    { key: "T123ABC456:Ev0A1B2C3D", what: { type: "text", text: "import this" } },
  ],
  "message-changed": [],
  "message-own": [],
  "app-mention": [
    {
      ...place,
      channel: "C024BE91L",
      thread: "1732190300.000100",
      direct: "no",
      addressed: true,
      what: { type: "text", text: "what is on?" },
    },
  ],
  "app-home-opened": [
    {
      ...place,
      channel: "D024BE91L",
      direct: "yes",
      target: "home:U061F7AUR",
      route: { to: "home" },
      what: { type: "command", intent: "home.show", slots: {} },
    },
  ],
  "app-messages-opened": [],
  "member-joined-channel": [
    { ...place, channel: "C024BE91L", what: { type: "command", intent: "place.joined", slots: {} } },
  ],
  "member-joined-other": [],
  "channel-left": [{ ...place, channel: "C024BE91L", what: { type: "command", intent: "place.left", slots: {} } }],
  "group-left": [{ ...place, channel: "G024BE91L", what: { type: "command", intent: "place.left", slots: {} } }],
  "link-shared": [
    {
      ...place,
      addressed: false,
      about: "https://example.org/track/1",
      route: { to: "unfurl", ts: "1732190409.000100", url: "https://example.org/track/1" },
      what: { type: "command", intent: "link.unfold", slots: { url: "https://example.org/track/1" } },
    },
  ],
  "link-shared-composer": [],
  "slash-command": [
    {
      ...place,
      userName: "anna",
      channel: "C024BE91L",
      direct: "no",
      at: now,
      responseUrl: "https://hooks.slack.com/commands/T123ABC456/1/xyz",
      what: { type: "slash", text: "play hello by adele" },
    },
  ],
  "block-actions-message": [
    {
      ...place,
      key: "T123ABC456:U061F7AUR:1732190410.513370:press:0",
      channel: "C024BE91L",
      thread: "1732190300.000100",
      target: "1732190400.000900",
      what: { type: "press", data: '["playback.next",{}]', form: false },
    },
  ],
  "block-actions-ephemeral": [
    {
      ...place,
      channel: "D024BE91L",
      direct: "ask",
      thread: "1732190300.000100",
      target: "whisper:0b8f3c52-6f1d-4f2e-9d2e-4e4a6d1f7c11",
      route: { to: "place" },
      what: { type: "press", data: "#4", form: false },
    },
  ],
  "block-actions-home": [
    {
      ...place,
      direct: "yes",
      target: "home:U061F7AUR",
      route: { to: "window" },
      what: { type: "press", data: '["playback.next",{}]', form: true },
    },
  ],
  "block-actions-window": [
    {
      ...place,
      direct: "yes",
      target: "window:V0WINDOW",
      route: { to: "window", view: "V0WINDOW" },
      what: { type: "press", data: '["playback.next",{}]', form: true },
    },
  ],
  "block-actions-link": [],
  "message-action": [
    {
      ...place,
      channel: "C024BE91L",
      about: "have you heard https://example.org/track/9?\nHello\nhttps://example.org/track/9",
      what: { type: "command", intent: "message.queue", slots: {} },
    },
  ],
  shortcut: [
    {
      ...place,
      direct: "yes",
      triggerId: "944799105734.773906753841.38b5894552bdd4a780554ee59d1f3638",
      route: { to: "window" },
      what: { type: "command", intent: "home.show", slots: {} },
    },
  ],
  "view-submission": [
    {
      ...place,
      channel: "C024BE91L",
      thread: "1732190300.000100",
      target: "1732190400.000900",
      what: { type: "submit", data: "#7", slots: { name: "Road trip", size: "large" } },
    },
  ],
};

describe("what slack delivers", () => {
  const names = readdirSync(folder).map((name) => name.replace(/\.json$/, ""));

  it.each(names)("is understood: %s", (name) => {
    const drafts = expected[name];
    expect(drafts, `no expectation for ${name}`).toBeDefined();
    expect(decoded(name)).toHaveLength(drafts?.length ?? -1);
    expect(decoded(name)).toMatchObject(drafts ?? []);
  });

  it("has a recorded payload for every event that is subscribed to", () => {
    const recorded = names.map((name) => (payload(name) as { event?: { type: string } }).event?.type);
    expect(eventNames.filter((name) => !recorded.includes(name))).toEqual([]);
  });

  it("gives the same delivery the same key, and keeps no trigger in it", () => {
    expect(decoded("slash-command")).toEqual(decoded("slash-command"));
    expect(decoded("slash-command")[0]?.key).not.toContain("13345224609");
  });

  it("is nothing when it is of another command, shortcut or form", () => {
    const other = (name: string, change: Record<string, unknown>) =>
      decode({ ...(payload(name) as object), ...change }, { botUser: "U0BOT", now });
    expect(other("slash-command", { command: "/other" })).toEqual([]);
    expect(other("shortcut", { callback_id: "other" })).toEqual([]);
    expect(other("message-action", { callback_id: "other" })).toEqual([]);
    const { view } = payload("view-submission") as { view: object };
    for (const private_metadata of ["", "null", "{", '{"channel":""}', '{"channel":"C1"}'])
      expect(other("view-submission", { view: { ...view, private_metadata } })).toEqual([]);
  });

  it("never throws, whatever it is", () => {
    const bodies = names.map(payload) as Record<string, unknown>[];
    fc.assert(
      fc.property(fc.constantFrom(...bodies), fc.string(), fc.jsonValue(), (body, key, value) => {
        const keys = Object.keys(body);
        const at = keys[key.length % keys.length] ?? "type";
        expect(Array.isArray(decode({ ...body, [at]: value }, { botUser: "U0BOT", now }))).toBe(true);
      }),
    );
    fc.assert(fc.property(fc.jsonValue(), (body) => Array.isArray(decode(body, { botUser: "U0BOT", now }))));
  });
});

describe("words of a message", () => {
  it.each([
    ["<@U0BOT> play  hello", "play  hello"],
    ["<!channel> and <!subteam^S1|@djs>", "@channel and @djs"],
    ["<!date^1392734382^{date}|18 February>", "18 February"],
    ["<mailto:a@example.org|a@example.org>", "a@example.org"],
    ["a &lt;b&gt; &amp;lt; c", "a <b> &lt; c"],
    ["unclosed < here", "unclosed < here"],
  ])("%s", (text, words) => {
    expect(plainWords(text, "U0BOT")).toBe(words);
  });
});

describe("a form", () => {
  const form: Form = {
    title: "A title that is longer than a modal's",
    fields: [
      { slot: "name", label: "Name", type: "text", required: true, max: 9_999, value: "n".repeat(5_000) },
      { slot: "note", label: "", type: "text", required: false, max: 100, placeholder: "p".repeat(400) },
      {
        slot: "size",
        label: "Size",
        type: "select",
        value: "v7",
        options: Array.from({ length: 130 }, (_, at) => ({ label: "l".repeat(100), value: `v${at}` })),
      },
      { slot: "none", label: "Too long", type: "select", options: [{ label: "x", value: "x".repeat(200) }] },
    ],
  };
  const data = '"'.repeat(1_000);
  const view = encodeForm(form, { channel: "C1", thread: "1.1", target: "2.2" }, data, {
    submit: "OK",
    cancel: "Cancel",
  });

  it("is a modal within every limit", () => {
    expect(modalView.safeParse(view).error).toBeUndefined();
    expect(view.blocks).toHaveLength(3);
  });

  it("comes back with where it was asked", () => {
    const values = { name: { answer: { value: "Road trip" } }, size: { answer: { selected_option: { value: "v3" } } } };
    expect(readForm({ private_metadata: String(view.private_metadata), state: { values } })).toEqual({
      origin: { channel: "C1", thread: "1.1", target: "2.2" },
      data,
      slots: { name: "Road trip", size: "v3" },
    });
  });
});
