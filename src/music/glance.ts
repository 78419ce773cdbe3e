import { LRUCache } from "lru-cache";
import type { QueueRow } from "../contracts/call-store.ts";
import type { Clock } from "../contracts/clock.ts";
import type { Playable, PlayerState } from "../contracts/music.ts";
import type { Glance } from "../contracts/player.ts";
import type { Deck } from "./deck.ts";
import { cachedDevices } from "./devices.ts";
import { isRow, isWaiting } from "./handover.ts";
import { artistsOf } from "./ranking/score.ts";
import { ages } from "./state.ts";

const KEPT_MS = 30 * 60_000;
const PLAYERS = 1_000;
const MOST = 20;

/** What a look at a player's queue showed, what played then, and in which order. */
type Seen = { current: string; shuffle: boolean; next: readonly Playable[] };
export type NextMemory = LRUCache<string, Seen>;

export function createNextMemory(clock: Clock): NextMemory {
  return new LRUCache({ max: PLAYERS, ttl: KEPT_MS, perf: clock });
}

export function rememberNext(deck: Deck, current: Playable | undefined, next: readonly Playable[]): void {
  const { states, next: memory } = deck.house;
  if (!current) return;
  const shuffle = states.known(deck.key)?.state?.shuffle ?? false;
  memory.set(deck.key, { current: current.uri, shuffle, next: next.slice(0, MOST) });
}

/** What is known around the player without a call. */
export async function glance(deck: Deck): Promise<Glance> {
  const { states, queue, next: memory } = deck.house;
  const known = states.known(deck.key);
  const state = known?.state;
  const [devices, rows] = await Promise.all([cachedDevices(deck), queue.list(deck.key)]);
  const active = states.believed(deck.key, ages.settings)?.device;
  const own = rows.filter((row) => isWaiting(row) || isAhead(row, state));
  const after = following(memory.get(deck.key), state).filter((item) => !own.some((row) => isRow(item, row)));
  return {
    next: [
      ...own.map(({ title, artist }) => ({ title, artist })),
      ...after.map((item) => ({ title: item.title, artist: artistsOf(item)[0] ?? "" })),
    ],
    ...(devices
      ? { devices: devices.map((device) => (active ? { ...device, active: device.id === active.id } : device)) }
      : {}),
    ...(known && !state ? { silent: known.unheard ? "unheard" : "idle" } : {}),
  };
}

/** Uris of what is known to be heard after so many skips. */
export function expectedAfter({ house, key }: Deck, skips: number): string[] {
  const after = following(house.next.get(key), house.states.known(key)?.state);
  return after.slice(skips - 1).map(({ uri }) => uri);
}

/** Given to the service, and neither heard now nor over. */
function isAhead(row: QueueRow, state: PlayerState | undefined): boolean {
  if (!state?.item || isRow(state.item, row)) return false;
  return !state.playing || state.at - state.progressMs <= (row.handedAt ?? 0);
}

/** What was seen holds for as long as what plays is part of it. */
function following(seen: Seen | undefined, state: PlayerState | undefined): readonly Playable[] {
  const uri = state?.item?.uri;
  if (!seen || uri === undefined || seen.shuffle !== state?.shuffle) return [];
  const at = seen.next.findIndex((item) => item.uri === uri);
  return at < 0 && uri !== seen.current ? [] : seen.next.slice(at + 1);
}
