import { SegueError } from "../../src/contracts/errors.ts";
import type { AccountRef, PlayerFeed, PlayerNews } from "../../src/contracts/listening.ts";
import type { PlayerState, Track } from "../../src/contracts/music.ts";
import type { FakeClock } from "./clock.ts";

export function track(title: string, durationMs = 200_000): Track {
  const uri = `fake:track:${title.toLowerCase().replaceAll(" ", "-")}`;
  return { type: "track", uri, title, artists: [{ name: "The Band" }], durationMs, art: [] };
}

type Play = { item: Track; from: number; at: number; playing: boolean; private: boolean };

/** What one person does at their player, by hand or by our commands; and what looks at it see, with their calls counted. */
export function createFakeFeed(clock: FakeClock) {
  const listeners = new Set<(news: PlayerNews) => void>();
  const players = new Map<string, Play & { list: Track[] }>();
  const calls: { accountId: string; what: "look" | "recent" | "item"; reason: string; at: number }[] = [];
  const failures: Error[] = [];
  const items = new Map<string, Track>();
  let recent: { track: Track; playedAt: number }[] = [];

  const tell = (news: PlayerNews) => {
    for (const listener of listeners) listener(news);
  };

  /** Goes on through the list by itself; at its end, silence. */
  function current(key: string): (Play & { list: Track[] }) | undefined {
    let play = players.get(key);
    while (play?.playing && play.from + (clock.now() - play.at) >= play.item.durationMs) {
      const [next, ...list] = play.list;
      const endedAt = play.at + play.item.durationMs - play.from;
      play = next ? { ...play, item: next, list, from: 0, at: endedAt } : undefined;
    }
    if (play) players.set(key, play);
    else players.delete(key);
    return play;
  }

  function state(key: string): PlayerState | undefined {
    const play = current(key);
    if (!play) return undefined;
    return {
      at: clock.now(),
      playing: play.playing,
      progressMs: play.from + (play.playing ? clock.now() - play.at : 0),
      item: play.item,
      device: {
        id: "d1",
        name: "Kitchen",
        kind: "speaker",
        active: true,
        restricted: false,
        hasVolume: true,
        private: play.private,
      },
      shuffle: false,
      repeat: "off",
      refused: [],
    };
  }

  async function call(account: AccountRef, what: "look" | "recent" | "item", reason: string) {
    calls.push({ accountId: account.accountId, what, reason, at: clock.now() });
    const failure = failures.shift();
    if (failure) throw failure;
  }

  const feed: PlayerFeed = {
    on(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async look(account, { reason }) {
      await call(account, "look", reason);
      const seen = state(account.accountId);
      tell({ key: account.accountId, by: "reading", state: seen, at: clock.now() });
      return seen;
    },
    async item(account, uri, { reason }) {
      await call(account, "item", reason);
      const found = items.get(uri);
      if (!found) throw new SegueError("NotFound", { what: "track" });
      return found;
    },
    async recent(account, { reason, afterMs = 0 }) {
      await call(account, "recent", reason);
      return recent.filter(({ playedAt }) => playedAt > afterMs && playedAt <= clock.now()).slice(0, 50);
    },
  };

  return {
    feed,
    /** What can be looked up. */
    items,
    calls,
    /** Thrown by the next calls, one each. */
    failures,
    tell,
    /** Newest first. */
    setRecent(list: { track: Track; playedAt: number }[]) {
      recent = [...list].sort((a, b) => b.playedAt - a.playedAt);
    },
    looks: () => calls.filter(({ what }) => what === "look"),
    byHand: (key: string) => ({
      play(list: Track[], options: { fromMs?: number; private?: boolean } = {}) {
        const [item, ...rest] = list;
        if (!item) return;
        const { fromMs: from = 0, private: hidden = false } = options;
        players.set(key, { item, list: rest, from, at: clock.now(), playing: true, private: hidden });
      },
      pause() {
        const play = current(key);
        if (play)
          players.set(key, { ...play, from: play.from + clock.now() - play.at, at: clock.now(), playing: false });
      },
      resume() {
        const play = current(key);
        if (play) players.set(key, { ...play, at: clock.now(), playing: true });
      },
      skip() {
        const play = current(key);
        const [item, ...list] = play?.list ?? [];
        if (play && item) players.set(key, { ...play, item, list, from: 0, at: clock.now() });
      },
      seek(positionMs: number) {
        const play = current(key);
        if (play) players.set(key, { ...play, from: positionMs, at: clock.now() });
      },
      stop: () => void players.delete(key),
    }),
    /** A command of ours did this: what came of it is news, without a call. */
    command(key: string, change: () => void) {
      change();
      tell({ key, by: "command", state: state(key), at: clock.now() });
    },
  };
}
