import { isSegueError } from "../contracts/errors.ts";
import type { Deck } from "./deck.ts";
import { rememberState } from "./items.ts";

/** Later than this, what follows from the command by itself is said and shown, and the truth when it is here. */
const WITHIN_MS = 150;

/**
 * Sends a command. Of a player that tells of its changes, where reading costs nothing, the state is read after it: what it
 * told before the answer may be older than the command, and what it tells because of it comes too late for the reply.
 */
export async function writeThenRead<T>(deck: Deck, send: () => Promise<T>): Promise<T> {
  const { states, log } = deck.house;
  const write = states.write(deck.key);
  try {
    const result = await send();
    write.answered();
    await readBack(deck);
    return result;
  } catch (error) {
    write.answered();
    // Part of it may have been done. Of a player that cannot be reached there is nothing to read.
    if (!isSegueError(error, "Unavailable") && !isSegueError(error, "Unconfirmed")) await readBack(deck);
    throw error;
  } finally {
    // Nobody waits for this one.
    if (write.settled())
      takeIn(deck).catch((error: unknown) => log.error({ player: deck.key, err: error }, "a change was not kept"));
  }
}

async function readBack(deck: Deck): Promise<void> {
  const { clock, log } = deck.house;
  if (!deck.house.states.isHeard(deck.key)) return;
  const done = new AbortController();
  const reading = takeIn(deck).catch((error: unknown) =>
    log.error({ player: deck.key, err: error }, "a change was not kept"),
  );
  await Promise.race([reading, clock.sleep(WITHIN_MS, done.signal).catch(() => undefined)]);
  // Without a reason of its own every abort makes an error with a stack.
  done.abort("over");
}

/** A reading that fails leaves what follows from the command, until the player tells more. */
async function takeIn(deck: Deck): Promise<void> {
  const { states, items } = deck.house;
  if (!states.isHeard(deck.key) || !deck.offered) return;
  const mark = states.mark(deck.key);
  try {
    const state = await deck.offered.state(deck.options("state"));
    rememberState(items, state);
    await states.learn(deck.key, state, mark);
  } catch (error) {
    if (!isSegueError(error)) throw error;
  }
}
