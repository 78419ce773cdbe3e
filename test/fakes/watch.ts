import type { ListenerKey, NowPlaying } from "../../src/contracts/listening.ts";
import type { Playable, PlayerState } from "../../src/contracts/music.ts";
import type { Watch } from "../../src/listening/watch/watch.ts";
import type { FakeClock } from "./clock.ts";

/** A watch that knows what a test tells it, and nothing else. */
export type ScriptedWatch = Watch & {
  /** What the listener hears from now on; resolves with it as it is told to whoever shows it. */
  hears(listener: ListenerKey, what: Playable | "paused" | "nothing", origin?: string): NowPlaying;
  /** Who is interested in whom, as "kind owner". */
  interests(listener: ListenerKey): string[];
};

const usualMs = 30 * 60_000;

export function createScriptedWatch(clock: FakeClock): ScriptedWatch {
  const known = new Map<ListenerKey, NowPlaying>();
  const taken = new Map<ListenerKey, string[]>();
  const manual = new Map<ListenerKey, number>();
  return {
    start() {},
    async add() {},
    expire() {},
    remove() {},
    interest(listener, kind, owner) {
      const name = `${kind} ${owner}`;
      taken.set(listener, [...(taken.get(listener) ?? []), name]);
      return () => {
        taken.set(
          listener,
          (taken.get(listener) ?? []).filter((each) => each !== name),
        );
      };
    },
    interests: (listener) => taken.get(listener) ?? [],
    async watchFor(listener, ms = usualMs) {
      const until = clock.now() + ms;
      manual.set(listener, until);
      return until;
    },
    async stopWatching(listener) {
      return manual.delete(listener);
    },
    watchingUntil(listener) {
      const until = manual.get(listener);
      return until !== undefined && until > clock.now() ? until : undefined;
    },
    wake() {},
    now: (listener) => known.get(listener),
    async status() {
      return { accounts: [], calls: { used: 0, order: [] } };
    },
    hears(listener, what, origin = "memory") {
      const at = clock.now();
      const before = known.get(listener)?.state;
      const ran = before?.playing ? before.progressMs + at - before.at : (before?.progressMs ?? 0);
      const state: PlayerState | undefined =
        what === "nothing"
          ? undefined
          : {
              at,
              playing: what !== "paused",
              progressMs: what === "paused" ? ran : 0,
              ...(what === "paused" ? (before?.item ? { item: before.item } : {}) : { item: what }),
              shuffle: false,
              repeat: "off",
              refused: [],
            };
      const now: NowPlaying = { listener, source: { origin, way: "observed" }, state, at };
      known.set(listener, now);
      return now;
    },
    stop() {},
  };
}
