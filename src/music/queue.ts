import { SegueError } from "../contracts/errors.ts";
import type { Device, MusicSession, Playable } from "../contracts/music.ts";
import type { PlayWish, QueueView, Resolution, Where } from "../contracts/player.ts";
import type { QueueRow } from "../contracts/store.ts";
import { type Deck, notOffered, within } from "./deck.ts";
import { playablesOf } from "./expand.ts";
import { aim, give, handOver, isWaiting, settleHanded } from "./handover.ts";
import { timerNames } from "./house.ts";
import { start, targetOf } from "./playing.ts";
import { artistsOf } from "./ranking/score.ts";
import { currentState, freshState } from "./reading.ts";
import { type Found, resolve } from "./resolve.ts";
import { ages } from "./state.ts";
import { beforeOf, rememberAct } from "./undo-memory.ts";

type NewRow = Omit<QueueRow, "id" | "playerKey" | "position">;
export type Enqueued = Resolution & { added: number; device?: Device };

/** Beyond this a handed item that nobody saw start has been heard, or was thrown out of the service's queue. */
const HANDED_MS = 30 * 60_000;

type Editable = Required<NonNullable<MusicSession["queue"]>>;
/** The service's own queue, where it can be edited: then Segue keeps none beside it. */
function editable(deck: Deck): Editable | undefined {
  const queue = deck.offered?.queue;
  return queue?.move && queue.remove && queue.clear ? (queue as Editable) : undefined;
}

function rowOf(item: Playable, addedBy: string): NewRow {
  return { uri: item.uri, title: item.title, artist: artistsOf(item)[0] ?? "", durationMs: item.durationMs, addedBy };
}

function viewRow(deck: Deck, row: NewRow, index: number): QueueRow {
  return { ...row, id: String(index), playerKey: deck.key, position: index };
}

type Plan = { found: Found; rows: NewRow[] };

export async function enqueue(
  deck: Deck,
  wish: PlayWish,
  mode: "next" | "last" | "now" | "replace",
): Promise<Enqueued> {
  deck.mayControl();
  if (deck.offered && !deck.offered.queue) throw notOffered();
  const { value: plan, again } = await deck.plan<Plan>("queue", async () => {
    const found = await resolve(deck, wish);
    const rows = mode === "next" || mode === "last" ? await playablesOf(deck, found) : [];
    return { found, rows: rows.map((item) => rowOf(item, deck.personId)) };
  });
  const { chosen, candidates, reading } = plan.found;
  const resolution: Resolution = { chosen, candidates, ...(reading ? { reading } : {}) };
  const where: Where = {
    ...(wish.deviceId === undefined ? {} : { deviceId: wish.deviceId }),
    ...(plan.found.device === undefined ? {} : { device: plan.found.device }),
  };
  if (mode === "now" || mode === "replace") {
    if (mode === "replace") await queueClear(deck);
    const device = await interrupt(deck, plan.found, where);
    return { ...resolution, added: 1, ...(device ? { device } : {}) };
  }
  const device = editable(deck)
    ? await addToService(deck, plan.rows, mode)
    : await addToOwn(deck, plan, mode, where, again);
  return { ...resolution, added: plan.rows.length, ...(device ? { device } : {}) };
}

/** Plays at once. What Segue holds stays and follows later; what was on can be had back by undo. */
async function interrupt(deck: Deck, found: Found, where: Where): Promise<Device | undefined> {
  const before = beforeOf(deck.house.states.believed(deck.key, ages.settings));
  const target = targetOf(found.chosen, found.tracks);
  const { device } = await start(deck, { target, item: found.chosen, shuffle: found.shuffle }, where);
  await rememberAct(deck, { act: "play", item: found.chosen, ...(before ? { before } : {}) });
  return device;
}

async function addToService(deck: Deck, rows: NewRow[], mode: "next" | "last"): Promise<undefined> {
  const queue = editable(deck);
  if (!queue) return undefined;
  const show = async () => (await deck.read(() => queue.show(deck.options("queue")))).next.map((item) => item.uri);
  const before = mode === "next" ? await show() : [];
  for (const row of rows) await deck.control(() => queue.add(row.uri, deck.options("queue")));
  if (mode === "last") return undefined;
  // What was added stands where the two views first differ: behind what was queued, before what the context brings.
  const after = await show();
  const at = after.findIndex((uri, index) => uri !== before[index]);
  if (at <= 0) return undefined;
  for (const index of rows.keys()) await deck.control(() => queue.move(at + index, index, deck.options("queue")));
  return undefined;
}

async function addToOwn(
  deck: Deck,
  plan: Plan,
  mode: "next" | "last",
  where: Where,
  again: boolean,
): Promise<Device | undefined> {
  const { queue, clock } = deck.house;
  const before = await queue.list(deck.key);
  if (again && alreadyThere(before, plan.rows)) return undefined;
  const out = await outstanding(deck, before);
  const waited = before.some(isWaiting);
  let device: Device | undefined;
  let added: QueueRow[];
  const [first, ...rest] = plan.rows;
  if (first && out.length === 0 && !waited) {
    // Nothing is under way: the first goes to the service at once, and only what it takes is ours to keep.
    const { again: handed } = await deck.plan("queue.first", async () => first.uri);
    device = await give(deck, first, where, handed);
    await queue.append(deck.key, [{ ...first, handedAt: clock.now() }], "next");
    added = await queue.append(deck.key, rest, "last");
  } else {
    added = await queue.append(deck.key, plan.rows, mode);
    const head = out.length === 0 ? (await queue.list(deck.key)).find(isWaiting) : undefined;
    if (head) await handOver(deck, head);
  }
  if ((await queue.list(deck.key)).some(isWaiting)) await aim(deck, await currentState(deck));
  await rememberAct(deck, { act: "queue", item: plan.found.chosen, rows: added.map((row) => row.id) });
  changed(deck);
  return device;
}

/** A run that died had put the rows there already. */
function alreadyThere(rows: readonly QueueRow[], wanted: readonly NewRow[]): boolean {
  const has = new Set(rows.map((row) => `${row.addedBy} ${row.uri}`));
  return wanted.every((row) => has.has(`${row.addedBy} ${row.uri}`));
}

/** Handed rows that may still be with the service, by what is known without a call. */
async function outstanding(deck: Deck, rows: QueueRow[]): Promise<QueueRow[]> {
  const { states, queue, clock } = deck.house;
  const state = states.believed(deck.key, ages.settings);
  const left: QueueRow[] = [];
  for (const row of await settleHanded(deck, rows, state?.item)) {
    const handedAt = row.handedAt ?? 0;
    // What plays now began after the row was handed over, and is not it: its turn has passed.
    const passed = state?.item !== undefined && state.playing && state.at - state.progressMs > handedAt + 5_000;
    if (passed || clock.now() - handedAt > HANDED_MS) await queue.remove(deck.key, row.id);
    else left.push(row);
  }
  return left;
}

function changed(deck: Deck): void {
  deck.house.events.emit({ type: "view.changed", kind: "queue", key: deck.key });
}

/** Segue's own items without a call; the service's with one. */
export async function queueView(deck: Deck): Promise<QueueView> {
  const shown = await deck.read(async (session) => session.queue?.show(deck.options("queue")));
  const current = shown?.current ?? freshState(deck)?.state?.item;
  const next = shown?.next ?? [];
  deck.house.items.remember(next);
  const view = current ? { current } : {};
  if (editable(deck))
    return { ...view, own: next.map((item, index) => viewRow(deck, rowOf(item, ""), index)), upNext: [] };
  const rows = await deck.house.queue.list(deck.key);
  await settleHanded(deck, rows, current);
  return { ...view, own: rows.filter(isWaiting), upNext: next };
}

/** The rows that positions count, and where the row at a position stands among all. */
async function waiting(deck: Deck): Promise<{ rows: QueueRow[]; indexOf(row: QueueRow): number }> {
  const service = editable(deck);
  if (service) {
    const { next } = await deck.read(() => service.show(deck.options("queue")));
    const rows = next.map((item, index) => viewRow(deck, rowOf(item, ""), index));
    return { rows, indexOf: (row) => row.position };
  }
  const all = await deck.house.queue.list(deck.key);
  return { rows: all.filter(isWaiting), indexOf: (row) => all.indexOf(row) };
}

function rowAt(rows: readonly QueueRow[], position: number): QueueRow {
  if (rows.length === 0) throw new SegueError("NotFound", { what: "queue" });
  const row = rows[within("position", position, 1, rows.length) - 1];
  if (!row) throw new SegueError("NotFound", { what: "queue" });
  return row;
}

export async function queueMove(deck: Deck, from: number, to: number): Promise<QueueRow> {
  const { rows, indexOf } = await waiting(deck);
  const row = rowAt(rows, from);
  const target = indexOf(rowAt(rows, to));
  const service = editable(deck);
  if (service) await deck.control(() => service.move(indexOf(row), target, deck.options("queue")));
  else await deck.house.queue.move(deck.key, row.id, target);
  changed(deck);
  return row;
}

export async function queueRemove(deck: Deck, position: number): Promise<QueueRow> {
  const { rows, indexOf } = await waiting(deck);
  const row = rowAt(rows, position);
  const service = editable(deck);
  if (service) await deck.control(() => service.remove(indexOf(row), deck.options("queue")));
  else await deck.house.queue.remove(deck.key, row.id);
  changed(deck);
  return row;
}

/** `left` is what the service already holds and cannot give back. */
export async function queueClear(deck: Deck): Promise<{ removed: number; left: number }> {
  const service = editable(deck);
  if (service) {
    const { rows } = await waiting(deck);
    if (rows.length > 0) await deck.control(() => service.clear(deck.options("queue")));
    changed(deck);
    return { removed: rows.length, left: 0 };
  }
  const rows = await deck.house.queue.list(deck.key);
  const left = await outstanding(deck, rows);
  await deck.house.queue.clear(deck.key);
  // What the service holds stays known, so that it is not taken for something new when it plays.
  await deck.house.queue.append(
    deck.key,
    left.map(({ uri, title, artist, durationMs, addedBy, handedAt }) => ({
      uri,
      title,
      artist,
      durationMs,
      addedBy,
      ...(handedAt === undefined ? {} : { handedAt }),
    })),
    "next",
  );
  await deck.house.timers.remove(timerNames.queue, deck.key);
  changed(deck);
  return { removed: rows.filter(isWaiting).length, left: left.length };
}
