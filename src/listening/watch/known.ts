import type { PlayerNews } from "../../contracts/listening.ts";
import type { PlayerState } from "../../contracts/music.ts";
import type { Known } from "./policy.ts";

/** A track's end as it is told, and the same a moment later: nothing new is to be had so close to it. */
const AT_END_MS = 1_500;

/** What others may know of a state: nothing of a session in which the listener hides what they hear. */
export function shown(state: PlayerState | undefined): PlayerState | undefined {
  return state?.device?.private === true ? undefined : state;
}

/** What is known of a player after a piece of news. `state` as it is shown. */
export function knownOf(before: Known & { uri?: string }, news: PlayerNews): Known & { uri?: string } {
  const { at, by } = news;
  const state = shown(news.state);
  if (news.unheard) return { as: "unknown" };
  if (!state) return { as: "idle", at };
  if (!state.playing) {
    // A pause that nobody saw beginning may be hours old: most services go on showing what was paused.
    if (before.as === "paused") return { ...before, at };
    return before.as === "playing" || by === "command" ? { as: "paused", sinceAt: at, at } : { as: "idle", at };
  }
  if (!state.item) return { as: "playing", at, late: 0, ...(state.other ? { untold: true } : {}) };
  const { uri, durationMs } = state.item;
  if (!(durationMs > 0)) return { as: "playing", at, late: 0, uri, untold: true };
  const endsAt = state.at + Math.max(0, durationMs - state.progressMs);
  const stuck = before.as === "playing" && before.uri === uri && by === "reading" && endsAt - at < AT_END_MS;
  return { as: "playing", at, endsAt, uri, late: stuck ? before.late + 1 : 0 };
}

/** Progress that differs by less is the same, run forward. */
const JUMP_MS = 3_000;

/** Whether whoever shows what is heard has something new to show. What only one of two sources tells is no difference. */
export function isChange(before: PlayerState | undefined, after: PlayerState | undefined): boolean {
  if (!before || !after) return before !== after;
  if (before.item?.uri !== after.item?.uri || before.other !== after.other) return true;
  if (before.playing !== after.playing) return true;
  if (before.context && after.context && before.context.uri !== after.context.uri) return true;
  if (before.device && after.device && before.device.name !== after.device.name) return true;
  const ran = before.playing ? after.at - before.at : 0;
  return Math.abs(before.progressMs + ran - after.progressMs) > JUMP_MS;
}
