import { DatabaseSync } from "node:sqlite";
import { spansOf } from "../../src/store/sql/plays/sums.ts";

/**
 * Writes years of plays straight into the tables, with their evidence and sums as the ledger would have left them: by the
 * ledger itself ten million would take the better part of an hour.
 */
export type Filled = { plays: number; listeners: number; sums: number; lastYear: number };

const LISTENERS = 100;
const YEARS = 8;
const TRACKS = 60_000;
const ARTISTS = 6_000;
const ALBUMS = 15_000;
/** What one person knows of the catalogue, and how much more they hear what they like. */
const OWN_TRACKS = 12_000;
const TASTE = 2.5;
const SKIPPED = 0.15;
const DAY_MS = 24 * 60 * 60_000;

export const listenerNamed = (index: number): string => `person:bench-${index}`;

/** A number from 0 up to 1 that depends on nothing but these: what is heard can be told again in another order. */
function chance(who: number, at: number, what: number): number {
  let mixed = (Math.imul(who + 1, 0x9e3779b1) ^ Math.imul(at + 1, 0x85ebca6b) ^ Math.imul(what + 1, 0xc2b2ae35)) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 4_294_967_296;
}

const albumOf = (track: number): number => (track % ALBUMS) + 1;
const artistOf = (track: number): number => (albumOf(track) % ARTISTS) + 1;
const durationOf = (track: number): number => 150_000 + (track % 90) * 1_000;

type Heard = { track: number; startedAt: number; listenedMs: number; counts: boolean };

export function fillHistory(path: string, plays: number, now: number, progress: (line: string) => void): Filled {
  const file = new DatabaseSync(path);
  try {
    file.exec("pragma synchronous=off; pragma cache_size=-400000; begin");
    const run = (text: string) => {
      const statement = file.prepare(text);
      return (...values: (number | string | null)[]) => void statement.run(...values);
    };
    const listener = run("insert into listeners (id, key) values (?, ?)");
    for (let index = 0; index < LISTENERS; index++) listener(index + 1, listenerNamed(index));
    const artist = run("insert into artists (id, folded, name) values (?, ?, ?)");
    for (let id = 1; id <= ARTISTS; id++) artist(id, `band ${id}`, `Band ${id}`);
    const album = run("insert into albums (id, words, title, artist) values (?, ?, ?, ?)");
    for (let id = 1; id <= ALBUMS; id++) album(id, `album ${id}`, `Album ${id}`, (id % ARTISTS) + 1);
    const track = run(
      "insert into tracks (id, kind, words, title, artist, album, duration_ms, uri) values (?, 0, ?, ?, ?, ?, ?, ?)",
    );
    const by = run("insert into track_artists (track, position, artist) values (?, 0, ?)");
    for (let id = 1; id <= TRACKS; id++) {
      const who = artistOf(id);
      track(id, `song ${id}\nband ${who}`, `Song ${id}`, who, albumOf(id), durationOf(id), `bench:catalogue:${id}`);
      by(id, who);
    }
    file.exec("insert into play_sources (id, origin, way) values (1, 'bench', 'import'); commit");

    const each = Math.floor(plays / LISTENERS);
    const fromAt = now - YEARS * 365.25 * DAY_MS;
    const stepMs = (now - 2 * DAY_MS - fromAt) / each;
    const heard = (who: number, at: number): Heard => {
      const favourite = Math.floor(OWN_TRACKS * chance(who, at, 1) ** TASTE);
      const which = ((who * 977 + favourite * 5) % TRACKS) + 1;
      const listenedMs = chance(who, at, 2) < SKIPPED ? 20_000 : durationOf(which);
      const startedAt = Math.floor(fromAt + (at + chance(who, at, 3) / 2) * stepMs);
      return { track: which, startedAt, listenedMs, counts: listenedMs * 2 >= durationOf(which) };
    };
    fillPlays(file, each, heard, progress);
    const sums = fillSums(file, each, heard, progress);
    file.exec("pragma wal_checkpoint(truncate)");
    return { plays: each * LISTENERS, listeners: LISTENERS, sums, lastYear: new Date(now).getUTCFullYear() - 1 };
  } finally {
    file.close();
  }
}

type Tell = (who: number, at: number) => Heard;

/** As they were heard: everybody's plays of one day lie together, and one person's lie apart. */
function fillPlays(file: DatabaseSync, each: number, heard: Tell, progress: (line: string) => void): void {
  const play = file.prepare(
    `insert into plays (id, listener, track, kind, started_at, ended_at, listened_ms, counts, source, exact)
     values (?, ?, ?, 0, ?, ?, ?, ?, 1, 2)`,
  );
  const evidence = file.prepare(
    `insert into play_evidence (play, source, key, named_by, started_at, ended_at, exact, listened_ms, duration_ms)
     values (?, 1, ?, 0, ?, ?, 2, ?, ?)`,
  );
  let id = 0;
  file.exec("begin");
  for (let at = 0; at < each; at++)
    for (let who = 0; who < LISTENERS; who++) {
      id++;
      const { track, startedAt, listenedMs, counts } = heard(who, at);
      const endedAt = startedAt + listenedMs;
      play.run(id, who + 1, track, startedAt, endedAt, listenedMs, counts ? 1 : 0);
      evidence.run(id, `key-${(id * 7919) % 1e8}`, startedAt, endedAt, listenedMs, durationOf(track));
      if (id % 100_000 === 0) file.exec("commit; begin");
      if (id % 1_000_000 === 0) progress(`  ${id / 1e6} million plays`);
    }
  file.exec("commit");
}

/** One key for a thing in a span, in the order of the table's own: the kind of sum first, then the span. */
const REFS = 100_000;
const SPANS = 1_000_000;

function fillSums(file: DatabaseSync, each: number, heard: Tell, progress: (line: string) => void): number {
  const sum = file.prepare("insert into play_sums (listener, what, span, ref, plays, ms) values (?, ?, ?, ?, ?, ?)");
  let rows = 0;
  for (let who = 0; who < LISTENERS; who++) {
    const sums = new Map<number, { plays: number; ms: number }>();
    for (let at = 0; at < each; at++) {
      const { track, startedAt, listenedMs, counts } = heard(who, at);
      if (!counts) continue;
      const things = [track, artistOf(track), undefined, 0];
      for (const span of spansOf(startedAt))
        for (const [what, ref] of things.entries()) {
          if (ref === undefined) continue;
          const key = (what * SPANS + span) * REFS + ref;
          const known = sums.get(key);
          if (known) {
            known.plays++;
            known.ms += listenedMs;
          } else sums.set(key, { plays: 1, ms: listenedMs });
        }
    }
    file.exec("begin");
    for (const [key, { plays, ms }] of [...sums].sort(([a], [b]) => a - b)) {
      const place = Math.floor(key / REFS);
      sum.run(who + 1, Math.floor(place / SPANS), place % SPANS, key % REFS, plays, ms);
    }
    file.exec("commit");
    rows += sums.size;
    if ((who + 1) % 20 === 0) progress(`  sums of ${who + 1} listeners`);
  }
  return rows;
}
