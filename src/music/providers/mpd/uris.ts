import { SegueError } from "../../../contracts/errors.ts";
import type { ItemType } from "../../../contracts/music.ts";

/**
 * Our own names of what is in a library, since the daemon has none but file names: `mpd:track:<file>`,
 * `mpd:album:<artist>/<album>`, `mpd:artist:<name>`, `mpd:playlist:<name>`, every part percent-encoded.
 */
export type MpdUri =
  | { type: "track"; file: string }
  | { type: "album"; artist: string; album: string }
  | { type: "artist"; name: string }
  | { type: "playlist"; name: string };

const MAX_URI = 6_000;
const FORM = /^mpd:(track|album|artist|playlist):([\w%.~-]+)(?:\/([\w%.~-]+))?$/;
/** Inside a sentence: the mark behind it belongs to the sentence. */
const INSIDE =
  /(?<![\w/:])mpd:(track|album|artist|playlist):[\w%.~-]{0,5999}[\w%~-](?:\/[\w%.~-]{0,2999}[\w%~-])?(?![\w%~/-])/;

/** What sentences end with, or bracket with, never stands in a name bare. */
const part = (text: string): string =>
  encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/\.$/, "%2E") || "%00";

export const trackUri = (file: string): string => `mpd:track:${part(file)}`;
export const albumUri = (artist: string, album: string): string => `mpd:album:${part(artist)}/${part(album)}`;
export const artistUri = (name: string): string => `mpd:artist:${part(name)}`;
export const playlistUri = (name: string): string => `mpd:playlist:${part(name)}`;

export function parseUri(text: string): MpdUri | undefined {
  if (text.length > MAX_URI) return undefined;
  const [, type, first, second] = FORM.exec(text) ?? [];
  if (type === undefined || first === undefined || (type === "album") !== (second !== undefined)) return undefined;
  const one = decode(first);
  const two = second === undefined ? "" : decode(second);
  if (one === undefined || two === undefined) return undefined;
  if (type === "album") return { type, artist: one, album: two };
  if (one === "") return undefined;
  if (type === "track") return isLibraryFile(one) ? { type, file: one } : undefined;
  if (type === "playlist") return isListName(one) ? { type, name: one } : undefined;
  return type === "artist" ? { type, name: one } : undefined;
}

function decode(text: string): string | undefined {
  if (text === "%00") return "";
  try {
    const plain = decodeURIComponent(text);
    return /[\u0000-\u001f\u007f]/.test(plain) ? undefined : plain;
  } catch {
    return undefined;
  }
}

/**
 * The daemon also plays addresses of the network, and any file for whom it knows by its socket: a name from a chat may reach
 * neither. What is left is a path inside the music folder.
 */
export function isLibraryFile(file: string): boolean {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(file) || /[\u0000-\u001f\u007f]/.test(file) || !file.isWellFormed()) return false;
  return file.split("/").every((name) => name !== "" && name !== "." && name !== "..");
}

/** The daemon also takes the path of a playlist file in the music folder, and an address, for the name of a list. */
const isListName = (name: string): boolean => !/[/\\\u0085\u2028\u2029]/.test(name);

/** Raises InvalidInput("uri") unless it names one of `types`. */
export function demandUri<T extends MpdUri["type"]>(text: string, types: readonly T[]): Extract<MpdUri, { type: T }> {
  const uri = parseUri(text);
  if (uri === undefined || !types.some((type) => type === uri.type))
    throw new SegueError("InvalidInput", { field: "uri", why: "format", given: text.slice(0, 100) });
  return uri as Extract<MpdUri, { type: T }>;
}

export function demandFiles(uris: readonly string[]): string[] {
  return uris.map((uri) => demandUri(uri, ["track"]).file);
}

export function recognise(text: string): { uri: string; type: ItemType; start: number; end: number } | undefined {
  const heard = text.slice(0, 40_000);
  // Only from where the name begins: a text of half names must not be read again and again.
  for (
    let from = heard.indexOf("mpd:"), tries = 0;
    from >= 0 && tries < 20;
    from = heard.indexOf("mpd:", from + 4), tries++
  ) {
    const found = INSIDE.exec(heard.slice(Math.max(0, from - 1), from + MAX_URI));
    if (!found) continue;
    const uri = found[0];
    const parsed = parseUri(uri);
    const start = Math.max(0, from - 1) + found.index;
    if (parsed) return { uri, type: parsed.type, start, end: start + uri.length };
  }
  return undefined;
}
