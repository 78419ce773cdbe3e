import type { SkipReason } from "../../../contracts/imports.ts";
import type { Sighting } from "../../../contracts/listening.ts";

/** What a row says: what its sources saw of one play, why it says nothing that is kept, or that it is not to be understood. */
export type RowRead = Sighting[] | SkipReason | "failed";

/** One kind of file, known by its rows. Everything is pure. */
export type Format = {
  name: string;
  /** A service's own records: between the first row of a file and its last, nothing else was heard. */
  complete?: true;
  /** Whether this object, the first of a JSON file, is of this format. */
  claims(row: Readonly<Record<string, unknown>>): boolean;
  /** The rows in one element of a file that comes in pages. */
  rows?(element: unknown): unknown[];
  /** The names under which `read` finds the columns of a table that begins with these lines, where it is of this format. */
  columns?(firstLines: readonly (readonly string[])[]): Columns | undefined;
  read(row: unknown): RowRead;
};
/** `titled`: the first line holds names, and no row. */
export type Columns = { names: string[]; titled: boolean };

const LONGEST_NAME = 300;
const LONGEST_LABEL = 100;

/** A name that can be kept: one line, no signs that steer terminals or that databases refuse, no half characters. */
export function cleanName(text: string | null | undefined, longest = LONGEST_NAME): string {
  if (!text) return "";
  // What has no business in a name may stand before what has: half a megabyte is not looked through for it.
  const cut = text.length > longest ? text.slice(0, longest * 4) : text;
  if (cut.length <= longest && plain.test(cut)) return cut;
  const clean = cut
    .replace(/\p{Cc}+/gu, " ")
    .trim()
    .slice(0, longest);
  // The half of a character that a cut leaves.
  return clean
    .replace(/[\uD800-\uDBFF]$/, "")
    .toWellFormed()
    .trim();
}
/** Nothing to be mended, as nearly always. */
const plain = /^[\p{L}\p{M}\p{N}\p{P}\p{S}](?:[\p{L}\p{M}\p{N}\p{P}\p{S} ]*[\p{L}\p{M}\p{N}\p{P}\p{S}])?$/u;

export const cleanLabel = (text: string | null | undefined): string => cleanName(text, LONGEST_LABEL);

/** Names that files give to what has none. */
const noNames = new Set(["unknown track", "unknown artist", "unknown", "[unknown]"]);
export const isNameless = (title: string): boolean => title === "" || noNames.has(title.toLowerCase());

const isoLike = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)\s?(?:Z|UTC|\+00:?00)?$/;
/** Unix ms of a moment in UTC as files write it, whether they say so or not; undefined where it is none. */
export function utcOf(text: string): number | undefined {
  const found = isoLike.exec(text.trim());
  if (!found) return undefined;
  const at = Date.parse(`${found[1]}T${found[2]}Z`);
  return Number.isNaN(at) ? undefined : at;
}

/** Where nobody knows how long it is: about the length of a song. */
export const USUAL_MS = 210_000;

/** Of a number or a text that is one; undefined for everything else. */
export function numberOf(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}
