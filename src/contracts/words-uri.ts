import { fold } from "./fold.ts";

/** What is known by its words alone has an address of its own, for telling it from another one: nothing plays it. */
const scheme = "words:";

export function wordsUri(title: string, artists: readonly string[]): string {
  return `${scheme}${encodeURIComponent(`${fold(title)}\n${fold(artists[0] ?? "")}`.slice(0, 200).toWellFormed())}`;
}

export const isWordsUri = (uri: string): boolean => uri.startsWith(scheme);
