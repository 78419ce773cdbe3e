import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cut } from "../../adapters/shared/cut.ts";
import { type EncodeWith, encode, hasPictures, withoutPictures } from "../../adapters/slack/encode.ts";
import { escaped, pieces } from "../../adapters/slack/text.ts";
import { type Block, blockSchema, button, say } from "../../src/contracts/reply.ts";
import { homeBlocks, maxBlockText, messageBlocks, readable, unfurlBlocks } from "../doubles/slack/block-kit.ts";
import { mrkdwn, words } from "../doubles/slack/seen.ts";

const with_ = (more: Partial<EncodeWith> = {}): EncodeWith => ({
  surface: "message",
  button: async (command, max) => JSON.stringify(command).slice(0, max),
  reachable: async () => true,
  ...more,
});
const drawn = async (...blocks: Block[]) => (await encode(say("Fallback", blocks), with_())).blocks;
const rich = (elements: unknown[]) => ({
  type: "rich_text",
  elements: [{ type: "rich_text_section", elements }],
});

const hostile =
  '<!channel> <@U1> <https://evil.example|click> *bold* _it_ `code` &lt;!here&gt; :bomb: @everyone \u202Etxt \u001b[31m "q"';

describe("a reply as Block Kit", () => {
  it.each<[string, Block, unknown[]]>([
    [
      "a heading",
      { type: "heading", text: "Now" },
      [{ type: "header", text: { type: "plain_text", text: "Now", emoji: false } }],
    ],
    ["text", { type: "text", text: "*a* <b>" }, [rich([{ type: "text", text: "*a* <b>" }])]],
    [
      "a picture",
      { type: "image", url: "https://example.org/a.png", alt: "Cover" },
      [{ type: "image", image_url: "https://example.org/a.png", alt_text: "Cover" }],
    ],
    [
      "fields",
      { type: "fields", fields: [{ name: "Artist", value: "Adele" }] },
      [
        rich([
          { type: "text", text: "Artist", style: { bold: true } },
          { type: "text", text: "  Adele\n" },
        ]),
      ],
    ],
    [
      "progress",
      { type: "progress", positionMs: 3_661_000, durationMs: 7_322_000, playing: true, at: 0 },
      [
        {
          type: "context",
          elements: [{ type: "plain_text", text: "▶ 1:01:01 ━━━━━━━━●──────── 2:02:02", emoji: false }],
        },
      ],
    ],
    [
      "a list",
      {
        type: "list",
        ordered: true,
        items: [{ title: "One", detail: "first", url: "https://example.org/1" }, { title: "Two" }],
      },
      [
        {
          type: "rich_text",
          elements: [
            {
              type: "rich_text_list",
              style: "ordered",
              elements: [
                {
                  type: "rich_text_section",
                  elements: [
                    { type: "link", url: "https://example.org/1", text: "One" },
                    { type: "text", text: " – first" },
                  ],
                },
                { type: "rich_text_section", elements: [{ type: "text", text: "Two" }] },
              ],
            },
          ],
        },
      ],
    ],
    [
      "a button with a sign",
      {
        type: "buttons",
        buttons: [{ ...button("Next", "playback.next", {}, "primary"), icon: "next", description: "Next song" }],
      },
      [
        {
          type: "actions",
          elements: [
            {
              type: "button",
              action_id: "press:0",
              text: { type: "plain_text", text: "⏭", emoji: false },
              value: '{"intent":"playback.next","slots":{}}',
              style: "primary",
              accessibility_label: "Next song",
            },
          ],
        },
      ],
    ],
    [
      "an attribution with an address",
      { type: "attribution", text: "From there", url: "https://example.org" },
      [rich([{ type: "link", url: "https://example.org", text: "From there" }])],
    ],
  ])("draws %s", async (_name, block, blocks) => {
    expect(await drawn(block)).toEqual(blocks);
  });

  it("puts a picture beside the words that follow it", async () => {
    const [section, ...rest] = await drawn(
      { type: "image", url: "https://example.org/a.png", alt: "Cover" },
      { type: "text", text: "Hello" },
    );
    expect(section).toMatchObject({ type: "section", text: { text: "Hello" }, accessory: { alt_text: "Cover" } });
    expect(rest).toEqual([]);
  });

  it("gives a picture that has words on it the whole width", async () => {
    const image = { type: "image", url: "https://example.org/a.png", alt: "Songs", large: true } as const;
    const [first, ...rest] = await drawn(image, { type: "text", text: "Hello" });
    expect(first).toMatchObject({ type: "image", alt_text: "Songs" });
    expect(words(rest)).toEqual(["Hello"]);
  });

  it("says in words what cannot be shown", async () => {
    const reply = say("x", [
      { type: "image", url: "http://127.0.0.1/a.png", alt: "Cover" },
      { type: "text", text: "Hello" },
    ]);
    const { blocks } = await encode(reply, with_({ reachable: async () => false }));
    expect(words(blocks)).toEqual(["Cover", "Hello"]);
    const shown = await encode(reply, with_());
    expect(hasPictures(shown)).toBe(true);
    expect(hasPictures(withoutPictures(shown))).toBe(false);
    expect(words(withoutPictures(shown).blocks)).toEqual(["Hello"]);
  });

  it("shows its text where there are no blocks", async () => {
    expect(words((await encode(say("Only words", []), with_())).blocks)).toEqual(["Only words"]);
  });

  it("puts presses of one reply into one row, each under a name of its own", async () => {
    const blocks = await drawn(
      { type: "buttons", buttons: Array.from({ length: 30 }, (_, at) => button(`${at}`, "help")) },
      { type: "link", label: "Open", url: "https://example.org" },
    );
    expect(blocks.map((block) => (block.type === "actions" ? block.elements.length : 0))).toEqual([25, 6]);
  });

  it("lets nothing become a mention, a link, markup or a control sequence", async () => {
    const blocks: Block[] = [
      { type: "heading", text: hostile },
      { type: "text", text: hostile },
      { type: "image", url: "https://example.org/a.png", alt: hostile },
      { type: "fields", fields: [{ name: hostile, value: hostile }] },
      { type: "list", ordered: false, items: [{ title: hostile, detail: hostile, url: "https://example.org" }] },
      { type: "buttons", buttons: [{ ...button(hostile, "help"), description: hostile }] },
      {
        type: "select",
        label: hostile,
        options: [{ label: hostile, detail: hostile, command: { intent: "help", slots: {} } }],
      },
      { type: "link", label: hostile, url: "https://example.org" },
      { type: "attribution", text: hostile, url: "https://example.org" },
      { type: "attribution", text: hostile },
    ];
    const { text, blocks: made } = await encode(say(hostile, blocks), with_());
    expect(messageBlocks.safeParse(made).error).toBeUndefined();
    const all = JSON.stringify(made);
    expect(all).not.toContain("mrkdwn");
    expect(all).not.toContain("\\u001b");
    expect(all).not.toContain("\u202E");
    // The fallback is the one place where markup acts.
    expect(text).not.toMatch(/<[@#!]|<http/);
    expect(mrkdwn(text)).toContain("<!channel> <@U1> <https://evil.example|click>");
  });

  it("marks up nothing but addresses under a link", async () => {
    const blocks: Block[] = [
      { type: "text", text: hostile },
      {
        type: "list",
        ordered: false,
        items: [{ title: hostile, url: "https://example.org/>a|b" }, { title: hostile }],
      },
      { type: "attribution", text: hostile, url: "https://example.org" },
    ];
    const made = await encode(say("x", blocks), with_({ surface: "unfurl" }));
    expect(unfurlBlocks.safeParse(made.blocks).error).toBeUndefined();
    const marked = made.blocks.flatMap((block) =>
      block.type === "section" && block.text?.type === "mrkdwn" ? [block.text.text] : [],
    );
    expect(marked).toHaveLength(2);
    for (const text of marked) {
      expect(text.match(/<[^>]*>/g)).toEqual([expect.stringMatching(/^<https:\/\/example\.org(\/%3Ea%7Cb)?\|/)]);
      expect(text).not.toMatch(/[*_~`]/);
    }
  });

  it("stays within every limit, whatever the reply", async () => {
    const text = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 60 }),
      fc.constantFrom(hostile, "x".repeat(9_000), " ", "😀".repeat(2_000)),
    );
    const command = fc.constant({ intent: "help", slots: {} });
    const url = fc.constantFrom(
      "https://example.org/a",
      `https://example.org/${"a".repeat(4_000)}`,
      "http://127.0.0.1:1/x",
      "music:track:1",
    );
    const label = text.map((value) => value.slice(0, 80) || "x");
    const block = fc.oneof(
      fc.record({ type: fc.constant("heading"), text }),
      fc.record({ type: fc.constant("text"), text }),
      fc.record({ type: fc.constant("image"), url, alt: text }),
      fc.record({
        type: fc.constant("fields"),
        fields: fc.array(fc.record({ name: text, value: text }), { maxLength: 30 }),
      }),
      fc.record({
        type: fc.constant("list"),
        ordered: fc.boolean(),
        items: fc.array(fc.record({ title: text, detail: text, url }), {
          maxLength: 60,
        }),
      }),
      fc.record({
        type: fc.constant("buttons"),
        buttons: fc.array(fc.record({ label, command }), { minLength: 1, maxLength: 60 }),
      }),
      fc.record({
        type: fc.constant("select"),
        label: text,
        options: fc.array(fc.record({ label: text, detail: text, command }), { minLength: 1, maxLength: 140 }),
      }),
      fc.record({ type: fc.constant("link"), label: text, url }),
      fc.record({ type: fc.constant("attribution"), text, url }),
      fc.record({
        type: fc.constant("progress"),
        positionMs: fc.nat(),
        durationMs: fc.nat(),
        playing: fc.boolean(),
        at: fc.constant(0),
      }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(block, { maxLength: 130 }),
        fc.constantFrom("message", "home", "unfurl", "modal"),
        async (blocks, surface) => {
          const reply = say(
            "t".repeat(9_000),
            blocks.map((each) => blockSchema.parse(each)),
          );
          const made = await encode(reply, with_({ surface }));
          const schema = { message: messageBlocks, home: homeBlocks, modal: homeBlocks, unfurl: unfurlBlocks }[surface];
          expect(schema.safeParse(made.blocks).error).toBeUndefined();
          if (surface !== "unfurl") expect(readable(made.blocks).join("").length).toBeLessThanOrEqual(maxBlockText);
          expect(made.text.length).toBeLessThanOrEqual(40_000);
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);
});

describe("a moment", () => {
  const unix = 1_795_262_700;
  const at = unix * 1000 + 900;
  const times = [
    { text: "14:05", at, style: "time" },
    { text: "5. Mai 2026", at, style: "date" },
    { text: "Montag um 14:05", at, style: "both" },
  ] as const;
  const timed = async (blocks: Block[], more: Partial<EncodeWith> = {}, text = "x") =>
    (await encode({ ...say(text, blocks), times: [...times] }, with_(more))).blocks;
  const date = (format: string, fallback: string) => ({ type: "date", timestamp: unix, format, fallback });
  const clock = date("{time}", "14:05");
  const mark = `<!date^${unix}^{time}|14:05>`;

  it("is every reader's own, by the time, the date or both", async () => {
    const blocks = await timed([{ type: "text", text: "5. Mai 2026 und 14:05, bis Montag um 14:05." }]);
    expect(blocks).toEqual([
      rich([
        date("{date_long_full}", "5. Mai 2026"),
        { type: "text", text: " und " },
        clock,
        { type: "text", text: ", bis " },
        date("{date_long_full} {time}", "Montag um 14:05"),
        { type: "text", text: "." },
      ]),
    ]);
    expect(messageBlocks.safeParse(blocks).error).toBeUndefined();
    expect(await timed([], {}, "Until 14:05")).toEqual([rich([{ type: "text", text: "Until " }, clock])]);
    expect(await drawn({ type: "text", text: "14:05" })).toEqual([rich([{ type: "text", text: "14:05" }])]);
  });

  it("is so in fields and lists, and words where the platform shows plain words", async () => {
    const blocks = await timed([
      { type: "heading", text: "14:05" },
      { type: "fields", fields: [{ name: "14:05", value: "*14:05*" }] },
      {
        type: "list",
        ordered: false,
        items: [
          { title: "14:05", detail: "since 14:05" },
          { title: "14:05", url: "https://example.org/" },
        ],
      },
      { type: "buttons", buttons: [button("14:05", "help")] },
    ]);
    expect(messageBlocks.safeParse(blocks).error).toBeUndefined();
    expect(words(blocks).join("")).toBe(
      `14:0514:05  *(time ${unix} {time})*\n(time ${unix} {time}) – since (time ${unix} {time})14:0514:05`,
    );
  });

  it("is so beside a picture and under a link, where nothing else acts", async () => {
    const said = `${hostile} until 14:05`;
    const beside = await timed([
      { type: "image", url: "https://example.org/a.png", alt: "x" },
      { type: "text", text: said },
    ]);
    const under = await timed([{ type: "text", text: said }], { surface: "unfurl" });
    for (const blocks of [beside, under]) {
      const [section] = blocks;
      const text = section?.type === "section" && section.text?.type === "mrkdwn" ? section.text.text : "";
      expect(text.endsWith(` until ${mark}`)).toBe(true);
      expect(text.match(/<[^>]*>/g)).toEqual([mark]);
      expect(text.replace(mark, "")).not.toMatch(/[*_~`]/);
    }
    expect(unfurlBlocks.safeParse(under).error).toBeUndefined();
    const odd = { text: "<!here>|*now*", at, style: "time" } as const;
    const { blocks } = await encode({ ...say(odd.text), times: [odd] }, with_({ surface: "unfurl" }));
    expect(blocks).toMatchObject([{ text: { type: "mrkdwn", text: `<!date^${unix}^{time}|&lt;!here&gt;¦∗now∗>` } }]);
    // Escaped it would be too long: then all of it stays words.
    const [long] = await timed([
      { type: "image", url: "https://example.org/a.png", alt: "x" },
      { type: "text", text: `${"&".repeat(900)} 14:05` },
    ]);
    expect(long).toMatchObject({ type: "section", text: { type: "plain_text" } });
  });

  it("is none of what people write, whatever they write around one", async () => {
    const songs = ["<!date^0^{time}|14:05>", "1:14:05", "14:05.3", "<14:05>"];
    const blocks = await timed(songs.map((text) => ({ type: "text", text })));
    expect(words(blocks).join("|")).toBe(
      `<!date^0^{time}||(time ${unix} {time})|>|1:14:05|14:05.3|<|(time ${unix} {time})|>`,
    );
    expect(JSON.stringify(blocks)).not.toContain("mrkdwn");
  });
});

describe("text", () => {
  it("is cut without halving a character", () => {
    expect(cut("😀😀😀", 4)).toBe("😀…");
    expect(cut("abc", 3)).toBe("abc");
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 20 }), (text, max) => {
        expect(cut(text, max).length).toBeLessThanOrEqual(max);
        expect(cut(text, max).isWellFormed()).toBe(true);
      }),
    );
  });

  it("in pieces is whole", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), fc.integer({ min: 2, max: 50 }), (text, max) => {
        const parts = pieces(text, max);
        expect(parts.join("")).toBe(text);
        for (const part of parts) expect(part.length).toBeLessThanOrEqual(max);
      }),
    );
  });

  it("escaped comes back as it was, without what acts on a screen", () => {
    fc.assert(
      fc.property(
        fc.string(),
        (text) =>
          mrkdwn(escaped(text)) ===
          text.replace(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu, (mark) => (mark === "\n" || mark === "\t" ? mark : "")),
      ),
    );
  });
});
