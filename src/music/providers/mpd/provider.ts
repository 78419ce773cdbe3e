import type { Clock } from "../../../contracts/clock.ts";
import { SegueError } from "../../../contracts/errors.ts";
import type { Log } from "../../../contracts/log.ts";
import type { MusicProvider, MusicSession, Terms } from "../../../contracts/music.ts";
import { parseMpdUrl } from "./address.ts";
import { createCatalogue } from "./catalogue.ts";
import { coded, createContexts, type Daemon, readNow } from "./daemon.ts";
import { createEars, type Ears } from "./ears.ts";
import { SERVICE } from "./errors.ts";
import { createLibraryReader } from "./library-reader.ts";
import { createLikes } from "./likes.ts";
import { createLine } from "./line.ts";
import { createLists } from "./lists.ts";
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
  const player = config.name?.trim() || DEFAULT_NAME;
  const control = createLine({ address, clock });
  const bulk = createLine({ address, clock });
  const library = createLibraryReader({ line: bulk, clock, log });
  const pictures = createPictures({ line: bulk, library, pictureUrl: config.pictureUrl });
  const daemon: Daemon = {
    clock,
    control,
    bulk,
    library,
    pictureOf: pictures.urlOf,
    contexts: createContexts(),
  };
  const connected = () => {
    library.changed();
    pictures.changed();
  };
  const ears = createEars({ address, clock, log, connected });
  const lists = createLists(daemon);
  ears.listen({
    heard(changed) {
      if (changed.has("database")) library.changed();
      if (changed.has("update")) pictures.changed();
      if (changed.has("stored_playlist")) lists.changed();
    },
    lost() {
      lists.changed();
      // A daemon that begins again gives its songs the same numbers.
      daemon.contexts.clear();
    },
  });
  const catalogue = createCatalogue(daemon, lists);
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
    name: "MPD",
    terms: terms(player),
    players: [{ id: PLAYER, name: player }],
    recognise,
    publicLookup: catalogue.lookup,
    open(who) {
      if (who.kind !== "shared" || who.playerId !== PLAYER) throw new SegueError("NotFound", { what: "player" });
      return session;
    },
    picture: (id, signal) => coded("picture", () => pictures.picture(id, signal)),
    healthy: () => ears.hearing,
    trouble: () => `the daemon is not heard (${ears.unheard ?? "not tried yet"})`,
    async stop() {
      control.stop();
      bulk.stop();
      await Promise.all([ears.stop(), library.stop()]);
    },
  };
}

const heardOf = ["player", "mixer", "options", "output", "playlist"];

/**
 * Waits for the ears where they hear nothing, since they try by themselves: who listens anew hears as soon as they do. Ends with
 * Unavailable when the daemon is no longer heard. Changes that come while one is read are told in one.
 */
async function watch(
  daemon: Daemon,
  ears: Ears,
  onChange: Parameters<NonNullable<MusicSession["watch"]>>[0],
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  let wake: () => void = () => undefined;
  let changed = ears.hearing;
  let hearing = ears.hearing;
  let failure: SegueError | undefined;
  const quiet = ears.listen({
    heard(subsystems) {
      if (!heardOf.some((each) => subsystems.has(each))) return;
      changed = true;
      wake();
    },
    lost(error) {
      // Another vain attempt is no loss.
      if (hearing) failure = error;
      wake();
    },
    connected() {
      hearing = true;
      changed = true;
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
