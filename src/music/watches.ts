import { isSegueError } from "../contracts/errors.ts";
import type { MusicSession, PlayerState } from "../contracts/music.ts";
import { type House, sharedKey } from "./house.ts";
import { rememberState } from "./items.ts";

/**
 * Listens to shared players that tell of their changes by themselves: nothing has to be asked then, and cards follow what
 * others do with the player. Listening costs nothing while nothing changes, so it goes on until the program stops.
 */
export interface Watches {
  /** From now on; nothing happens when it is listened to already, or does not tell of its changes. */
  listen(player: { provider: string; playerId: string }): void;
  /** Ends all listening, for good. */
  stop(): Promise<void>;
}

/** Players listened to at once; one more is asked like any other. */
const MOST = 100;
/** Such players stand in the same house, so that a try costs nothing, and whoever looks at a card waits for them to come back. */
const AGAIN_MS = [250, 500, 1_000, 2_000, 5_000];

type Watch = NonNullable<MusicSession["watch"]>;

export function createWatches({
  clock,
  log,
  states,
  items,
  providers,
}: Pick<House, "clock" | "log" | "states" | "items" | "providers">): Watches {
  const heard = new Map<string, Promise<void>>();
  const stopping = new AbortController();
  const { signal } = stopping;

  async function follow(key: string, watch: Watch): Promise<void> {
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
        // A player that is switched off for the night is worth one line, not one a minute.
        if (failures === 0) log.warn({ player: key, code }, "a player is no longer heard");
      }
      // Between vain attempts, what somebody has read meanwhile stands.
      if (failures === 0)
        await states
          .unheard(key)
          .catch((error: unknown) => log.error({ player: key, err: error }, "a change was not kept"));
      const wait = AGAIN_MS[Math.min(failures++, AGAIN_MS.length - 1)];
      await clock.sleep(wait ?? 0, signal).catch(() => undefined);
    }
  }

  return {
    listen(player) {
      const key = sharedKey(player);
      if (signal.aborted || heard.has(key) || heard.size >= MOST) return;
      const provider = providers.find(({ id }) => id === player.provider);
      const watch = provider?.open({ kind: "shared", playerId: player.playerId }).watch;
      if (watch) heard.set(key, follow(key, watch));
    },
    async stop() {
      stopping.abort(new Error("stopped"));
      await Promise.all(heard.values());
    },
  };
}
