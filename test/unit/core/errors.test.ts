import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ErrorCode, type ErrorDetails, SegueError } from "../../../src/contracts/errors.ts";
import { needs } from "../../../src/contracts/music.ts";
import { explain, mendedBy, type Plight } from "../../../src/core/errors.ts";
import { createI18n, readLocales } from "../../../src/core/i18n.ts";
import { silentLog } from "../../support/log.ts";

const files = await readLocales(join(import.meta.dirname, "../../../locales"), []);
const i18n = createI18n({ files, fallback: "en", strict: true, log: silentLog });
const now = Date.UTC(2026, 10, 21, 12);

/** Every way each error can be, by the words of the contract: a reason without words fails the compiler or the test. */
const every: { [C in ErrorCode]: ErrorDetails[C][] } = {
  NotLinked: [{ provider: "test" }],
  NeedsRelink: [{ provider: "test" }],
  PremiumRequired: [{ provider: "test" }],
  NoActiveDevice: [
    { devices: [] },
    { devices: [{ id: "a", name: "Attic", kind: "speaker", active: false, restricted: false, hasVolume: true }] },
  ],
  Restricted: (
    [
      "already_playing",
      "already_paused",
      "nothing_playing",
      "nothing_to_resume",
      "no_next",
      "no_previous",
      "no_volume",
      "device_restricted",
      "not_offered",
      "content_unavailable",
      "no_output",
      "unknown",
    ] as const
  ).flatMap((reason) => [{ reason }, { reason, device: "Attic" }]),
  MissingScope: needs.map((need) => ({ provider: "test", needs: [need] })),
  NotFound: [
    { what: "item" },
    { what: "item", query: "Hello" },
    { what: "device", query: "attic" },
    { what: "playlist", query: "mix" },
    { what: "view" },
    { what: "item", query: "Hello", choices: [{ label: "Hallo", slots: { uri: "x" } }] },
  ],
  Ambiguous: (["item", "device", "new_device", "playlist", "player"] as const).map((what) => ({
    what,
    choices: [{ label: "One", slots: {} }],
  })),
  QuotaExceeded: [{}, { lane: "art" }],
  RateLimited: [{ scope: "service" }, { scope: "person" }],
  Unavailable: (["timeout", "connection", "status", "malformed", "breaker", "offline"] as const).map((why) => ({
    service: "test",
    why,
  })),
  Forbidden: (
    ["allowlist", "owner_not_premium", "role", "operator_only", "removed", "content", "other_person"] as const
  ).map((why) => ({ why })),
  InvalidInput: [
    ...[
      "required",
      "empty",
      "wrong_type",
      "choice",
      "gone",
      "unknown",
      "full",
      "too_long",
      "short_link",
      "never heard of",
    ].flatMap((why) => [{ why }, { why, field: "level", given: "900" }, { why, field: "odd_field", max: 3 }]),
    { why: "range", field: "level", given: "900", min: 0, max: 100 },
    { why: "range", field: "index", min: 1 },
    { why: "range" },
  ],
  Unconfirmed: [{ action: "playback.play" }],
};
const cases = Object.entries(every).flatMap(([code, list]) =>
  list.map((details) => ({ code: code as ErrorCode, details: details as ErrorDetails[ErrorCode] })),
);

function plight(more: Partial<Plight> = {}): Plight {
  return {
    t: i18n.translator("core", "en"),
    has: (key) => i18n.has("core", "en", key),
    moment: (at) => i18n.moment(at, { now, locale: "en", timeZone: "Europe/Berlin" }),
    providerName: "Testify",
    openUrl: "https://music.example/",
    offers: () => true,
    command: { intent: "playback.play", slots: { track: "Hello" } },
    needs: ["playback"],
    wish: "w1",
    ...more,
  };
}

describe("the words of an error", () => {
  it.each(cases)("$code $details", ({ code, details }) => {
    for (const retryAt of [undefined, now + 2 * 60 * 60_000]) {
      const reply = explain(new SegueError(code, details, retryAt ? { retryAt } : {}), plight());
      expect(reply.kind).toMatch(/^(error|question)$/);
      // Whole sentences, with nothing of the inside in them.
      expect(reply.text).toMatch(/^[“A-Z].*[.?!)\w]$/s);
      // An unknown field is named as the program that sent it does.
      expect(reply.text.replace("odd_field", "")).not.toMatch(/[{}]|undefined|none|null|error\.|_/);
      expect(reply.blocks[0]).toMatchObject({ type: "text" });
    }
  });

  it("say until when, with the day when that is not today", () => {
    const words = (retryAt: number) => explain(new SegueError("QuotaExceeded", {}, { retryAt }), plight()).text;
    expect(words(now + 65 * 60_000)).toContain("until 14:05.");
    expect(words(now + 24 * 60 * 60_000)).toContain("until Sunday 13:00.");
    expect(words(now + 20 * 24 * 60 * 60_000)).toContain("until December 11 at 13:00.");
  });

  it("strip what a device or a value would smuggle in", () => {
    const device = "Attic\u202E\n@everyone";
    const reply = explain(new SegueError("Restricted", { reason: "no_volume", device }), plight());
    expect(reply.text).toContain("“Attic @everyone”");
  });
});

describe("the next step", () => {
  const labels = (error: SegueError, more?: Partial<Plight>) =>
    explain(error, plight(more)).blocks.flatMap((block) =>
      block.type === "buttons"
        ? block.buttons.map((each) => [each.label, each.command.intent])
        : block.type === "link"
          ? [[block.label, block.url]]
          : [],
    );

  it.each([
    [new SegueError("NotLinked", { provider: "test" }), [["Connect Testify", "account.link"]]],
    [new SegueError("NeedsRelink", { provider: "test" }), [["Connect Testify again", "account.link"]]],
    [new SegueError("Unavailable", { service: "test", why: "timeout" }), [["Try again", "playback.play"]]],
    [new SegueError("Unconfirmed", { action: "x" }), [["What is playing?", "nowplaying.query"]]],
    [new SegueError("Restricted", { reason: "no_volume" }), [["Choose another device", "device.list"]]],
    [new SegueError("Restricted", { reason: "content_unavailable" }), [["Open Testify", "https://music.example/"]]],
    [new SegueError("Restricted", { reason: "already_paused" }), []],
    [new SegueError("QuotaExceeded", {}), []],
  ])("of %s", (error, expected) => {
    expect(labels(error)).toEqual(expected);
  });

  it("is not offered where it would lead nowhere", () => {
    expect(labels(new SegueError("NotLinked", { provider: "test" }), { offers: () => false })).toEqual([]);
  });

  it("of a choice carries the wish; without one it runs the command anew", () => {
    const error = new SegueError("Ambiguous", { what: "item", choices: [{ label: "One", slots: { uri: "u" } }] });
    const commands = (more?: Partial<Plight>) =>
      explain(error, plight(more)).blocks.flatMap((block) =>
        block.type === "select" ? block.options.map((option) => option.command) : [],
      );
    expect(commands()).toEqual([{ intent: "wish.continue", slots: { wish: "w1", set: { uri: "u" } } }]);
    const { wish: _, ...wishless } = plight();
    expect(
      explain(error, wishless).blocks.flatMap((block) =>
        block.type === "select" ? block.options.map((each) => each.command) : [],
      ),
    ).toEqual([{ intent: "playback.play", slots: { track: "Hello", uri: "u" } }]);
  });

  it("shows no more options than the tightest platform can", () => {
    const choices = Array.from({ length: 60 }, (_, at) => ({ label: `Choice ${at}`, slots: { uri: `${at}` } }));
    const reply = explain(new SegueError("Ambiguous", { what: "item", choices }), plight());
    expect(reply.blocks.find((block) => block.type === "select")?.options).toHaveLength(25);
  });
});

describe("what mends an error", () => {
  it("is a link, a scope, a device or a choice, or nothing", () => {
    const mended = cases.map(({ code, details }) => [code, mendedBy(new SegueError(code, details))]);
    expect(Object.fromEntries(mended.filter(([, by]) => by))).toEqual({
      NotLinked: "link",
      NeedsRelink: "link",
      PremiumRequired: "choice",
      NoActiveDevice: "device",
      MissingScope: "scope",
      NotFound: "choice",
      Ambiguous: "choice",
    });
    expect(mendedBy(new Error("x"))).toBeUndefined();
  });
});
