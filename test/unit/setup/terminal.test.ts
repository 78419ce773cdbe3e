import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { createTerminalAsker } from "../../../src/setup/terminal.ts";

/** A terminal somebody sits at: what is typed goes in, what is shown can be read. */
function terminal() {
  const input = Object.assign(new PassThrough(), { isTTY: true, raw: false, setRawMode: (raw: boolean) => raw });
  const output = new PassThrough();
  let shown = "";
  output.on("data", (bytes: Buffer) => {
    shown += bytes.toString();
  });
  return {
    ask: createTerminalAsker({ input, output }),
    input,
    shown: () => stripVTControlCharacters(shown),
    heldBy: () => input.listenerCount("end") + input.listenerCount("close"),
  };
}

const anything = { was: undefined, fault: () => undefined };
const address = { setting: "MPD_URL", label: "Its address" };

const questions = {
  choose: ({ ask }: ReturnType<typeof terminal>) => ask.choose("Which?", [{ value: "a", label: "A", hint: "" }], []),
  text: ({ ask }: ReturnType<typeof terminal>) => ask.text(address, anything),
  secret: ({ ask }: ReturnType<typeof terminal>) => ask.text({ ...address, secret: true }, anything),
  confirm: ({ ask }: ReturnType<typeof terminal>) => ask.confirm("Sure?", true),
  during: ({ ask }: ReturnType<typeof terminal>) => ask.during("Testing", () => new Promise<string>(() => {})),
};

describe("a question on a terminal", () => {
  for (const [name, question] of Object.entries(questions)) {
    it.each([
      ["Ctrl-C", "\u0003"],
      ["Ctrl-D", "\u0004"],
    ])(`(${name}) is given up by %s`, async (_key, bytes) => {
      const sat = terminal();
      const answer = question(sat);
      sat.input.write(bytes);
      expect(await answer).toBeUndefined();
    });

    it(`(${name}) is given up when the terminal closes`, async () => {
      const sat = terminal();
      const answer = question(sat);
      sat.input.end();
      expect(await answer).toBeUndefined();
    });
  }

  it("takes what is typed, and Enter alone as what was there or as nothing", async () => {
    const sat = terminal();
    const typed = sat.ask.text(address, anything);
    sat.input.write(" a b \r");
    expect(await typed).toBe("a b");
    const kept = sat.ask.text({ ...address, secret: true }, { was: "old", fault: () => undefined });
    sat.input.write("\r");
    expect(await kept).toBe("old");
    const none = sat.ask.text({ ...address, optional: true }, anything);
    sat.input.write("\r");
    expect(await none).toBe("");
    const sure = sat.ask.confirm("Sure?", false);
    sat.input.write("\r");
    expect(await sure).toBe(false);
  });

  it("takes away what is optional: emptied where it stands there, and by a dash where it is not shown", async () => {
    const sat = terminal();
    const set = { was: "old", fault: () => undefined };
    const emptied = sat.ask.text({ ...address, optional: true }, set);
    sat.input.write("\u007f\u007f\u007f\r");
    expect(await emptied).toBe("");
    const unseen = sat.ask.text({ ...address, optional: true, secret: true }, set);
    sat.input.write("-\r");
    expect(await unseen).toBe("");
    expect(sat.shown()).toContain("(empty: keep, -: none)");
    const needed = sat.ask.text({ ...address, secret: true }, set);
    sat.input.write("-\r");
    expect(await needed).toBe("-");
  });

  it("asks nothing where nobody is there any more", async () => {
    const sat = terminal();
    const first = sat.ask.confirm("Sure?", true);
    sat.input.end();
    expect(await first).toBeUndefined();
    await new Promise(setImmediate);
    expect(await sat.ask.confirm("Keep it?", true)).toBeUndefined();
  });

  it("is not answered by what was typed while something was tested", async () => {
    const sat = terminal();
    let done = (_word: string) => {};
    const testing = sat.ask.during("Testing", () => new Promise<string>((resolve) => (done = resolve)));
    sat.input.write("y\r\r");
    await new Promise(setImmediate);
    done("well");
    expect(await testing).toBe("well");
    expect(sat.shown()).toContain("Testing …");
    const next = sat.ask.text(address, anything);
    sat.input.write("host\r");
    expect(await next).toBe("host");
  });

  it("never shows a secret", async () => {
    const sat = terminal();
    const answer = sat.ask.text({ ...address, secret: true }, anything);
    sat.input.write("xoxb-1234\r");
    expect(await answer).toBe("xoxb-1234");
    expect(sat.shown()).not.toContain("xoxb");
  });
});
