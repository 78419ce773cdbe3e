import { heardKinds, type MergeReason } from "../../../contracts/listening.ts";
import { namedBys } from "../../../contracts/plays.ts";

/** Words that stand in millions of rows are kept as small numbers: their place in these lists, which only ever grow. */
export const kinds = heardKinds;
export { namedBys };
export const exacts = ["both", "start", "end", "neither"] as const;
export const agreements: readonly MergeReason["range"][] = ["same", "overlap", "reported", "completed"];
/** What `heard_names` names. */
export const whats = { track: 0, artist: 1, album: 2 } as const;
/** What `play_sums` adds up; all of a listener's music has the ref 0. */
export const sums = { track: 0, artist: 1, episode: 2, music: 3 } as const;

export function nameOf<T>(names: readonly T[], number: number): T {
  const name = names[number];
  if (name === undefined) throw new RangeError(`no word has the number ${number}`);
  return name;
}
