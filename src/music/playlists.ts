import { isSegueError, SegueError } from "../contracts/errors.ts";
import { fold } from "../contracts/fold.ts";
import type { Lane, MusicSession, Playlist } from "../contracts/music.ts";
import { type Deck, notOffered } from "./deck.ts";
import { changePlaylists, playlistsOf } from "./items.ts";
import { forgetContents } from "./playlist-items.ts";
import { itemChoice } from "./ranking/choices.ts";
import { surface } from "./ranking/fold.ts";
import { containment, similarity } from "./ranking/similarity.ts";
import { decisions } from "./ranking/weights.ts";

type Lists = NonNullable<MusicSession["playlists"]>;
const LONGEST_NAME = 100;
const NEAR = 5;
const MARGIN = 0.08;

function write<T>(deck: Deck, run: (lists: Lists) => Promise<T>): Promise<T> {
  return deck.read(async (session) => {
    if (!session.playlists) throw notOffered();
    return run(session.playlists);
  });
}

export async function playlists(deck: Deck, lane?: Lane): Promise<Playlist[]> {
  if (deck.offered && !deck.offered.playlists) throw notOffered();
  return playlistsOf(deck, lane === undefined ? {} : { lane });
}

function nameOf(given: string): string {
  const name = surface(given);
  if (name === "") throw new SegueError("InvalidInput", { field: "name", why: "empty" });
  if (name.length > LONGEST_NAME)
    throw new SegueError("InvalidInput", { field: "name", why: "too_long", max: LONGEST_NAME });
  return name;
}

/** A name said by half ("workout" for "Workout 2026") fits too, only not as well as the whole. */
function likeness(words: string, playlist: Playlist): number {
  const name = fold(playlist.name);
  return Math.max(similarity(words, name), 0.85 * containment(words, name));
}

/** One of the listener's playlists by their words or by its uri. A list read in the last ten minutes costs no call. */
export async function playlist(deck: Deck, words: string, options: { own?: boolean } = {}): Promise<Playlist> {
  const all = await playlists(deck);
  const list = options.own ? all.filter((one) => one.own || one.collaborative === true) : all;
  const uri = deck.provider.recognise(words)?.uri ?? words;
  const exact = list.find((one) => one.uri === uri);
  if (exact) return exact;

  const said = fold(words);
  const scored = list.map((one) => ({ one, score: likeness(said, one) })).sort((a, b) => b.score - a.score);
  const [first, second] = scored;
  if (!first || first.score < decisions.leastTitle) {
    const near = scored.slice(0, NEAR).map(({ one }) => itemChoice(one));
    throw new SegueError("NotFound", { what: "playlist", query: words, choices: near });
  }
  if (second && second.score >= decisions.leastTitle && first.score - second.score < MARGIN) {
    const close = scored.filter(({ score }) => first.score - score < MARGIN).slice(0, NEAR);
    throw new SegueError("Ambiguous", { what: "playlist", choices: close.map(({ one }) => itemChoice(one)) });
  }
  return first.one;
}

/** One call. After a crash, or a lost answer, the list tells whether it is there already: nobody wants two. */
export async function playlistCreate(deck: Deck, given: string, isPublic: boolean): Promise<Playlist> {
  const name = nameOf(given);
  const { again } = await deck.plan("playlist.create", async () => name);
  const there = async () => (await playlistsOf(deck, { fresh: true })).find((one) => one.own && one.name === name);
  const existing = again ? await there() : undefined;
  if (existing) return existing;
  try {
    const made = await write(deck, (lists) =>
      lists.create({ name, public: isPublic }, deck.options("playlist_create")),
    );
    deck.house.items.remember([made]);
    await changePlaylists(deck, (list) => [made, ...list]);
    return made;
  } catch (error) {
    if (!isSegueError(error, "Unconfirmed")) throw error;
    const found = await there();
    if (!found) throw error;
    return found;
  }
}

export async function playlistRename(deck: Deck, uri: string, given: string): Promise<void> {
  const name = nameOf(given);
  const now = await write(deck, (lists) => lists.rename(uri, name, deck.options("playlist_rename")));
  if (now.uri !== uri) await forgetContents(deck, [uri, now.uri]);
  await changePlaylists(deck, (list) => list.map((one) => (one.uri === uri ? { ...one, ...now, name } : one)));
}

export async function playlistFollow(deck: Deck, uri: string): Promise<void> {
  await write(deck, (lists) => lists.follow(uri, deck.options("playlist_follow")));
  const known = deck.house.items.get(uri);
  await changePlaylists(deck, (list) =>
    known?.type === "playlist" && !list.some((one) => one.uri === uri) ? [known, ...list] : list,
  );
}

export async function playlistUnfollow(deck: Deck, uri: string): Promise<void> {
  await write(deck, (lists) => lists.unfollow(uri, deck.options("playlist_unfollow")));
  await changePlaylists(deck, (list) => list.filter((one) => one.uri !== uri));
}
