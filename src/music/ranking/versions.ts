import { fold } from "../../contracts/fold.ts";

/**
 * Marks of a recording that is not the plain one, as catalogues write them behind titles ("… - Remastered 2011",
 * "… (Karaoke Version)") and into artist names ("The Karaoke Channel"). Title data is written in many languages, so this is
 * vocabulary of catalogues, not of the bot.
 */
const markPatterns = {
  karaoke: /\b(karaoke|sing ?along|singalong|backing track|playback version|minus one)\b/,
  tribute:
    /\b(tribute|made famous|originally performed|in the style of|as made popular|made popular by|homage|salute to)\b/,
  cover:
    /\b(cover|covers|covered by|cover version|rendition|lullaby|lullabies|8 ?bit|music box|piano version|string quartet|kidz bop|rockabye baby)\b/,
  instrumental: /\b(instrumental|instrumentals|without vocals)\b/,
  altered: /\b(sped up|speed up|slowed|reverb|nightcore|8d|daycore|chipmunk)\b/,
  live: /\b(live|unplugged|in concert|concert|en vivo|ao vivo|en directo|en concert|session|sessions)\b/,
  remix: /\b(remix|remixed|rmx|mix|rework|bootleg|mashup|dub|vip)\b/,
  acoustic: /\b(acoustic|acustic[ao]?|acoustique|akustik|akustisch|stripped)\b/,
  demo: /\b(demo|demos|rehearsal|outtake|take \d+|early version|alternate|alternative version)\b/,
  edit: /\b(edit|radio edit|extended|single version|short version|edited|clean)\b/,
  remaster:
    /\b(remaster|remastered|remasterizado|mono|stereo|deluxe|anniversary|expanded|reissue|bonus track|taylors version)\b/,
} as const;

export type Mark = keyof typeof markPatterns;
const marks = Object.keys(markPatterns) as Mark[];

export function marksIn(folded: string): Set<Mark> {
  return new Set(marks.filter((mark) => markPatterns[mark].test(folded)));
}

/** Words with which a person asks for the plain recording. */
const plainWords = /^(original|studio|normal|regular|standard|album)( (one|version|recording|studio))*$/;
export function asksForPlain(version: string): boolean {
  return plainWords.test(fold(version).replace(/^the /, ""));
}

export type SplitTitle = {
  /** The title without what hangs behind it. */
  base: string;
  /** What hangs behind it, folded. */
  tail: string;
  /** The tail is all marks and guests, so the base alone is the song's name. */
  known: boolean;
};

const bracketed = /^(.*\S)\s*[([]([^()[\]]*)[)\]]\s*$/s;
const dashed = /^(.*\S)\s+[-–—]\s+(\S.*)$/s;
/** What else catalogues hang onto the plain recording. */
const plainTail = /\b(main (title|theme)|ver|version)\b/;
const guest = /^(feat|ft|featuring|with|con|from|prod)\b/;

/** Takes brackets and " - …" off the end of a title, however many there are; a title that is all brackets stays whole. */
export function splitTitle(title: string): SplitTitle {
  let base = title.slice(0, 300).trim();
  const tails: string[] = [];
  let known = true;
  for (let round = 0; round < 4; round++) {
    const match = bracketed.exec(base) ?? dashed.exec(base);
    if (!match?.[1] || match[2] === undefined) break;
    const tail = fold(match[2]);
    if (!guest.test(tail) && !plainTail.test(tail) && marksIn(tail).size === 0) known = false;
    tails.unshift(tail);
    base = match[1].trim();
  }
  return { base, tail: tails.join(" "), known };
}
