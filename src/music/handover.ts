import { z } from "zod";
import type { QueueRow, TimerRow } from "../contracts/call-store.ts";
import { isSegueError } from "../contracts/errors.ts";
import { fold } from "../contracts/fold.ts";
import type { Playable, PlayerState } from "../contracts/music.ts";
import type { QueueView } from "../contracts/player.ts";
import { type Deck, openForTimer } from "./deck.ts";
import { onPlaying } from "./devices.ts";
import { type House, timerNames } from "./house.ts";
import { artistsOf } from "./ranking/score.ts";
import { splitTitle } from "./ranking/versions.ts";
import { readState } from "./reading.ts";

/**
 * How Segue's own queue reaches a service that can only add to its own. One item is with the service at a time, so that all
 * others can still be moved and removed. The next one is handed over when the one before it has started, which is looked up
 * once per item, at the known end of what played before: one read and one add per item, and no read while nothing waits.
 */
export const holderSchema = z.union([
  z.object({ provider: z.string(), personId: z.string() }),
  z.object({ provider: z.string(), playerId: z.string() }),
]);
const dataSchema = z.object({
  holder: holderSchema,
  /** What played at the last look. */
  current: z.string().optional(),
  /** Looks since something last moved. */
  idle: z.number().int().min(0),
});
type Data = z.output<typeof dataSchema>;

const minutes = (count: number) => count * 60_000;
/** While paused, or on an endless track, looks grow rare and then end: the next command of ours wakes the queue again. */
const IDLE_MS = [minutes(1), minutes(2), minutes(5), minutes(10), minutes(20), minutes(30)];
/** A track ends a moment later than its length says. */
const AFTER_END_MS = 1_500;
/** After a skip the next track is there in a moment. */
const SOON_MS = 3_000;
const UNAVAILABLE_IN_A_ROW = 5;

export const isWaiting = (row: QueueRow): boolean => row.handedAt === undefined;

/** The service may show another uri for the same recording, so the name counts as well. */
export function isRow(item: Playable, row: Pick<QueueRow, "uri" | "title" | "artist">): boolean {
  if (item.uri === row.uri) return true;
  const sameTitle = fold(splitTitle(item.title).base) === fold(splitTitle(row.title).base);
  return sameTitle && fold(artistsOf(item)[0] ?? "") === fold(row.artist);
}

/** The service shows what it was handed among all that it will play. */
export function apart(out: readonly QueueRow[], next: readonly Playable[]): Pick<QueueView, "handed" | "upNext"> {
  const upNext = [...next];
  const handed = out.flatMap((row) => {
    const at = upNext.findIndex((item) => isRow(item, row));
    return at < 0 ? [] : upNext.splice(at, 1);
  });
  return { handed, upNext };
}

async function putTimer(deck: Deck, dueAt: number, change: Partial<Data> = {}): Promise<void> {
  const data: Data = { holder: deck.holder, idle: 0, ...change };
  await deck.house.timers.put({ name: timerNames.queue, owner: deck.key, dueAt, data });
}

/** When the track that plays will be over; undefined when it will not be by itself. */
function endOf(deck: Deck, state: PlayerState | undefined): number | undefined {
  if (!state?.playing || !state.item || state.repeat === "track") return undefined;
  const left = Math.max(0, state.item.durationMs - state.progressMs);
  return deck.house.clock.now() + left + AFTER_END_MS;
}

/** Sets the next look where something waits. */
export async function aim(deck: Deck, state: PlayerState | undefined): Promise<void> {
  const current = state?.item ? { current: state.item.uri } : {};
  const dueAt = endOf(deck, state) ?? deck.house.clock.now() + (IDLE_MS[0] ?? 0);
  await putTimer(deck, dueAt, current);
}

/** A command of ours changed what plays: what is handed over may have started. Costs no call; a look follows if something waits. */
export async function wakeQueue(deck: Deck): Promise<void> {
  const { queue, states, timers, clock } = deck.house;
  const rows = await queue.list(deck.key);
  if (!rows.some(isWaiting)) return;
  const timer = await timers.get(timerNames.queue, deck.key);
  const before = dataSchema.safeParse(timer?.data);
  const current = before.success && before.data.current !== undefined ? { current: before.data.current } : {};
  const end = endOf(deck, states.known(deck.key)?.state);
  // With nothing handed over there is nothing to wait for.
  const dueAt = rows.every(isWaiting) ? clock.now() + SOON_MS : (end ?? clock.now() + SOON_MS);
  await putTimer(deck, dueAt, current);
}

async function inService(deck: Deck, row: Pick<QueueRow, "uri" | "title" | "artist">): Promise<boolean> {
  const shown = await deck.read(async (session) => session.queue?.show(deck.options("queue")));
  return [shown?.current, ...(shown?.next ?? [])].some((item) => item !== undefined && isRow(item, row));
}

/** Gives one item to the service: one call. Nothing can be added while nothing is on. `again`: an earlier run may have done it, so the service's queue is looked at first. */
export async function give(
  deck: Deck,
  row: Pick<QueueRow, "uri" | "title" | "artist">,
  where: { device?: string; deviceId?: string },
  again: boolean,
): Promise<PlayerState["device"]> {
  if (again && (await inService(deck, row))) return undefined;
  const { device } = await onPlaying(deck, where, async (id) => {
    try {
      await deck.control(async (session) =>
        session.queue?.add(row.uri, { ...deck.options("queue"), ...(id === undefined ? {} : { deviceId: id }) }),
      );
    } catch (error) {
      if (!isSegueError(error, "Unconfirmed") || !(await arrived(deck, row))) throw error;
    }
  });
  return device;
}

/** A look that fails tells nothing, and then the hand-over stays in doubt. */
async function arrived(deck: Deck, row: Pick<QueueRow, "uri" | "title" | "artist">): Promise<boolean> {
  try {
    return await inService(deck, row);
  } catch (error) {
    if (!isSegueError(error)) throw error;
    return false;
  }
}

/** Names the row whose hand-over has begun and of which nobody knows yet whether it reached the service. */
const doubtSetting = "music.queue_in_doubt";
export const doubt = (deck: Deck, row: QueueRow): Promise<void> =>
  deck.house.settings.put(deck.key, doubtSetting, row.id);

/**
 * Hands a waiting row over. It waits until the service has taken it, so that a crash at any line loses nothing; a row in doubt
 * is looked for in the service's queue before it is sent again.
 */
export async function handOver(deck: Deck, row: QueueRow): Promise<void> {
  const { queue, clock, settings } = deck.house;
  const again = (await settings.get(deck.key, doubtSetting)) === row.id;
  if (!again) await doubt(deck, row);
  try {
    await give(deck, row, {}, again);
  } catch (error) {
    if (isUnavailable(error)) await queue.remove(deck.key, row.id);
    // A look that failed does not end the doubt of an earlier run.
    if (isSegueError(error) && error.code !== "Unconfirmed" && !again) await settings.remove(deck.key, doubtSetting);
    throw error;
  }
  await queue.markHanded(row.id, clock.now());
  await settings.remove(deck.key, doubtSetting);
}

/** The item itself cannot be played here: it would block all behind it. */
const isUnavailable = (error: unknown): boolean =>
  (isSegueError(error, "Restricted") && error.details.reason === "content_unavailable") ||
  (isSegueError(error, "NotFound") && error.details.what !== "device");

async function handOverFirst(deck: Deck): Promise<void> {
  for (let tries = 0; tries < UNAVAILABLE_IN_A_ROW; tries++) {
    const first = (await deck.house.queue.list(deck.key)).find(isWaiting);
    if (!first) return;
    try {
      return await handOver(deck, first);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      deck.house.log.info({ player: deck.key }, "a queued item cannot be played and was left out");
    }
  }
}

/** Removes handed rows that a state shows to have started; resolves with those still with the service. */
export async function settleHanded(deck: Deck, rows: QueueRow[], item: Playable | undefined): Promise<QueueRow[]> {
  const handed = rows.filter((row) => !isWaiting(row));
  const started = item ? handed.findIndex((row) => isRow(item, row)) : -1;
  for (const row of handed.slice(0, started + 1)) await deck.house.queue.remove(deck.key, row.id);
  return handed.slice(started + 1);
}

async function look(deck: Deck, data: Data): Promise<void> {
  const { queue, clock, timers } = deck.house;
  const rows = await queue.list(deck.key);
  if (!rows.some(isWaiting)) return;
  const state = await readState(deck, "now_playing");
  const item = state?.item;
  let [out] = await settleHanded(deck, rows, item);
  const moved = item !== undefined && item.uri !== data.current;
  if (out && item && moved && data.current !== undefined && !(await inService(deck, out))) {
    // Skipped over, or played while nobody looked.
    await queue.remove(deck.key, out.id);
    out = undefined;
  }
  if (!out && state?.playing) await handOverFirst(deck);
  if (!(await queue.list(deck.key)).some(isWaiting)) {
    await timers.remove(timerNames.queue, deck.key);
    return;
  }
  const end = endOf(deck, state);
  const idle = end === undefined ? data.idle + 1 : 0;
  const dueAt = end ?? clock.now() + (IDLE_MS[idle - 1] ?? Number.POSITIVE_INFINITY);
  if (!Number.isFinite(dueAt)) return;
  await putTimer(deck, dueAt, { idle, ...(item ? { current: item.uri } : {}) });
}

/** One look at the time that was set. Faults put it off, they never end it: what people queued is not lost. */
export async function queueDue(house: House, row: TimerRow, signal: AbortSignal): Promise<void> {
  const data = dataSchema.parse(row.data);
  const deck = await openForTimer(house, data.holder, signal);
  if (deck.key !== row.owner) return;
  try {
    await deck.turn(() => look(deck, data));
  } catch (error) {
    if (!isSegueError(error) || signal.aborted) throw error;
    const idle = data.idle + 1;
    const wait = IDLE_MS[idle - 1];
    if (wait === undefined) return;
    await putTimer(deck, Math.max(error.retryAt ?? 0, house.clock.now() + wait), { ...data, idle });
  }
}
