import { z } from "zod";
import type { TimerRow } from "../contracts/call-store.ts";
import { isSegueError, SegueError } from "../contracts/errors.ts";
import type { PlayerState } from "../contracts/music.ts";
import type { Sleeping } from "../contracts/player.ts";
import { type Deck, notOffered, openForTimer, within } from "./deck.ts";
import { holderSchema } from "./handover.ts";
import { type House, timerNames } from "./house.ts";
import { albumTracks } from "./lookup.ts";
import { currentItem, readState } from "./reading.ts";
import { pause } from "./transport.ts";
import { type Act, rememberAct } from "./undo-memory.ts";

export type SleepWhen = { inMs: number } | { after: "track" | "album" } | undefined;

/** At most a day; a pause that comes a moment before the end keeps the next track from being heard. */
const LONGEST_MS = 24 * 60 * 60_000;
const BEFORE_END_MS = 1_500;
/** A seek or a pause moves the end; after this many new aims the music is paused whatever plays. */
const MOST_AIMS = 30;
const RETRY_MS = 30_000;
/** After that, whatever plays is another evening's: the program was down, or the service was. */
const TOO_LATE_MS = 30 * 60_000;

const dataSchema = z.object({
  holder: holderSchema,
  /** Who said so. */
  by: z.string().optional(),
  after: z.enum(["track", "album"]).optional(),
  /** The album's tracks in order, for "after the album". */
  tracks: z.array(z.object({ uri: z.string(), ms: z.number() })).optional(),
  aims: z.number().int().min(0),
});
type Data = z.output<typeof dataSchema>;

/** Ms of music left in the track, or in the album from this track on. */
function leftIn(state: PlayerState, tracks: Data["tracks"]): number | undefined {
  if (!state.item) return undefined;
  const left = Math.max(0, state.item.durationMs - state.progressMs);
  if (!tracks) return left;
  const at = tracks.findIndex((track) => track.uri === state.item?.uri);
  return at < 0 ? undefined : tracks.slice(at + 1).reduce((sum, track) => sum + track.ms, left);
}

async function afterData(deck: Deck, after: "track" | "album"): Promise<{ data: Data; left: number }> {
  const { item, state } = await currentItem(deck);
  const data: Data = { holder: deck.holder, by: deck.personId, after, aims: 0 };
  if (after === "album") {
    const uri = item.type === "track" ? item.album?.uri : undefined;
    // In a shuffled or a mixed list nobody can say when "the album" is over.
    if (!uri || state.shuffle || state.context?.uri !== uri) throw notOffered();
    data.tracks = (await albumTracks(deck, uri)).map((track) => ({ uri: track.uri, ms: track.durationMs }));
  }
  const left = leftIn(state, data.tracks);
  if (left === undefined) throw notOffered();
  return { data, left };
}

type Timer = { dueAt: number; data: Data };

async function timerOf(deck: Deck): Promise<Timer | undefined> {
  const row = await deck.house.timers.get(timerNames.sleep, deck.key);
  return row && row.dueAt > deck.house.clock.now() ? { dueAt: row.dueAt, data: dataSchema.parse(row.data) } : undefined;
}

function asSleeping(deck: Deck, { dueAt, data }: Timer): Sleeping {
  const { after, by } = data;
  return {
    at: after === undefined ? dueAt : dueAt + BEFORE_END_MS,
    ...(after === undefined ? {} : { after }),
    own: by === deck.personId,
  };
}

export async function sleeping(deck: Deck): Promise<Sleeping | undefined> {
  const timer = await timerOf(deck);
  return timer && asSleeping(deck, timer);
}

/** A pause in a while. No call for a time; for the end of the track none while the state is known, for the album's one more. */
export async function sleep(
  deck: Deck,
  when: SleepWhen,
): Promise<{ at?: number; cancelled?: boolean; replaced?: Sleeping }> {
  const { timers } = deck.house;
  // A second run of the command must not take the timer of the first for what was there before.
  const { value: before } = await deck.plan("sleep", async () => (await timerOf(deck)) ?? null);
  if (!when) {
    const cancelled = await timers.remove(timerNames.sleep, deck.key);
    if (before) await changed(deck, before);
    return { cancelled: cancelled || (deck.resumed && before !== null) };
  }
  deck.mayControl();
  const { at, ...timer } = await timerFor(deck, when);
  await timers.put({ name: timerNames.sleep, owner: deck.key, ...timer });
  await changed(deck, before);
  return { at, ...(before ? { replaced: asSleeping(deck, before) } : {}) };
}

async function timerFor(deck: Deck, when: NonNullable<SleepWhen>): Promise<Timer & { at: number }> {
  const now = deck.house.clock.now();
  if ("inMs" in when) {
    within("minutes", when.inMs / 60_000, 0, LONGEST_MS / 60_000);
    const at = now + when.inMs;
    return { at, dueAt: at, data: { holder: deck.holder, by: deck.personId, aims: 0 } };
  }
  const { data, left } = await afterData(deck, when.after);
  return { at: now + left, dueAt: now + Math.max(0, left - BEFORE_END_MS), data };
}

async function changed(deck: Deck, before: Timer | null): Promise<void> {
  await rememberAct(deck, { act: "sleep", ...(before ? { before } : {}) });
  show(deck);
}

/** Cards say until when the music plays. */
function show(deck: Deck): void {
  deck.house.events.emit({ type: "view.changed", kind: "now-playing", key: deck.key });
}

/** The timer that ran before, or none. One that somebody else has set since is not this person's to take away. */
export async function sleepBack(deck: Deck, { before }: Extract<Act, { act: "sleep" }>): Promise<{ on: boolean }> {
  const { timers, clock } = deck.house;
  const now = await timerOf(deck);
  if (now && now.data.by !== deck.personId) throw new SegueError("NotFound", { what: "undo" });
  const on = before !== undefined && before.dueAt > clock.now();
  if (on) await timers.put({ name: timerNames.sleep, owner: deck.key, ...before });
  else await timers.remove(timerNames.sleep, deck.key);
  show(deck);
  return { on };
}

/** Pauses, or aims anew where the end has moved. One call for a time, two for an end. */
async function due(deck: Deck, data: Data): Promise<void> {
  if (data.after && data.aims < MOST_AIMS) {
    const state = await readState(deck);
    if (!state?.playing) return;
    const left = leftIn(state, data.tracks) ?? 0;
    if (left > BEFORE_END_MS * 2) {
      const dueAt = deck.house.clock.now() + left - BEFORE_END_MS;
      await deck.house.timers.put({
        name: timerNames.sleep,
        owner: deck.key,
        dueAt,
        data: { ...data, aims: data.aims + 1 },
      });
      return;
    }
  }
  await pause(deck);
}

export async function sleepDue(house: House, row: TimerRow, signal: AbortSignal): Promise<void> {
  const data = dataSchema.parse(row.data);
  const tooLateAt = row.dueAt + TOO_LATE_MS;
  if (house.clock.now() > tooLateAt) {
    house.log.info({ player: row.owner, dueAt: row.dueAt }, "a sleep timer came too late to pause");
    return;
  }
  const deck = await openForTimer(house, data.holder, signal);
  if (deck.key !== row.owner) return;
  deck.recording = false;
  try {
    await deck.turn(() => due(deck, data));
  } catch (error) {
    if (!(error instanceof SegueError)) throw error;
    const lasting = isSegueError(error, "Unavailable") || isSegueError(error, "RateLimited");
    const dueAt = Math.max(error.retryAt ?? 0, house.clock.now() + RETRY_MS);
    if (!lasting || data.aims >= MOST_AIMS || dueAt > tooLateAt) {
      house.log.warn({ player: deck.key, code: error.code }, "the sleep timer could not pause");
      return;
    }
    await house.timers.put({ name: timerNames.sleep, owner: row.owner, dueAt, data: { ...data, aims: data.aims + 1 } });
  }
}
