import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type Reply, say } from "../../../src/contracts/reply.ts";
import { defineSkill } from "../../../src/contracts/skill.ts";
import type { Command } from "../../../src/contracts/vocabulary.ts";
import { createAllowance } from "../../../src/core/allowance.ts";
import { createButtons } from "../../../src/core/buttons.ts";
import { createEvents } from "../../../src/core/events.ts";
import { resolveFollowup } from "../../../src/core/followup.ts";
import { createI18n, readLocales } from "../../../src/core/i18n.ts";
import { createLines } from "../../../src/core/line.ts";
import { localeFileSchema } from "../../../src/core/locale-file.ts";
import { mergeReplies } from "../../../src/core/merge.ts";
import { createRegistry } from "../../../src/core/registry.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { createDeck } from "../../support/deck.ts";
import { capturedLog, silentLog } from "../../support/log.ts";

const root = join(import.meta.dirname, "../../..");

describe("buttons", () => {
  function buttons() {
    const rows = new Map<string, { command: Command; expiresAt: number }>();
    const clock = createFakeClock();
    const store = {
      async put(command: Command, expiresAt: number) {
        rows.set(`id${rows.size}`, { command, expiresAt });
        return `id${rows.size - 1}`;
      },
      async get(id: string, now: number) {
        const row = rows.get(id);
        return row && row.expiresAt > now ? row.command : undefined;
      },
    };
    return { rows, clock, ...createButtons(store, clock) };
  }
  const long: Command = { intent: "playback.play", slots: { track: "ä".repeat(40) } };

  it("carry a command that fits, and a short id of one that does not", async () => {
    const { encode, decode, rows } = buttons();
    const short: Command = { intent: "playback.next", slots: { count: 2 } };
    expect(await decode(await encode(short, 64))).toEqual(short);
    expect(rows.size).toBe(0);
    const data = await encode(long, 64);
    expect(Buffer.byteLength(data)).toBeLessThanOrEqual(64);
    expect(await decode(data)).toEqual(long);
  });

  it("make one row of a card that is shown again and again", async () => {
    const { encode, rows } = buttons();
    for (let at = 0; at < 5; at++) await encode(long, 64);
    expect(rows.size).toBe(1);
  });

  it("end after a month", async () => {
    const { encode, decode, clock } = buttons();
    const data = await encode(long, 64);
    await clock.advance(31 * 24 * 60 * 60_000);
    expect(await decode(data)).toBeUndefined();
  });

  it("take nothing else for one of theirs", async () => {
    const { decode } = buttons();
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json()), async (data) => {
        const command = await decode(data);
        if (command) expect(command.intent).toMatch(/^[a-z]+(\.[a-z_]+)*$/);
      }),
    );
    expect(await decode('["Bad Intent",{}]')).toBeUndefined();
    expect(await decode("#nobody")).toBeUndefined();
  });
});

describe("the allowance", () => {
  it("never lets more than its count through in any window, and forgets afterwards", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4_000 }), { maxLength: 200 }), (gaps) => {
        const allowance = createAllowance({ count: 5, windowMs: 10_000 });
        const passed: number[] = [];
        let now = 1_000_000;
        for (const gap of gaps) {
          now += gap;
          const retryAt = allowance.take("ann", now);
          if (retryAt === undefined) passed.push(now);
          else expect(retryAt).toBeGreaterThan(now);
        }
        for (const at of passed)
          expect(passed.filter((other) => other > at - 10_000 && other <= at).length).toBeLessThanOrEqual(5);
        expect(allowance.take("ann", now + 10_000)).toBeUndefined();
      }),
    );
  });
});

describe("lines", () => {
  it("keep order within a key through failures, and say when they are full", async () => {
    const lines = createLines(2);
    const done: string[] = [];
    const failing = lines.join("a", async () => {
      done.push("1");
      throw new Error("no");
    });
    const second = lines.join("a", async () => done.push("2"));
    expect(lines.full("a")).toBe(true);
    expect(lines.full("b")).toBe(false);
    await expect(failing).rejects.toThrow("no");
    await second;
    await lines.idle();
    expect(done).toEqual(["1", "2"]);
    expect(lines.full("a")).toBe(false);
  });
});

describe("happenings", () => {
  it("reach every listener of their type, whatever the others do", async () => {
    const { log, lines } = capturedLog();
    const events = createEvents(log);
    const heard: string[] = [];
    events.on("view.changed", () => {
      throw new Error("broken listener");
    });
    events.on("view.changed", async () => Promise.reject(new Error("broken later")));
    const stop = events.on("view.changed", ({ key }) => void heard.push(key));
    events.on("device.woke", () => void heard.push("wrong"));
    events.emit({ type: "view.changed", kind: "card", key: "a" });
    stop();
    events.emit({ type: "view.changed", kind: "card", key: "b" });
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard).toEqual(["a"]);
    expect(lines.join("\n")).toMatch(/broken listener[\s\S]*broken later/);
  });
});

describe("one reply out of several", () => {
  const card = (text: string): Reply =>
    say(
      text,
      [
        { type: "heading", text },
        { type: "attribution", text: "from T" },
      ],
      { view: { kind: "card", key: "k" } },
    );

  it("has every step's words, one card, and each attribution once", () => {
    const merged = mergeReplies([card("Playing A."), say("Paused."), card("Playing B.")]);
    expect(merged?.text).toBe("Playing A.\nPaused.\nPlaying B.");
    expect(merged?.view).toEqual({ kind: "card", key: "k", from: 2 });
    expect(merged?.blocks.slice(0, 2)).toMatchObject([{ text: "Playing A." }, { text: "Paused." }]);
    expect(merged?.blocks.filter((block) => block.type === "heading").map((block) => block.text)).toEqual([
      "Playing B.",
    ]);
    expect(merged?.blocks.filter((block) => block.type === "attribution")).toHaveLength(1);
  });

  it("is as private as its most private part, an error when one is, and then no view", () => {
    const merged = mergeReplies([{ ...card("A"), visibility: "public" }, say("No.", undefined, { kind: "error" })]);
    expect(merged).toMatchObject({ kind: "error", visibility: "private" });
    expect(merged?.view).toBeUndefined();
  });

  it("is the one itself, or nothing", () => {
    const one = say("A");
    expect(mergeReplies([one])).toBe(one);
    expect(mergeReplies([])).toBeUndefined();
  });
});

describe("a refinement", () => {
  const last = (intent: string, slots: Command["slots"]) => ({ last: [{ intent, slots }], choices: [] });
  const refine = (slots: Command["slots"], memory: Parameters<typeof resolveFollowup>[1]) =>
    resolveFollowup({ intent: "followup.refine", slots }, memory);

  it("lets go of what a picker chose", () => {
    expect(refine({ artist: "Queen" }, last("playback.play", { track: "Hello", uri: "chosen" }))).toEqual({
      command: { intent: "playback.play", slots: { track: "Hello", artist: "Queen" } },
    });
  });

  it("turns a name into another kind of thing, in every reading", () => {
    const readings = [
      { slots: { track: "Thriller" }, score: 1 },
      { slots: { track: "Thriller", artist: "Jackson" }, score: 0.5 },
    ];
    expect(refine({ type: "album" }, last("playback.play", { track: "Thriller", readings }))).toEqual({
      command: {
        intent: "playback.play",
        slots: {
          album: "Thriller",
          readings: [
            { slots: { album: "Thriller" }, score: 1 },
            { slots: { album: "Thriller", artist: "Jackson" }, score: 0.5 },
          ],
        },
      },
    });
  });

  it("changes the newest command that named something and takes it, not the pause after it", () => {
    const memory = {
      last: [
        { intent: "playback.play", slots: { track: "Hello" } },
        { intent: "playback.pause", slots: {} },
      ],
      choices: [],
    };
    expect(refine({ version: "live" }, memory)).toEqual({
      command: { intent: "playback.play", slots: { track: "Hello", version: "live" } },
    });
    expect(refine({ version: "live" }, last("volume.set", { level: 5 }))).toEqual({
      words: "followup.nothing_to_change",
    });
  });
});

describe("words", () => {
  const words = (file: unknown) => new Map([["core", localeFileSchema.parse(file)]]);
  const files = new Map([
    [
      "en",
      words({
        replies: { hi: "Hi {name}", at: "{at, time, short}", only: "<b>{n, plural, one {# song} other {# songs}}</b>" },
      }),
    ],
    ["de", words({ replies: { hi: "Hallo {name}", at: "{at, time, short}" } })],
    ["pt-BR", words({ replies: {} })],
  ]);

  it("are looked for in the language, then in English; values are never read as patterns", () => {
    const i18n = createI18n({ files, fallback: "en", strict: true, log: silentLog });
    expect(i18n.translator("core", "de")("hi", { name: "{name} <i>" })).toBe("Hallo {name} <i>");
    expect(i18n.translator("core", "de")("only", { n: 2 })).toBe("<b>2 songs</b>");
  });

  it("show times in the person's zone", () => {
    const i18n = createI18n({ files, fallback: "en", strict: true, log: silentLog });
    const at = new Date(Date.UTC(2026, 10, 21, 12, 5));
    expect(i18n.translator("core", "de", "Europe/Berlin")("at", { at })).toBe("13:05");
    expect(i18n.translator("core", "de", "Asia/Tokyo")("at", { at })).toBe("21:05");
  });

  it("that are missing stop a test, and are logged in a running bot", () => {
    const strict = createI18n({ files, fallback: "en", strict: true, log: silentLog });
    expect(() => strict.translator("core", "en")("nothing")).toThrow(/no words for "nothing"/);
    expect(() => strict.translator("core", "en")("hi")).toThrow();
    const { log, lines } = capturedLog();
    const lenient = createI18n({ files, fallback: "en", strict: false, log });
    expect(lenient.translator("core", "en")("nothing")).toBe("…");
    expect(lenient.translator("core", "en")("hi")).toBe("Hi name");
    expect(lines).toHaveLength(2);
  });

  it.each([
    ["de-AT", "de"],
    ["DE", "de"],
    ["pt_br", "pt-BR"],
    ["fr", "en"],
    ["../../etc", "en"],
    ["", "en"],
    [undefined, "en"],
  ])("%s is spoken to in %s", (wanted, locale) => {
    expect(createI18n({ files, fallback: "en", strict: true, log: silentLog }).negotiate(wanted)).toBe(locale);
  });

  it.each([
    [["en-GB"], "en-GB"],
    [["en", undefined, "en_gb"], "en-GB"],
    [["de", "en-GB"], "de"],
    [["pt-BR"], "pt-BR"],
    [["zh-Hant-TW"], "en"],
    [["en-US-x-evil"], "en"],
  ])("%j writes dates as in %s", (wanted, locale) => {
    const i18n = createI18n({ files, fallback: "en", strict: true, log: silentLog });
    expect(i18n.regional(...wanted)).toBe(locale);
    expect(i18n.translator("core", locale)("hi", { name: "Ann" })).toMatch(/Ann/);
    expect(i18n.has("core", locale, "hi")).toBe(true);
  });

  it("are whole in every file there is: each message is ICU that parses", async () => {
    const names = ["account", "help"];
    const all = await readLocales(join(root, "locales"), names);
    const { IntlMessageFormat } = await import("intl-messageformat");
    for (const [locale, byName] of all)
      for (const [name, file] of byName)
        for (const [key, text] of Object.entries(file.replies))
          expect(
            () => new IntlMessageFormat(text, locale, undefined, { ignoreTag: true }),
            `${locale}/${name} ${key}`,
          ).not.toThrow();
  });
});

describe("the registry", () => {
  const { skill, words } = createDeck();
  const file = localeFileSchema.parse(words);
  const i18nWith = (changed: unknown) => {
    const core = localeFileSchema.parse(JSON.parse(readFileSync(join(root, "locales/en/core.json"), "utf8")));
    const own = changed === undefined ? [] : [["deck", localeFileSchema.parse(changed)] as const];
    return createI18n({
      files: new Map([["en", new Map([["core", core], ...own])]]),
      fallback: "en",
      strict: true,
      log: silentLog,
    });
  };

  it("knows an intent's skill, needs, permission and who sees the answer", () => {
    const registry = createRegistry([skill], i18nWith(file));
    expect(registry.handler("library.like")).toMatchObject({ needs: ["library.write"], visibility: "private" });
    expect(registry.handler("nowplaying.query")?.visibility).toBe("public");
    expect(registry.handler("constructor")).toBeUndefined();
  });

  it("refuses two skills for one intent, and a skill without its words", () => {
    expect(() => createRegistry([skill, { ...skill, name: "other" }], i18nWith(file))).toThrow(
      /playback\.play is claimed by deck and other/,
    );
    expect(() => createRegistry([skill], i18nWith(undefined))).toThrow("locales/en/deck.json is missing");
    const { "playback.pause": _, ...commands } = file.commands;
    expect(() => createRegistry([skill], i18nWith({ ...file, commands }))).toThrow("lacks commands.playback.pause");
    expect(() => createRegistry([skill], i18nWith({ ...file, examples: {} }))).toThrow("lacks examples.playback.play");
    const stray = { ...file, examples: { ...file.examples, "playback.stop": ["stop"] } };
    expect(() => createRegistry([skill], i18nWith(stray))).toThrow("has words for playback.stop");
  });

  it("says in the original what a translation lacks, and refuses words for nothing there", () => {
    const translated = (de: unknown) =>
      createI18n({
        files: new Map([
          ["en", new Map([["deck", file]])],
          ["de", new Map([["deck", localeFileSchema.parse(de)]])],
        ]),
        fallback: "en",
        strict: true,
        log: silentLog,
      });
    const play = { name: "spiel", description: "Spielt" };
    const registry = createRegistry([skill], translated({ commands: { "playback.play": play } }));
    const german = registry.commands("de");
    expect(german.map(({ intent }) => intent)).toEqual(registry.commands("en").map(({ intent }) => intent));
    expect(german.find(({ intent }) => intent === "playback.play")).toMatchObject({
      ...play,
      examples: registry.commands("en").find(({ intent }) => intent === "playback.play")?.examples,
    });
    expect(german.find(({ intent }) => intent === "playback.pause")?.name).toBe("playback-pause");
    expect(() => createRegistry([skill], translated({ commands: { "no.such": play } }))).toThrow("words for no.such");
  });

  it("tells platforms what an intent's command takes", () => {
    const volume = defineSkill({
      name: "deck",
      intents: {
        "deck.turn": z.object({
          level: z.coerce.number().int().min(0).max(100),
          mode: z.enum(["soft", "hard"]).optional(),
          hidden: z.string().optional(),
          where: z.string().optional(),
        }),
      },
      needs: [],
      visibility: "private",
      run: async () => say("ok"),
    });
    const option = (name: string) => ({ name, description: `The ${name}` });
    const i18n = i18nWith({
      commands: {
        "deck.turn": {
          name: "turn",
          description: "Turn it",
          options: { level: option("level"), mode: option("mode"), where: option("where") },
        },
      },
    });
    expect(createRegistry([volume], i18n).specs("en")).toEqual([
      {
        intent: "deck.turn",
        name: "turn",
        description: "Turn it",
        managers: false,
        options: [
          { slot: "level", ...option("level"), type: "integer", required: true, min: 0, max: 100, suggests: false },
          {
            slot: "mode",
            ...option("mode"),
            type: "string",
            required: false,
            choices: ["soft", "hard"],
            suggests: false,
          },
          { slot: "where", ...option("where"), type: "string", required: false, suggests: false },
        ],
      },
    ]);
  });
});
