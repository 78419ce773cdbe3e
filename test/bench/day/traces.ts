import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Catalogue } from "../../../src/rehearsal/catalogue/index.ts";
import { createRandom, type Random, seedFrom } from "../../../src/rehearsal/random.ts";

/** Why another track is heard from then on. */
export type Cause = "start" | "natural" | "skip" | "command";

/** What a person does, in the service's own app or by a command to us. Times are Unix ms. */
export type Act =
  | { at: number; do: "play"; by: "app"; uris: string[]; device: string; cause: Cause }
  /** Starts a list, and puts the others behind its first song. */
  | { at: number; do: "play"; by: "bot"; context: string; queue: string[]; cause: Cause }
  | { at: number; do: "skip" | "pause" | "resume"; by: "app" }
  | { at: number; do: "skip" | "pause" | "resume"; by: "bot" }
  | { at: number; do: "move"; by: "app"; device: string }
  | { at: number; do: "ask"; by: "bot"; what: "volume" | "state" | "search" | "queue" | "like" };
export type Trace = { person: string; acts: Act[]; playsByHour: number[] };

export const devices = ["Phone", "Speaker"] as const;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const TRACKS_A_DAY = 60;
const COMMANDS_A_DAY = 40;
const SKIPPED = 0.15;
const PAUSED = 0.08;
/** Sessions that begin by a command of ours. */
const BY_BOT = 0.35;
const asks = ["volume", "volume", "volume", "state", "state", "search", "queue", "like"] as const;

const between = (random: Random, from: number, to: number) => from + random() * (to - from);
const pick = <T>(random: Random, list: readonly T[]): T => {
  const found = list[Math.floor(random() * list.length)];
  if (found === undefined) throw new RangeError("nothing to pick from");
  return found;
};

/** Days of listening of so many people, made from a seed: the same seed, the same days. */
export function madeTraces(options: {
  catalogue: Catalogue;
  people: number;
  days: number;
  seed: number;
  startAt: number;
}): Trace[] {
  const { catalogue, people, days, seed, startAt } = options;
  const length = (uri: string) => catalogue.tracks.get(uri.split(":")[2] ?? "")?.durationMs ?? 0;
  const songs = [...catalogue.tracks.values()]
    .filter(({ durationMs }) => durationMs > 90_000 && durationMs < 420_000)
    .map(({ id }) => `spotify:track:${id}`);
  const lists = [...catalogue.playlists.values()].filter(
    ({ public: open, ownedByService, trackIds }) => open && !ownedByService && trackIds.length >= 2,
  );

  /** When this person's sessions of a day begin, around hours of their own. */
  function beginnings(hours: readonly number[], random: Random, dayAt: number): number[] {
    const count = 2 + Math.floor(random() * 3);
    return [...hours]
      .sort(() => random() - 0.5)
      .slice(0, count)
      .sort((a, b) => a - b)
      .map((hour) => dayAt + hour * HOUR + between(random, -40, 40) * MINUTE);
  }

  function session(random: Random, at: number, tracks: number, until: number): { acts: Act[]; endAt: number } {
    const byBot = random() < BY_BOT;
    const list = pick(random, lists);
    const uris = Array.from({ length: tracks }, () => pick(random, songs));
    if (byBot) uris[0] = `spotify:track:${list.trackIds[0]}`;
    const device = pick(random, devices);
    const acts: Act[] = [
      byBot
        ? { at, do: "play", by: "bot", context: `spotify:playlist:${list.id}`, queue: uris.slice(1), cause: "command" }
        : { at, do: "play", by: "app", uris, device, cause: "start" },
    ];
    let time = at;
    uris.forEach((uri, index) => {
      if (time > until) return;
      const whole = length(uri);
      const by = random() < 0.5 ? "bot" : "app";
      if (random() < 0.04)
        acts.push({ at: time + between(random, 5, 20) * 1_000, do: "move", by: "app", device: pick(random, devices) });
      if (random() < SKIPPED && index < uris.length - 1) {
        time += whole * between(random, 0.15, 0.85);
        acts.push({ at: time, do: "skip", by });
        return;
      }
      if (random() < PAUSED) {
        const into = whole * between(random, 0.3, 0.7);
        const rest = Math.min(15 * MINUTE, -Math.log(1 - random()) * 2.5 * MINUTE + 5_000);
        acts.push({ at: time + into, do: "pause", by }, { at: time + into + rest, do: "resume", by });
        time += rest;
      }
      time += whole;
    });
    // Half of the sessions end with their list, the others when the person has had enough.
    if (byBot || random() < 0.5)
      acts.push({ at: time + between(random, -80, byBot ? 60 : -20) * 1_000, do: "pause", by: "app" });
    return { acts, endAt: time };
  }

  return Array.from({ length: people }, (_, index) => {
    const person = `p${index + 1}`;
    const random = createRandom(seedFrom(seed, person));
    const hours = [
      between(random, 6.5, 9),
      between(random, 10, 13),
      between(random, 14, 18),
      between(random, 18.5, 22),
    ];
    const acts: Act[] = [];
    for (let day = 0; day < days; day++) {
      const starts = beginnings(hours, random, startAt + day * DAY);
      const own: Act[] = [];
      let busyUntil = 0;
      for (const [number, begin] of starts.entries()) {
        const share = Math.round(TRACKS_A_DAY / starts.length + between(random, -5, 5));
        const next = starts[number + 1] ?? startAt + (day + 1) * DAY - HOUR;
        const made = session(random, Math.max(begin, busyUntil + 20 * MINUTE), share, next - 30 * MINUTE);
        own.push(...made.acts);
        busyUntil = made.endAt;
      }
      const said = own.filter(({ by }) => by === "bot").length;
      for (let each = said; each < COMMANDS_A_DAY; each++) {
        const near = pick(random, own).at + between(random, 5_000, 10 * MINUTE);
        own.push({ at: near, do: "ask", by: "bot", what: pick(random, asks) });
      }
      acts.push(...own);
    }
    // What the person is known for: earlier weeks of the same hours.
    const before = createRandom(seedFrom(seed, person, "before"));
    const playsByHour = Array.from({ length: 168 }, () => 0);
    for (let day = 0; day < 28; day++)
      for (const at of beginnings(hours, before, day * DAY)) {
        for (let hour = 0; hour < 2; hour++) {
          const of = Math.floor(at / HOUR + hour + 72) % 168;
          playsByHour[of] = (playsByHour[of] ?? 0) + 9;
        }
      }
    return { person, acts: acts.sort((a, b) => a.at - b.at), playsByHour };
  });
}

/** Tracks run into each other by as much. */
const OVERLAP_MS = 15_000;
/** The longest span of a file: simulated days are cheap, and not free. */
const MOST_DAYS = 60;

const moment = z.number().min(Date.UTC(2002, 0)).max(Date.UTC(2100, 0));
const lineSchema = z.object({
  person: z.string().min(1).max(64),
  uri: z.string(),
  startedAt: moment,
  endedAt: moment,
  durationMs: z.number().positive(),
  device: z.string().optional(),
});

export type BadLine = { line: number; why: string };

/** What no line can say is left out, with its reason, and the rest is lived. Two things cannot be heard at once by one person. */
function readLines(text: string): { lines: z.output<typeof lineSchema>[]; bad: BadLine[] } {
  const lines: z.output<typeof lineSchema>[] = [];
  const bad: BadLine[] = [];
  const heardUntil = new Map<string, number>();
  const read: { line: number; said: z.output<typeof lineSchema> }[] = [];
  for (const [index, row] of text.split("\n").entries()) {
    if (row.trim() === "") continue;
    const line = index + 1;
    try {
      const said = lineSchema.safeParse(JSON.parse(row));
      if (said.success) read.push({ line, said: said.data });
      else bad.push({ line, why: z.prettifyError(said.error).replace(/\s+/g, " ") });
    } catch {
      bad.push({ line, why: "no JSON" });
    }
  }
  read.sort((a, b) => a.said.startedAt - b.said.startedAt);
  const until = (read[0]?.said.startedAt ?? 0) + MOST_DAYS * DAY;
  for (const { line, said } of read) {
    const busyUntil = heardUntil.get(said.person) ?? Number.NEGATIVE_INFINITY;
    if (said.endedAt <= said.startedAt) bad.push({ line, why: "ends before it begins" });
    else if (said.endedAt > until) bad.push({ line, why: `more than ${MOST_DAYS} days after the first` });
    else if (said.startedAt < busyUntil - OVERLAP_MS) bad.push({ line, why: "begins while another is heard" });
    else {
      lines.push({ ...said, startedAt: Math.max(said.startedAt, busyUntil) });
      heardUntil.set(said.person, said.endedAt);
    }
  }
  return { lines, bad };
}

/**
 * Listening from a file of JSON lines. A track that the rehearsal does not have is played by one of the same length; habits are not
 * known.
 */
export function readTraces(
  file: string,
  catalogue: Catalogue,
): { traces: Trace[]; startAt: number; endAt: number; bad: BadLine[] } {
  const { lines, bad } = readLines(readFileSync(file, "utf8"));
  const byLength = [...catalogue.tracks.values()].sort((a, b) => a.durationMs - b.durationMs);
  const stand = new Map<string, string>();
  const standIn = (uri: string, durationMs: number): string => {
    if (catalogue.tracks.has(uri.split(":")[2] ?? "")) return uri;
    const known = stand.get(uri);
    if (known) return known;
    const after = byLength.findIndex((each) => each.durationMs >= durationMs);
    const near = byLength[after < 0 ? byLength.length - 1 : after];
    const made = `spotify:track:${near?.id ?? ""}`;
    stand.set(uri, made);
    return made;
  };
  const people = [...new Set(lines.map(({ person }) => person))];
  const traces = people.map((person): Trace => {
    const own = lines.filter((line) => line.person === person);
    const acts = own.flatMap((line, index): Act[] => {
      const before = own[index - 1];
      const next = own[index + 1];
      const follows = before !== undefined && line.startedAt - before.endedAt < 2_000;
      const whole = before !== undefined && before.endedAt - before.startedAt >= before.durationMs - 2_000;
      const cause: Cause = follows ? (whole ? "natural" : "skip") : "start";
      const device = devices[line.device === undefined || line.device === own[0]?.device ? 0 : 1];
      const play: Act = {
        at: line.startedAt,
        do: "play",
        by: "app",
        uris: [standIn(line.uri, line.durationMs)],
        device,
        cause,
      };
      const goesOn = next !== undefined && next.startedAt - line.endedAt < 2_000;
      return goesOn ? [play] : [play, { at: line.endedAt, do: "pause", by: "app" }];
    });
    return { person, acts, playsByHour: [] };
  });
  const first = lines[0]?.startedAt ?? 0;
  const last = Math.max(...lines.map(({ endedAt }) => endedAt));
  return { traces, startAt: Math.floor(first / DAY) * DAY, endAt: Math.ceil(last / DAY) * DAY, bad };
}
