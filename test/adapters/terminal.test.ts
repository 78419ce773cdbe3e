import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { createTerminalChat } from "../../adapters/terminal/index.ts";
import { say } from "../../src/contracts/reply.ts";
import { type AdapterUnderTest, adapterSuite } from "../contract/adapter-suite.ts";
import { createFakeClock } from "../fakes/clock.ts";
import { hostWith } from "../support/host.ts";

function open(onClose = () => {}) {
  const input = new PassThrough();
  const output = new PassThrough();
  let shown = "";
  output.on("data", (chunk: Buffer) => {
    shown += chunk.toString("utf8");
  });
  const adapter = createTerminalChat({ clock: createFakeClock(), input, output, user: "anna", locale: "en", onClose });
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    adapter,
    input,
    turn,
    async type(line: string) {
      input.write(`${line}\n`);
      for (let index = 0; index < 5; index++) await turn();
    },
    /** Lines without prompt and cursor movements of readline itself. */
    // biome-ignore lint/complexity/useRegexLiterals: the pattern holds control characters.
    screen: () => shown.replace(new RegExp("\\u001b\\[[0-9]*[A-Z]", "g"), "").replaceAll("\r", ""),
  };
}

adapterSuite("terminal", async (): Promise<AdapterUnderTest> => {
  const terminal = open();
  return {
    adapter: terminal.adapter,
    says: (text) => terminal.type(text),
    async presses(label) {
      const number = new RegExp(`\\[(\\d+)\\] ${label}`).exec(terminal.screen())?.[1];
      await terminal.type(number ?? "there is no such button");
    },
    seen: async () => [terminal.screen()],
    async stop() {},
  };
});

describe("terminal chat", () => {
  it("tells the program when the person ends it, and not when the program itself stops", async () => {
    let closed = 0;
    const first = open(() => {
      closed += 1;
    });
    await first.adapter.start(
      hostWith(async () => {}),
      new AbortController().signal,
    );
    first.input.end();
    for (let index = 0; index < 5; index++) await first.turn();
    expect(closed).toBe(1);

    const second = open(() => {
      closed += 1;
    });
    await second.adapter.start(
      hostWith(async () => {}),
      new AbortController().signal,
    );
    await second.adapter.stop?.();
    expect(closed).toBe(1);
  });

  it("prints an edit only when the words changed", async () => {
    const terminal = open();
    await terminal.adapter.start(
      hostWith(async () => {}),
      new AbortController().signal,
    );
    const place = { platform: "terminal", tenant: "", id: "anna" };
    const sent = await terminal.adapter.send(place, say("Playing Hello."), "k");
    await terminal.adapter.edit?.(sent, say("Playing Hello."));
    await terminal.adapter.edit?.(sent, say("Playing Stay."));
    const { length } = terminal.screen().match(/Playing/g) ?? [];
    expect(length).toBe(2);
    await terminal.adapter.stop?.();
  });

  it("answers a failure of the program itself with a line", async () => {
    const terminal = open();
    await terminal.adapter.start(
      hostWith(async () => {
        throw new Error("the database is gone");
      }),
      new AbortController().signal,
    );
    await terminal.type("pause");
    expect(terminal.screen()).toContain("the database is gone");
    await terminal.adapter.stop?.();
  });

  it("ignores empty lines", async () => {
    const terminal = open();
    let heard = 0;
    await terminal.adapter.start(
      hostWith(async () => {
        heard += 1;
      }),
      new AbortController().signal,
    );
    await terminal.type("");
    await terminal.type("   ");
    expect(heard).toBe(0);
    await terminal.adapter.stop?.();
  });
});
