import { fold } from "../../contracts/fold.ts";
import type { Heard } from "../../contracts/listening.ts";
import type { HeardRow } from "../../contracts/plays.ts";

/** What is longer is nobody's name of anything. */
const MOST_LETTERS = 1_000;
/** For comparing, longer names are cut: what nobody writes out twice alike tells nothing apart. */
const LONGEST = 300;

/**
 * What one service puts into a title and the next one leaves away: who else sings, and of which print it is. What tells a
 * recording apart from another one (live, remix, acoustic, demo) stays.
 */
const guests = /\s*[([]?\b(?:feat|ft|featuring)\b\.?\s.*$/u;
const guestsInBrackets = /\s*[([](?:feat|ft|featuring|with)\b\.?\s[^)\]]*[)\]]/gu;
const print =
  /\s*(?:[([]|\s[-–—]\s)(?:\d{4}\s)?(?:digital(?:ly)?\s)?(?:re-?master(?:ed)?|mono|stereo|album version|original mix|deluxe(?: edition)?|bonus track)(?:\s(?:version|edition))?(?:\s\d{4})?[)\]]?\s*$/u;

/** Names that were folded lately: a file of years names the same few thousand artists and albums again and again. */
const FOLDED_KEPT = 20_000;

function remembering(make: (text: string) => string): (text: string) => string {
  const folded = new Map<string, string>();
  return (text) => {
    const known = folded.get(text);
    if (known !== undefined) return known;
    const result = make(text);
    if (folded.size >= FOLDED_KEPT) folded.clear();
    if (text.length <= LONGEST) folded.set(text, result);
    return result;
  };
}

/** As names are compared everywhere; what is kept of names of signs alone must be fit for a database, too. */
export const foldWords = (text: string): string => keepable(fold(text));

/** Folded, less what services disagree about; a title of nothing else stays whole. */
const foldTitle = remembering((title) => {
  const lower = title.slice(0, LONGEST).toLowerCase();
  const bare = lower.replace(guestsInBrackets, "").replace(print, "").replace(guests, "");
  return foldWords(bare.trim() === "" ? lower : bare);
});

const foldArtist = remembering((name) => foldWords(name.toLowerCase().replace(guests, "").trim() || name));

const together = (title: string, by: string): string => `${title}\n${by}`;

/** Sources may be files that anybody wrote. */
const MOST_ARTISTS = 30;
const MOST_PICTURES = 4;
const LONGEST_DURATION_MS = 7 * 24 * 60 * 60_000;
/** https://isrc.ifpi.org/en/isrc-standard/isrc-code-syntax */
const isrcForm = /^[A-Z]{2}[A-Z0-9]{3}\d{7}$/;

/** As a database keeps it: no NUL, which PostgreSQL refuses, no half of a letter, and an end. */
export const keepable = (text: string): string =>
  text.length <= MOST_LETTERS && text.isWellFormed() && !text.includes("\0")
    ? text
    : text.slice(0, MOST_LETTERS).toWellFormed().replaceAll("\0", "\uFFFD");
/** An address that would have to be cut leads nowhere. */
const address = (text: string | undefined): string | undefined =>
  text && text.length <= MOST_LETTERS ? keepable(text) : undefined;
const addresses = (of: { uri?: string; url?: string }) => {
  const [uri, url] = [address(of.uri), address(of.url)];
  return { ...(uri && { uri }), ...(url && { url }) };
};

/** How long a thing is, where that is a length at all. */
export function durationOf({ durationMs }: Pick<Heard, "durationMs">): number | undefined {
  if (durationMs === undefined || !(durationMs >= 1 && durationMs <= LONGEST_DURATION_MS)) return undefined;
  return Math.round(durationMs);
}

function albumOf({ album, art }: Heard, by: string): HeardRow["album"] {
  if (!album || album.name.trim() === "") return undefined;
  const { name, releaseYear: year } = album;
  const isYear = year !== undefined && Number.isInteger(year) && year >= 1_000 && year < 10_000;
  return {
    words: together(foldTitle(name), by),
    title: keepable(name),
    ...(isYear && { year }),
    ...addresses(album),
    ...(art && art.length > 0 && { art: art.slice(0, MOST_PICTURES) }),
  };
}

/** What was heard, as it is kept and told apart. */
export function toHeardRow(heard: Heard): HeardRow {
  const artists = heard.artists
    .filter(({ name }) => name.trim() !== "")
    .slice(0, MOST_ARTISTS)
    .map((artist) => ({ folded: foldArtist(artist.name), name: keepable(artist.name), ...addresses(artist) }));
  const by = artists[0]?.folded ?? "";
  const { kind, title, art } = heard;
  const album = albumOf(heard, by);
  const durationMs = durationOf(heard);
  const isrc = heard.isrc?.toUpperCase().replaceAll("-", "");
  return {
    kind,
    words: together(foldTitle(title), by),
    title: keepable(title),
    artists,
    ...(album && { album }),
    ...(durationMs !== undefined && { durationMs }),
    ...addresses(heard),
    ...(isrc && isrcForm.test(isrc) && { isrc }),
    ...(!album && art && art.length > 0 && { art: art.slice(0, MOST_PICTURES) }),
  };
}
