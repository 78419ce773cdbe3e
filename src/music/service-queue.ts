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

/** Where all of these wait in this order and side by side; -1 where they do not. */
export function placeOf(next: readonly Playable[], uris: readonly string[]): number {
  return next.findIndex((_, at) => uris.every((uri, offset) => next[at + offset]?.uri === uri));
}

const standThere = (next: readonly Playable[], uris: readonly string[]) => placeOf(next, uris) >= 0;

/** One call; two more where an answer was lost, or an earlier run may have put them there. */
export async function insert(
  deck: Deck,
  queue: EditableQueue,
  uris: readonly string[],
  where: "next" | "last",
  again: boolean,
): Promise<void> {
  if (again && standThere(await upNext(deck, queue), uris)) return;
  try {
    await deck.control(() => queue.edit.insert(uris, where, deck.options("queue")));
  } catch (error) {
    if (!isSegueError(error, "Unconfirmed") || !standThere(await upNext(deck, queue), uris)) throw error;
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
