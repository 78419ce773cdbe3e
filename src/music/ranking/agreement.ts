import { tokens } from "./fold.ts";
import type { Prepared } from "./score.ts";
import { inLatin } from "./script.ts";
import { containment, sameName, similarity, withoutArticle } from "./similarity.ts";
import { decisions } from "./weights.ts";

/** Words that people put between a title and its artist, or around both, in the languages of the bot. */
const joining = new Set(
  "by from the a of off that this song track band version cover von vom der die das de des du la le les el los por par".split(
    " ",
  ),
);
/** Between the artists of one song. */
const together = new Set("and feat ft featuring with x vs the und et y con mit avec".split(" "));

const without = (words: readonly string[], little: ReadonlySet<string>): string =>
  words.filter((word) => !little.has(word)).join(" ");

/** What albums are called beside their name: "Barbie The Album", "Weezer (Green Album)", "Moana (… Soundtrack)". */
const albumWords = /\b(the album|album|ep|original motion picture|motion picture|original|soundtrack|score)\b/g;
const bareAlbum = (folded: string): string => folded.replace(albumWords, " ").replace(/ +/g, " ").trim();

function direct(words: string, thing: Prepared): number {
  const asNamed = Math.max(
    similarity(words, thing.full),
    similarity(words, thing.base) * (thing.known ? 1 : 0.92),
    similarity(words, thing.unbracketed) * 0.95,
  );
  const latin = inLatin(thing.base);
  const asTyped = latin === undefined ? 0 : similarity(words, latin);
  const asAlbum = thing.item.type === "album" ? 0.95 * similarity(bareAlbum(words), bareAlbum(thing.full)) : 0;
  return Math.max(asNamed, asTyped, asAlbum);
}

/** People name long titles by a part: "sgt pepper", "dark side"; and albums by a single word beside who made them. */
function partly(words: string, thing: Prepared, besideArtist: boolean): boolean {
  const several = tokens(withoutArticle(words)).length > 1;
  if (several || (besideArtist && thing.item.type === "album")) return containment(words, thing.full) >= 0.95;
  return false;
}

/** An artist's whole name, and with it a word of an album's or how a song begins: "nirvana unplugged", "stairway led zeppelin". */
function artistAndPart(words: string, thing: Prepared): boolean {
  return thing.artists.some((artist) => {
    const rest = ` ${words} `.replace(` ${artist} `, " ").trim();
    if (rest === words || rest.length < decisions.partLetters) return false;
    if (thing.item.type === "album") return containment(rest, thing.full) >= 0.95;
    return thing.item.type === "track" && `${withoutArticle(thing.base)} `.startsWith(`${withoutArticle(rest)} `);
  });
}

/**
 * How well a name fits the words, 0 to 1. Words that are no part of the title may be explained by the artist, the version or
 * the album ("hello adele", "hello live"), as long as the whole title is among them and no artist was named beside them.
 */
export function agreement(words: string, thing: Prepared, besideArtist: boolean): number {
  const straight = direct(words, thing);
  if (straight === 1) return straight;
  if (straight < decisions.partlyNamed && (partly(words, thing, besideArtist) || artistAndPart(words, thing)))
    return decisions.partlyNamed;
  const title = withoutArticle(thing.base);
  if (besideArtist || containment(title, words) < decisions.wholeTitle) return straight;
  if (tokens(words).length <= tokens(title).length) return straight;
  const all = [thing.base, thing.tail, ...thing.artists, thing.album].join(" ");
  const inBase = new Set(tokens(thing.base));
  const said = tokens(words).filter((word) => inBase.has(word) || !joining.has(word));
  return Math.max(straight, 0.95 * containment(said.join(" "), all));
}

/** Whether the words are the thing's very name, apart from what catalogues hang onto names. */
export function isNamed(words: string, thing: Prepared): boolean {
  const latin = inLatin(thing.full);
  if (sameName(words, thing.full) || sameName(words, thing.unbracketed)) return true;
  if (latin !== undefined && sameName(words, latin)) return true;
  return thing.known && sameName(words, thing.base);
}

/** "rhcp", "nin": the first letters of a name of three words or more. */
export const initials = (folded: string): string => {
  const words = tokens(folded);
  return words.length < 3 ? "" : words.map((word) => word[0]).join("");
};

/**
 * How well words for who made it fit: one of the artists, by a part of the name ("kanye", "bob marley"), or several of them
 * ("kendrick and sza"). 0 to 1.
 */
export function artistAgreement(words: string, artists: readonly string[]): number {
  const names = artists.flatMap((artist) => [artist, initials(artist), inLatin(artist) ?? ""]);
  const one = names.reduce((best, name) => Math.max(best, similarity(words, name)), 0);
  const said = without(tokens(words), together);
  const inside = said === "" ? 0 : containment(said, artists.join(" "));
  return inside >= decisions.artistPart ? Math.max(one, 0.9 * inside) : one;
}
