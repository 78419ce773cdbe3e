import type { Readable, Writable } from "node:stream";
import { confirm, isCancel, log, multiselect, note, password, text } from "@clack/prompts";
import type { Asker } from "./wizard.ts";

/** What can be told to hand over each key by itself, as terminals can. */
type Input = Readable & { setRawMode?(raw: boolean): unknown };

const isGiven = <T>(answer: T): answer is Exclude<T, symbol> => !isCancel(answer);

/** The wizard's questions on a terminal. */
export function createTerminalAsker(terminal: { input: Input; output: Writable }): Asker {
  const { input, output } = terminal;

  /** Calls back at the end of the input (Ctrl-D, a closed terminal); undone by what it returns. */
  function onEnd(left: () => void): () => void {
    const typed = (bytes: Buffer | string) => {
      if (String(bytes).includes("\u0004")) left();
    };
    input.on("data", typed).once("end", left).once("close", left);
    return () => input.off("data", typed).off("end", left).off("close", left);
  }

  /** Takes the end of the input as giving up: the library would wait for ever. */
  async function answered<T>(
    prompt: (on: { signal: AbortSignal } & typeof terminal) => Promise<T>,
  ): Promise<{ is: Exclude<T, symbol> } | undefined> {
    // Nobody is there any more, and the end is not told again.
    if (input.readableEnded || input.destroyed) return undefined;
    const ended = new AbortController();
    const undo = onEnd(() => ended.abort());
    try {
      const answer = await prompt({ signal: ended.signal, input, output });
      return isGiven(answer) ? { is: answer } : undefined;
    } finally {
      undo();
    }
  }

  return {
    say: (title, lines) => note(lines.join("\n"), title, { output }),
    async choose(label, options, chosen) {
      const answer = await answered((on) =>
        multiselect({
          message: `${label} (space chooses, enter goes on)`,
          options: [...options],
          initialValues: [...chosen],
          required: false,
          ...on,
        }),
      );
      return answer?.is;
    },
    async text({ label, secret, optional }, { was, fault }) {
      // What is typed unseen cannot be emptied, as it does not stand there.
      const none = optional && was !== undefined ? (secret ? "-" : "") : undefined;
      const read = (value: string | undefined) => {
        const typed = (value ?? "").trim();
        return typed === none ? "" : typed || (was ?? "");
      };
      const validate = (value: string | undefined) => fault(read(value));
      const keep =
        was === undefined
          ? optional
            ? " (empty: none)"
            : ""
          : ` (empty: keep${none === undefined ? "" : ", -: none"})`;
      const answer = await answered((on) =>
        secret
          ? password({ message: `${label}${keep}`, validate, ...on })
          : text({ message: label, validate, ...on, ...(was === undefined ? {} : { initialValue: was }) }),
      );
      return answer && read(answer.is);
    },
    async confirm(label, initially) {
      const answer = await answered((on) => confirm({ message: label, initialValue: initially, ...on }));
      return answer?.is;
    },
    // Not with the library's spinner: Ctrl-C in it ends the process at once, and as if all were well.
    async during(label, run) {
      const ended = Promise.withResolvers<undefined>();
      const interrupted = (bytes: Buffer | string) => {
        if (String(bytes).includes("\u0003")) ended.resolve(undefined);
      };
      log.step(`${label} …`, { output });
      // What is typed meanwhile answers nothing, and must not be taken for the answer to what comes next.
      input.setRawMode?.(true);
      const undo = onEnd(() => ended.resolve(undefined));
      input.on("data", interrupted).resume();
      try {
        return await Promise.race([run(), ended.promise]);
      } finally {
        undo();
        input.off("data", interrupted).pause();
        input.setRawMode?.(false);
      }
    },
  };
}
