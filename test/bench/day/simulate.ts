import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { budgets } from "../../../src/music/providers/spotify/budgets.ts";
import { type Catalogue, loadCatalogue } from "../../../src/rehearsal/catalogue/index.ts";
import { createRehearsalSpotify } from "../../../src/rehearsal/index.ts";
import { createRandom, seedFrom } from "../../../src/rehearsal/random.ts";
import { openStore } from "../../../src/store/open.ts";
import { createFakeClock, type FakeClock } from "../../fakes/clock.ts";
import { silentLog } from "../../support/log.ts";
import { createPresence } from "./presence.ts";
import { memoryCache, type Program, startProgram } from "./program.ts";
import type { Announced, Window, Written } from "./score.ts";
import { type Act, devices, type Trace } from "./traces.ts";
import { createTruth, type Segment } from "./truth.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** After the last day, for the record alone: its calls are not counted. */
const NIGHT_MS = 12 * HOUR;

export type Simulated = {
  segments: Segment[];
  announced: Announced[];
  written: Written[];
  gaps: (Window & { person: string })[];
  /** When neither the service nor the program was there. */
  blind: Window[];
  callsByLane: Record<string, number>;
  /** Of each day. */
  callsByDay: number[];
  /** As the service itself counted. */
  callsCounted: number;
  commands: { sent: number; failed: number };
  spent: { purpose: string; standing: string; calls: number }[];
};

export const catalogue: Catalogue = loadCatalogue();
const NIGHT_SONG = `spotify:track:${[...catalogue.tracks.keys()][0]}`;

export type Given = { traces: readonly Trace[]; startAt: number; endAt: number };

/** Lets people listen and the program watch them, over HTTP on this machine, as fast as the calls are answered. */
export async function simulate(
  options: Given & {
    seed: number;
    dailyCalls: number;
    faults: boolean;
    /** A free source shows what everybody hears. */
    free: boolean;
  },
): Promise<Simulated> {
  const { traces, startAt, endAt, seed, dailyCalls } = options;
  const clock = createFakeClock(startAt);
  const people = traces.map(({ person }) => person);
  const rehearsal = await createRehearsalSpotify({
    clock,
    seed,
    users: people.map((id) => ({
      id,
      name: id,
      devices: [
        { id: `${id}-phone`, name: devices[0], type: "Smartphone" },
        { id: `${id}-speaker`, name: devices[1], type: "Speaker" },
      ],
    })),
    app: { allowlist: people.slice(0, 5) },
    // The bench measures what is spent; what the real service would do with more is not known.
    settings: { limits: { quota: { player: null, catalogue: null, playlists: null, library: null } } },
  });
  // They begin with a week of listening behind them.
  for (const person of people) rehearsal.control.player.clearHistory(person);
  const folder = mkdtempSync(join(memoryFolder(), "segue-day-"));
  const file = join(folder, "segue.db");
  const store = await openStore({ url: `sqlite:${file}`, clock, log: silentLog });
  const announced: Announced[] = [];
  const blind: Window[] = [];
  const callsByLane: Record<string, number> = {};
  const callsByDay: number[] = [];
  const commands = { sent: 0, failed: 0 };
  const presence = createPresence({ rehearsal, catalogue, clock, people });
  const truth = createTruth({ rehearsal, catalogue, clock, people, onChange: presence.changed });
  const start = () =>
    startProgram({
      clock,
      store,
      cache: memoryCache(clock),
      rehearsal,
      people,
      dailyCalls,
      sources: options.free ? [presence.source] : [],
      habits: (listener) => traces.find(({ person }) => listener === `person:${person}`)?.playsByHour ?? [],
      onCall({ lane, budget }) {
        if (budget !== budgets.api || clock.now() >= endAt) return;
        callsByLane[lane] = (callsByLane[lane] ?? 0) + 1;
        const day = Math.floor((clock.now() - startAt) / DAY);
        callsByDay[day] = (callsByDay[day] ?? 0) + 1;
      },
      onChange({ listener, state }) {
        if (state?.playing && state.item)
          announced.push({ person: listener.slice("person:".length), uri: state.item.uri, at: clock.now() });
      },
    });
  let program: Program | undefined = await start();

  const acting = traces.map((trace) => follow(trace));
  const happening = options.faults ? faults() : [];

  async function follow({ person, acts }: Trace): Promise<void> {
    for (const act of acts) {
      if (act.at > clock.now()) await clock.sleep(act.at - clock.now());
      await perform(person, act);
    }
  }

  async function perform(person: string, act: Act): Promise<void> {
    const { player, devices: theirs } = rehearsal.control;
    const { playing } = player.look(person);
    if (act.by === "app") {
      if (act.do === "play") player.play(person, { uris: act.uris, device: act.device });
      else if (act.do === "skip" && playing) player.command(person, { do: "next" });
      else if (act.do === "pause" && playing) player.set(person, { playing: false });
      else if (act.do === "resume" && !playing) player.set(person, { playing: true });
      else if (act.do === "move" && playing) theirs.activate(person, act.device);
      truth.sample(person, act.do === "play" ? act.cause : "skip");
      return;
    }
    if ((act.do === "resume" && playing) || ((act.do === "pause" || act.do === "skip") && !playing)) return;
    commands.sent += 1;
    try {
      await program?.command(person, async (own) => {
        if (act.do === "play") {
          await own.play({ readings: [], uri: act.context, device: devices[0] });
          player.set(person, { queue: act.queue });
        }
        if (act.do === "skip") await own.next();
        else if (act.do === "pause") await own.pause();
        else if (act.do === "resume") await own.resume();
        if (act.do !== "ask") return;
        if (act.what === "volume") await own.volume({ to: 40 + ((act.at % 40) | 0) });
        else if (act.what === "state") await own.state();
        else if (act.what === "search") await own.search(`song ${act.at % 97}`, ["track"]);
        else if (act.what === "queue") await own.queue();
        else if (playing) await own.like();
      });
    } catch {
      // A person is told; a machine that simulates them goes on.
      commands.failed += 1;
    }
    truth.sample(person, "command");
  }

  /** An hour's outage and a kill on odd days; on even ones a refusal for six hours. */
  function faults(): Promise<void>[] {
    const random = createRandom(seedFrom(seed, "faults"));
    return Array.from({ length: Math.round((endAt - startAt) / DAY) }, async (_, day) => {
      const dayAt = startAt + day * DAY;
      const at = (from: number, to: number) => dayAt + (from + random() * (to - from)) * HOUR;
      const [outageAt, killAt, refusalAt] = [at(9, 20), at(8, 22), at(9, 16)];
      if (day % 2 === 1) {
        await clock.sleep(refusalAt - clock.now());
        const effect = {
          status: 429,
          headers: { "Retry-After": "21600" },
          body: { error: { status: 429, message: "API rate limit exceeded" } },
        };
        rehearsal.control.faults.add({ match: { path: "/v1/me/player*" }, count: 1, effect });
        blind.push({ fromAt: refusalAt, untilAt: refusalAt + 6 * HOUR });
        return;
      }
      await Promise.all([outage(outageAt), kill(killAt)]);
    });
  }

  async function outage(at: number): Promise<void> {
    await clock.sleep(at - clock.now());
    const id = rehearsal.control.faults.add({ match: { path: "/v1/*" }, effect: { status: 503 } });
    blind.push({ fromAt: at, untilAt: at + HOUR });
    await clock.sleep(HOUR);
    rehearsal.control.faults.remove(id);
  }

  async function kill(at: number): Promise<void> {
    await clock.sleep(at - clock.now());
    program?.kill();
    program = undefined;
    const downMs = 90_000;
    blind.push({ fromAt: at, untilAt: at + downMs });
    await clock.sleep(downMs);
    program = await start();
  }

  const underWay = () => program?.underWay() ?? 0;
  await run(clock, endAt, underWay);
  const segments = truth.segments();
  const spent = (await program?.listening.watch.status())?.calls.order ?? [];
  const callsCounted = rehearsal.control.counts().total;
  // What was left standing in the evening is listed once something else is heard, and the list is read when somebody may have.
  await run(clock, endAt + HOUR, underWay);
  for (const person of people) rehearsal.control.player.play(person, { uris: [NIGHT_SONG], device: devices[0] });
  await run(clock, endAt + NIGHT_MS, underWay);
  await program?.stop();
  await Promise.race([Promise.allSettled([...acting, ...happening]), Promise.resolve()]);
  await store.close();
  const { written, gaps } = readLedger(file, endAt);
  await rehearsal.close();
  rmSync(folder, { recursive: true });
  return { segments, announced, written, gaps, blind, callsByLane, callsByDay, callsCounted, commands, spent };
}

/** Turns of the event loop in which nothing moves, before time does. */
const STILL = 12;

/** Goes from sleeper to sleeper; time stands still while a call is on the wire or a row on its way to the disk. */
async function run(clock: FakeClock, endAt: number, underWay: () => number): Promise<void> {
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  const wire = watchWire();
  for (;;) {
    for (let still = 0; still < STILL; still = underWay() + wire.calls() === 0 ? still + 1 : 0) await turn();
    const next = clock.nextAt();
    if (next === undefined || next >= endAt) break;
    await clock.advance(Math.max(0, next - clock.now()));
  }
  wire.stop();
  await clock.advance(endAt - clock.now());
}

/** Requests that were sent and not answered yet. Waits between tries are none: time goes on in those. */
function watchWire() {
  let calls = 0;
  const begun = () => {
    calls += 1;
  };
  const over = () => {
    calls -= 1;
  };
  const channels = {
    "http.client.request.start": begun,
    "http.client.response.finish": over,
    "http.client.request.error": over,
  };
  for (const [name, listener] of Object.entries(channels)) subscribe(name, listener);
  return {
    calls: () => calls,
    stop() {
      for (const [name, listener] of Object.entries(channels)) unsubscribe(name, listener);
    },
  };
}

/** As another program would read it. */
function readLedger(file: string, endAt: number): Pick<Simulated, "written" | "gaps"> {
  const db = new DatabaseSync(file, { readOnly: true });
  const person = (key: unknown) => String(key).slice("person:".length);
  const plays = db
    .prepare(
      `select l.key, t.uri, p.started_at, p.ended_at, p.counts,
         (select json_group_array(s.way || ' ' || e.started_at || ' ' || e.ended_at || ' ' || e.exact || ' ' || coalesce(e.listened_ms, '-'))
          from play_evidence e join play_sources s on s.id = e.source where e.play = p.id) as witnesses
       from plays p join listeners l on l.id = p.listener join tracks t on t.id = p.track order by p.started_at`,
    )
    .all();
  const gaps = db
    .prepare("select l.key, g.from_at, g.until_at from play_gaps g join listeners l on l.id = g.listener")
    .all();
  db.close();
  return {
    written: plays
      .filter((row) => Number(row.started_at) < endAt)
      .map((row) => ({
        person: person(row.key),
        uri: String(row.uri),
        startedAt: Number(row.started_at),
        endedAt: Number(row.ended_at),
        counts: row.counts === 1,
        witnesses: witnessesOf(row.witnesses),
      })),
    gaps: gaps.map((row) => ({
      person: person(row.key),
      fromAt: Number(row.from_at),
      untilAt: Number(row.until_at),
    })),
  };
}

const exacts = ["both", "start", "end", "neither"];

/** As people read them: the way, the range, which of its ends were seen, and how much was heard where that is known. */
function witnessesOf(json: unknown): string[] {
  return z
    .array(z.string())
    .parse(JSON.parse(String(json)))
    .map((line) => {
      const [way, from, to, exact, listened] = line.split(" ");
      const time = (at: string | undefined) => new Date(Number(at)).toISOString().slice(5, 23);
      const heard = listened === "-" ? "" : `, ${Math.round(Number(listened) / 1_000)} s`;
      return `${way} ${time(from)}..${time(to)} ${exacts[Number(exact)]}${heard}`;
    });
}

/** The disk is not what is measured: in memory where there is room. */
function memoryFolder(): string {
  try {
    const { bavail, bsize } = statfsSync("/dev/shm");
    return bavail * bsize > 2e8 ? "/dev/shm" : tmpdir();
  } catch {
    return tmpdir();
  }
}
