import { playArgs, wishOf } from "../../../skills/shared/play-args.ts";
import { isSegueError } from "../../../src/contracts/errors.ts";
import { gates, type Language } from "../../../src/contracts/language.ts";
import type { SearchHits } from "../../../src/contracts/music.ts";
import type { PlayWish } from "../../../src/contracts/player.ts";
import { asksOf } from "../../../src/music/ranking/asks.ts";
import { decide, hitLists, rank } from "../../../src/music/ranking/rank.ts";
import { loadCatalogue } from "../../../src/rehearsal/catalogue/index.ts";
import { monotonicMs } from "../../bench/monotonic.ts";
import { type Part, parts, type Row, readRequests } from "./rows.ts";
import { createFinder } from "./things.ts";
import { type EvalWorld, LISTENER, openWorld, SEED } from "./world.ts";

/** What a listener met with. */
type Outcome = { kind: "played"; uri: string } | { kind: "picker"; uris: string[] } | { kind: "nothing"; why: string };

export const verdicts = ["right", "picker", "wrong", "nothing"] as const;
/** `picker`: the right thing is in the list that asks back, though the words said enough. `nothing`: not found, not understood. */
export type Verdict = (typeof verdicts)[number];

/** `words`: language made no wish of it. `search`: the service's answer does not hold the thing. `ranking`: it does. */
export const losses = ["words", "search", "ranking"] as const;
type Loss = (typeof losses)[number];

export type Measured = {
  row: Row;
  part: Part;
  verdict: Verdict;
  outcome: Outcome;
  /** Where what is not right went wrong. */
  lost: Loss | undefined;
  calls: string[];
  /** One ranking of what was found; undefined where nothing was searched. */
  rankMs: number | undefined;
};

function wishIn(language: Language, { text, lang }: Row): PlayWish | string {
  const parsed = language.parse(text, { locale: lang });
  if (parsed.confidence < gates.direct) return `unsure of ${parsed.intent}`;
  if (parsed.intent !== "playback.play") return parsed.intent;
  const { commands: _, ...slots } = parsed.slots;
  return wishOf(playArgs.parse(slots), parsed.readings.length > 0 ? parsed.readings : [{ slots, score: 1 }]);
}

async function outcomeOf(world: EvalWorld, person: string, wish: PlayWish): Promise<Outcome> {
  const player = await world.open(person);
  try {
    const { chosen } = await player.play(wish);
    const heard = world.control.player.look(LISTENER);
    const alone = chosen.type === "track" || chosen.type === "episode";
    const uri = alone || heard.contextUri === null ? heard.uri : heard.contextUri;
    return { kind: "played", uri: uri ?? "silence" };
  } catch (error) {
    if (!isSegueError(error)) throw error;
    if ((isSegueError(error, "NotFound") || isSegueError(error, "Ambiguous")) && error.details.choices?.length) {
      return { kind: "picker", uris: error.details.choices.flatMap(({ slots }) => String(slots.uri ?? "")) };
    }
    return { kind: "nothing", why: error.code };
  }
}

type Finder = ReturnType<typeof createFinder>;

function verdictOf({ expect }: Row, outcome: Outcome, urisOf: Finder): Verdict {
  if ("none" in expect) return outcome.kind === "played" ? "wrong" : "right";
  const fits = new Set(expect.anyOf.flatMap(urisOf));
  switch (outcome.kind) {
    case "played":
      return fits.has(outcome.uri) ? "right" : "wrong";
    case "picker":
      if (!outcome.uris.some((uri) => fits.has(uri))) return "nothing";
      return expect.orPicker ? "right" : "picker";
    case "nothing":
      return "nothing";
  }
}

function lossOf({ expect }: Row, wish: PlayWish | string, hits: SearchHits | undefined, urisOf: Finder): Loss {
  if (typeof wish === "string") return "words";
  if ("none" in expect || !hits) return "ranking";
  const fits = new Set(expect.anyOf.flatMap(urisOf));
  return hitLists(hits).some((list) => list.some(({ uri }) => fits.has(uri))) ? "ranking" : "search";
}

/** The fastest of three: what else the machine does makes no ranking slower. */
function timeRanking({ readings }: PlayWish, hits: SearchHits): number {
  let fastest = Number.POSITIVE_INFINITY;
  for (let count = 0; count < 3; count++) {
    const at = monotonicMs();
    decide(rank(asksOf(readings), { hits }));
    fastest = Math.min(fastest, monotonicMs() - at);
  }
  return fastest;
}

async function likeFirst(world: EvalWorld, person: string, likes: readonly string[]): Promise<void> {
  const player = await world.open(person);
  for (const uri of likes) await player.like(uri);
  await player.play({ readings: [{ slots: { library: "liked" }, score: 1 }] });
}

/** Every request once, each by somebody of whom nothing is known. */
export async function measureResolution(language: Language, wanted: readonly Part[] = parts): Promise<Measured[]> {
  const urisOf = createFinder(loadCatalogue(), SEED);
  const world = await openWorld();
  const measured: Measured[] = [];
  try {
    // Whose account it is costs one call in the life of the program.
    await (await world.open("nobody")).playlists();
    for (const part of wanted) {
      for (const [index, row] of readRequests(part).entries()) {
        const person = `${part}-${index}`;
        if (row.likes) await likeFirst(world, person, row.likes.flatMap(urisOf));
        world.spent();
        world.takeHits();
        const wish = wishIn(language, row);
        const outcome: Outcome =
          typeof wish === "string" ? { kind: "nothing", why: wish } : await outcomeOf(world, person, wish);
        const calls = world.spent();
        const hits = world.takeHits();
        const verdict = verdictOf(row, outcome, urisOf);
        measured.push({
          row,
          part,
          verdict,
          outcome,
          lost: verdict === "right" ? undefined : lossOf(row, wish, hits, urisOf),
          calls,
          rankMs: hits && typeof wish !== "string" ? timeRanking(wish, hits) : undefined,
        });
      }
    }
  } finally {
    await world.close();
  }
  return measured;
}
