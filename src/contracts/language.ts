import type { Command, Reading, SlotValues, VocabularyIntent } from "./vocabulary.ts";

/** What the conversation already holds, so that "the second one" and "no, the live version" mean something. */
export type ParseContext = {
  /** What the bot last said in this place to this person. */
  previous?: string;
  /** Free-form conversation state; `choices` is the number of options of an open picker, `last` the last command done. */
  state?: { choices?: number; last?: Command; [key: string]: unknown };
};

export type Parsed = {
  text: string;
  /** The language in which it was read, where that is another one than was asked for. */
  locale?: string;
  intent: VocabularyIntent;
  slots: SlotValues & { commands?: Command[] };
  /** 0..1, calibrated: of parses with 0.9, nine in ten are right. */
  confidence: number;
  /** Every reading of the free-text slots that the catalogue may still decide between, best first, the chosen one included. */
  readings: Reading[];
  /** For `multi`: the readings of each command, in order. */
  commandReadings?: Reading[][];
};

/**
 * Confidence (0..1) below which a message is not acted upon, by how it came: said to the bot alone, with the bot's name among
 * others, or as an answer to what the bot had posted. `npm run eval` prints what each of them lets through.
 */
export const gates = { direct: 0.5, mention: 0.6, reply: 0.7 } as const;
export type Gates = Readonly<Record<keyof typeof gates, number>>;

/** Text to meaning. Synchronous and local: no network, no model in the cloud, bounded in time whatever the text. */
export interface Language {
  readonly locales: readonly string[];
  parse(text: string, options: { locale: string; context?: ParseContext }): Parsed;
  /** Seconds, where the whole text is a length of time: "2 hours", "half an hour", "90 min". */
  duration(text: string, options: { locale: string }): number | undefined;
}
