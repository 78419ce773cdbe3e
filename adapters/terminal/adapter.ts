import { randomUUID } from "node:crypto";
import { createInterface, type Interface } from "node:readline";
import type { Adapter, Answer } from "../../src/contracts/adapter.ts";
import type { Clock } from "../../src/contracts/clock.ts";
import type { Incoming } from "../../src/contracts/incoming.ts";
import type { Reply } from "../../src/contracts/reply.ts";
import { type Choices, render } from "./render.ts";

export const platform = "terminal";

export type TerminalOptions = {
  clock: Clock;
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
  /** The name of whoever sits there. */
  user: string;
  locale?: string;
  /** Ctrl-C or Ctrl-D: the person wants the program to end. */
  onClose: () => void;
};

/** The chat in the terminal that started the program: one person, one line at a time. A number presses the button of that number. */
export function createTerminalChat(options: TerminalOptions): Adapter {
  const { clock, output } = options;
  const place = { platform, tenant: "", id: options.user };
  let lines: Interface | undefined;
  let choices: Choices = [];
  let stopping = false;
  /** The last words of messages that may be edited: an edit prints only when they changed. Bounded by `keptWords`. */
  const spoken = new Map<string, string>();
  const keptWords = 50;

  const print = (id: string, reply: Reply): void => {
    const shown = render(reply);
    if (shown.choices.length > 0) choices = shown.choices;
    spoken.delete(id);
    spoken.set(id, reply.text);
    for (const oldest of spoken.keys()) {
      if (spoken.size <= keptWords) break;
      spoken.delete(oldest);
    }
    output.write(`\r\x1b[K${shown.lines.map((line) => `  ${line}`).join("\n")}\n`);
    lines?.prompt(true);
  };

  const answer: Answer = {
    async defer() {},
    async reply(reply) {
      const id = randomUUID();
      print(id, reply);
      return { platform, place, id };
    },
  };

  const eventOf = (typed: string): Incoming => {
    const envelope = {
      key: randomUUID(),
      place,
      user: { platform, tenant: "", id: options.user },
      userName: options.user,
      addressed: true,
      direct: true,
      local: true,
      at: clock.now(),
      ...(options.locale === undefined ? {} : { locale: options.locale }),
    };
    const chosen = /^\d{1,2}$/.test(typed) ? choices[Number(typed) - 1] : undefined;
    return chosen
      ? { ...envelope, type: "command", intent: chosen.command.intent, slots: chosen.command.slots }
      : { ...envelope, type: "text", text: typed };
  };

  return {
    platform,
    closed: true,
    limits: {
      text: Number.POSITIVE_INFINITY,
      buttonsPerRow: 8,
      buttons: 40,
      options: 40,
      buttonBytes: Number.POSITIVE_INFINITY,
      editsPerMinute: 60,
      firstAnswerWithinMs: Number.POSITIVE_INFINITY,
    },
    resend: "never",
    async start(host, signal) {
      const reader = createInterface({ input: options.input, output, prompt: "> ", terminal: true });
      lines = reader;
      reader.on("line", (line) => {
        const typed = line.trim();
        if (typed === "") return reader.prompt();
        // What goes wrong inside is answered by core; a line is never lost silently.
        host.deliver(eventOf(typed), answer).catch((error: unknown) => {
          output.write(`  ${error instanceof Error ? error.message : String(error)}\n`);
          reader.prompt();
        });
      });
      reader.on("close", () => {
        if (!stopping) options.onClose();
      });
      reader.on("SIGINT", () => reader.close());
      signal.addEventListener("abort", () => reader.close(), { once: true });
      reader.prompt();
    },
    async send(to, reply, key) {
      print(key, reply);
      return { platform, place: to, id: key };
    },
    async edit(sent, reply) {
      if (spoken.get(sent.id) === reply.text) return;
      print(sent.id, reply);
    },
    healthy: () => lines !== undefined,
    async stop() {
      stopping = true;
      lines?.close();
      lines = undefined;
    },
  };
}
