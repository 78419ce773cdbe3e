import type { VocabularyIntent } from "../contracts/vocabulary.ts";
import type { Frame } from "./grammar.ts";
import type { Verdict } from "./judge.ts";

/** What is known about one reading, as numbers that the trust weights are for. */
export type Evidence = readonly number[];

const logit = (share: number): number => Math.log((share + 0.02) / (1.02 - share));

/**
 * How strongly the grammar speaks for an intent, whatever its slots: "play X" may be a song, an artist or an album, and
 * is a wish to hear something all the same. 0..1.
 */
export function grammarForce(frames: readonly Frame[], intent: VocabularyIntent): number {
  const scores = frames.filter((frame) => frame.intent === intent).slice(0, 4);
  return 1 - scores.reduce((miss, frame) => miss * (1 - Math.min(1, frame.score)), 1);
}

/** The judge on a message: on all its words, and on the same with the names of a reading taken out. */
export type Verdicts = { whole: Verdict; command: Verdict };

/** The share of an intent, as far as the words are known at all. */
function pull(verdict: Verdict, intent: string): number {
  const { share, force } = verdict.of(intent);
  return share * Math.min(1, force);
}

/** Evidence for a reading of the grammar. `rival` is the best score of a reading as mere chatter. */
export function grammarEvidence(
  frame: Frame,
  force: number,
  { whole, command }: Verdicts,
  rival: number,
  words: number,
): Evidence {
  return [
    1,
    logit(force),
    // The judge knows no conversation: it has no say in what only makes sense within one.
    frame.bound ? 1 : pull(command, frame.intent),
    frame.bound ? 0 : pull(command, "none"),
    // A title may consist of any words: where the wording is plain, what the name's words suggest counts for little.
    frame.bound ? 0 : pull(whole, "none") * (1 - force),
    rival,
    frame.freeWords === 0 ? 1 : 0,
    frame.freeWords / Math.max(1, words),
    frame.typos,
    Math.min(words, 20) / 20,
  ];
}

/** Evidence for an intent that only the judge sees. `known` is the share of words that commands are made of. */
export function aloneEvidence(intent: string, verdict: Verdict, known: number, words: number): Evidence {
  const mine = verdict.of(intent);
  const none = verdict.of("none");
  return [1, mine.share, mine.force, none.share, none.force, known, Math.min(words, 20) / 20];
}

/** Probability that a reading is right, from its evidence and the weights learnt for it. */
export function trust(evidence: Evidence, weights: readonly number[]): number {
  const sum = evidence.reduce((total, value, index) => total + value * (weights[index] ?? 0), 0);
  return 1 / (1 + Math.exp(-sum));
}

/**
 * Intents that mean something without any slot: only these may come from the judge alone, because it finds no names.
 * `playback.shuffle` and the like are left out, as they would have to guess a value.
 */
export const slotless: ReadonlySet<VocabularyIntent> = new Set<VocabularyIntent>([
  "playback.pause",
  "playback.resume",
  "playback.restart",
  "playback.next",
  "playback.previous",
  "playback.undo",
  "playback.share",
  "queue.show",
  "queue.clear",
  "volume.up",
  "volume.down",
  "volume.mute",
  "volume.unmute",
  "volume.query",
  "nowplaying.query",
  "device.list",
  "library.like",
  "library.unlike",
  "playlist.list",
  "history.recent",
  "account.link",
  "account.unlink",
  "account.status",
  "help",
]);
