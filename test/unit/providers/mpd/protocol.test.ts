import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Answer,
  createAnswerReader,
  KEPT_OF_LINE,
  ProtocolFault,
} from "../../../../src/music/providers/mpd/answers.ts";
import { encode, quote } from "../../../../src/music/providers/mpd/commands.ts";

/** Reads what a daemon sent, cut into chunks at these places. */
function readAll(
  bytes: Buffer,
  cuts: readonly number[] = [],
  bounds?: { maxBytes: number; maxFields: number },
): Answer[] {
  const answers: Answer[] = [];
  const reader = createAnswerReader({
    greeted: () => undefined,
    answered: (answer) => answers.push(answer),
    ...(bounds ? { bounds } : {}),
  });
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  for (const [index, from] of [0, ...places].entries())
    reader.feed(bytes.subarray(from, places[index] ?? bytes.length));
  return answers;
}
const said = (text: string) => Buffer.from(`OK MPD 0.23.5\n${text}`);

/** The daemon's own tokenizer (src/util/Tokenizer.cxx), told again: words of a line, quotes and backslashes undone. */
function tokenize(line: string): string[] {
  const words: string[] = [];
  for (let at = 0; at < line.length; ) {
    if (line[at] === " ") {
      at++;
      continue;
    }
    let word = "";
    if (line[at] === '"') {
      for (at++; line[at] !== '"'; at++) {
        if (line[at] === "\\") at++;
        if (at >= line.length) throw new Error("missing closing quote");
        word += line[at];
      }
      at++;
      if (at < line.length && line[at] !== " ") throw new Error("space expected after closing quote");
    } else for (; at < line.length && line[at] !== " "; at++) word += line[at];
    words.push(word);
  }
  return words;
}

describe("arguments", () => {
  it("arrive as they are, and never as anything else", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), fc.string({ maxLength: 50 }), (one, two) => {
        let text: string;
        try {
          text = encode([["find", one, two, 3]]);
        } catch (error) {
          expect(error).toMatchObject({ code: "InvalidInput" });
          expect(`${one}${two}`).toMatch(/[\u0000-\u001f\u007f]|\p{Cs}/u);
          return;
        }
        expect(text.split("\n")).toHaveLength(2);
        expect(tokenize(text.trimEnd())).toEqual(["find", one, two, "3"].map((word) => word));
      }),
      {
        examples: [
          ['" \\', "\\"],
          ['"\\"', ""],
          ["a\nkill", ""],
          ["\u0000", ""],
        ],
      },
    );
  });

  it.each(["\n", "a\r\nkill", "\u0000", "\u0007", "\u007f", "\ud800"])("refuse %j", (text) => {
    expect(() => quote(text)).toThrowError(expect.objectContaining({ code: "InvalidInput" }));
  });

  it("keep to the daemon's line and list", () => {
    expect(() => encode([["find", "a".repeat(9_000)]])).toThrowError(expect.objectContaining({ code: "InvalidInput" }));
    const many = Array.from({ length: 2_000 }, () => ["addid", "a".repeat(2_000)] as const);
    expect(() => encode(many)).toThrowError(expect.objectContaining({ code: "InvalidInput" }));
    expect(encode([["a"], ["b"]])).toBe("command_list_ok_begin\na\nb\ncommand_list_end\n");
  });
});

describe("answers", () => {
  const value = fc.string({ unit: "binary", maxLength: 40 }).map((text) => text.replace(/[\n\ud800-\udfff]/g, ""));
  const part = fc.record({
    fields: fc.array(fc.tuple(fc.constantFrom("file", "Title", "Artist", "duration"), value), { maxLength: 6 }),
    binary: fc.option(fc.uint8Array({ maxLength: 60 }), { nil: undefined }),
  });

  it("are the same however the bytes are cut", () => {
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 2, maxLength: 5 }),
        fc.array(fc.nat(2_000), { maxLength: 30 }),
        (parts, cuts) => {
          const bytes = Buffer.concat([
            said(""),
            ...parts.flatMap(({ fields, binary }) => [
              ...fields.map(([key, text]) => Buffer.from(`${key}: ${text}\n`)),
              ...(binary ? [Buffer.from(`binary: ${binary.length}\n`), binary, Buffer.from("\n")] : []),
              Buffer.from("list_OK\n"),
            ]),
            Buffer.from("OK\nOK\nACK [50@1] {addid} No such song\n"),
          ]);
          const answers = readAll(bytes, cuts);
          expect(answers).toHaveLength(3);
          expect(answers[0]?.parts.map((each) => each.fields)).toEqual(parts.map((each) => each.fields));
          expect(answers[0]?.parts.map((each) => each.binary && [...each.binary])).toEqual(
            parts.map((each) => each.binary && [...each.binary]),
          );
          expect(answers[1]).toEqual({ parts: [{ fields: [] }] });
          expect(answers[2]?.ack).toEqual({ code: 50, index: 1, command: "addid", message: "No such song" });
        },
      ),
    );
  });

  it("are an answer or a fault, whatever comes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(fc.nat(300), { maxLength: 5 }), (noise, cuts) => {
        try {
          readAll(Buffer.concat([said(""), noise]), cuts);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolFault);
        }
      }),
    );
  });

  it("say what a list had done before it was refused", () => {
    const [answer] = readAll(said("Id: 7\nlist_OK\nId: 8\nlist_OK\nACK [50@2] {addid} No such song\n"));
    expect(answer?.parts.map((each) => each.fields)).toEqual([[["Id", "7"]], [["Id", "8"]]]);
    expect(answer?.ack?.index).toBe(2);
  });

  it("cut a tag of a megabyte and go on behind it", () => {
    const [answer] = readAll(said(`Title: ${"x".repeat(1_000_000)}\nArtist: B\nOK\n`), [50_000, 100_000, 700_000]);
    expect(answer?.parts[0]?.fields.map(([key, text]) => [key, text.length])).toEqual([
      ["Title", KEPT_OF_LINE - 7],
      ["Artist", 1],
    ]);
  });

  it.each([
    ["no daemon", Buffer.from("HTTP/1.1 400 Bad Request\n")],
    ["a line that is none", said("nonsense\n")],
    ["an impossible picture", said("binary: 99999999999\n")],
    ["a picture of less than nothing", said("binary: -1\n")],
    ["a picture that does not end", said("binary: 2\nabcd\nOK\n")],
    ["two pictures at once", said("binary: 1\na\nbinary: 1\nb\nOK\n")],
    ["a refusal that is none", said("ACK what\n")],
    ["too much", said(`${"a: b\n".repeat(3_000)}`)],
  ])("are a fault: %s", (_, bytes) => {
    expect(() => readAll(bytes, [], { maxBytes: 10_000, maxFields: 2_000 })).toThrowError(ProtocolFault);
  });
});
