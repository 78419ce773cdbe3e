import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { localeFileSchema } from "../../src/core/locale-file.ts";

const locales = join(import.meta.dirname, "..", "..", "locales");

/** Every sentence that the locale files promise to understand. */
export function examples(locale: string): string[] {
  return readdirSync(join(locales, locale))
    .filter((name) => name.endsWith(".json"))
    .flatMap((name) => {
      const parsed = localeFileSchema.safeParse(JSON.parse(readFileSync(join(locales, locale, name), "utf8")));
      return parsed.success ? Object.values(parsed.data.examples).flat() : [];
    })
    .map((example) => (typeof example === "string" ? example : example.say));
}

const steps = "play bohemian rhapsody on the kitchen speaker, then turn it down a bit";

/** Where a reader has the most to try: several steps, words that mean two things, typos, length, and malice. */
export const hardSentences: readonly string[] = [
  steps,
  "pause and then play it again in the office and set the volume to 35 percent and skip two songs",
  "play stand by me by ben e king on the phone and after that queue next to me by emeli sande",
  "could you please be so kind as to put on some of that quiet jazz in the living room, thank you very much",
  "play don't stop believin' by journey live version on living room tv at half volume",
  "play the album abbey road by the beatles shuffled on the kitchen speaker and repeat it",
  "plya bohemain rapsody by qeen on teh kichen speeker",
  "next to me by emeli sande and stop and next and pause and play and stop",
  "play play that funky music by wild cherry then stop by the spice girls then pause",
  "add this song to my road trip playlist then play my road trip playlist on the office computer",
  "what was the name of the song i listened to last tuesday between 6 and 7 in the evening",
  "play 99 luftballons, 1999, 7 rings, 22, 4 minutes and 505",
  "no, i meant the live one from 1985 at wembley, not the studio version",
  "sötet csütörtök by 田中 千代 on elif’s ipad",
  `play ${"on and on and on by ".repeat(20)}the speaker`,
  `${"and then ".repeat(50)}pause`,
  `${"turn it up and ".repeat(30)}stop`,
  "play ".repeat(98),
  "on the in the at the by the ".repeat(17),
  `"${"'".repeat(200)}" by ${"(".repeat(200)}`,
  "\u202Eplay\u200B \u0000stop\u0007 @everyone **by** <b>queen</b> on\u00A0kitchen",
  "a".repeat(500),
  `${steps}. `.repeat(7).slice(0, 500),
  "https://open.spotify.com/track/4uLU6hMCjMI75M1A2tKUQC?si=abc on the kitchen speaker and turn it up",
];
