import type { Language, ParseContext, Parsed } from "../../src/contracts/language.ts";
import type { Command, SlotValues, VocabularyIntent } from "../../src/contracts/vocabulary.ts";

type Understood = {
  intent: VocabularyIntent;
  slots?: SlotValues & { commands?: Command[] };
  confidence?: number;
  readings?: Parsed["readings"];
};
export type Script = (text: string, context: ParseContext | undefined) => Understood | undefined;

/** A language that understands what a test says it does; everything else is chatter. */
export function createScriptedLanguage(script: Script): Language {
  return {
    locales: ["en"],
    duration: () => undefined,
    parse(text, { context }) {
      const { intent, slots = {}, confidence = 1, readings } = script(text, context) ?? { intent: "none" };
      return { text, intent, slots, confidence, readings: readings ?? [{ slots, score: 1 }] };
    },
  };
}

/** "play X", "pause", "a, then b": enough to talk to a bot in a test of core. */
export const plainWords: Script = (text) => {
  const parts = text.split(/, then /);
  if (parts.length > 1) {
    const commands = parts.flatMap((part) => {
      const { intent, slots = {} } = plainWords(part, undefined) ?? {};
      return intent ? [{ intent, slots }] : [];
    });
    return { intent: "multi", slots: { commands } };
  }
  const played = /^play (.+)$/.exec(text)?.[1];
  if (played) return { intent: "playback.play", slots: { track: played } };
  if (text === "pause") return { intent: "playback.pause" };
  if (text === "help") return { intent: "help" };
  if (text === "yes") return { intent: "followup.confirm" };
  if (text === "no") return { intent: "followup.deny" };
  const index = /^number (-?\d+)$/.exec(text)?.[1];
  if (index) return { intent: "followup.select", slots: { index: Number(index) } };
  const version = /^no, the (.+) version$/.exec(text)?.[1];
  if (version) return { intent: "followup.refine", slots: { version } };
  return undefined;
};
