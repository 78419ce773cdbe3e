import { once } from "node:events";
import { parse } from "csv-parse";

const LONGEST_ROW = 1024 * 1024;

/** The sign that stands most often in the first line outside of quotes. */
export function delimiterOf(firstLine: string): string {
  const bare = firstLine.replace(/"(?:[^"]|"")*"/g, "");
  const [best] = [",", ";", "\t"]
    .map((sign) => ({ sign, times: bare.split(sign).length - 1 }))
    .sort((a, b) => b.times - a.times);
  return best?.sign ?? ",";
}

/**
 * Lines of cells, as many at a time as a piece of the file holds. Rejects when it cannot be read on, as a quotation mark is
 * missing or a line never ends: behind the lines that came before.
 */
export async function* tableLines(chunks: AsyncIterable<Buffer>, delimiter: string): AsyncGenerator<string[][]> {
  let lines: string[][] = [];
  const parser = parse({
    bom: true,
    delimiter,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_ROW,
    // Taken as they are found: a stream that fails throws away what it had ready.
    on_record: (line: string[]) => {
      lines.push(line);
      return null;
    },
  });
  const failed = new Promise<Error>((resolve) => parser.once("error", resolve));
  const ended = once(parser, "finish").catch(() => undefined);
  const took = (chunk: Buffer): Promise<unknown> => new Promise((resolve) => parser.write(chunk, resolve));
  const taken = (): string[][] => {
    const some = lines;
    lines = [];
    return some;
  };
  try {
    for await (const chunk of chunks) {
      const error = await Promise.race([took(chunk), failed]);
      yield taken();
      if (error) throw error;
    }
    parser.end();
    const error = await Promise.race([ended.then(() => undefined), failed]);
    yield taken();
    if (error ?? parser.errored) throw error ?? parser.errored;
  } finally {
    parser.destroy();
  }
}
