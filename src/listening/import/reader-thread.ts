import { Worker } from "node:worker_threads";
import type { ImportPosition } from "../../contracts/imports.ts";
import type { Batch } from "./reader.ts";
import type { FromWorker, ToWorker, WorkerData } from "./reader-worker.ts";

/** The reader itself failed, and would again: what it read needs more memory than it may take, or cannot be opened. */
export class ReadingFault extends Error {}

/** Files that are being read. */
export type Reading = {
  /** SHA-256 of all content. */
  hash: string;
  bytes: number;
  batches(from: ImportPosition): AsyncIterable<Batch>;
  /** Nothing is read any more. */
  close(): Promise<void>;
};

/** Rows are small and short-lived: more room would only be filled before it is swept. */
const limits = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 12 };

/** Reads in a thread of its own. Rejects with a ReadingFault; whatever is wrong with a file comes with the batches. */
export async function openReading(what: WorkerData): Promise<Reading> {
  const worker = new Worker(new URL("./reader-worker.ts", import.meta.url), {
    workerData: what,
    resourceLimits: limits,
  });
  const received: FromWorker[] = [];
  let failure: Error | undefined;
  let wake = () => {};
  const arrived = () => {
    const waiting = wake;
    wake = () => {};
    waiting();
  };
  worker.on("message", (message: FromWorker) => {
    received.push(message);
    arrived();
  });
  worker.on("error", (error: Error) => {
    failure = new ReadingFault(error.message, { cause: error });
    arrived();
  });
  worker.on("exit", () => {
    failure ??= new ReadingFault("the reader of files has ended");
    arrived();
  });
  async function next(): Promise<FromWorker> {
    for (;;) {
      const message = received.shift();
      if (message !== undefined) return message;
      if (failure) throw failure;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  const tell = (message: ToWorker) => worker.postMessage(message);
  const close = async () => {
    await worker.terminate();
  };

  try {
    const first = await next();
    if (typeof first === "string" || !("opened" in first)) throw new Error("the reader of files did not begin");
    return {
      ...first.opened,
      async *batches(from) {
        tell({ from });
        for (;;) {
          const message = await next();
          if (typeof message === "string") return;
          if (!("batch" in message)) continue;
          tell("next");
          yield JSON.parse(message.batch) as Batch;
        }
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
