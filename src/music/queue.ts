import type { QueueRow } from "../contracts/call-store.ts";
import { isSegueError, SegueError } from "../contracts/errors.ts";
import { fold } from "../contracts/fold.ts";
import type { Device, Item, Playable, PlayTarget } from "../contracts/music.ts";
import type { PlayWish, QueueView, Resolution, Where } from "../contracts/player.ts";
import { type Deck, notOffered, within } from "./deck.ts";
import { playablesOf } from "./expand.ts";
import { rememberNext } from "./glance.ts";
import { aim, apart, doubt, give, handOver, isWaiting, settleHanded, wakeQueue } from "./handover.ts";
import { timerNames } from "./house.ts";
import { playFound, start, whereOf } from "./playing.ts";
import { artistsOf } from "./ranking/score.ts";
import { similarity } from "./ranking/similarity.ts";
import { splitTitle } from "./ranking/versions.ts";
import { currentState, freshState, readState } from "./reading.ts";
import type { Found } from "./resolve.ts";
import { type EditableQueue, editable, insert, moveTo, takeOut, upNext } from "./service-queue.ts";
import { ages } from "./state.ts";
import { rememberAct, startedBy } from "./undo-memory.ts";
import { resolutionOf, wished } from "./wished.ts";

type NewRow = Omit<QueueRow, "id" | "playerKey" | "position">;
/** What became of the rows: where they play, and whether they began because nothing did. */
type Begun = { started: boolean; device?: Device };
export type Enqueued = Resolution & Begun & { added: number };

/** From this likeness on, a name that was said is the name of an entry. */
const sameEntry = 0.75;
/** Beyond this a handed item that nobody saw start has been heard, or was thrown out of the service's queue. */
const HANDED_MS = 30 * 60_000;

function rowOf(item: Playable, addedBy: string): NewRow {
  return { uri: item.uri, title: item.title, artist: artistsOf(item)[0] ?? "", durationMs: item.durationMs, addedBy };
}

/** A row as it can be put into a queue again. */
function newRow({ uri, title, artist, durationMs, addedBy }: QueueRow): NewRow {
  return { uri, title, artist, durationMs, addedBy };
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
    const found = await wished(deck, wish);
    const rows = mode === "next" || mode === "last" ? await playablesOf(deck, found) : [];
    return { found, rows: rows.map((item) => rowOf(item, deck.personId)) };
  });
  const resolution = resolutionOf(plan.found);
  const where = whereOf(wish, plan.found);
  if (mode === "now" || mode === "replace") {
    if (mode === "replace") await queueClear(deck);
    const { device } = await playFound(deck, plan.found, where, again);
    return { ...resolution, added: 1, started: true, ...(device ? { device } : {}) };
  }
  const service = editable(deck);
  const begun = service
    ? await addToService(deck, service, plan, mode, where, again)
    : await addToOwn(deck, plan, mode, where, again);
  return { ...resolution, added: plan.rows.length, ...begun };
}

async function addToService(
  deck: Deck,
  queue: EditableQueue,
  plan: Plan,
  mode: "next" | "last",
  where: Where,
  again: boolean,
): Promise<Begun> {
  if (!(await currentState(deck))) {
    if (again && (await hasBegun(deck, plan.rows))) return { started: true };
    return { started: true, ...(await begin(deck, plan.rows, where)) };
  }
  const uris = plan.rows.map((row) => row.uri);
  await insert(deck, queue, uris, mode);
  await rememberAct(deck, { act: "queue_in_service", item: plan.found.chosen, uris });
  changed(deck);
  return { started: false };
}

async function addToOwn(deck: Deck, plan: Plan, mode: "next" | "last", where: Where, again: boolean): Promise<Begun> {
  const { queue, clock } = deck.house;
  const before = await queue.list(deck.key);
  const { value: stood, again: tried } = await deck.plan("queue.stood", async () => before.map(({ id }) => id));
  const since = before.filter(({ id }) => !stood.includes(id));
  if (tried && alreadyThere(since, plan.rows)) {
    await wakeQueue(deck);
    return { started: false };
  }
  const out = await outstanding(deck, before);
  const waited = before.some(isWaiting);
  let begun: Begun = { started: false };
  let added: QueueRow[];
  const [first, ...rest] = plan.rows;
  if (first && out.length === 0 && !waited) {
    if (again && (await hasBegun(deck, plan.rows))) return { started: true };
    // Nothing is under way: the first goes to the service at once, and only what it takes is ours to keep.
    const { again: handed } = await deck.plan("queue.first", async () => first.uri);
    try {
      const device = await give(deck, first, where, handed);
      if (device) begun = { ...begun, device };
    } catch (error) {
      if (!isNothingOn(error)) throw error;
      return { started: true, ...(await begin(deck, plan.rows, where)) };
    }
    await queue.append(deck.key, [{ ...first, handedAt: clock.now() }], "next");
    added = await queue.append(deck.key, rest, "last");
  } else {
    added = await queue.append(deck.key, plan.rows, mode);
    const head = out.length === 0 ? (await queue.list(deck.key)).find(isWaiting) : undefined;
    if (head) {
      const on = await handOverOrBegin(deck, head, where);
      // What had waited longer begins before what was wished for just now.
      begun = { started: on !== undefined && added.some((row) => row.id === head.id), ...on };
    }
  }
  const rows = await queue.list(deck.key);
  if (rows.every(isWaiting)) await wakeQueue(deck);
  else if (rows.some(isWaiting)) await aim(deck, await currentState(deck));
  await rememberAct(deck, { act: "queue", item: plan.found.chosen, rows: added.map((row) => row.id) });
  changed(deck);
  return begun;
}

/** A service adds to what plays; where nothing does, it refuses. */
const isNothingOn = (error: unknown): boolean =>
  isSegueError(error, "NoActiveDevice") ||
  (isSegueError(error, "Restricted") && error.details.reason === "nothing_playing");

/** Whoever queues into silence wants to hear it: the items are played as a list. One call, or what it takes to find a device. */
async function begin(deck: Deck, rows: readonly NewRow[], where: Where): Promise<{ device?: Device }> {
  const [first] = rows;
  if (!first) return {};
  const { uri, title, artist, durationMs } = first;
  const seen = deck.house.items.get(uri);
  const item: Item = seen ?? { type: "track", uri, title, artists: [{ name: artist }], durationMs, art: [] };
  const target: PlayTarget = { uris: rows.map((row) => row.uri) };
  const { device } = await start(deck, { target, item, shuffle: false }, where);
  await rememberAct(deck, { act: "play", item, started: startedBy(target), before: "nothing" });
  changed(deck);
  return device ? { device } : {};
}

/** Such a list has no context of its own, which tells it from items that the service took into its queue. */
async function hasBegun(deck: Deck, rows: readonly NewRow[]): Promise<boolean> {
  const state = await readState(deck);
  return state?.playing === true && !state.context && rows.some((row) => row.uri === state.item?.uri);
}

/** Undefined when the service took it into its queue. */
async function handOverOrBegin(deck: Deck, head: QueueRow, where: Where): Promise<{ device?: Device } | undefined> {
  try {
    await handOver(deck, head);
    return undefined;
  } catch (error) {
    if (!isNothingOn(error)) throw error;
  }
  // Between the two it both plays and waits.
  await doubt(deck, head);
  const begun = await begin(deck, [head], where);
  await deck.house.queue.remove(deck.key, head.id);
  return begun;
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
  deck.house.next.delete(deck.key);
  // A card of what plays names what comes next as well.
  for (const kind of ["queue", "now-playing"]) deck.house.events.emit({ type: "view.changed", kind, key: deck.key });
}

/** Segue's own items without a call; the service's with one. */
export async function queueView(deck: Deck): Promise<QueueView> {
  const shown = await deck.read(async (session) => session.queue?.show(deck.options("queue", "now_playing")));
  const current = shown?.current ?? freshState(deck)?.state?.item;
  const next = shown?.next ?? [];
  deck.house.items.remember(next);
  rememberNext(deck, current, next);
  const view = current ? { current } : {};
  if (editable(deck)) {
    const own = next.map((item, index) => viewRow(deck, rowOf(item, ""), index));
    return { ...view, handed: [], own, upNext: [] };
  }
  const rows = await deck.house.queue.list(deck.key);
  const out = await settleHanded(deck, rows, current);
  return { ...view, own: rows.filter(isWaiting), ...apart(out, next) };
}

/** The rows that positions count: Segue's own, or the service's where it edits its queue. */
async function waiting(deck: Deck): Promise<QueueRow[]> {
  const service = editable(deck);
  if (!service) return (await deck.house.queue.list(deck.key)).filter(isWaiting);
  return (await upNext(deck, service)).map((item, index) => viewRow(deck, rowOf(item, ""), index));
}

function rowAt(rows: readonly QueueRow[], position: number): QueueRow {
  if (rows.length === 0) throw new SegueError("NotFound", { what: "queue" });
  const row = rows[within("position", position, 1, rows.length) - 1];
  if (!row) throw new SegueError("NotFound", { what: "queue" });
  return row;
}

/** Positions mean another row once an edit has been made, so a second run of the command must know which one was meant. */
async function meant(
  deck: Deck,
  find: (rows: QueueRow[]) => { row: QueueRow; target?: QueueRow },
): Promise<{ row: QueueRow; target?: QueueRow; done: boolean }> {
  const { value, again } = await deck.plan("queue.row", async () => find(await waiting(deck)));
  if (!again || !editable(deck)) return { ...value, done: false };
  const stands = (await waiting(deck))[value.row.position];
  return { ...value, done: stands?.uri !== value.row.uri };
}

export async function queueMove(deck: Deck, which: Which, to: number): Promise<QueueRow> {
  const { row, target, done } = await meant(deck, (rows) => ({ row: whichOf(rows, which), target: rowAt(rows, to) }));
  const service = editable(deck);
  if (done || !target) return row;
  if (service) await moveTo(deck, service, row, row.position, target.position);
  else {
    const all = await deck.house.queue.list(deck.key);
    const at = all.findIndex(({ id }) => id === target.id);
    await deck.house.queue.move(deck.key, row.id, Math.max(0, at));
  }
  changed(deck);
  return row;
}

/** The first row that bears the name; which edition of a song it is ("… - Live") is nobody's way to say it. */
function rowCalled(rows: readonly QueueRow[], { title, artist }: { title?: string; artist?: string }): QueueRow {
  if (rows.length === 0) throw new SegueError("NotFound", { what: "queue" });
  const like = (said: string | undefined, names: readonly string[]): number =>
    said === undefined ? 1 : Math.max(...names.map((name) => similarity(fold(said), fold(name))));
  const likeness = (row: QueueRow): number =>
    Math.min(like(title, [row.title, splitTitle(row.title).base]), like(artist, [row.artist]));
  const best = rows.reduce((top, row) => (likeness(row) > likeness(top) ? row : top));
  if (likeness(best) < sameEntry) throw new SegueError("NotFound", { what: "item", query: title ?? artist ?? "" });
  return best;
}

type Which = number | { title?: string; artist?: string };

function whichOf(rows: readonly QueueRow[], which: Which): QueueRow {
  return typeof which === "number" ? rowAt(rows, which) : rowCalled(rows, which);
}

export async function queueRemove(deck: Deck, which: Which): Promise<QueueRow> {
  const { row, done } = await meant(deck, (rows) => ({ row: whichOf(rows, which) }));
  const service = editable(deck);
  if (done) return row;
  if (service) await takeOut(deck, service, row, row.position);
  else await deck.house.queue.remove(deck.key, row.id);
  changed(deck);
  return row;
}

/** `left` is what the service already holds and cannot give back. */
export async function queueClear(deck: Deck): Promise<{ removed: number; left: number }> {
  const service = editable(deck);
  if (service) {
    const { next, added = next.length } = await deck.read(() => service.show(deck.options("queue")));
    const rows = next.map((item) => rowOf(item, ""));
    if (rows.length > 0) {
      await deck.control(() => service.edit.clear(deck.options("queue")));
      await rememberAct(deck, { act: "queue_clear", rows, added });
    }
    changed(deck);
    return { removed: rows.length, left: 0 };
  }
  const rows = await deck.house.queue.list(deck.key);
  const left = await outstanding(deck, rows);
  await deck.house.queue.clear(deck.key);
  // What the service holds stays known, so that it is not taken for something new when it plays.
  await deck.house.queue.append(
    deck.key,
    left.map((row) => ({ ...newRow(row), ...(row.handedAt === undefined ? {} : { handedAt: row.handedAt }) })),
    "next",
  );
  const gone = rows.filter(isWaiting).map(newRow);
  if (gone.length > 0) await rememberAct(deck, { act: "queue_clear", rows: gone, added: gone.length });
  await deck.house.timers.remove(timerNames.queue, deck.key);
  changed(deck);
  return { removed: rows.filter(isWaiting).length, left: left.length };
}

/** Everything that was taken out at once stands there again, behind what was queued since; what played by itself comes last. */
export async function queueRestore(deck: Deck, rows: readonly NewRow[], added: number): Promise<void> {
  const service = editable(deck);
  if (service) {
    const uris = rows.map(({ uri }) => uri);
    if (added > 0) await insert(deck, service, uris.slice(0, added), "last");
    if (uris.length > added) await insert(deck, service, uris.slice(added), "end");
  } else {
    const { queue } = deck.house;
    const before = await queue.list(deck.key);
    const { value: stood } = await deck.plan("queue.stood", async () => before.map(({ id }) => id));
    const since = before.filter(({ id }) => !stood.includes(id));
    if (!alreadyThere(since, rows)) await queue.append(deck.key, [...rows], "last");
    await wakeQueue(deck);
  }
  changed(deck);
}
