import { isSegueError, SegueError } from "../contracts/errors.ts";
import type { MusicSession, Playable } from "../contracts/music.ts";
import type { Deck } from "./deck.ts";

/** The queue of a service that can edit it: then Segue keeps none beside it. Others may edit it at the same time. */
export type ServiceQueue = NonNullable<MusicSession["queue"]>;
type Edit = NonNullable<ServiceQueue["edit"]>;
export type EditableQueue = ServiceQueue & { edit: Edit };

export function editable(deck: Deck): EditableQueue | undefined {
  const queue = deck.offered?.queue;
  return queue?.edit ? { ...queue, edit: queue.edit } : undefined;
}

export async function upNext(deck: Deck, queue: ServiceQueue): Promise<Playable[]> {
  const { next } = await deck.read(() => queue.show(deck.options("queue")));
  deck.house.items.remember(next);
  return next;
}

/** How often these stand side by side in what plays and what follows. */
export async function standing(deck: Deck, queue: ServiceQueue, uris: readonly string[]): Promise<number> {
  const { current, next } = await deck.read(() => queue.show(deck.options("queue")));
  const all = current ? [current, ...next] : next;
  return all.filter((_, at) => uris.every((uri, offset) => all[at + offset]?.uri === uri)).length;
}

/** Where all of these wait in this order and side by side; -1 where they do not. */
export function placeOf(next: readonly Playable[], uris: readonly string[]): number {
  return next.findIndex((_, at) => uris.every((uri, offset) => next[at + offset]?.uri === uri));
}

/**
 * A look and an edit; one more look where an answer was lost, or an earlier run may have put them there. Others may have queued
 * the very same before, so that only one more of them than there were is what this command did.
 */
export async function insert(
  deck: Deck,
  queue: EditableQueue,
  uris: readonly string[],
  where: Parameters<Edit["insert"]>[1],
): Promise<void> {
  const { value: stood, again } = await deck.plan("queue.stood", () => standing(deck, queue, uris));
  const isThere = async () => (await standing(deck, queue, uris)) > stood;
  if (again && (await isThere())) return;
  try {
    await deck.control(() => queue.edit.insert(uris, where, deck.options("queue")));
  } catch (error) {
    if (!isSegueError(error, "Unconfirmed") || !(await isThere())) throw error;
  }
}

const isElsewhere = (error: unknown): boolean => isSegueError(error, "NotFound") && error.details.what === "queue_item";

/**
 * An edit of one item, guarded by its name. When somebody else has moved things since the look, one more look finds it again
 * where it stands now; of several alike the nearest is meant.
 */
async function edited(
  deck: Deck,
  queue: EditableQueue,
  item: { uri: string; title: string },
  index: number,
  send: (index: number, length: number | undefined) => Promise<void>,
): Promise<void> {
  try {
    return await deck.control(() => send(index, undefined));
  } catch (error) {
    if (!isElsewhere(error)) throw error;
  }
  const next = await upNext(deck, queue);
  const places = [...next.keys()].filter((at) => next[at]?.uri === item.uri);
  const [nearest] = places.sort((a, b) => Math.abs(a - index) - Math.abs(b - index));
  if (nearest === undefined) throw new SegueError("NotFound", { what: "queue_item", query: item.title });
  await deck.control(() => send(nearest, next.length));
}

export function moveTo(
  deck: Deck,
  queue: EditableQueue,
  item: { uri: string; title: string },
  from: number,
  to: number,
): Promise<void> {
  return edited(deck, queue, item, from, (index, length) => {
    const target = length === undefined ? to : Math.min(to, length - 1);
    return queue.edit.move(index, target, { ...deck.options("queue"), uri: item.uri });
  });
}

export function takeOut(
  deck: Deck,
  queue: EditableQueue,
  item: { uri: string; title: string },
  index: number,
): Promise<void> {
  return edited(deck, queue, item, index, (at) => queue.edit.remove(at, { ...deck.options("queue"), uri: item.uri }));
}
