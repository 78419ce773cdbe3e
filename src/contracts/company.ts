import type { Place } from "./incoming.ts";
import type { Period } from "./listening.ts";

/** Somebody who lets a place compare what they hear, by the name they have there. */
export type Fellow = { personId: string; name: string; userId: string };
/** An artist or a track by the id that charts give. */
export type Thing = { what: "artist" | "track"; id: number; name: string; by?: string; url?: string };
export type Knower = Fellow & { plays: number; listenedMs: number };

/**
 * How alike two people's listening is: the cosine of the angle between their artists, each weighted by one plus the logarithm of
 * its plays ("sublinear tf", Manning, Raghavan and Schütze, Introduction to Information Retrieval, 6.3.1 and 6.4.1,
 * https://nlp.stanford.edu/IR-book/). 0: nothing in common; 1: the same artists in the same proportions. Of each the 200 artists
 * most played are looked at.
 */
export type Taste = {
  match: number;
  /** What weighs most in it first. */
  shared: { name: string; url?: string; mine: number; theirs: number }[];
  /** One of the two has heard too little for a number to mean anything. */
  thin: boolean;
  period: Period;
};

export type Streak = Fellow & { days: number; longest: number };

/**
 * What the people of one place who agreed to it have in common. Nobody sees others there who is not seen: without the asker among
 * the willing every answer is empty.
 */
export interface Company {
  /** Of the asker's agreement, too; whoever is private now, or left, is not there. The earliest first. */
  fellows(): Promise<Fellow[]>;
  /** One of them, for what the place itself is shown, whoever looks. Undefined for whoever does not take part. */
  seen(personId: string): Promise<Fellow | undefined>;
  /** Whether a message shows it: what was never shown needs no taking back. */
  stands(kind: string, key: string): Promise<boolean>;
  /** What they heard by that name; the most played first. */
  find(what: Thing["what"], words: string): Promise<Thing[]>;
  /** The most plays first; those who never heard it are left out. */
  whoKnows(thing: Pick<Thing, "what" | "id">): Promise<Knower[]>;
  /** Undefined for whoever is not among them. */
  taste(personId: string, period: Period): Promise<Taste | undefined>;
  /** Days in a row with music, each in their own zone; the longest first, those without one left out. */
  streaks(): Promise<Streak[]>;
}

/** Views of what was said of several: drawn anew when one of them takes it back. */
export const companyViews = { knows: "knows", taste: "taste", streaks: "streaks", milestone: "milestone" } as const;

/** Somebody in a place. */
export type CompanyAsker = { personId: string; place: Place; timeZone: string | undefined };
export type OpenCompany = (asker: CompanyAsker) => Company;
