import { fold } from "../../contracts/fold.ts";
import type { Artist, SearchHits, Track } from "../../contracts/music.ts";
import { artistAgreement, initials } from "./agreement.ts";
import type { Ask } from "./asks.ts";
import { tokens } from "./fold.ts";
import { inLatin, otherScript } from "./script.ts";

/** One song proves nothing for a name that stands nowhere; it does for a part of a name with a slip in it. */
const LEAST_TRACKS = 2;
const PART_OF_NAME = 0.7;

const isCredited = (artist: Artist, track: Track): boolean =>
  track.artists.some(({ name }) => fold(name) === fold(artist.name));

/** Most nicknames keep a few letters of the name: "tupac" of "2Pac", "biggie" of "B.I.G.". */
const KEPT = 3;
function keepsLetters(word: string, name: string): boolean {
  const letters = tokens(name).join("");
  for (let at = 0; at + KEPT <= word.length; at++) if (letters.includes(word.slice(at, at + KEPT))) return true;
  return false;
}

/** One word like the name of the artist who is credited on all songs that it finds: then it is what people call them. */
function isNickname(words: string, artist: Artist, tracks: readonly Track[]): boolean {
  const name = fold(artist.name);
  if (tokens(words).length > 1 || !keepsLetters(words, name)) return false;
  const least = artistAgreement(words, [name]) >= PART_OF_NAME ? 1 : LEAST_TRACKS;
  return tracks.length >= least && tracks.every((track) => isCredited(artist, track));
}

/** In a script that cannot be compared with the words, not even letter by letter. */
const isBeyond = (words: string, name: string): boolean => otherScript(words, name) && inLatin(name) === undefined;

/** No artist was named, or one of the song's. */
const isByNamed = ({ artist }: Ask, { artists }: Track): boolean =>
  artist === undefined ||
  artistAgreement(
    fold(artist),
    artists.map(({ name }) => fold(name)),
  ) >= PART_OF_NAME;

/**
 * What the service itself knows by words that its name does not show: a name in another script ("yoru ni kakeru"), initials
 * ("rhcp"), a name that everybody uses ("tupac"). To be asked only when nothing found carries the words.
 */
export function knownOtherwise(ask: Ask, hits: SearchHits): Track | Artist | undefined {
  const words = fold(ask.name);
  const [track] = hits.tracks;
  const [artist] = hits.artists;
  if (artist && (ask.kind === "open" || ask.kind === "artist")) {
    const name = fold(artist.name);
    const theirs = track !== undefined && isCredited(artist, track);
    if (isBeyond(words, name) && (theirs || ask.kind === "artist")) return artist;
    if (words === initials(name) || isNickname(words, artist, hits.tracks)) return artist;
  }
  const titled = track && (ask.kind === "open" || ask.kind === "track") && !ask.version && isByNamed(ask, track);
  return titled && isBeyond(words, fold(track.title)) ? track : undefined;
}
