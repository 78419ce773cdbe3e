import { isSegueError, SegueError } from "../contracts/errors.ts";
import type { Lane, Playable, PlayerState } from "../contracts/music.ts";
import type { Deck } from "./deck.ts";
import { rememberState } from "./items.ts";
import { noteUsed } from "./known-devices.ts";
import { ages } from "./state.ts";

/** A service shows the effect of a write a moment later; a read before that would tell the past. */
const SETTLE_MS = 400;
const LATE_MS = 1_000;

/** Reads the player's state: one call, or two when the first still shows what a skip of ours has just left. */
export async function readState(deck: Deck, lane?: Lane): Promise<PlayerState | undefined> {
  const { clock, states, items } = deck.house;
  const known = states.known(deck.key);
  const sinceWrite = known?.wroteAt === undefined ? Number.POSITIVE_INFINITY : clock.now() - known.wroteAt;
  if (sinceWrite < SETTLE_MS) await clock.sleep(SETTLE_MS - sinceWrite, deck.signal);
  let mark = 0;
  const read = () => {
    mark = states.mark(deck.key);
    return deck.read((session) => session.state(deck.options("state", lane)));
  };
  let state = await unlessLost(deck, read);
  if (known?.left !== undefined && state?.item?.uri === known.left && sinceWrite < SETTLE_MS + LATE_MS) {
    await clock.sleep(LATE_MS, deck.signal);
    state = await read();
  }
  await states.learn(deck.key, state, mark);
  rememberState(items, state);
  if (state?.device && state.playing) await noteUsed(deck, state.device);
  return state;
}

/** A player that tells of its changes and cannot even be asked is not heard either: cards must not go on as if it played. */
async function unlessLost<T>(deck: Deck, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const lost = isSegueError(error, "Unavailable") && error.details.why === "connection";
    if (lost && !deck.quiet && deck.offered?.watch) await deck.house.states.unheard(deck.key);
    throw error;
  }
}

/** The state as it may be shown, without a call while it is fresh and names what plays. */
export function freshState(deck: Deck): { state?: PlayerState } | undefined {
  const { states } = deck.house;
  if (states.idle(deck.key, ages.idle)) return {};
  const paused = states.believed(deck.key, ages.shownPaused);
  const state = paused?.playing === false ? paused : states.believed(deck.key, ages.shownPlaying);
  return state && (state.item || state.other) ? { state } : undefined;
}

export async function currentState(deck: Deck, lane?: Lane): Promise<PlayerState | undefined> {
  const fresh = freshState(deck);
  return fresh ? fresh.state : readState(deck, lane);
}

export function nothingPlaying(): SegueError<"Restricted"> {
  return new SegueError("Restricted", { reason: "nothing_playing" });
}

/** What plays now, from a fresh state; raises Restricted when it is nothing, or nothing that has a name. */
export async function currentItem(deck: Deck): Promise<{ item: Playable; state: PlayerState }> {
  const state = await currentState(deck);
  if (!state?.item) throw nothingPlaying();
  return { item: state.item, state };
}

/** What plays as far as it is known without a call. */
export function believedItem(deck: Deck): Playable | undefined {
  return deck.house.states.believed(deck.key, ages.settings)?.item;
}
