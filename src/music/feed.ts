import { SegueError } from "../contracts/errors.ts";
import type { AccountRef, FeedOptions, PlayerFeed, PlayerNews } from "../contracts/listening.ts";
import type { Log } from "../contracts/log.ts";
import { type Deck, notOffered, openDeck } from "./deck.ts";
import type { House } from "./house.ts";
import { lookup } from "./lookup.ts";
import { readState } from "./reading.ts";

/** Hands on what the state book learns. One listener that throws disturbs neither the others nor a command in hand. */
export type News = { tell(news: PlayerNews): void; on: PlayerFeed["on"] };

export function createNews(log: Log): News {
  const listeners = new Set<(news: PlayerNews) => void>();
  return {
    tell(news) {
      for (const listener of [...listeners]) {
        try {
          listener(news);
        } catch (error) {
          log.error({ player: news.key, err: error }, "a listener of players failed");
        }
      }
    },
    on(listener) {
      // The same function twice is two listeners.
      const own = (news: PlayerNews) => listener(news);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
  };
}

/**
 * A look takes no turn of the player's: nobody's command waits behind a call that nobody waits for. One that is overtaken by a
 * command teaches the state book nothing.
 */
export function createFeed(house: House, news: News): PlayerFeed {
  async function open({ accountId, personId, provider }: AccountRef, options: FeedOptions): Promise<Deck> {
    const { signal, reason, deadlineAt } = options;
    const once = <T>(_key: string, compute: () => Promise<T>) => compute();
    const deck = await openDeck(house, { provider, personId }, { personId, once, resumed: false, signal });
    // Unlinked, or another account is linked by now: that one's listening is not asked for in this one's name.
    if (deck.key !== accountId) throw new SegueError("NotLinked", { provider });
    return { ...deck, options: (_why, lane = "now_playing") => ({ lane, reason, deadlineAt, signal }) };
  }

  return {
    on: news.on,
    async look(account, options) {
      return readState(await open(account, options));
    },
    async item(account, uri, options) {
      return lookup(await open(account, options), uri, "art");
    },
    async recent(account, options) {
      const deck = await open(account, options);
      return deck.read(async (session) => {
        if (!session.recentlyPlayed) throw notOffered();
        const { afterMs } = options;
        const call = { ...deck.options(options.reason, "history"), limit: 50 };
        return session.recentlyPlayed(afterMs === undefined ? call : { ...call, afterMs });
      });
    },
  };
}
