import { basename } from "node:path";
import type { Readable } from "node:stream";
import type { FileProblem } from "../../contracts/imports.ts";
import { cleanName } from "./formats/format.ts";
import { MOST_RATIO, RATIO_FROM_BYTES } from "./limits.ts";

/** A file that may hold listening. Of where it stands only its last name is kept. */
export type ImportFile = {
  name: string;
  /** As it says; only how far the import has come is told by it. */
  bytes: number;
  /** What is wrong with it before it is opened. */
  problem?: FileProblem;
  open(): AsyncIterable<Buffer>;
};

/** In the place of what is not opened. */
export const unopened = (path: string, problem: FileProblem): ImportFile => ({
  name: shownName(path),
  bytes: 0,
  problem,
  async *open() {},
});

/** It went past what is allowed, or is not what it says. */
export class FileFault extends Error {
  readonly problem: FileProblem;
  constructor(problem: FileProblem, cause?: unknown) {
    super(problem, { cause });
    this.problem = problem;
  }
}

const readable = /\.(json|jsonl|ndjson|csv|tsv|txt)$/i;
/** What systems lay beside people's files. */
export const isAside = (path: string): boolean => /(^|\/)(__MACOSX\/|\.)/.test(path);

/** Whether a file of an archive or folder may hold listening, by its name: pictures and letters are not opened at all. */
export const mayHold = (path: string): boolean => readable.test(path) && !isAside(path);
/** What it holds is not looked for: whoever packed it can unpack it. */
export const isArchive = (path: string): boolean => /\.(zip|7z|rar|gz|tar|tgz)$/i.test(path) && !isAside(path);
export const shownName = (path: string): string => cleanName(basename(path), 120) || "?";

/** Stops what unpacks to more than listening can. `packed`: how many bytes that took. */
export async function* measured(stream: Readable, packed: () => number): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > RATIO_FROM_BYTES && bytes > MOST_RATIO * packed()) throw new FileFault("bomb");
    yield chunk;
  }
}
