import { findChapter } from "../audiobooks.ts";
import type { Person } from "../people.ts";
import { parseLocalUri, parseUri } from "../uris.ts";
import type { World } from "../world.ts";
import { advance } from "./advance.ts";
import { apply } from "./commands.ts";
import { record } from "./history.ts";
import type { Refusal } from "./refusals.ts";
import type { Command, PlayerState, Step, Surroundings } from "./state.ts";

/** What surrounds one person's player: the catalogue, their plan, the platform's habits. */
export function surroundings(world: World, person: Person): Surroundings {
  const { idleAfterMs, nextAtEnd, refuseUnchangedShuffle, ads } = world.settings.player;
  return {
    describe: (uri) => describe(world, uri),
    seed: world.seed,
    idleAfterMs,
    nextAtEnd,
    refuseUnchangedShuffle,
    ads: person.premium ? null : ads,
  };
}

/** Brings the person's player up to now and remembers what was played since. */
export function playerNow(world: World, person: Person): PlayerState {
  accept(world, person, advance(person.player, surroundings(world, person), world.clock.now()));
  return person.player;
}

/** Carries out a command now; the refusal, or null. */
export function command(world: World, person: Person, given: Command): Refusal | null {
  const outcome = apply(playerNow(world, person), given, surroundings(world, person), world.clock.now());
  if (outcome.refusal === null) accept(world, person, outcome.step);
  return outcome.refusal;
}

/** Takes over what the machine or a change from outside made of the player. */
export function accept(world: World, person: Person, step: Step): void {
  person.player = step.state;
  if (step.ended.length > 0) person.plays = record(person.plays, step.ended, world.settings.history);
}

function describe(world: World, uri: string): ReturnType<Surroundings["describe"]> {
  const playable = !world.unplayable.has(uri);
  const parsed = parseUri(uri);
  if (parsed?.kind === "track") {
    const track = world.catalogue.tracks.get(parsed.id);
    return track === undefined ? undefined : { kind: "track", durationMs: track.durationMs, playable };
  }
  if (parsed?.kind === "episode") {
    const chapter = findChapter(parsed.id);
    const durationMs =
      world.catalogue.episodes.get(parsed.id)?.durationMs ?? chapter?.book.chapters[chapter.index]?.durationMs;
    return durationMs === undefined ? undefined : { kind: "episode", durationMs, playable };
  }
  const local = parseLocalUri(uri);
  return local === undefined ? undefined : { kind: "local", durationMs: local.durationMs, playable };
}
