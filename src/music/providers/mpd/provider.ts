import type { Clock } from "../../../contracts/clock.ts";
import { SegueError } from "../../../contracts/errors.ts";
import type { Log } from "../../../contracts/log.ts";
import type { MusicProvider, MusicSession, Terms } from "../../../contracts/music.ts";
import { parseMpdUrl } from "./address.ts";
import { createCatalogue } from "./catalogue.ts";
import { coded, createContexts, type Daemon, readNow } from "./daemon.ts";
import { createEars, type Ears } from "./ears.ts";
import { lost, SERVICE } from "./errors.ts";
import { createLibraryReader } from "./library-reader.ts";
import { createLikes } from "./likes.ts";
import { createLine } from "./line.ts";
import { createListNames, createLists } from "./lists.ts";
import { createPictures } from "./pictures.ts";
import { createQueue } from "./queue.ts";
import { createTransport } from "./transport.ts";
import { recognise } from "./uris.ts";

export type MpdConfig = {
  /** See `parseMpdUrl`. */
  url: string;
  /** As people call the player. */
  name?: string;
  /** Where a picture of this provider's can be fetched. */
  pictureUrl(id: string): string;
};

const PLAYER = "mpd";
const DEFAULT_NAME = "Speaker";

/** The music is the listener's own and the daemon is theirs: nothing bars anything. */
const terms = (attribution: string): Terms => ({
  voiceControl: true,
  derivedStatistics: true,
  longStorage: true,
  sharedPlaying: true,
  ai: true,
  attribution,
});

/** Connects at once, and again until `stop`. Raises InvalidInput("MPD_URL"); everything else is said by the calls. */
export function createMpdProvider(config: MpdConfig, { clock, log }: { clock: Clock; log: Log }): MusicProvider {
  const address = parseMpdUrl(config.url);
  const name = config.name?.trim() || DEFAULT_NAME;
  const control = createLine({ address, clock });
  const bulk = createLine({ address, clock });
  const library = createLibraryReader({ line: bulk, clock, log });
  const pictures = createPictures({ line: bulk, library, pictureUrl: config.pictureUrl });
  const names = createListNames();
  const daemon: Daemon = {
    clock,
    control,
    bulk,
    library,
    pictureOf: pictures.urlOf,
    contexts: createContexts(),
    playlistName: names.nameOf,
  };
  const ears = createEars({ address, clock, log, connected: () => library.changed() });
  const lists = createLists(daemon, names);
  ears.listen({
    heard(changed) {
      if (changed.has("database")) library.changed();
      if (changed.has("stored_playlist")) lists.changed();
    },
    lost: () => lists.changed(),
  });
  const catalogue = createCatalogue(daemon, lists.list);
  const likes = createLikes(daemon);
  const session: MusicSession = {
    ...catalogue,
    ...createTransport(daemon),
    queue: createQueue(daemon),
    /** A daemon without a sticker file keeps no likes, and says so by not having the command. */
    get library() {
      return ears.commands?.has("sticker") === false ? undefined : likes;
    },
    get playlists() {
      return ears.commands?.has("playlistadd") === false ? undefined : lists;
    },
    watch: (onChange, signal) => watch(daemon, ears, onChange, signal),
  };

  return {
    id: SERVICE,
    name,
    terms: terms(name),
    players: [{ id: PLAYER, name }],
    recognise,
    publicLookup: catalogue.lookup,
    open(who) {
      if (who.kind !== "shared" || who.playerId !== PLAYER) throw new SegueError("NotFound", { what: "player" });
      return session;
    },
    picture: (id, signal) => coded("picture", () => pictures.picture(id, signal)),
    healthy: () => ears.hearing,
    async stop() {
      control.stop();
      bulk.stop();
      await Promise.all([ears.stop(), library.stop()]);
    },
  };
}

const heardOf = ["player", "mixer", "options", "output", "playlist"];

/** Ends with Unavailable when the daemon is no longer heard. Changes that come while one is read are told in one. */
async function watch(
  daemon: Daemon,
  ears: Ears,
  onChange: Parameters<NonNullable<MusicSession["watch"]>>[0],
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  let wake: () => void = () => undefined;
  let changed = true;
  let failure: SegueError | undefined = ears.hearing ? undefined : lost("connection");
  const quiet = ears.listen({
    heard(subsystems) {
      if (!heardOf.some((each) => subsystems.has(each))) return;
      changed = true;
      wake();
    },
    lost(error) {
      failure = error;
      wake();
    },
  });
  const aborted = () => wake();
  signal.addEventListener("abort", aborted);
  try {
    while (!signal.aborted) {
      if (failure) throw failure;
      if (!changed) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      changed = false;
      const { state } = await coded("player", () => readNow(daemon, { signal }));
      if (!signal.aborted) onChange(state);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    quiet();
    signal.removeEventListener("abort", aborted);
  }
}
