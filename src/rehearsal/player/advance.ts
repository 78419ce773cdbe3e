import { apply } from "./commands.ts";
import { finishItem } from "./sequence.ts";
import { type Ended, type PlayerState, progressAt, type Step, type Surroundings } from "./state.ts";

/** Items that may end in one look at the player; past that somebody is taken to have stopped the music. */
const MOST_ITEMS = 20_000;

/**
 * Everything that happens by itself up to `at`: items end and the next begin, accepted commands take effect, an idle
 * device stops being the active one. Nothing runs in between; the player is brought up to date when somebody looks.
 */
export function advance(before: PlayerState, around: Surroundings, at: number): Step {
  let state = before;
  const ended: Ended[] = [];
  for (let items = 0; items < MOST_ITEMS; items += 1) {
    const endsAt = endOfItem(state);
    const next = state.pending[0];
    const dueAt = next === undefined ? Number.POSITIVE_INFINITY : next.dueAt;
    if (Math.min(endsAt, dueAt) > at) return { state: idled(state, around, at), ended };
    if (next !== undefined && dueAt <= endsAt) {
      const waiting = { ...state, pending: state.pending.slice(1) };
      const outcome = apply(waiting, next.command, around, Math.max(dueAt, state.anchorAt));
      state = outcome.refusal === null ? outcome.step.state : waiting;
      if (outcome.refusal === null) ended.push(...outcome.step.ended);
    } else {
      const step = finishItem(state, around, endsAt);
      state = step.state;
      ended.push(...step.ended);
    }
  }
  return { state: { ...state, playing: false, positionMs: 0, anchorAt: at, changedAt: at }, ended };
}

function endOfItem(state: PlayerState): number {
  if (state.now === null || !state.playing) return Number.POSITIVE_INFINITY;
  return state.anchorAt + state.now.durationMs - progressAt(state, state.anchorAt);
}

function idled(state: PlayerState, around: Surroundings, at: number): PlayerState {
  if (state.playing || state.activeDeviceId === null || at - state.changedAt < around.idleAfterMs) return state;
  return { ...state, activeDeviceId: null };
}
