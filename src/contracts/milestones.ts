/** What somebody has reached: so many plays, so many of one artist, so many years since the first. */
export type Milestone =
  | { what: "plays"; count: number }
  | { what: "artist"; count: number; artist: string }
  | { what: "years"; count: number };

/** Told privately, and to places where its person lets comparisons be seen and announcements are on. */
export interface Milestones {
  /** The person has heard of it. */
  told(personId: string, key: string): Promise<void>;
}
