import { isSegueError, SegueError } from "../contracts/errors.ts";
import type { PlayerState } from "../contracts/music.ts";
import type { Deck } from "./deck.ts";
import { readState } from "./reading.ts";

export type Write<T> = {
  act: string;
  /** Sending it twice does no more than sending it once. */
  repeatable: boolean;
  /** Whether a state shows the effect; undefined when a state cannot tell. */
  shows?: (state: PlayerState | undefined) => boolean | undefined;
  send: () => Promise<T>;
};

/**
 * Sends a write. When its answer was lost, the state is read once: it shows the effect, or a repeatable write is sent once
 * more, or the person is told that nobody knows. Resolves undefined when the effect was found rather than answered.
 */
export async function sure<T>(deck: Deck, { act, repeatable, shows, send }: Write<T>): Promise<T | undefined> {
  try {
    return await send();
  } catch (error) {
    if (!isSegueError(error, "Unconfirmed")) throw error;
    await deck.house.states.forget(deck.key);
    if (shows && shows(await readState(deck)) === true) return undefined;
    if (!repeatable) throw new SegueError("Unconfirmed", { action: act }, { cause: error });
    return send();
  }
}
