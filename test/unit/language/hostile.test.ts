import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { slotSchemas, vocabulary } from "../../../src/contracts/vocabulary.ts";
import { language, parse, readTable } from "./tables.ts";

const freeSlots = [
  "track",
  "artist",
  "album",
  "playlist",
  "show",
  "genre",
  "mood",
  "activity",
  "version",
  "device",
  "name",
  "query",
];

/** Texts made of the words that commands are made of: what random letters never reach. */
const commandWords = [
  ...new Set(readTable("commands").flatMap(({ text }) => text.split(" "))),
  "by",
  "on",
  "and",
  "then",
  ",",
  '"',
  "(",
  ")",
];
const wordy = fc.array(fc.constantFrom(...commandWords), { maxLength: 40 }).map((words) => words.join(" "));
const anything = fc.oneof(wordy, fc.string({ maxLength: 600 }), fc.string({ unit: "binary", maxLength: 300 }));

describe("any text at all", () => {
  it("is answered with a known intent and valid slots, and never with an exception", () => {
    fc.assert(
      fc.property(anything, (text) => {
        const { intent, slots } = parse(text);
        expect(Object.keys(vocabulary)).toContain(intent);
        const allowed: readonly string[] = vocabulary[intent];
        for (const [name, value] of Object.entries(slots)) {
          if (name === "commands") continue;
          expect(allowed).toContain(name);
          expect(
            Object.entries(slotSchemas)
              .find(([slot]) => slot === name)?.[1]
              .safeParse(value).success,
          ).toBe(true);
        }
      }),
      { numRuns: 1500 },
    );
  });

  it("gives names that are cut out of the text as it was written", () => {
    fc.assert(
      fc.property(wordy, (text) => {
        for (const [slot, value] of Object.entries(parse(text).slots)) {
          if (freeSlots.includes(slot)) expect(text).toContain(value);
        }
      }),
      { numRuns: 800 },
    );
  });

  it("means the same whenever it is said", () => {
    fc.assert(
      fc.property(wordy, (text) => {
        expect(parse(text)).toEqual(parse(text));
      }),
      { numRuns: 200 },
    );
  });
});

describe("time", () => {
  const slow: [string, string][] = [
    ["splits", `play ${"a by b on c in d from e and ".repeat(16)}`],
    ["joints", "pause, ".repeat(70)],
    ["quotes", `play ${'"a" '.repeat(110)}`],
    ["brackets", `play ${"(".repeat(480)}`],
    ["one long word", `play ${"a".repeat(490)}`],
    ["politeness", "please ".repeat(70)],
    ["typos", "puase skpi volumne ".repeat(25)],
    ["numbers", `skip ${"twenty five ".repeat(40)}`],
    ["digits", `seek to ${"1".repeat(480)}`],
  ];

  it.each(slow)("is bounded for a message made of %s", (_name, text) => {
    parse(text);
    const before = process.cpuUsage();
    parse(text);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(150);
  });

  it("is next to none for a message that is too long for a command", () => {
    const text = `play ${"never ending ".repeat(100_000)}`;
    const before = process.cpuUsage();
    for (let count = 0; count < 100; count++) expect(parse(text).intent).toBe("none");
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(400);
  });
});

describe("texts that hide something", () => {
  it.each([
    ["empty", ""],
    ["blank", " \t\n "],
    ["only marks", "\u202e\u200f\u200b\ufeff"],
    ["only emoji", "🎵👍🏽🇩🇪👨‍👩‍👧"],
    ["only punctuation", "?!... --- ***"],
    ["only a mention", "<@U123>"],
    ["a lone surrogate", "\ud83d"],
    ["10,000 characters", "play ".repeat(2_000)],
  ])("%s: none", (_name, text) => {
    expect(parse(text)).toMatchObject({ intent: "none", slots: {} });
  });

  it("lose their direction marks, zero-width and control characters, not their meaning", () => {
    expect(parse("\u202eplay hel\u200blo\u0000 by\u0007 adele\u2069").slots).toEqual({
      track: "hello",
      artist: "adele",
    });
    expect(parse("ｐａｕｓｅ").intent).toBe("playback.pause");
    expect(parse("PAUSE!!!").intent).toBe("playback.pause");
  });

  it("are no longer read as a command when a line break is the only joint", () => {
    expect(parse("pause\nwhat's playing").slots.commands?.map(({ intent }) => intent)).toEqual([
      "playback.pause",
      "nowplaying.query",
    ]);
  });

  it("may carry markup", () => {
    expect(parse("**play** _thriller_").slots).toEqual({ track: "thriller" });
    expect(parse("> play thriller").slots).toEqual({ track: "thriller" });
  });
});

describe("links", () => {
  const link = "https://open.spotify.com/track/4u7EnebtmKWzUH433cf5Qv";

  it("alone or amid chatter are no command, and are handed on", () => {
    expect(parse(link)).toMatchObject({ intent: "none", slots: { url: link }, confidence: 1 });
    expect(parse(`you have to hear this ${link} wow`)).toMatchObject({ intent: "none", slots: { url: link } });
    expect(parse("spotify:album:abc")).toMatchObject({ intent: "none", slots: { uri: "spotify:album:abc" } });
  });

  it("are found in a message that is too long for a command", () => {
    expect(parse(`${"la ".repeat(300)}${link}`)).toMatchObject({ intent: "none", slots: { url: link } });
  });

  it("of other services are none of ours", () => {
    expect(parse("https://example.com/track/123").slots).toEqual({});
    expect(parse("https://example.com/track/123").intent).toBe("none");
  });
});

describe("locales", () => {
  it("fall back to the base language, and to the first", () => {
    for (const locale of ["en", "en-GB", "EN_us", "xx", ""])
      expect(language.parse("pause", { locale }).intent).toBe("playback.pause");
  });
});
