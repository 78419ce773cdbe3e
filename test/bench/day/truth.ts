import type { Clock } from "../../../src/contracts/clock.ts";
import type { Catalogue } from "../../../src/rehearsal/catalogue/index.ts";
import type { RehearsalSpotify } from "../../../src/rehearsal/index.ts";
import type { Cause } from "./traces.ts";

/** One hearing of one track as it really was. */
export type Segment = {
  person: string;
  uri: string;
  durationMs: number;
  startedAt: number;
  endedAt: number;
  /** Without its pauses. */
  heardMs: number;
  /** Why it began. */
  cause: Cause;
  /** When the one before it would have ended by itself, as it stood when this one took its place. */
  oldEndAt?: number;
  /** It went on when the days were over. */
  cut?: true;
  /** Stretches in which sound came out of it. */
  sound: { from: number; to: number }[];
};

/**
 * What is really heard, to the millisecond: the players of the rehearsal are looked at whenever something is done to them, and at
 * the moment at which the track that plays ends by itself.
 */
export function createTruth(options: {
  rehearsal: RehearsalSpotify;
  catalogue: Catalogue;
  clock: Clock;
  people: readonly string[];
  /** Told of everything that changes at somebody's player. */
  onChange: (person: string) => void;
}) {
  const { rehearsal, catalogue, clock } = options;
  const done: Segment[] = [];
  const open = new Map<string, Segment & { playing: boolean; since: number; progressMs: number }>();
  const timers = new Map<string, AbortController>();

  function end(person: string, at: number): void {
    const segment = open.get(person);
    if (!segment) return;
    open.delete(person);
    const { playing, since, progressMs: _progress, ...rest } = segment;
    const sound = playing && at > since ? [...rest.sound, { from: since, to: at }] : rest.sound;
    const heardMs = sound.reduce((sum, { from, to }) => sum + to - from, 0);
    if (heardMs > 0) done.push({ ...rest, sound, heardMs, endedAt: sound.at(-1)?.to ?? at });
  }

  function sample(person: string, cause: Cause): void {
    const now = clock.now();
    const { uri, playing, progressMs } = rehearsal.control.player.look(person);
    const before = open.get(person);
    const durationMs = catalogue.tracks.get(uri?.split(":")[2] ?? "")?.durationMs ?? 0;
    const reached = before ? before.progressMs + (before.playing ? now - before.since : 0) : 0;
    const same = before !== undefined && before.uri === uri && Math.abs(progressMs - reached) < 1_000 && progressMs > 0;
    if (!same) {
      options.onChange(person);
      const left = before?.playing ? before.durationMs - reached : undefined;
      end(person, now);
      if (uri !== null && playing && durationMs > 0) {
        open.set(person, {
          person,
          uri,
          durationMs,
          startedAt: now - progressMs,
          endedAt: now,
          heardMs: 0,
          cause,
          ...(left !== undefined && left > 0 ? { oldEndAt: now + left } : {}),
          sound: [],
          playing,
          since: now - progressMs,
          progressMs: 0,
        });
      }
    } else if (before.playing !== playing) {
      options.onChange(person);
      if (before.playing) before.sound.push({ from: before.since, to: now });
      before.playing = playing;
      before.since = now;
      before.progressMs = progressMs;
    }
    rearm(person, playing ? durationMs - progressMs : undefined);
  }

  function rearm(person: string, leftMs: number | undefined): void {
    timers.get(person)?.abort();
    if (leftMs === undefined) return;
    const timer = new AbortController();
    timers.set(person, timer);
    clock.sleep(leftMs, timer.signal).then(
      () => sample(person, "natural"),
      () => {},
    );
  }

  return {
    sample,
    /** All that was heard, in order, up to now. */
    segments(): Segment[] {
      for (const timer of timers.values()) timer.abort();
      for (const person of options.people) {
        const segment = open.get(person);
        if (segment) segment.cut = true;
        end(person, clock.now());
      }
      return done.sort((a, b) => a.startedAt - b.startedAt);
    },
  };
}
