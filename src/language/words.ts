import { z } from "zod";

const list = z.array(z.string().min(1));
const amounts = z.record(z.string(), z.number());

/** `words.json` of a language: what it calls numbers, times, kinds of music and places, and what its little words do. */
export const wordsSchema = z.strictObject({
  /**
   * What is written as one word and read as two: `before` an apostrophe ("l'album"), `after` a hyphen ("gym-playlist"). In
   * the other files such words stand apart ("l' album").
   */
  joined: z.strictObject({ before: list, after: list }).default({ before: [], after: [] }),
  /** Numbers as words; `tens` are those that a unit may follow ("twenty" + "five"). */
  numbers: z.strictObject({ words: amounts, tens: amounts, hundred: list, percent: list }),
  /** Whole phrases that are a percentage ("half", "three quarters", "max"). */
  shares: amounts,
  /** Whole phrases that are a count ("a couple of"). */
  counts: amounts,
  ordinals: amounts,
  /** Units of time in seconds, whole phrases in seconds, and what adds half a unit ("and a half"). */
  durations: z.strictObject({ units: amounts, phrases: amounts, half: list, and: list }),
  decades: amounts,
  /**
   * Times of day: what stands after the hour ("o'clock", "Uhr"), what makes it one of the morning or of the evening, whole phrases in
   * minutes since midnight, and what says half an hour after the hour or before it ("half past ten", "halb elf").
   */
  timesOfDay: z
    .strictObject({ hours: list, morning: list, evening: list, named: amounts, halfPast: list, halfTo: list })
    .default({ hours: [], morning: [], evening: [], named: {}, halfPast: [], halfTo: [] }),
  periods: z.strictObject({
    phrases: z.record(z.string(), z.string()),
    /** What may stand before a year, a month or a count of units ("in", "from", "the last"). */
    lead: list,
    units: z.record(z.string(), z.enum(["D", "W", "M", "Y"])),
    months: amounts,
  }),
  /** Dictionaries by kind, each usable as `{slot:kind}` in a pattern. The named ones have a job in the code too. */
  kinds: z.object({ device: list, version: list, service: list }).catchall(list),
  /**
   * Said around a command and no part of it. `loose` ones may also be a whole title ("thank you"), `faint` ones end many
   * titles ("don't stop me now").
   */
  courtesy: z.strictObject({ before: list, after: list, loose: list, faint: list }),
  /**
   * What stands around the name of a service: `opening` before it where a message begins ("open", "use"), `joining` after it
   * there ("and", "to"), `at` before it anywhere ("on"), and `also` what belongs to the name ("the", "app").
   */
  services: z.strictObject({ opening: list, joining: list, at: list, also: list }).default({
    opening: [],
    joining: [],
    at: [],
    also: [],
  }),
  /** Whole messages that ask for the last command once more, and for more of it. */
  again: list,
  more: list,
  /**
   * How commands are strung together: `firm` ones promise another step, `weak` ones are in many names too, and `loudness`
   * ones lead to a volume only ("play it at half volume").
   */
  links: z.strictObject({ firm: list, weak: list, loudness: list, filler: list }),
  /** What makes a run of words a poor name. */
  names: z.strictObject({
    /** "X by Y": the words that name a maker, and the words before and after them that make it one title instead. */
    by: list,
    byBefore: list,
    byAfter: list,
    /** "X on Y": words that lead to a place where music plays. */
    at: list,
    /** Further words that lead to a place that is known as one ("of the TV"), and phrases for where one is ("in here"). */
    near: list.default([]),
    here: list.default([]),
    determiners: list,
    /** Endings that make a name the owner of what follows ("'s"). */
    possessive: list,
    /** Stand for something else and name nothing. */
    pronouns: list,
    /** Say "music" and no more ("something", "songs"). */
    generic: list,
    /** Say what kind of thing is named ("album", "playlist"): a name does not begin or end with them. */
    types: list,
    /** Say nothing by themselves and are called so all the same, where somebody gave them a meaning ("our song"). */
    own: list.default([]),
    /** What does not begin a name ("the" may, "called" may not), of one word or of two. */
    neverFirst: list,
    neverLast: list,
    /** Speak of another world ("reservation", "alarm"): no playlist, no search and no help of ours is about them. */
    foreign: list,
    /** What help can be about. */
    topics: list,
  }),
});

export type Words = z.output<typeof wordsSchema>;
