import { fold } from "../../contracts/fold.ts";
import { openSource } from "../import/files.ts";
import { cleanName } from "../import/formats/format.ts";

/** Files that are looked into, and bytes of each: whoever writes their user's name does so in the first lines. */
const FILES = 40;
const BYTES = 64 * 1024;
const NAMES = 20;

/**
 * How the known formats say whose they are: `username` in each row, or in a file beside them, `user_name` of what was listened
 * to, `user` in the attributes of a page. Read by form, not parsed: a file may be cut off anywhere.
 */
const named = /"(?:username|user_name|user_id|user)"\s*:\s*"((?:[^"\\]|\\.){1,200})"/g;

/** The names of users that stand in the files, as they are written; none where no file tells. Never rejects for what is in them. */
export async function ownersOf(path: string, name: string): Promise<string[]> {
  const found = new Set<string>();
  const source = await openSource(path, name);
  try {
    // What tells nothing but who somebody is stands beside the rows, and is small.
    for (const file of source.files.filter(({ problem }) => problem === undefined).slice(0, FILES)) {
      for (const [, written = ""] of (await beginning(file)).matchAll(named)) {
        const owner = cleanName(unescaped(written), 80);
        if (owner !== "") found.add(owner);
        if (found.size >= NAMES) return [...found];
      }
    }
    return [...found];
  } finally {
    await source.close();
  }
}

async function beginning({ open }: { open(): AsyncIterable<Buffer> }): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of open()) {
      parts.push(chunk);
      bytes += chunk.length;
      if (bytes >= BYTES) break;
    }
  } catch {
    // What is wrong with it is told by the import.
  }
  return Buffer.concat(parts).subarray(0, BYTES).toString("utf8");
}

function unescaped(text: string): string {
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    return text;
  }
}

/** The name that is none of the person's, where no other one of them is theirs. */
export function stranger(owners: readonly string[], own: readonly string[]): string | undefined {
  const known = new Set(own.map((each) => fold(each)));
  return owners.some((owner) => known.has(fold(owner))) ? undefined : owners[0];
}
