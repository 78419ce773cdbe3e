import { SegueError } from "../contracts/errors.ts";
import type { Item, PlayTarget } from "../contracts/music.ts";
import type { Undone } from "../contracts/player.ts";
import { type Deck, notOffered } from "./deck.ts";
import { cachedDevices, usable } from "./devices.ts";
import { setLiked } from "./library.ts";
import { start } from "./playing.ts";
import { changeBack } from "./playlist-items.ts";
import { queueRestore } from "./queue.ts";
import { believedItem } from "./reading.ts";
import { editable, placeOf, takeOut, upNext } from "./service-queue.ts";
import { sleepBack } from "./sleep.ts";
import { ages } from "./state.ts";
import { transfer } from "./transfer.ts";
import { next, pause, previous, repeat, resume, seekTo, shuffle } from "./transport.ts";
import { type Act, type Before, forgetAct, lastAct, type Row, stillHeard } from "./undo-memory.ts";
import { writeVolume } from "./volume.ts";

/** Back to where the music was: in its context where a start inside it is possible, at the second it was left. Undefined when that is not known. */
async function goBack(deck: Deck, before: Before): Promise<{ item: Item; positionMs?: number } | undefined> {
  const { item, context, positionMs } = before;
  if (!item) {
    const known = context && deck.house.items.get(context.uri);
    if (!context || !known) return undefined;
    await start(deck, { target: { context: context.uri }, item: known, shuffle: false }, {});
    if (!before.playing) await pause(deck);
    return { item: known };
  }
  const within = context && (context.type === "album" || context.type === "playlist");
  const target: PlayTarget = within ? { context: context.uri, from: { uri: item.uri } } : { uris: [item.uri] };
  await start(deck, { target, item, shuffle: false, positionMs }, {});
  if (!before.playing) await pause(deck);
  return { item, positionMs };
}

/** Somebody else may have started something since, which is not this person's to stop. */
function refuseOthers(deck: Deck, act: Extract<Act, { act: "play" | "next" | "previous" }>, at: number): void {
  const { states, starts } = deck.house;
  const last = starts.get(deck.key);
  const since = last !== undefined && last.personId !== deck.personId && last.at > at;
  if (since || !stillHeard(act, states.believed(deck.key, ages.settings)))
    throw new SegueError("NotFound", { what: "undo" });
}

async function undoPlay(deck: Deck, act: Extract<Act, { act: "play" }>): Promise<Undone> {
  const { before } = act;
  const back = before === undefined || before === "nothing" ? undefined : await goBack(deck, before);
  if (back) return { act: "play", ...back };
  // Nothing played before, or nobody knows what: then what was started is stopped.
  await pause(deck);
  return { act: "play", on: false };
}

async function undoSkip(deck: Deck, act: Extract<Act, { act: "next" | "previous" }>): Promise<Undone> {
  const { before } = act;
  const inContext = before?.context?.type === "album" || before?.context?.type === "playlist";
  if (before?.item && inContext) await goBack(deck, before);
  else if (act.act === "next") await previous(deck);
  else await next(deck);
  return { act: act.act, ...(before?.item ? { item: before.item, positionMs: before.positionMs } : {}) };
}

async function undoVolume(deck: Deck, act: Extract<Act, { act: "volume" }>): Promise<Undone> {
  if (act.from === undefined) throw notOffered();
  const device = act.device && usable(act.device) ? act.device : undefined;
  await writeVolume(deck, device, act.from);
  return { act: "volume", volume: act.from };
}

async function undoTransfer(deck: Deck, act: Extract<Act, { act: "transfer" }>): Promise<Undone> {
  const from = act.from ?? (await cachedDevices(deck))?.find((device) => device.active && device.id !== act.device.id);
  if (!from?.id) throw notOffered();
  const { device } = await transfer(deck, { deviceId: from.id });
  return { act: "transfer", device };
}

async function undoQueue(deck: Deck, act: Extract<Act, { act: "queue" }>, again: boolean): Promise<Undone> {
  const rows = await deck.house.queue.list(deck.key);
  const left = rows.filter((row) => act.rows.includes(row.id));
  const mine = left.filter((row) => row.handedAt === undefined);
  const taken = again && left.length === 0;
  // What the service holds cannot be taken out again.
  if (mine.length === 0 && !taken) throw notOffered();
  for (const row of mine) await deck.house.queue.remove(deck.key, row.id);
  deck.house.events.emit({ type: "view.changed", kind: "queue", key: deck.key });
  return { act: "queue", item: act.item };
}

/** From the last to the first, so that each is still where the look found it; where they stand apart, the last of each. */
async function undoInService(deck: Deck, act: Extract<Act, { act: "queue_in_service" }>): Promise<Undone> {
  const service = editable(deck);
  if (!service) throw notOffered();
  const next = await upNext(deck, service);
  const first = placeOf(next, act.uris);
  let taken = 0;
  for (const [offset, uri] of [...act.uris.entries()].reverse()) {
    const at = first < 0 ? next.findLastIndex((item) => item.uri === uri) : first + offset;
    const [item] = at < 0 ? [] : next.splice(at, 1);
    if (!item) continue;
    await takeOut(deck, service, item, at);
    taken++;
  }
  // All of it has been heard, or somebody else took it out.
  if (taken === 0) throw notOffered();
  deck.house.events.emit({ type: "view.changed", kind: "queue", key: deck.key });
  return { act: "queue", item: act.item };
}

async function takeBack(deck: Deck, { act, at }: Row, again: boolean): Promise<Undone> {
  switch (act.act) {
    case "pause":
      await resume(deck);
      return { act: "pause" };
    case "resume":
      await pause(deck);
      return { act: "resume" };
    case "play":
      // A run that died may have taken it back already.
      if (!again) refuseOthers(deck, act, at);
      return undoPlay(deck, act);
    case "next":
    case "previous":
      refuseOthers(deck, act, at);
      return undoSkip(deck, act);
    case "seek":
    case "restart": {
      const item = believedItem(deck);
      if (item && item.uri !== act.uri) throw new SegueError("NotFound", { what: "undo" });
      await seekTo(deck, act.positionMs, "seek");
      return { act: act.act, positionMs: act.positionMs };
    }
    case "volume":
      return undoVolume(deck, act);
    case "shuffle":
      await shuffle(deck, act.on);
      return { act: "shuffle", on: act.on };
    case "repeat":
      await repeat(deck, act.mode);
      return { act: "repeat", mode: act.mode };
    case "transfer":
      return undoTransfer(deck, act);
    case "like":
    case "unlike":
      await setLiked(deck, act.item, act.act === "unlike");
      return { act: act.act, item: act.item };
    case "sleep":
      return { act: "sleep", ...(await sleepBack(deck, act)) };
    case "queue":
      return undoQueue(deck, act, again);
    case "queue_in_service":
      return undoInService(deck, act);
    case "queue_clear":
      await queueRestore(deck, act.rows, act.added);
      return { act: "queue_clear" };
    case "playlist_add":
    case "playlist_remove": {
      await changeBack(deck, act.uri, act.items, act.act === "playlist_add" ? "remove" : "add", again);
      const [item] = act.items;
      return { act: act.act, playlist: act.name, ...(item ? { item } : {}) };
    }
  }
}

/** Takes the last act back, then the one before it, up to five within the hour. What it does itself is not an act to undo. */
export async function undo(deck: Deck): Promise<Undone> {
  const { value: row, again } = await deck.plan("undo", async () => (await lastAct(deck)) ?? null);
  if (!row) throw new SegueError("NotFound", { what: "undo" });
  const { act } = row;
  if (again && (act.act === "next" || act.act === "previous")) {
    await forgetAct(deck, row);
    throw new SegueError("Unconfirmed", { action: "undo" });
  }
  deck.recording = false;
  try {
    const undone = await takeBack(deck, row, again);
    // Only now: what was not taken back is still the last act.
    await forgetAct(deck, row);
    return undone;
  } finally {
    deck.recording = true;
  }
}
