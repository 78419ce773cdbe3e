/** What a uri can name. `collection` is a person's liked songs; `local` a file that only its owner's devices have. */
const URI_KINDS = ["track", "album", "artist", "playlist", "show", "episode", "audiobook", "chapter", "user"] as const;
export type UriKind = (typeof URI_KINDS)[number];

export interface Uri {
  kind: UriKind;
  id: string;
}

const BASE62 = /^[0-9A-Za-z]{22}$/;
const USER_ID = /^[\w.~-]{1,64}$/;

/** True for 22 characters of base62, what the platform calls an id. */
export function isId(text: string): boolean {
  return BASE62.test(text);
}

/** `spotify:track:…` as kind and id, or undefined where it is nothing that the platform knows. */
export function parseUri(text: string): Uri | undefined {
  const [scheme, kind, id, ...rest] = text.split(":");
  if (scheme !== "spotify" || id === undefined || rest.length > 0) return undefined;
  const known = URI_KINDS.find((each) => each === kind);
  if (known === undefined) return undefined;
  return (known === "user" ? USER_ID : BASE62).test(id) ? { kind: known, id } : undefined;
}

/** `spotify:local:artist:album:title:seconds`: playable on the device that has the file, never through the Web API. */
export interface LocalFile {
  artist: string;
  album: string;
  title: string;
  durationMs: number;
}

export function parseLocalUri(text: string): LocalFile | undefined {
  const parts = text.split(":");
  if (parts.length !== 6 || parts[0] !== "spotify" || parts[1] !== "local") return undefined;
  try {
    const [artist = "", album = "", title = ""] = parts
      .slice(2, 5)
      .map((part) => decodeURIComponent(part.replaceAll("+", " ")));
    const seconds = Number(parts[5]);
    return Number.isInteger(seconds) && seconds > 0 ? { artist, album, title, durationMs: seconds * 1000 } : undefined;
  } catch {
    return undefined;
  }
}
