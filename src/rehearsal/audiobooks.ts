import { idFrom } from "./random.ts";

export interface Audiobook {
  id: string;
  name: string;
  author: string;
  narrator: string;
  publisher: string;
  chapters: readonly { id: string; name: string; durationMs: number }[];
}

/** A few out-of-copyright books, so that the audiobook routes have something true to answer. */
export const AUDIOBOOKS: ReadonlyMap<string, Audiobook> = new Map(
  [
    { name: "Pride and Prejudice", author: "Jane Austen", narrator: "Karen Savage", chapters: 61 },
    { name: "The War of the Worlds", author: "H. G. Wells", narrator: "Rebecca Dittman", chapters: 27 },
    { name: "Around the World in Eighty Days", author: "Jules Verne", narrator: "Mark F. Smith", chapters: 37 },
  ].map((book) => {
    const id = idFrom("audiobook", book.name);
    const chapters = Array.from({ length: book.chapters }, (_, index) => ({
      id: idFrom("chapter", book.name, index),
      name: `Chapter ${index + 1}`,
      durationMs: 600_000 + ((index * 7919) % 900) * 1000,
    }));
    return [id, { id, name: book.name, author: book.author, narrator: book.narrator, publisher: "LibriVox", chapters }];
  }),
);

/** The book and place of a chapter. */
export function findChapter(id: string): { book: Audiobook; index: number } | undefined {
  for (const book of AUDIOBOOKS.values()) {
    const index = book.chapters.findIndex((chapter) => chapter.id === id);
    if (index >= 0) return { book, index };
  }
  return undefined;
}
