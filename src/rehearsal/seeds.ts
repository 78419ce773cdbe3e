import { type Person, savedIds } from "./people.ts";
import type { Play } from "./player/history.ts";
import { createRandom, idFrom, type Random, seedFrom, shuffled } from "./random.ts";
import type { World } from "./world.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;

/** Gives everybody a past that depends on the seed alone: liked songs, albums, people followed, lists, recent plays. */
export function furnish(world: World): void {
  const at = world.clock.now();
  for (const person of world.people.values()) {
    const random = createRandom(seedFrom(world.seed, "furnish", person.id));
    const taste = shuffled([...world.catalogue.tracks.values()], random);
    fillLibrary(world, person, taste, random, at);
    makePlaylists(world, person, taste.slice(60), at);
    person.plays = recentPlays(taste.slice(0, 70), random, at);
  }
  for (const playlist of world.playlists.values()) {
    const owner = world.people.get(playlist.ownerId);
    if (owner !== undefined) savedIds(owner, "playlist").set(playlist.id, at - DAY_MS);
  }
}

type Tracks = readonly { id: string; albumId: string; artistIds: readonly string[]; durationMs: number }[];

function fillLibrary(world: World, person: Person, taste: Tracks, random: Random, at: number): void {
  const some = <T>(items: Iterable<T>, most: number) => shuffled([...new Set(items)], random).slice(0, most);
  const add = (kind: "track" | "album" | "artist" | "show" | "episode", ids: Iterable<string>) => {
    const saved = savedIds(person, kind);
    for (const id of ids) saved.set(id, at - Math.floor(random() * 400 * DAY_MS) - DAY_MS);
  };
  const liked = taste.slice(0, 60);
  add(
    "track",
    liked.map((track) => track.id),
  );
  add(
    "album",
    some(
      liked.map((track) => track.albumId),
      12,
    ),
  );
  add(
    "artist",
    some(
      liked.flatMap((track) => track.artistIds),
      15,
    ),
  );
  add("show", some(world.catalogue.shows.keys(), 2));
  add("episode", some(world.catalogue.episodes.keys(), 3));
}

function makePlaylists(world: World, person: Person, taste: Tracks, at: number): void {
  const lists = [
    { name: "Morning", size: 25, public: false, collaborative: false },
    { name: "Dinner with friends", size: 40, public: true, collaborative: false },
    { name: "Road trip", size: 120, public: false, collaborative: true },
  ];
  let from = 0;
  for (const list of lists) {
    const id = idFrom("playlist", world.seed, person.id, list.name);
    const items = taste.slice(from, from + list.size).map((track, index) => ({
      uri: `spotify:track:${track.id}`,
      addedAt: at - DAY_MS * (1 + (index % 90)),
      addedBy: person.id,
    }));
    from += list.size;
    world.playlists.set(id, {
      ...list,
      id,
      description: "",
      ownerId: person.id,
      items,
      version: 1,
      picture: null,
      ofTheService: false,
    });
  }
}

/** Backwards from an hour ago, one after the other with a night's pause now and then. */
function recentPlays(taste: Tracks, random: Random, at: number): Play[] {
  const plays: Play[] = [];
  let endedAt = at - 60 * MINUTE_MS;
  for (const track of taste) {
    plays.unshift({
      trackUri: `spotify:track:${track.id}`,
      startedAt: endedAt - track.durationMs,
      endedAt,
      context: { uri: `spotify:album:${track.albumId}`, type: "album" },
      visibleAt: endedAt,
    });
    endedAt -= track.durationMs + (random() < 0.1 ? Math.floor(random() * 10 * 60) * MINUTE_MS : 0);
  }
  return plays;
}
