import { isSegueError, SegueError } from "../../../contracts/errors.ts";
import type { Uri } from "./uris.ts";

/*
 * The platform's own playlists, made by its editors or for one listener: apps in Development Mode are served none of them
 * since November 2024. https://developer.spotify.com/blog/2024-11-27-changes-to-the-web-api
 */

const numbered = (name: string, from: number, to: number, after = ""): string[] =>
  Array.from({ length: to - from + 1 }, (_, n) => `${name} ${from + n}${after}`);

/** Only names that can hardly mean anything else: "Rock Classics" is also what people call lists of their own. */
export const unserved: readonly string[] = [
  // Made for one listener.
  "Discover Weekly",
  "Release Radar",
  "Daily Mix",
  ...numbered("Daily Mix", 1, 6),
  "On Repeat",
  "Repeat Rewind",
  "Daylist",
  "Daily Drive",
  "Your Daily Drive",
  "Your Time Capsule",
  "Your Summer Rewind",
  "Your Top Songs",
  ...numbered("Your Top Songs", 2016, 2035),
  // Made by editors, or by what is played most.
  "Today's Top Hits",
  "RapCaviar",
  "Viva Latino",
  "New Music Friday",
  "Fresh Finds",
  "Top 50 Global",
  "Top Songs Global",
  "Viral 50 Global",
  ...numbered("All Out", 50, 90, "s").filter((_, n) => n % 10 === 0),
  "All Out 2000s",
  "All Out 2010s",
];

/** Ids of playlists that the platform itself owns: editorial and personal ones, and charts. */
const OWN_ID = /^37i9dQZ(?:F1|EVX)/;

/** A refusal of such a playlist, told as what it is; any other error as it came. 404 first, lately also a bare 403. */
export function toldAsUnserved({ type, id }: Uri, error: unknown): unknown {
  const refused =
    isSegueError(error, "NotFound") || (isSegueError(error, "Forbidden") && error.details.why === "content");
  if (!refused || type !== "playlist" || !OWN_ID.test(id)) return error;
  return new SegueError("NotFound", { what: "editorial_playlist" }, { cause: error });
}
