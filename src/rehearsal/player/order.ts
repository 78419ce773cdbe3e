import { createRandom, seedFrom, shuffled } from "../random.ts";
import type { PlayerState } from "./state.ts";

/** How many upcoming items the platform shows. */
const QUEUE_SHOWN = 20;

/** The order in which `length` items play. Under shuffle the one at `first` (if any) leads and the rest is drawn. */
export function drawOrder(
  length: number,
  options: { shuffle: boolean; first?: number | undefined; seed: number; draw: number },
): number[] {
  const natural = Array.from({ length }, (_, index) => index);
  if (!options.shuffle) return natural;
  const random = createRandom(seedFrom(options.seed, options.draw));
  const { first } = options;
  if (first === undefined) return shuffled(natural, random);
  return [
    first,
    ...shuffled(
      natural.filter((index) => index !== first),
      random,
    ),
  ];
}

/** The uris that come after what plays now, queue first, then the list (around again under repeat). At most 20. */
export function upcoming(state: PlayerState): string[] {
  const uris = [...state.queue];
  const around = state.repeat === "context" ? QUEUE_SHOWN : 0;
  for (let place = state.cursor + 1; uris.length < QUEUE_SHOWN && place < state.order.length + around; place += 1) {
    const uri = uriAt(state, place % Math.max(1, state.order.length));
    if (uri !== undefined) uris.push(uri);
  }
  return uris.slice(0, QUEUE_SHOWN);
}

export function uriAt(state: PlayerState, place: number): string | undefined {
  const index = state.order[place];
  return index === undefined ? undefined : state.list[index];
}

/** The same player with shuffle on or off: what plays goes on, what follows is drawn anew or back in its own order. */
export function withShuffle(state: PlayerState, on: boolean, seed: number): PlayerState {
  if (on === state.shuffle) return state;
  const current = state.order[state.cursor];
  const draws = state.draws + 1;
  const order = drawOrder(state.list.length, { shuffle: on, first: current, seed, draw: draws });
  return { ...state, shuffle: on, order, draws, cursor: current === undefined ? state.cursor : order.indexOf(current) };
}
