import type { QueueRow } from "../contracts/call-store.ts";
import type { Device, Item, Playable, PlayerState, PlayTarget, RepeatMode } from "../contracts/music.ts";
import type { Deck } from "./deck.ts";
import { artistsOf, nameOf } from "./ranking/score.ts";

/** What to go back to after a play or a skip, as far as it was known without a call. */
export type Before = {
  playing: boolean;
  item?: Playable;
  context?: PlayerState["context"];
  positionMs: number;
};

/** What a play set going. */
type Started = { context?: string; uris: string[] };

/**
 * An act with what it takes to take it back, and by which it is seen to be still what is heard. `expected` are the uris that
 * were known to come next when something was skipped.
 */
export type Act =
  | { act: "pause" | "resume" }
  | { act: "play"; item: Item; started: Started; before?: Before | "nothing" }
  | { act: "next" | "previous"; before?: Before; expected: string[] }
  | { act: "seek" | "restart"; positionMs: number; uri: string }
  | { act: "volume"; from?: number; to: number; device?: Device }
  | { act: "shuffle"; on: boolean }
  | { act: "repeat"; mode: RepeatMode }
  | { act: "transfer"; device: Device; from?: Device }
  | { act: "like" | "unlike"; item: Item }
  /** `before` is the timer that ran until then. */
  | { act: "sleep"; before?: Timed }
  | { act: "queue"; rows: string[]; item: Item }
  | { act: "queue_in_service"; uris: string[]; item: Item }
  /** The first `added` of the rows were queued; what follows them played by itself. */
  | { act: "queue_clear"; rows: Omit<QueueRow, "id" | "playerKey" | "position">[]; added: number }
  | { act: "playlist_add" | "playlist_remove"; uri: string; name: string; items: Playable[] };

export type Timed = { dueAt: number; data: unknown };

const KEPT_MS = 60 * 60_000;
const DEPTH = 5;

/** `at` also names the row: no two of one memory have the same. */
export type Row = { at: number; act: Act };
/** One memory per person and player: nobody takes back what another did on a shared one. */
const keyOf = (deck: Deck) => `music.acts:${deck.key}:${deck.personId}`;

async function rowsOf(deck: Deck): Promise<Row[]> {
  const rows = (await deck.house.cache.get<Row[]>(keyOf(deck))) ?? [];
  return rows.filter((row) => deck.house.clock.now() - row.at <= KEPT_MS);
}

export async function rememberAct(deck: Deck, act: Act): Promise<void> {
  if (!deck.recording) return;
  const rows = await rowsOf(deck);
  const at = Math.max(deck.house.clock.now(), (rows.at(-1)?.at ?? 0) + 1);
  await deck.house.cache.set(keyOf(deck), [...rows, { at, act }].slice(-DEPTH), KEPT_MS);
}

export async function lastAct(deck: Deck): Promise<Row | undefined> {
  return (await rowsOf(deck)).at(-1);
}

export async function forgetAct(deck: Deck, { at }: Row): Promise<void> {
  const rows = (await rowsOf(deck)).filter((row) => row.at !== at);
  await deck.house.cache.set(keyOf(deck), rows, KEPT_MS);
}

export function startedBy(target: PlayTarget): Started {
  if ("uris" in target) return { uris: [...target.uris] };
  return { context: target.context, uris: target.from && "uri" in target.from ? [target.from.uri] : [] };
}

/** Whether what is heard now can be what the act led to; nothing known speaks for it. */
export function stillHeard(
  act: Extract<Act, { act: "play" | "next" | "previous" }>,
  now: PlayerState | undefined,
): boolean {
  if (!now?.item && !now?.context) return true;
  const { item, context } = now;
  if (act.act === "play") {
    const { started } = act;
    if (started.context !== undefined && context?.uri === started.context) return true;
    // A service may show another uri for the same track.
    return item !== undefined && (started.uris.includes(item.uri) || sameName(act.item, item));
  }
  const { before, expected } = act;
  if (!before || item?.uri === before.item?.uri || (item && expected.includes(item.uri))) return true;
  if (context || before.context) return context?.uri === before.context?.uri;
  return expected.length === 0;
}

function sameName(a: Item, b: Playable): boolean {
  return a.type === b.type && nameOf(a) === nameOf(b) && artistsOf(a)[0] === artistsOf(b)[0];
}

export function beforeOf(state: PlayerState | undefined): Before | undefined {
  if (!state) return undefined;
  return {
    playing: state.playing,
    positionMs: Math.round(state.progressMs),
    ...(state.item ? { item: state.item } : {}),
    ...(state.context ? { context: state.context } : {}),
  };
}
