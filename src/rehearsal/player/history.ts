import type { Settings } from "../settings.ts";
import type { Context, Ended } from "./state.ts";

/** A play as the platform remembers it. */
export interface Play {
  trackUri: string;
  startedAt: number;
  endedAt: number;
  context: Context | null;
  /** When it can first be read; plays arrive late. */
  visibleAt: number;
}

/** The platform shows the 50 latest; a few more are kept because those that arrive late push others out. */
const SHOWN = 50;
const KEPT = 200;

/** `plays` with those of `ended` that the platform records: tracks, heard long enough, in public. */
export function record(plays: readonly Play[], ended: readonly Ended[], rules: Settings["history"]): Play[] {
  const fresh = ended
    .filter((each) => each.kind === "track" && !each.privateSession && each.heardMs >= rules.minHeardMs)
    .filter((each) => !(rules.omitSkipped && each.how === "skipped"))
    .map((each) => ({
      trackUri: each.uri,
      startedAt: each.startedAt,
      endedAt: each.endedAt,
      context: each.context,
      visibleAt: each.endedAt + rules.delayMs,
    }));
  return [...plays, ...fresh].slice(-KEPT);
}

/** What can be read at `at`, latest first, never more than 50. */
export function visible(plays: readonly Play[], at: number): Play[] {
  return plays
    .filter((play) => play.visibleAt <= at)
    .sort((a, b) => b.endedAt - a.endedAt)
    .slice(0, SHOWN);
}
