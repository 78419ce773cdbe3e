import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { systemClock } from "../../src/clock.ts";
import { loadCatalogue } from "../../src/rehearsal/catalogue/index.ts";
import { createRehearsalSpotify, type PersonSeed } from "../../src/rehearsal/index.ts";
import { monotonicMs } from "./monotonic.ts";

/** A call as it came in. `at` is monotonic: when its head had been read, before anything was done about it. */
export type Arrival = { at: number; user: string | undefined; app: string | undefined; route: string; status: number };

/** What this process says to the one that forked it. */
export type FromSpotify =
  | { type: "listening"; url: string; songs: string[] }
  | { type: "arrivals"; arrivals: Arrival[] };
/** Asks for the arrivals since it was last asked. */
export type ToSpotify = { type: "arrivals" };

export const apps = { bot: "segue-rehearsal", direct: "segue-direct" } as const;
export const personId = (index: number) => `person.${index}`;

/** A process of its own: neither the bot nor the load wait for its event loop. The number of people is its argument. */
if (import.meta.main) await serve(Number(process.argv[2]));

async function serve(people: number): Promise<void> {
  const heads = new WeakMap<object, number>();
  subscribe("http.server.request.start", (message) => {
    if (isStart(message)) heads.set(message.request, monotonicMs());
  });
  let arrivals: Arrival[] = [];
  const seeds = Array.from({ length: people }, (_, index) => seed(index));
  // The first few have libraries and lists; as many for everybody would make every search read thousands of lists.
  const furnished = 50;
  const spotify = await createRehearsalSpotify({
    clock: systemClock,
    app: { mode: "extended" },
    otherApps: [{ clientId: apps.direct, redirectUris: [], mode: "extended" }],
    users: seeds.slice(0, furnished),
    settings: { limits: { windowCalls: { extended: 10_000_000 } }, library: { scopes: "by-kind" } },
    onCall(call, request) {
      const { userId: user, clientId: app, route, status } = call;
      arrivals.push({ at: heads.get(request) ?? Number.NaN, user, app, route, status });
    },
    log: (entry) => process.stderr.write(`${JSON.stringify(entry)}\n`),
  });
  for (const more of seeds.slice(furnished)) spotify.control.addPerson(more);
  const { songs, albums } = music();
  seeds.forEach(({ id }, index) => {
    const album = albums[index % albums.length];
    if (album !== undefined) spotify.control.player.play(id, { device: "Kitchen speaker", contextUri: album });
    spotify.control.player.set(id, { repeat: "context" });
  });

  const say = (message: FromSpotify) => process.send?.(message);
  process.on("message", () => {
    say({ type: "arrivals", arrivals });
    arrivals = [];
  });
  process.on("disconnect", () => process.exit(0));
  say({ type: "listening", url: spotify.url, songs });
}

function seed(index: number): PersonSeed {
  return {
    id: personId(index),
    name: `Person ${index}`,
    devices: [
      { name: "Kitchen speaker", type: "Speaker", volumePercent: 40 },
      { name: "Office", type: "Computer", volumePercent: 65 },
    ],
  };
}

/** Songs as people ask for them, the best known first, and albums to have playing. */
function music(): { songs: string[]; albums: string[] } {
  const catalogue = loadCatalogue();
  const plain = [...catalogue.tracks.values()]
    .filter(({ name, karaokeOrTribute }) => karaokeOrTribute !== true && !/[([/-]| - /.test(name))
    .sort((a, b) => b.popularity - a.popularity);
  const songs = plain.flatMap(({ name, artistIds }) => {
    const artist = catalogue.artists.get(artistIds[0] ?? "")?.name;
    return artist === undefined ? [] : [`${name} by ${artist}`];
  });
  const albums = [...catalogue.albums.values()]
    .filter(({ trackIds }) => trackIds.length >= 8)
    .map(({ id }) => `spotify:album:${id}`);
  return { songs: [...new Set(songs)], albums };
}

function isStart(message: unknown): message is { request: IncomingMessage } {
  return typeof message === "object" && message !== null && "request" in message;
}
