import type { DiaryEntry } from "../../contracts/diaries.ts";
import { fold } from "../../contracts/fold.ts";

/** At most so many letters, none of them cut in two; no NUL, which some databases refuse. */
export function clip(text: string, letters: number): string {
  return text.replaceAll("\0", "").slice(0, letters).toWellFormed().trim();
}

type Named = Pick<DiaryEntry, "title" | "artists">;

/** What diaries and services put into a title and others leave away: guests, and what print it is. */
const extras =
  /\s*[([](?:feat|ft|featuring|with)\b[^)\]]*[)\]]|\s*[([]?\b(?:feat|ft|featuring)\b\.?\s.*$|\s[-–—]\s(?:\d{4}\s)?remaster.*$/giu;
const titleOf = (title: string): string => fold(title.replace(extras, "") || title);

/** One recording under two people's spelling: the title, and the main artist at the beginning of all that are named. */
export function sameWords(a: Named, b: Named): boolean {
  if (titleOf(a.title) !== titleOf(b.title)) return false;
  const [one, other] = [a, b].map(({ artists }) => fold(artists.join(" ")));
  if (one === undefined || other === undefined) return false;
  return one === other || one.startsWith(`${other} `) || other.startsWith(`${one} `);
}
