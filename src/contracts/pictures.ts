import type { Art } from "./music.ts";

/**
 * Pictures that are drawn here. Their words are finished, in the reader's language; names of music are taken as they come,
 * in any script, of any length, and with whatever signs somebody put into them. Words that do not fit end in "…".
 */
export const pictureKinds = ["top", "albums", "clock", "year"] as const;
export type PictureKind = (typeof pictureKinds)[number];

/** How a place in a chart compares with the time before: by how many places, or that it was in none. */
export type Movement = { by: number } | "new";

export type PictureRow = {
  title: string;
  detail?: string;
  /** What is counted, short: "42×". */
  value?: string;
  /** 0 to 1, of the first. */
  share: number;
  moved?: Movement;
  art?: readonly Art[];
};

type Frame = {
  /** How long a time it tells of: each has a colour of its own. */
  tone: "day" | "week" | "month" | "year";
  title: string;
  /** Which time, and of whom. */
  subtitle: string;
  /** Whose data it is, as its terms want it named, and that something is missing. */
  footer: string;
};

export type Picture = Frame &
  /** At most 10 rows. `newly` marks those that were in no chart before. */
  (
    | { kind: "top"; rows: readonly PictureRow[]; newly: string }
    /** At most 9, whole and unaltered. */
    | { kind: "albums"; rows: readonly Pick<PictureRow, "title" | "detail" | "art">[] }
    /** `hours`: 24 sums, from midnight on. `middle`: two short lines. */
    | { kind: "clock"; hours: readonly number[]; labels: readonly string[]; middle: readonly [string, string] }
    | {
        kind: "year";
        figure: { value: string; label: string };
        /** One for each month, with its letter or short name. */
        months: readonly { label: string; sum: number }[];
        /** At most two, each of at most 5 rows. */
        lists: readonly { title: string; rows: readonly Pick<PictureRow, "title" | "detail" | "art">[] }[];
        /** At most 4. */
        facts: readonly { value: string; label: string }[];
      }
  );

export const previewSubject = "preview:";

export interface Pictures {
  /**
   * The address of the picture, for an image block; the same picture has the same address. What was drawn of this subject and
   * slot before is gone. Undefined where it cannot be drawn now: words have to do.
   */
  draw(of: { subject: string; slot: string }, picture: Picture): Promise<string | undefined>;
  /** Removes all that was drawn of a subject. */
  forget(subject: string): Promise<void>;
  /** Removes all that was drawn for somebody to look at first: subjects that begin with `previewSubject`. */
  forgetPreviews(): Promise<void>;
}
