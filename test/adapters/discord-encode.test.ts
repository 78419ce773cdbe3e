import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encode, isOpenWeb } from "../../adapters/discord/encode.ts";
import { encodeForm } from "../../adapters/discord/encode-form.ts";
import { cutEscaped, escapeText, plain } from "../../adapters/discord/escape.ts";
import { prepare } from "../../adapters/discord/prepare.ts";
import { loadWords, wordsFor } from "../../adapters/discord/words.ts";
import { cut } from "../../adapters/shared/cut.ts";
import { type Block, type Button, button, type Reply, replySchema, say } from "../../src/contracts/reply.ts";
import { locales } from "../doubles/discord/chat.ts";
import { type Component, checkMessage, checkModal, flatten } from "../doubles/discord/check-message.ts";
import { markdown, shown } from "../doubles/discord/shown.ts";
import { hostWith } from "../support/host.ts";

const words = wordsFor(loadWords(locales), "en");
const host = hostWith(async () => {});

/** As it goes out, after Discord's own checks have let it pass. */
async function sent(reply: Reply, more: Partial<typeof host> = {}): Promise<Component[]> {
  const { body, files } = await prepare(reply, { ...host, ...more }, words, 0);
  return checkMessage(
    JSON.parse(JSON.stringify(body)),
    files.map(({ name }) => name),
  ).components;
}

const hostile = [
  "<@123456789012345678> @everyone @here <#1> </play:1> <:x:1> <t:0:R>",
  "# a\n## b\n-# c\n- d\n+ e\n1. f\n> g\n>>> h",
  "**b** __u__ ~~s~~ `c` ```d``` ||e|| \\*f\\*",
  "[free](https://evil.example) https://evil.example/a_b_c <https://evil.example> discord://x",
];

describe("words", () => {
  it.each(hostile)("are shown letter by letter: %j", (text) => {
    expect(markdown(escapeText(text))).toBe(text);
  });

  it("are shown letter by letter whatever they are", () => {
    const signs = fc.constantFrom(..."\\*_~`|<>@#[]()-+.:/1a \n");
    const text = fc.oneof(fc.string({ unit: "grapheme" }), fc.string({ unit: signs }));
    fc.assert(
      fc.property(text, (given) => {
        expect(markdown(escapeText(given))).toBe(plain(given));
      }),
      { numRuns: 2_000 },
    );
  });

  it("lose what cannot be seen, and keep what joins letters and emoji", () => {
    expect(plain("a\u202Eb\u0000c\u001b[31md\u200Be")).toBe("abc[31mde");
    expect(plain("👨\u200D👩\u200D👧 نمی\u200Cخواهم")).toBe("👨\u200D👩\u200D👧 نمی\u200Cخواهم");
  });

  it("are cut between characters, with the cut shown, and never after half an escape", () => {
    expect(cut("👍👍👍", 4)).toBe("👍…");
    expect(cut("short", 5)).toBe("short");
    expect(cutEscaped("ab\\*cd", 4)).toBe("ab…");
    expect(cutEscaped("a\\\\\\*cd", 5)).toBe("a\\\\…");
  });
});

describe("a reply", () => {
  it("of words alone stands free; with controls it stands in a container", async () => {
    expect(await sent(say("Hello."))).toEqual([{ type: 10, content: "Hello." }]);
    const [only] = await sent(say("Hello.", [{ type: "buttons", buttons: [button("Go", "help")] }]));
    expect(only).toMatchObject({
      type: 17,
      components: [{ type: 1, components: [{ type: 2, label: "Go", style: 2 }] }],
    });
  });

  it("that is an error has the colour of one", async () => {
    expect(await sent(say("No.", undefined, { kind: "error" }))).toMatchObject([{ type: 17, accent_color: 0xed4245 }]);
  });

  it("without blocks shows its text", async () => {
    expect(shown(await sent(say("Only *this*.", [])))).toBe("Only *this*.");
  });

  it("puts the picture beside its words, with what it shows", async () => {
    const blocks: Block[] = [
      { type: "image", url: "https://img.example/cover.jpg", alt: "Cover of 21" },
      { type: "heading", text: "Hello" },
      { type: "text", text: "Adele" },
    ];
    expect(await sent(say("Hello", blocks))).toEqual([
      {
        type: 17,
        components: [
          {
            type: 9,
            components: [
              { type: 10, content: "### Hello" },
              { type: 10, content: "Adele" },
            ],
            accessory: { type: 11, media: { url: "https://img.example/cover.jpg" }, description: "Cover of 21" },
          },
        ],
      },
    ]);
  });

  it("gives a picture that has words on it a place of its own", async () => {
    const url = "https://img.example/songs.png";
    const blocks: Block[] = [
      { type: "text", text: "Above" },
      { type: "image", url, alt: "Top songs", large: true },
      { type: "text", text: "Below" },
    ];
    const [container] = await sent(say("Songs", blocks));
    expect(container).toMatchObject({
      components: [
        { type: 10, content: "Above" },
        { type: 12, items: [{ media: { url }, description: "Top songs" }] },
        { type: 10, content: "Below" },
      ],
    });
  });

  it("takes along a picture of our own, and leaves out one that nobody could fetch", async () => {
    const ours: Block = { type: "image", url: "http://127.0.0.1:8888/art/1", alt: "A cover" };
    const bytes = new Uint8Array([1, 2, 3]);
    const picture = async () => ({ mediaType: "image/png", bytes });
    const { body, files } = await prepare(say("x", [ours]), { ...host, picture }, words, 0);
    const name = files[0]?.name ?? "";
    expect(name).toMatch(/^[\da-f]{32}\.png$/);
    expect(files).toEqual([{ name, data: Buffer.from(bytes), contentType: "image/png" }]);
    expect(body.attachments).toEqual([{ id: 0, filename: name, description: "A cover" }]);
    expect(JSON.stringify(body.components)).toContain(`attachment://${name}`);
    expect(await sent(say("x", [ours, { type: "text", text: "words" }]))).toEqual([{ type: 10, content: "words" }]);
  });

  it("takes the same picture along once, and a web one not at all", async () => {
    const image = (url: string, alt: string): Block => ({ type: "image", url, alt });
    const shownTwice = [
      image("http://10.0.0.1/1", "One"),
      image("https://i.example/x", "Two"),
      image("http://10.0.0.1/2", "Three"),
    ];
    const picture = async (url: string) =>
      url.startsWith("https:") ? undefined : { mediaType: "image/png", bytes: new Uint8Array([7]) };
    const { body, files } = await prepare(say("x", shownTwice), { ...host, picture }, words, 0);
    expect(files).toHaveLength(1);
    expect(body.attachments).toEqual([{ id: 0, filename: files[0]?.name, description: "One" }]);
    expect(JSON.stringify(body.components).match(/attachment:/g)).toHaveLength(2);
  });

  it("lets its bar run on from when it was true", async () => {
    const bar: Block = { type: "progress", positionMs: 0, durationMs: 100_000, playing: true, at: 1_000 };
    const encoding = { words, data: new Map(), images: new Map() };
    const at = (now: number) => shown(encode(say("x", [bar]), { ...encoding, now }) as Component[]);
    expect(at(1_000)).toBe("▶ ●─────────────── 0:00 / 1:40");
    expect(at(51_000)).toBe("▶ ━━━━━━━━●─────── 0:50 / 1:40");
    expect(at(1e9)).toBe("▶ ━━━━━━━━━━━━━━━● 1:40 / 1:40");
  });

  it("offers the open web as buttons and addresses of this machine as words", async () => {
    const link = (url: string) => sent(say("x", [{ type: "link", label: "Connect", url }]));
    expect(await link("https://example.org/a")).toMatchObject([
      { type: 17, components: [{ components: [{ style: 5 }] }] },
    ]);
    expect(shown(await link("http://127.0.0.1:8888/link"))).toContain("Connect: ");
    expect(shown(await link(`https://example.org/${"a".repeat(600)}`))).toContain("Connect: ");
    expect(await link("javascript:alert(1)")).toEqual([{ type: 10, content: "Connect" }]);
    expect(["http://localhost/x", "http://10.0.0.1/", "http://[::1]/", "http://box.local/"].filter(isOpenWeb)).toEqual(
      [],
    );
  });
});

describe("a moment", () => {
  const unix = 1_795_262_700;
  const at = unix * 1000 + 900;
  const time = { text: "14:05", at, style: "time" } as const;
  const date = { text: "5. Mai 2026", at, style: "date" } as const;
  const both = { text: "Montag um 14:05", at, style: "both" } as const;
  const times = [time, date, both];
  const told = async (blocks: Block[], text = "x") => JSON.stringify(await sent({ ...say(text, blocks), times }));
  const token = /<t:[^>]*>/g;

  it("is every reader's own, by the time, the date or both", async () => {
    const text = "5. Mai 2026 und 14:05, bis Montag um 14:05.";
    expect(await sent({ ...say(text), times })).toEqual([
      { type: 10, content: `<t:${unix}:D> und <t:${unix}:t>, bis <t:${unix}:f>.` },
    ]);
    expect(await sent({ ...say("Until 14:05.", []), times })).toEqual([{ type: 10, content: `Until <t:${unix}:t>.` }]);
    expect(await sent(say("Until 14:05."))).toEqual([{ type: 10, content: "Until 14:05." }]);
  });

  it("is so in headings, fields and lists", async () => {
    const shows = `<t:${unix}:t>`;
    expect(await told([{ type: "heading", text: "At 14:05" }])).toContain(`### At ${shows}`);
    expect(await told([{ type: "fields", fields: [{ name: "Until 14:05", value: "*14:05*" }] }])).toContain(
      `**Until 14:05:** \\\\*${shows}\\\\*`,
    );
    const items = [
      { title: "14:05", detail: "since 14:05" },
      { title: "14:05", url: "https://example.org/" },
    ];
    expect(await told([{ type: "list", ordered: true, items }])).toContain(
      `1. ${shows} — since ${shows}\\n2. [14:05](<https://example.org/>)`,
    );
  });

  it("stays words where Discord shows plain words", async () => {
    const command = { intent: "help", slots: {} };
    const shownPlain = await told([
      { type: "buttons", buttons: [{ label: "14:05", style: "plain", command }] },
      { type: "select", label: "14:05", options: [{ label: "14:05", detail: "14:05", command }] },
      { type: "link", label: "14:05", url: "https://example.org/" },
      { type: "image", url: "https://example.org/a.png", alt: "14:05" },
    ]);
    expect(shownPlain).not.toMatch(token);
    expect(shownPlain.match(/14:05/g)).toHaveLength(6);
  });

  it("is none of what people write, whatever they write around one", async () => {
    const songs = ["<t:0:R>", "<14:05>", "<t:14:05:R>", "\\14:05", "`14:05`", "[14:05](https://evil.example)"];
    const [list] = await sent({
      ...say("x", [{ type: "list", ordered: false, items: songs.map((title) => ({ title })) }]),
      times,
    });
    const content = list?.type === 10 ? list.content : "";
    const live = content.replace(/\\[^0-9A-Za-z\s]/g, "").match(token);
    expect(new Set(live)).toEqual(new Set([`<t:${unix}:t>`]));
    const seen = markdown(content).replaceAll(`<t:${unix}:t>`, "14:05");
    expect(seen).toBe(songs.map((song) => `- ${song}`).join("\n"));
  });

  it("is whole or not there at all where a text is cut", async () => {
    for (let length = 3_960; length <= 4_000; length++) {
      const [only] = await sent({ ...say(`${"x".repeat(length - 1)} 14:05 and on ${"y".repeat(100)}`), times });
      const content = only?.type === 10 ? only.content : "";
      expect(content.replace(`<t:${unix}:t>`, "")).toMatch(/^x+( [and ony]*)?…$/);
    }
    expect(cutEscaped("a\\<t:1 b", 6)).toBe("a\\<t:…");
    expect(cutEscaped("a\\\\<t:1:t> b", 8)).toBe("a\\\\…");
  });
});

describe("what is too much", () => {
  const items = (count: number, length: number) =>
    Array.from({ length: count }, (_, index) => ({ title: `Song ${index + 1} ${"x".repeat(length)}` }));

  it("thirty items are all there when they fit, and counted when they do not", async () => {
    const list = (length: number): Reply => say("x", [{ type: "list", ordered: true, items: items(30, length) }]);
    expect(shown(await sent(list(10)))).toContain("Song 30");
    const cutShort = shown(await sent(list(250)));
    expect(cutShort).not.toContain("Song 30");
    const [, left] = /and (\d+) more/.exec(cutShort) ?? [];
    expect(Number(left)).toBe(30 - (cutShort.match(/Song \d+/g) ?? []).length);
  });

  it("twelve buttons stand in rows of five, with ids that differ though they do the same", async () => {
    const same = { intent: "help", slots: {} };
    const buttons = Array.from(
      { length: 12 },
      (_, index): Button => ({ label: `B${index}`, style: "plain", command: { ...same } }),
    );
    const all = flatten(await sent(say("x", [{ type: "buttons", buttons }])));
    expect(all.filter(({ type }) => type === 1).map((row) => (row.type === 1 ? row.components.length : 0))).toEqual([
      5, 5, 2,
    ]);
    const ids = all.flatMap((each) => (each.type === 2 && "custom_id" in each ? [each.custom_id] : []));
    expect(new Set(ids).size).toBe(12);
  });

  it("forty options become the first twenty-five", async () => {
    const options = Array.from({ length: 40 }, (_, index) => ({
      label: `O${index}`,
      command: { intent: "help", slots: {} },
    }));
    const select = flatten(await sent(say("x", [{ type: "select", label: "Which?", options }]))).find(
      ({ type }) => type === 3,
    );
    expect(select?.type === 3 ? select.options.map(({ label }) => label).at(-1) : "").toBe("O24");
  });

  it("ten thousand characters are cut, and what stands beside them stays", async () => {
    const reply = say("x", [
      { type: "heading", text: "Head" },
      { type: "text", text: "long ".repeat(2_000) },
      { type: "attribution", text: "Tail" },
    ]);
    const text = shown(await sent(reply));
    expect(text.startsWith("Head")).toBe(true);
    expect(text.endsWith("Tail")).toBe(true);
    expect(text).toContain("…");
    expect(text.length).toBeGreaterThan(3_500);
  });

  it("no reply there can be is refused", async () => {
    const text = fc.oneof(fc.string({ maxLength: 6_000 }), fc.constantFrom("", " ", "\u0000", ...hostile));
    const url = fc.constantFrom("https://example.org/x", "http://127.0.0.1:1/x", `https://e.org/${"y".repeat(700)}`);
    const command = fc.record({
      intent: fc.constantFrom("help", "queue.add"),
      slots: fc.dictionary(fc.string({ maxLength: 8 }), fc.string()),
    });
    const label = fc.string({ minLength: 1, maxLength: 80 });
    const list = <T>(of: fc.Arbitrary<T>, maxLength: number) => fc.array(of, { minLength: 1, maxLength });
    const block: fc.Arbitrary<Block> = fc.oneof(
      fc.record({ type: fc.constantFrom("heading" as const, "text" as const), text }),
      fc.record({ type: fc.constant("image" as const), url, alt: text }),
      fc.record({
        type: fc.constant("fields" as const),
        fields: fc.array(fc.record({ name: text, value: text }), { maxLength: 30 }),
      }),
      fc.record({
        type: fc.constant("list" as const),
        ordered: fc.boolean(),
        items: fc.array(fc.record({ title: text, detail: text, url }), { maxLength: 40 }),
      }),
      fc.record({
        type: fc.constant("progress" as const),
        positionMs: fc.nat(),
        durationMs: fc.nat(),
        playing: fc.boolean(),
        at: fc.nat(),
      }),
      fc.record({
        type: fc.constant("buttons" as const),
        buttons: list(fc.record({ label, command, style: fc.constant("plain" as const), form: fc.boolean() }), 30),
      }),
      fc.record({
        type: fc.constant("select" as const),
        label: text,
        options: list(fc.record({ label: text, detail: text, command }), 40),
      }),
      fc.record({ type: fc.constant("link" as const), label: text, url }),
      fc.record({ type: fc.constant("attribution" as const), text, url }),
    );
    const reply = fc.record({
      kind: fc.constantFrom("answer", "error"),
      text,
      blocks: fc.array(block, { maxLength: 40 }),
    });
    const picture = async (address: string) =>
      address.includes("127.0.0.1") ? { mediaType: "image/webp", bytes: new Uint8Array(1) } : undefined;
    await fc.assert(
      fc.asyncProperty(reply, async (given) => {
        await sent(replySchema.parse(given), { picture });
      }),
      { numRuns: 300 },
    );
  });

  it("a form is trimmed to what a form may hold", () => {
    const made = encodeForm(
      {
        title: "t".repeat(80),
        fields: [
          {
            slot: "a",
            label: "l".repeat(90),
            type: "text",
            required: true,
            max: 9_000,
            value: "v".repeat(5_000),
            placeholder: "p".repeat(200),
          },
          {
            slot: "b",
            label: "b",
            type: "select",
            value: "3",
            options: Array.from({ length: 40 }, (_, index) => ({ label: `${index}`, value: `${index}` })),
          },
          ...Array.from({ length: 6 }, (_, index) => ({
            slot: `c${index}`,
            label: "c",
            type: "text" as const,
            required: false,
            max: 10,
          })),
        ],
      },
      "data",
    );
    const modal = checkModal(JSON.parse(JSON.stringify(made)));
    expect(modal.components).toHaveLength(5);
    expect(modal.custom_id).toBe("m.data");
  });
});
