/** The service's own names of things, as its files and other people's files write them. */
const uriForm = /^spotify:(?:track|episode|chapter):[A-Za-z0-9]{22}$/;
const urlForm =
  /^https?:\/\/open\.spotify\.com\/(?:intl-[a-z-]+\/)?(track|episode|chapter)\/([A-Za-z0-9]{22})(?:[/?#]|$)/;
const localForm = /^spotify:local:([^:]*):([^:]*):([^:]*):(\d*)$/;

export const serviceOrigin = "spotify";

/** Undefined for what no service could play again: a malformed name, or a file of the listener's own. */
export function serviceUri(name: string | null | undefined): string | undefined {
  if (!name) return undefined;
  if (uriForm.test(name)) return name;
  const url = urlForm.exec(name);
  return url ? `spotify:${url[1]}:${url[2]}` : undefined;
}

export type LocalFile = { artist: string; album: string; title: string; durationMs?: number };
/** What the name of the listener's own file says of it. */
export function localFile(name: string | null | undefined): LocalFile | undefined {
  const found = name ? localForm.exec(name) : null;
  if (!found) return undefined;
  const [artist = "", album = "", title = "", seconds = ""] = found.slice(1);
  const durationMs = Number(seconds) * 1_000;
  return {
    artist: decoded(artist),
    album: decoded(album),
    title: decoded(title),
    ...(durationMs > 0 && { durationMs }),
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part.replaceAll("+", " "));
  } catch {
    return part;
  }
}
