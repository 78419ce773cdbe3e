import { isSegueError } from "../contracts/errors.ts";
import type { MusicSession, PlayerState } from "../contracts/music.ts";
import type { Deck } from "./deck.ts";
import type { House } from "./house.ts";
import { rememberState } from "./items.ts";

/** Listens to shared players that tell of their changes by themselves, while they are in use: nothing has to be asked then. */
export interface Watches {
  /** The player is in use: it is listened to from now on, and for a while after its last command. */
  use(deck: Deck): void;
  /** Ends all listening, for good. */
  stop(): Promise<void>;
}

const USED_MS = 15 * 60_000;
/** Players listened to at once; one more is asked like any other. */
const MOST = 100;
const AGAIN_MS = [1_000, 5_000, 30_000, 60_000];

type Watch = NonNullable<MusicSession["watch"]>;
type Watched = { usedAt: number; stop: AbortController; ended: Promise<void> };

export function createWatches({
  clock,
  log,
  states,
  items,
}: Pick<House, "clock" | "log" | "states" | "items">): Watches {
  const watched = new Map<string, Watched>();
  let stopped = false;

  async function listen(key: string, watch: Watch, signal: AbortSignal): Promise<void> {
    let failures = 0;
    const hear = (state: PlayerState | undefined) => {
      if (signal.aborted) return;
      failures = 0;
      rememberState(items, state);
      states
        .told(key, state)
        .catch((error: unknown) => log.error({ player: key, err: error }, "a change was not kept"));
    };
    while (!signal.aborted) {
      try {
        await watch(hear, signal);
      } catch (error) {
        if (signal.aborted) return;
        const code = isSegueError(error) ? error.code : "unexpected";
        log.warn({ player: key, code }, "a player is no longer heard");
      } finally {
        states.unheard(key);
      }
      const wait = AGAIN_MS[Math.min(failures++, AGAIN_MS.length - 1)];
      await clock.sleep(wait ?? 0, signal).catch(() => undefined);
    }
  }

  async function untilUnused(entry: Watched): Promise<void> {
    const { signal } = entry.stop;
    while (!signal.aborted) {
      const left = entry.usedAt + USED_MS - clock.now();
      if (left <= 0) entry.stop.abort(new Error("unused"));
      else await clock.sleep(left, signal).catch(() => undefined);
    }
  }

  return {
    use(deck) {
      const watch = deck.offered?.watch;
      if (!deck.shared || !watch || stopped) return;
      const { key } = deck;
      const usedAt = clock.now();
      const open = watched.get(key);
      if (open && !open.stop.signal.aborted) open.usedAt = usedAt;
      else if (watched.size < MOST) {
        const entry: Watched = { usedAt, stop: new AbortController(), ended: Promise.resolve() };
        watched.set(key, entry);
        entry.ended = Promise.all([listen(key, watch, entry.stop.signal), untilUnused(entry)]).then(() => {
          if (watched.get(key) === entry) watched.delete(key);
        });
      }
    },
    async stop() {
      stopped = true;
      const all = [...watched.values()];
      for (const { stop } of all) stop.abort(new Error("stopped"));
      await Promise.all(all.map(({ ended }) => ended));
    },
  };
}
