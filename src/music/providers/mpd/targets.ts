import { SegueError } from "../../../contracts/errors.ts";
import type { CallOptions, PlayTarget } from "../../../contracts/music.ts";
import { type Context, type Daemon, lineOptions } from "./daemon.ts";
import { demandFiles, demandUri, isLibraryFile, type MpdUri } from "./uris.ts";

/** Most songs that one play puts into the daemon's queue, which by default holds 16,384. */
export const MOST_SONGS = 2_000;

export type Loaded = { files: string[]; first: number | undefined; context: Context | undefined };

/** The songs of a target, in order, and where to begin. Raises InvalidInput and NotFound; nothing is played yet. */
export async function load(daemon: Daemon, target: PlayTarget, options?: CallOptions): Promise<Loaded> {
  if ("uris" in target) {
    if (target.uris.length === 0) throw new SegueError("InvalidInput", { field: "uris", why: "empty" });
    const files = demandFiles(target.uris.slice(0, MOST_SONGS));
    return { files, first: 0, context: undefined };
  }
  const uri = demandUri(target.context, ["album", "artist", "playlist", "track"]);
  if (uri.type === "track") return { files: [uri.file], first: 0, context: undefined };
  const all = await filesOf(daemon, uri, options);
  if (all.length === 0) throw new SegueError("NotFound", { what: uri.type });
  const { from } = target;
  const start =
    from === undefined ? undefined : "uri" in from ? all.indexOf(demandUri(from.uri, ["track"]).file) : from.position;
  if (start !== undefined && !(Number.isInteger(start) && start >= 0 && start < all.length))
    throw new SegueError("NotFound", { what: "track" });
  // A window around the start of a list that is too long, so that music goes on behind it.
  const begin = Math.max(0, Math.min(start ?? 0, all.length - MOST_SONGS));
  const context: Context = { uri: target.context, type: uri.type };
  return {
    files: all.slice(begin, begin + MOST_SONGS),
    first: start === undefined ? undefined : start - begin,
    context,
  };
}

type ContextUri = Exclude<MpdUri, { type: "track" }>;

async function filesOf(daemon: Daemon, uri: ContextUri, options?: CallOptions): Promise<string[]> {
  if (uri.type === "playlist") return (await playlistRows(daemon, uri.name, options)).files;
  const shelves = await daemon.library.shelves(options);
  const songs = uri.type === "album" ? shelves.album(uri.artist, uri.album)?.songs : shelves.artist(uri.name);
  return (songs ?? []).map(({ file }) => file);
}

/**
 * The rows of a list that are songs of the library, and where each stands in it. A list can be written by hand: an address of the
 * network, or a file elsewhere on the machine, is neither shown nor played. Raises Refused where there is no such list.
 */
export async function playlistRows(
  daemon: Daemon,
  name: string,
  options?: CallOptions,
): Promise<{ files: string[]; places: number[]; total: number }> {
  const [part] = await daemon.bulk.read([["listplaylist", name]], lineOptions(options));
  const rows = (part?.fields ?? []).flatMap(([key, value]) => (key === "file" ? [value] : []));
  const places = [...rows.keys()].filter((place) => isLibraryFile(rows[place] ?? ""));
  return { files: places.map((place) => rows[place] ?? ""), places, total: rows.length };
}
