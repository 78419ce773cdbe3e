import { SegueError } from "../../../contracts/errors.ts";
import type { ItemType } from "../../../contracts/music.ts";

/** The platform's ids: 22 characters of base62. https://developer.spotify.com/documentation/web-api/concepts/spotify-uris-ids */
export const ID = "[0-9A-Za-z]{22}";

export const itemTypes = [
  "track",
  "album",
  "artist",
  "playlist",
  "show",
  "episode",
  "audiobook",
] as const satisfies readonly ItemType[];

const PLAIN = new RegExp(`^spotify:(${itemTypes.join("|")}):(${ID})$`);
const OWNED_PLAYLIST = new RegExp(`^spotify:user:[^:\\s]{1,100}:playlist:(${ID})$`);
/** "Liked songs" as a context. It can be played, and nothing else. */
const COLLECTION = /^spotify:user:[^:\s]{1,100}:collection$/;

export type Uri = { type: ItemType; id: string; uri: string };

/** A uri in its canonical form, or undefined when it names nothing that the catalogue has (a local file, a person, nonsense). */
export function parseUri(text: string): Uri | undefined {
  if (text.length > 200) return undefined;
  const plain = PLAIN.exec(text);
  if (plain?.[1] !== undefined && plain[2] !== undefined) return canonical(plain[1], plain[2]);
  const owned = OWNED_PLAYLIST.exec(text);
  return owned?.[1] === undefined ? undefined : canonical("playlist", owned[1]);
}

/** Undefined unless `type` is one of ours. */
export function canonical(type: string, id: string): Uri | undefined {
  const known = itemTypes.find((each) => each === type);
  return known === undefined ? undefined : { type: known, id, uri: `spotify:${known}:${id}` };
}

/** Raises InvalidInput("uri") unless `text` is a catalogue uri of one of `types`: nothing else gets into a path or a query. */
export function demandUri(text: string, types: readonly ItemType[] = itemTypes): Uri {
  const uri = parseUri(text);
  if (uri === undefined || !types.includes(uri.type))
    throw new SegueError("InvalidInput", { field: "uri", why: "format", given: text.slice(0, 100) });
  return uri;
}

export function isLocal(uri: string): boolean {
  return uri.startsWith("spotify:local:");
}

export function isCollection(uri: string): boolean {
  return COLLECTION.test(uri);
}

/** Where a person opens it: the link back that the design guidelines ask for wherever metadata is shown. */
export function webUrl(uri: Uri): string {
  return `https://open.spotify.com/${uri.type}/${uri.id}`;
}
