import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/**
 * A request and what must come of it. Things are named as the catalogue names them, so that a row can be read, and so that one
 * whose thing is gone or was never there fails: `track: Artist; Artist | Title` (every listing of that recording) or with ` | Album`
 * (that listing alone), `album: Artist | Name`, `artist: Name`, `playlist: owner | Name`, `show: Name`, `episode: Show | Name`,
 * `audiobook: Name`.
 */
const thing = z.string().regex(/^(track|album|artist|playlist|show|episode|audiobook): \S/u);
export type Thing = z.output<typeof thing>;

const expectSchema = z.union([
  /** One of these plays. `orPicker`: a picker that holds one of them is as good, since the words do not tell. */
  z.strictObject({ anyOf: z.array(thing).min(1), orPicker: z.literal(true).optional() }),
  /** Nothing plays: it is not there, or a picker asks. */
  z.strictObject({ none: z.literal(true) }),
]);

const rowSchema = z.strictObject({
  text: z.string().min(1),
  lang: z.enum(["en", "de", "es", "fr"]),
  class: z.string().min(1),
  expect: expectSchema,
  /** Whether it was written by whoever tunes the ranking, or before the ranking was looked at. */
  author: z.enum(["ranker", "other"]),
  /** Songs that the person likes, and has played as such a moment ago. */
  likes: z.array(thing).optional(),
});
export type Row = z.output<typeof rowSchema>;

/** `dev` is looked at while the ranking is built, `test` is not. */
export const parts = ["dev", "test"] as const;
export type Part = (typeof parts)[number];

const folder = join(import.meta.dirname, "data");

export function readRequests(part: Part): Row[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(`${part}.jsonl`));
  return files.sort().flatMap((file) =>
    readFileSync(join(folder, file), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => rowSchema.parse(JSON.parse(line))),
  );
}
