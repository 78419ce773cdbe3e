import { z } from "zod";

const list = z.array(z.string().min(1)).default([]);

/** What people call kinds of devices in one language, and its words that name no device: single words, but for those of `here`. */
export const deviceWordsSchema = z.strictObject({
  /** By neutral kind: "phone" -> ["phone", "mobile", …]. */
  kinds: z.record(z.string(), z.array(z.string().min(1))).default({}),
  /** Of the kinds, those that are written as one word with what stands before them ("Küchenlautsprecher"). */
  joined: list,
  /** "my", "the", "on": left out before comparing. */
  fillers: list,
  /** "on", "in": before a name at the end of a sentence they say where it shall sound; articles may stand between. Accents count: "à" is not "a". */
  at: list,
  articles: list,
  /** "here", "this device": the active or preferred one, as if none were named. */
  here: list,
});
export type DeviceWords = z.output<typeof deviceWordsSchema>;
/** Each language's own, by locale: a small word of one is a name in another ("den", "la", "mi"). */
export type DeviceWordsByLocale = Readonly<Record<string, DeviceWords>>;
