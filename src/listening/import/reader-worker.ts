import { parentPort, workerData } from "node:worker_threads";
import type { ImportPosition } from "../../contracts/imports.ts";
import { openSource } from "./files.ts";
import { formats } from "./formats/index.ts";
import { readBatches } from "./reader.ts";

// A crash report has a part of each thread, with the environment and its secrets unless the thread itself says no.
process.report.excludeEnv = true;

/**
 * Unpacks, parses and reads files beside the main thread. Batches cross as text: a string is copied as it is, where objects
 * would be taken apart and put together again by a slower way than JSON's. It is never more than a few ahead.
 */
export type WorkerData = { path: string; name: string; size: number; format?: string };
export type ToWorker = { from: ImportPosition } | "next";
export type FromWorker = { opened: { hash: string; bytes: number } } | { batch: string } | "end";

const AHEAD = 2;

async function read({ path, name, size, format }: WorkerData): Promise<void> {
  const port = parentPort;
  if (!port) throw new Error("this file is run as a worker");
  const send = (message: FromWorker) => port.postMessage(message);
  let room = AHEAD;
  let wake = () => {};
  const begun = Promise.withResolvers<ImportPosition>();
  port.on("message", (message: ToWorker) => {
    if (message !== "next") return begun.resolve(message.from);
    room++;
    wake();
  });
  const source = await openSource(path, name);
  try {
    send({ opened: { hash: source.hash, bytes: source.bytes } });
    const wanted = formats.find((each) => each.name === format);
    for await (const batch of readBatches(source, {
      from: await begun.promise,
      size,
      ...(wanted && { format: wanted }),
    })) {
      while (room === 0) await new Promise<void>((resolve) => (wake = resolve));
      room--;
      send({ batch: JSON.stringify(batch) });
    }
    send("end");
  } finally {
    await source.close();
    port.close();
  }
}

await read(workerData as WorkerData);
