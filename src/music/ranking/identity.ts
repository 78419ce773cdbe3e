import type { Item } from "../../contracts/music.ts";
import { prepare } from "./score.ts";
import type { Mark } from "./versions.ts";

/** Marks of another recording, in contrast to another print of the same one. */
const lasting = new Set<Mark>([
  "karaoke",
  "tribute",
  "cover",
  "instrumental",
  "altered",
  "live",
  "remix",
  "acoustic",
  "demo",
]);

export const isLasting = (mark: Mark): boolean => lasting.has(mark);

/** What makes two hits the same for a listener: one recording on many albums, or a song and the single named after it. */
export function identity(item: Item): string {
  if (item.type !== "track" && item.type !== "album") return item.uri;
  const { base, artists, marks } = prepare(item);
  return [base, artists[0] ?? "", ...[...marks].filter(isLasting).sort()].join("|");
}

function sameThing(a: Item, b: Item): boolean {
  if (a.uri === b.uri) return true;
  if (a.type === "track" && b.type === "track" && a.isrc && a.isrc === b.isrc) return true;
  return identity(a) === identity(b);
}

/** One of each thing, in the given order. */
export function distinct<T extends { item: Item }>(things: readonly T[], most: number): T[] {
  const kept: T[] = [];
  for (const thing of things) {
    if (kept.length >= most) break;
    if (!kept.some(({ item }) => sameThing(item, thing.item))) kept.push(thing);
  }
  return kept;
}
