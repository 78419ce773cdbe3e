import { LRUCache } from "lru-cache";
import { z } from "zod";
import type { Clock } from "../contracts/clock.ts";
import { isSegueError } from "../contracts/errors.ts";
import type { Item, ItemType } from "../contracts/music.ts";
import type { Player } from "../contracts/player.ts";
import type { SettingStore } from "../contracts/store.ts";

/** Nobody types on for that long: it is what they mean. */
const settledMs = 700;
/** Fewer letters mean too much to be worth a call. */
const leastLetters = 3;
/** So many that are known already need no search beside them. */
const enough = 5;
const dayMs = 24 * 60 * 60_000;
const owner = "bot";
const name = "suggest.searches";
const spentSchema = z.object({ sinceAt: z.number(), count: z.number().int() });

/**
 * Things that half-typed words mean. Calls are scarce and people type a lot: what is known is told at once, and the catalogue is
 * searched only once a person stopped typing, for words that were not searched within the hour, so many times a day.
 */
export interface Finder {
  /** To be called as the words come in, before anything is waited for: the newest ones are what the asker means. */
  typed(asker: string, text: string): void;
  find(asker: string, player: Player, text: string, types: readonly ItemType[]): Promise<Item[]>;
}

export function createFinder(parts: {
  settings: Pick<SettingStore, "get" | "put">;
  clock: Clock;
  /** In any 24 hours from the first one, for everybody together. */
  searchesPerDay: number;
  signal: AbortSignal;
}): Finder {
  const { settings, clock, searchesPerDay, signal } = parts;
  const typing = new LRUCache<string, string>({ max: 1_000 });
  const searching = new Map<string, Promise<Item[]>>();
  let counting: Promise<unknown> = Promise.resolve();

  /** One after the other, so that the last search of the day is given away once. */
  function maySpend(): Promise<boolean> {
    const next = counting.then(async () => {
      const now = clock.now();
      const spent = spentSchema.safeParse(await settings.get(owner, name)).data;
      const today = spent && now - spent.sinceAt < dayMs && now >= spent.sinceAt ? spent : { sinceAt: now, count: 0 };
      if (today.count >= searchesPerDay) return false;
      await settings.put(owner, name, { ...today, count: today.count + 1 });
      return true;
    });
    counting = next.catch(() => undefined);
    return next;
  }

  async function search(player: Player, text: string, types: readonly ItemType[]): Promise<Item[] | undefined> {
    if (!(await maySpend())) return undefined;
    return (await player.suggest(text, types, { search: true })).items;
  }

  async function find(asker: string, player: Player, given: string, types: readonly ItemType[]): Promise<Item[]> {
    const text = given.trim();
    const { items, asked } = await player.suggest(text, types);
    if (asked || items.length >= enough || [...text].length < leastLetters) return items;
    await clock.sleep(settledMs, signal);
    if (typing.get(asker) !== text) return items;
    const key = JSON.stringify([player.key, text.toLowerCase(), types]);
    const running = searching.get(key) ?? search(player, text, types).then((found) => found ?? items);
    searching.set(key, running);
    try {
      return await running;
    } catch (error) {
      // Not linked, no budget, no connection: what is known is all there is.
      if (isSegueError(error)) return items;
      throw error;
    } finally {
      searching.delete(key);
    }
  }

  return { typed: (asker, text) => void typing.set(asker, text.trim()), find };
}
