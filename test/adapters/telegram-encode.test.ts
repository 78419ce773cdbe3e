import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encode, maxCaption, maxText } from "../../adapters/telegram/encode.ts";
import { linkable, toHtml } from "../../adapters/telegram/html.ts";
import { maxButtons, maxOptions, maxPerRow } from "../../adapters/telegram/keyboard.ts";
import { reachable } from "../../adapters/telegram/messages.ts";
import { createSpelling } from "../../adapters/telegram/names.ts";
import { type Block, button, say } from "../../src/contracts/reply.ts";
import { checkKeyboard } from "../doubles/telegram/keyboard.ts";
import { parseHtml } from "../doubles/telegram/markup.ts";

const data = () => "x";
const shown = (blocks: Block[], max?: number) => {
  const encoded = encode(say("spoken", blocks), data, max);
  return { ...encoded, ...parseHtml(encoded.html) };
};
/** The joiner that keeps Telegram from finding things cannot be seen. */
const seen = (text: string) => text.replaceAll("\u2060", "");

describe("replies as Telegram's HTML", () => {
  it("names commands in a sentence as the menu does, and leaves everything else as it is", () => {
    const named = (name: string) => ({ intent: name, name, description: name, managers: false, options: [] });
    const spell = createSpelling({
      locales: ["en", "de"],
      commands: (locale) => [named("help"), locale === "en" ? named("my-time-zone") : named("lautstärke")],
    });
    const words = "As in “/my-time-zone Europe/Berlin”, /lautstärke, /help or /my-time-zones; and/my-time-zone.";
    const here = "As in “/my_time_zone Europe/Berlin”, /lautstarke, /help or /my-time-zones; and/my-time-zone.";
    expect(spell(words)).toBe(here);
    const encoded = encode(say(words, [{ type: "text", text: words }]), data, maxText, spell);
    expect(seen(parseHtml(encoded.html).text)).toBe(here);
    const titled = say("", [{ type: "list", ordered: false, items: [{ title: "/my-time-zone" }] }]);
    expect(seen(parseHtml(encode(titled, data, maxText, spell).html).text)).toBe("• /my-time-zone");
  });

  it("shows every kind of block", () => {
    const { html, keyboard } = encode(
      say("spoken", [
        { type: "heading", text: "Now playing" },
        { type: "fields", fields: [{ name: "Artist", value: "Adele" }] },
        { type: "progress", positionMs: 61_000, durationMs: 3_700_000, playing: true, at: 0 },
        { type: "list", ordered: true, items: [{ title: "Hello", detail: "Adele", url: "https://example.org/1" }] },
        {
          type: "select",
          label: "Choose",
          options: [{ label: "A", detail: "first", command: { intent: "help", slots: {} } }],
        },
        {
          type: "buttons",
          buttons: [
            { ...button("Next", "playback.next"), icon: "next" },
            button("Stop", "playback.pause", {}, "danger"),
          ],
        },
        { type: "link", label: "Read more", url: "https://example.org/more" },
        { type: "attribution", text: "From somewhere", url: "https://example.org" },
      ]),
      data,
    );
    expect(html).toBe(
      [
        "<b>Now playing</b>",
        "<b>Artist:</b> Adele",
        "▶️ 1:01 ●▬▬▬▬▬▬▬▬▬ 1:01:40",
        '1. <a href="https://example.org/1">Hello</a> · Adele',
        "Choose",
        '<a href="https://example.org/"><i>From somewhere</i></a>',
      ].join("\n"),
    );
    expect(keyboard).toEqual([
      [{ text: "A · first", callback_data: "x" }],
      [
        { text: "⏭", callback_data: "x" },
        { text: "Stop", callback_data: "x", style: "danger" },
      ],
      [{ text: "Read more", url: "https://example.org/more" }],
    ]);
  });

  it.each([
    ["a mention", "hello @durov"],
    ["a command in a title", "/unlink"],
    ["a command of this bot", "(/unlink@segue_test_bot)"],
    ["an address", "see https://evil.example.com/x"],
    ["an address without a scheme", "will.i.am and evil.com and www.evil.com"],
    ["a hashtag", "#spam"],
    ["markup", '<a href="https://evil.com">x</a> <b>'],
    ["half an entity", "&lt;b&gt; &amp &#60;b&#62;"],
  ])("leaves nothing to tap in %s", (_name, hostile) => {
    const { text, entities } = shown([
      { type: "text", text: hostile },
      { type: "list", ordered: false, items: [{ title: hostile, detail: hostile }] },
    ]);
    expect(entities).toEqual([]);
    expect(seen(text)).toBe(`${hostile}\n• ${hostile} · ${hostile}`);
  });

  it("takes out what acts on a screen", () => {
    expect(shown([{ type: "text", text: "a\u202Eb\u001b[31mc\u0000d\u2066e\uD800f" }]).text).toBe("ab[31mcde\uFFFDf");
  });

  it("falls back to the spoken words where no block shows any", () => {
    expect(shown([{ type: "buttons", buttons: [button("Go", "help")] }]).text).toBe("spoken");
    expect(parseHtml(encode(say(" \u200B", [{ type: "text", text: "\n " }]), data).html).text).toBe("…");
  });

  it("fits whatever it is given, and keeps the attribution whole", () => {
    const blocks: Block[] = [
      { type: "text", text: "x".repeat(10_000) },
      {
        type: "list",
        ordered: true,
        items: Array.from({ length: 30 }, (_, at) => ({ title: `Song ${at}`, detail: "y".repeat(200) })),
      },
      { type: "buttons", buttons: Array.from({ length: 12 }, (_, at) => button(`Button number ${at}`, "help")) },
      {
        type: "select",
        label: "Choose",
        options: Array.from({ length: 40 }, (_, at) => ({
          label: `Option ${at}`,
          command: { intent: "help", slots: { at } },
        })),
      },
      { type: "attribution", text: "From somewhere" },
    ];
    for (const max of [maxText, maxCaption]) {
      const { text, keyboard, cut } = shown(blocks, max);
      expect(text.length).toBeLessThanOrEqual(max);
      expect(text).toMatch(/…\nFrom somewhere$/);
      expect(cut).toBe(true);
      expect(checkKeyboard({ inline_keyboard: keyboard }).flat()).toHaveLength(12 + maxOptions);
    }
    const { text } = shown(blocks.slice(3));
    expect(text).toContain("Choose (+15)");
  });

  it("never shows more than a hundred buttons, nor eight side by side", () => {
    const blocks: Block[] = Array.from({ length: 20 }, () => ({
      type: "buttons",
      buttons: Array.from({ length: 12 }, () => ({ ...button("x", "help"), icon: "play" as const })),
    }));
    const rows = checkKeyboard({ inline_keyboard: shown(blocks).keyboard });
    expect(rows.flat()).toHaveLength(maxButtons);
    expect(Math.max(...rows.map((row) => row.length))).toBe(maxPerRow);
  });

  it("says of each button which of several pickers it is of", () => {
    const picker = (label: string, ...options: string[]): Block => ({
      type: "select",
      label,
      options: options.map((option) => ({ label: option, command: { intent: "help", slots: {} } })),
    });
    const { text, keyboard } = shown([
      { type: "heading", text: "Settings" },
      picker("Answers", "Private", "As usual"),
      picker("Language", "Deutsch"),
    ]);
    expect(text).toBe("Settings");
    expect(keyboard.flat().map((each) => each.text)).toEqual([
      "Answers: Private",
      "Answers: As usual",
      "Language: Deutsch",
    ]);
  });

  it("shows a command so that a tap sends it as Telegram knows it, and a title like one so that none does", () => {
    const { html } = encode(
      say("spoken", [
        {
          type: "list",
          ordered: false,
          items: [
            { title: "queue-clear", detail: "Empty the queue", command: true },
            { title: "réglages", detail: "/start me up", command: true },
            { title: "/queue_clear" },
          ],
        },
      ]),
      data,
    );
    expect(html.split("\n")).toEqual([
      "• /queue_clear · Empty the queue",
      "• /reglages · /\u2060start me up",
      "• /\u2060queue_clear",
    ]);
  });

  it("shows an address that cannot be a button so that it can be copied", () => {
    const { text, entities, keyboard } = shown([{ type: "link", label: "Open", url: "http://localhost:8765/link/x" }]);
    expect(text).toBe("Open: http://localhost:8765/link/x");
    expect(entities).toMatchObject([{ type: "code" }]);
    expect(keyboard).toEqual([]);
  });

  it("knows what Telegram can open and what it can fetch", () => {
    expect(linkable("http://127.0.0.1:8765/link")).toBeDefined();
    expect(linkable("http://localhost/link")).toBeUndefined();
    expect(linkable("javascript:alert(1)")).toBeUndefined();
    expect(reachable("https://i.scdn.co/image/1")).toBeDefined();
    for (const url of [
      "http://i.scdn.co/1",
      "https://127.0.0.1/1",
      "https://192.168.1.4/1",
      "https://172.20.0.1/1",
      "https://[::1]/1",
    ])
      expect(reachable(url)).toBeUndefined();
  });

  it("makes HTML that parses, fits and finds nothing, of any text", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 80 }),
      fc
        .array(fc.constantFrom("<", ">", "&", "@a_bot", "/go", "http://a.com", "#x", '"', "\u2060", "😀", "\uD83D"), {
          maxLength: 30,
        })
        .map((parts) => parts.join("")),
    );
    const part = fc.record({ text, bold: fc.boolean(), italic: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(fc.array(part, { maxLength: 4 }), { maxLength: 8 }),
        fc.integer({ min: 1, max: 120 }),
        (lines, max) => {
          const parsed = parseHtml(toHtml(lines, [], max).html);
          expect(parsed.text.length).toBeLessThanOrEqual(max);
          expect(parsed.entities.filter(({ type }) => type !== "bold" && type !== "italic")).toEqual([]);
        },
      ),
    );
  });
});

describe("a moment", () => {
  const unix = 1_795_262_700;
  const at = unix * 1000 + 900;
  const times = [
    { text: "14:05", at, style: "time" as const },
    { text: "5. Mai 2026", at, style: "date" as const },
    { text: "Montag um 14:05", at, style: "both" as const },
  ];
  const timed = (blocks: Block[], { text = "x", max = maxText } = {}) => {
    const { html } = encode({ ...say(text, blocks), times }, data, max);
    return { html, ...parseHtml(html) };
  };
  const mark = `<tg-time unix="${unix}" format="t">14:05</tg-time>`;

  it("is every reader's own, by the time, the date or both", () => {
    const { html, text, entities } = timed([], { text: "5. Mai 2026 und 14:05, bis Montag um 14:05." });
    expect(html).toBe(
      `<tg-time unix="${unix}" format="D">5. Mai 2026</tg-time> und ${mark}, bis <tg-time unix="${unix}" format="Dt">Montag um 14:05</tg-time>.`,
    );
    expect(text).toBe("5. Mai 2026 und 14:05, bis Montag um 14:05.");
    expect(entities.map(({ type, date_time_format }) => [type, date_time_format])).toEqual([
      ["date_time", "D"],
      ["date_time", "t"],
      ["date_time", "Dt"],
    ]);
    expect(encode(say("14:05"), data).html).toBe("14:05");
  });

  it("is so in headings, fields and lists, and words in what is a link", () => {
    const { html } = timed([
      { type: "heading", text: "At 14:05" },
      { type: "fields", fields: [{ name: "A", value: "14:05" }] },
      {
        type: "list",
        ordered: false,
        items: [
          { title: "B", detail: "14:05" },
          { title: "14:05", url: "https://example.org/" },
        ],
      },
    ]);
    expect(html).toBe(
      [
        `<b>At </b><b>${mark}</b>`,
        `<b>A:</b> ${mark}`,
        `• B · ${mark}`,
        '• <a href="https://example.org/">14:05</a>',
      ].join("\n"),
    );
  });

  it("is none of what people write, whatever they write around one", () => {
    const songs = ['<tg-time unix="0">14:05</tg-time>', "1:14:05", "14:05.3", "<14:05>"];
    const { text, entities } = timed([{ type: "text", text: songs.join("\n") }]);
    expect(seen(text)).toBe(songs.join("\n"));
    expect(entities.map(({ type, unix_time }) => [type, unix_time])).toEqual([
      ["date_time", unix],
      ["date_time", unix],
    ]);
  });

  it("stays words where it is cut, and where the platform has no such date", () => {
    for (let max = 8; max <= 20; max++) {
      const { text, entities } = timed([{ type: "text", text: "until 14:05 and so on" }], { max });
      expect(text.length).toBeLessThanOrEqual(max);
      for (const { offset, length } of entities) expect(text.slice(offset, offset + length)).toBe("14:05");
    }
    for (const far of [-1, 2 ** 31 * 1000]) {
      const { html } = encode({ ...say("14:05"), times: [{ text: "14:05", at: far, style: "time" }] }, data);
      expect(html).toBe("14:05");
    }
  });
});
