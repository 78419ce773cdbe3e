import { isSegueError } from "../contracts/errors.ts";
import type { Accepted, Item, PlayerState, PlayTarget } from "../contracts/music.ts";
import type { Played, PlayWish, Where } from "../contracts/player.ts";
import type { Deck } from "./deck.ts";
import { onDevice } from "./devices.ts";
import { wakeQueue } from "./handover.ts";
import { readState } from "./reading.ts";
import type { Found } from "./resolve.ts";
import { ages } from "./state.ts";
import { beforeOf, rememberAct, startedBy } from "./undo-memory.ts";
import { resolutionOf, wished } from "./wished.ts";
import { sure } from "./writes.ts";

/** Most things that one play of a plain list carries. */
const MOST_URIS = 100;

/**
 * What is sent for a thing: a track starts inside its album, so that music goes on after it; everything else is a context of
 * its own, but for episodes and files of one's own, which have none to start in.
 */
export function targetOf(item: Item, tracks?: readonly { uri: string }[]): PlayTarget {
  if (tracks) return { uris: tracks.slice(0, MOST_URIS).map((track) => track.uri) };
  if (item.type === "track" && item.album?.uri && !item.local)
    return { context: item.album.uri, from: { uri: item.uri } };
  if (item.type === "track" || item.type === "episode") return { uris: [item.uri] };
  return { context: item.uri };
}

/** What a play is told by: what was sent, and what was on when it was. */
type Sent = { target: PlayTarget; positionMs: number; before: PlayerState | undefined; at: number };

/**
 * Whether a state can be the effect of a play. The service may show another uri for the same track, so the context counts too.
 * One that keeps no contexts knows those of its songs no more once it begins again or is lost: then the song has to tell.
 */
function shows(target: PlayTarget, state: PlayerState | undefined): boolean {
  if (!state?.playing) return false;
  if ("uris" in target) return state.item !== undefined && target.uris.includes(state.item.uri);
  if (state.context) return state.context.uri === target.context;
  const { item } = state;
  if (target.from && "uri" in target.from) return item?.uri === target.from.uri;
  return item?.type === "track" && [item.album, ...item.artists].some((each) => each?.uri === target.context);
}

/** Progress as the service tells it is off by a second or two. */
const TOLERANCE_MS = 4_000;

/** The same list may have been on already: then only another track, or one that began anew, is the effect. */
function isEffect({ target, positionMs, before, at }: Sent, state: PlayerState | undefined): boolean {
  if (!state || !shows(target, state)) return false;
  if (!shows(target, before) || state.item?.uri !== before?.item?.uri) return true;
  return Math.abs(state.progressMs - positionMs - (state.at - at)) <= TOLERANCE_MS;
}

/** A service that answers "accepted" has not applied it yet, and may never: two looks before anybody is told that it worked. */
const LOOKS = 2;
const LOOK_MS = 1_000;

async function confirm(deck: Deck, sent: Sent): Promise<boolean> {
  for (let look = 0; look < LOOKS; look++) {
    await deck.house.clock.sleep(LOOK_MS * (look + 1), deck.signal);
    if (isEffect(sent, await readState(deck))) return true;
  }
  return false;
}

type Answer = { sent: Sent; pending: boolean };
type Started = {
  device?: PlayerState["device"];
  confirmed: boolean;
  shuffled: boolean;
  /** What the service took in the end. */
  target: PlayTarget;
};

async function send(
  deck: Deck,
  target: PlayTarget,
  deviceId: string | undefined,
  positionMs: number | undefined,
): Promise<Answer> {
  const { clock, states } = deck.house;
  const before = states.believed(deck.key, ages.settings);
  const sent: Sent = { target, positionMs: positionMs ?? 0, before, at: clock.now() };
  const options = {
    ...deck.options("play"),
    ...(deviceId === undefined ? {} : { deviceId }),
    ...(positionMs === undefined ? {} : { positionMs }),
  };
  const accepted = await sure<Accepted | undefined>(deck, {
    act: "play",
    repeatable: true,
    shows: (state) => isEffect(sent, state),
    send: () => deck.control(async (session) => (await session.play(target, options)) ?? undefined),
  });
  return { sent, pending: accepted !== undefined };
}

/** An album that is not to be had in this country may still hold a track that is. */
async function sendOrPlain(
  deck: Deck,
  target: PlayTarget,
  deviceId: string | undefined,
  positionMs: number | undefined,
): Promise<Answer> {
  try {
    return await send(deck, target, deviceId, positionMs);
  } catch (error) {
    const refused =
      (isSegueError(error, "Restricted") && error.details.reason === "content_unavailable") ||
      (isSegueError(error, "NotFound") && error.details.what !== "device");
    if (!refused || !("context" in target) || !target.from || !("uri" in target.from)) throw error;
    return send(deck, { uris: [target.from.uri] }, deviceId, positionMs);
  }
}

/** Turns shuffle on before the music starts, unless it is known to be on. False when the device must be playing first. */
async function shuffleFirst(deck: Deck, deviceId: string | undefined): Promise<boolean> {
  try {
    await deck.control(async (session) =>
      session.shuffle?.(true, { ...deck.options("shuffle"), ...(deviceId === undefined ? {} : { deviceId }) }),
    );
    return true;
  } catch (error) {
    // "Restriction violated" is how a service says that it is on already.
    if (isSegueError(error, "Restricted")) return true;
    if (isSegueError(error, "NoActiveDevice") && deviceId !== undefined) return false;
    throw error;
  }
}

export type Start = { target: PlayTarget; item: Item; shuffle: boolean; positionMs?: number };

/** Starts music and makes the known state say so. One call; one more for shuffle that is not on yet. */
export async function start(deck: Deck, { target, item, shuffle, positionMs }: Start, where: Where): Promise<Started> {
  const { states } = deck.house;
  const before = states.believed(deck.key, ages.settings);
  const shuffles = shuffle && deck.offered?.shuffle !== undefined;
  const { result, device } = await onDevice(deck, where, async (id) => {
    const needs = shuffles && before?.shuffle !== true;
    const first = needs ? await shuffleFirst(deck, id) : true;
    const answer = await sendOrPlain(deck, target, id, positionMs);
    if (!first) await shuffleFirst(deck, id);
    return answer;
  });

  const now = deck.house.clock.now();
  const playable = item.type === "track" || item.type === "episode";
  const context = "context" in target ? contextOf(deck, target.context) : undefined;
  const seen = device ?? before?.device;
  await states.replace(deck.key, {
    at: now,
    playing: true,
    progressMs: positionMs ?? 0,
    shuffle: shuffles || (before?.shuffle ?? false),
    repeat: before?.repeat ?? "off",
    refused: [],
    ...(playable ? { item } : {}),
    ...(context ? { context } : {}),
    ...(seen ? { device: { ...seen, active: true } } : {}),
  });
  if (deck.recording) deck.house.starts.set(deck.key, { personId: deck.personId, at: now });
  const confirmed = result.pending ? await confirm(deck, result.sent) : true;
  return { confirmed, shuffled: shuffles, target: result.sent.target, ...(seen ? { device: seen } : {}) };
}

function contextOf(deck: Deck, uri: string): PlayerState["context"] {
  const type = deck.provider.recognise(uri)?.type ?? deck.house.items.get(uri)?.type;
  return type ? { uri, type } : undefined;
}

export async function play(deck: Deck, wish: PlayWish): Promise<Played> {
  deck.mayControl();
  const { value: found, again } = await deck.plan<Found>("play", () => wished(deck, wish));
  return playFound(deck, found, whereOf(wish, found), again);
}

/** Where a wish says that it shall be heard: a chosen device, or the words of the reading that was taken. */
export function whereOf({ deviceId }: PlayWish, { device }: Found): Where {
  return { ...(deviceId === undefined ? {} : { deviceId }), ...(device === undefined ? {} : { device }) };
}

/** Interrupts what is on, which undo brings back; what waits in the queue follows later. */
export async function playFound(deck: Deck, found: Found, where: Where, again: boolean): Promise<Played> {
  const { states } = deck.house;
  const target = targetOf(found.chosen, found.tracks);
  const resolution = resolutionOf(found);
  const { chosen } = found;

  // A run that died may have started the music already: look before it is started from the top again.
  if (again) {
    const state = await readState(deck);
    if (state && shows(target, state)) {
      const device = state.device ? { device: state.device } : {};
      return { ...resolution, ...device, confirmed: true, shuffled: state.shuffle, state };
    }
  }
  const before = states.idle(deck.key, ages.settings) ? "nothing" : beforeOf(states.believed(deck.key, ages.settings));
  const { target: taken, ...started } = await start(deck, { target, item: chosen, shuffle: found.shuffle }, where);
  await rememberAct(deck, {
    act: "play",
    item: chosen,
    started: startedBy(taken),
    ...(before ? { before } : {}),
  });
  await wakeQueue(deck);
  const state = states.known(deck.key)?.state;
  return { ...resolution, ...started, ...(state ? { state } : {}) };
}
