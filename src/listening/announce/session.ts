import type { ListeningSession } from "../../contracts/announce.ts";
import { fold } from "../../contracts/fold.ts";
import type { NowPlaying, Played } from "../../contracts/listening.ts";
import type { Playable } from "../../contracts/music.ts";

/** Who hears nothing for so long, or pauses for so long, has ended. */
export const pauseEndsMs = 15 * 60_000;
/** What was heard for less was skipped through. */
const heardMs = 30_000;
/** Back by more than this, near its end, is the same once more. */
const againMs = 30_000;
const mostArtists = 50;
/** Of one session, remembered as taken out. */
const mostTakenOut = 500;

/** What is heard begins; undefined where nothing is. */
export function begun(now: NowPlaying): ListeningSession | undefined {
  const { state, at, source } = now;
  if (!state?.playing || !state.item) return undefined;
  return {
    startedAt: at,
    at,
    playing: true,
    item: state.item,
    progressMs: state.progressMs,
    itemMs: 0,
    listenedMs: 0,
    songs: 0,
    artists: [],
    origin: source.origin,
  };
}

/** The session, with what is heard from now on. */
export function heard(before: ListeningSession, { state, at, source }: NowPlaying): ListeningSession {
  const session = until(before, at);
  const { item: _was, ...rest } = session;
  if (!state) return { ...rest, playing: false };
  // A track that is over, and nobody knows yet what follows.
  const item = state.item ?? (state.playing ? undefined : session.item);
  const same = item !== undefined && item.uri === session.item?.uri;
  const again = same && state.progressMs + againMs < session.progressMs;
  return {
    ...rest,
    ...(item ? { item } : {}),
    // Of a pause it is when it began.
    at: state.playing ? at : session.at,
    playing: state.playing,
    progressMs: state.progressMs,
    itemMs: same && !again ? session.itemMs : 0,
    origin: source.origin,
  };
}

/** Run forward, as far as what is known reaches. A pause stays one that began when it began. */
export function until(session: ListeningSession, at: number): ListeningSession {
  if (!session.playing) return session;
  const { item } = session;
  const ms = Math.max(0, Math.min(at - session.at, leftMs(session)));
  if (!item) return { ...session, at };
  const itemMs = session.itemMs + ms;
  return {
    ...session,
    at,
    itemMs,
    progressMs: session.progressMs + ms,
    listenedMs: session.listenedMs + ms,
    songs: session.songs + (session.itemMs < heardMs && itemMs >= heardMs ? 1 : 0),
    artists: added(session.artists, makerOf(item), ms),
  };
}

/** As if it began now: what was heard in it before is to be told no more. */
export function uncounted(session: ListeningSession, at: number): ListeningSession {
  const now = until(session, at);
  return { ...now, startedAt: now.at, itemMs: 0, listenedMs: 0, songs: 0, artists: [] };
}

/** As if this play had not been; the session itself where it was not in it, or is not any more. */
export function without(
  session: ListeningSession,
  {
    playId,
    startedAt,
    endedAt,
    listenedMs,
    by = "",
  }: Pick<Played, "playId" | "startedAt" | "endedAt" | "listenedMs" | "by">,
): ListeningSession {
  const middle = (startedAt + endedAt) / 2;
  const { takenOut = [] } = session;
  if (middle < session.startedAt || middle > session.at || takenOut.includes(playId)) return session;
  const ms = Math.min(listenedMs, session.listenedMs);
  const artists = session.artists.map((each) =>
    fold(each.name) === fold(by) ? { ...each, listenedMs: Math.max(0, each.listenedMs - ms) } : each,
  );
  const songs = Math.max(0, session.songs - (listenedMs >= heardMs ? 1 : 0));
  const out = [...takenOut, playId].slice(-mostTakenOut);
  return { ...session, listenedMs: session.listenedMs - ms, songs, artists, takenOut: out };
}

/** When it has ended, if nothing more is heard of it. */
export function endsAt(session: ListeningSession): number {
  return session.at + (session.playing ? leftMs(session) : 0) + pauseEndsMs;
}

/** Who was heard for more than half of the time, of several songs. */
export function mostly({ artists, listenedMs, songs }: ListeningSession): string | undefined {
  const [first] = artists.toSorted((a, b) => b.listenedMs - a.listenedMs);
  return first && songs > 1 && first.listenedMs * 2 > listenedMs ? first.name : undefined;
}

/** As it is kept once it is over. */
export function ended(session: ListeningSession, at: number): ListeningSession {
  const { item: _over, ...whole } = until(session, Math.min(at, endsAt(session) - pauseEndsMs));
  return {
    ...whole,
    playing: false,
    artists: whole.artists.toSorted((a, b) => b.listenedMs - a.listenedMs).slice(0, 1),
  };
}

/** Of something of unknown length nobody knows when it ends, and it counts as long as it is told of. */
function leftMs({ item, progressMs }: ListeningSession): number {
  return item && item.durationMs > 0 ? Math.max(0, item.durationMs - progressMs) : 0;
}

function makerOf(item: Playable): string | undefined {
  return item.type === "track" ? item.artists[0]?.name : item.show?.name;
}

function added(
  artists: ListeningSession["artists"],
  name: string | undefined,
  ms: number,
): ListeningSession["artists"] {
  if (name === undefined || ms === 0) return artists;
  const before = artists.find((each) => each.name === name)?.listenedMs ?? 0;
  const others = artists.filter((each) => each.name !== name);
  return [{ name, listenedMs: before + ms }, ...others].slice(0, mostArtists);
}
