import { CompiledQuery } from "kysely";
import type { PlayRow, TrackFacts } from "../../../contracts/plays.ts";
import { type Inside, inserter } from "../bulk.ts";
import type { Database } from "../database.ts";
import { sums } from "./numbers.ts";

/** The spans in which a listener has sums: few, however many sums there are. */
export async function summedSpans(trx: Database["db"], listener: number): Promise<number[]> {
  const rows = await trx
    .selectFrom("play_sums")
    .select("span")
    .distinct()
    .where("listener", "=", listener)
    .where("what", "in", [sums.music, sums.episode])
    .execute();
  return rows.map(({ span }) => span);
}

/** The spans that a play is summed up in, by UTC: its month (202611), its year (202600), and all time (0). */
export function spansOf(at: number): [number, number, 0] {
  const date = new Date(at);
  const year = date.getUTCFullYear() * 100;
  return [year + date.getUTCMonth() + 1, year, 0];
}

/** One number for a thing in a span, in the order of the table's key: below 2^53 with four kinds of sums. */
const SPANS = 1_000_000;
const REFS = 2 ** 31;

type Sum = { what: number; span: number; ref: number; plays: number; ms: number };

const addSums = inserter(
  "play_sums",
  ["listener", "what", "span", "ref", "plays", "ms"],
  "on conflict (listener, what, span, ref) do update set plays = play_sums.plays + excluded.plays, ms = play_sums.ms + excluded.ms",
);

/** Collects how plays come, change and go, and writes what that does to the sums. */
export function sumChanges(facts: ReadonlyMap<number, TrackFacts>) {
  const changes = new Map<number, Sum>();

  function add(what: number, span: number, ref: number, plays: number, ms: number): void {
    const key = (what * SPANS + span) * REFS + ref;
    const sum = changes.get(key);
    if (sum) {
      sum.plays += plays;
      sum.ms += ms;
    } else changes.set(key, { what, span, ref, plays, ms });
  }

  return {
    note(play: Omit<PlayRow, "evidence">, sign: 1 | -1): void {
      const track = facts.get(play.trackId);
      if (!track || !play.counts || play.hiddenBy !== undefined) return;
      const [artist] = track.artists;
      for (const span of spansOf(play.startedAt)) {
        if (track.kind === "episode") add(sums.episode, span, track.id, sign, sign * play.listenedMs);
        else {
          add(sums.track, span, track.id, sign, sign * play.listenedMs);
          add(sums.music, span, 0, sign, sign * play.listenedMs);
          if (artist !== undefined) add(sums.artist, span, artist, sign, sign * play.listenedMs);
        }
      }
    },

    async write(inside: Inside, listener: number): Promise<void> {
      const changed = [...changes.values()]
        .filter(({ plays, ms }) => plays !== 0 || ms !== 0)
        // In the order of the key, so that neighbours are written together.
        .sort((a, b) => a.what - b.what || a.span - b.span || a.ref - b.ref);
      await addSums(
        inside,
        changed.map(({ what, span, ref, plays, ms }) => [listener, what, span, ref, plays, ms]),
      );
      const mark = (place: number) => (inside.kind === "sqlite" ? "?" : `$${place}`);
      const text = `delete from play_sums where listener = ${mark(1)} and what = ${mark(2)} and span = ${mark(3)} and ref = ${mark(4)} and plays = 0`;
      for (const { what, span, ref, plays } of changed)
        if (plays < 0) await inside.trx.executeQuery(CompiledQuery.raw(text, [listener, what, span, ref]));
    },
  };
}
