import type { Clock } from "../../../src/contracts/clock.ts";
import type { PlayerState } from "../../../src/contracts/music.ts";
import type { TellingSource, Told } from "../../../src/listening/sources/source.ts";
import type { Catalogue } from "../../../src/rehearsal/catalogue/index.ts";
import type { RehearsalSpotify } from "../../../src/rehearsal/index.ts";

/** A platform shows what somebody hears a few seconds after it began. */
const LATE_MS = 4_000;

/** A chat platform that shows what its members hear, as a free source: told of each change at the players of the rehearsal. */
export function createPresence(options: {
  rehearsal: RehearsalSpotify;
  catalogue: Catalogue;
  clock: Clock;
  people: readonly string[];
}) {
  const { rehearsal, catalogue, clock, people } = options;
  let tell: ((told: Told) => void) | undefined;

  function stateOf(person: string): PlayerState | undefined {
    const { uri, playing, progressMs } = rehearsal.control.player.look(person);
    const track = catalogue.tracks.get(uri?.split(":")[2] ?? "");
    // Platforms show what plays, and nothing of what stands still.
    if (uri === null || !track || !playing) return undefined;
    const artists = track.artistIds.map((id) => ({ name: catalogue.artists.get(id)?.name ?? "" }));
    const { name: title, durationMs, isrc } = track;
    const item = { type: "track", uri, title, artists, durationMs, isrc, art: [] } as const;
    return {
      at: clock.now(),
      playing,
      progressMs,
      item: { ...item, artists: [...artists], art: [] },
      shuffle: false,
      repeat: "off",
      refused: [],
    };
  }

  const say = (person: string) =>
    tell?.({ listener: `person:${person}`, speaks: true, state: stateOf(person), at: clock.now() });

  return {
    source: {
      origin: "presence",
      way: "presence",
      cost: "free",
      async watch(hear, signal) {
        tell = hear;
        for (const person of people) say(person);
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      },
    } satisfies TellingSource,
    /** Something changed at this person's player. */
    changed(person: string): void {
      clock.sleep(LATE_MS).then(
        () => say(person),
        () => {},
      );
    },
  };
}
