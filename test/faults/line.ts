import Fastify from "fastify";
import type { Adapter } from "../../src/contracts/adapter.ts";
import { createReadStandings } from "../../src/main/readiness.ts";
import { addProbes } from "../../src/web/probes.ts";
import type { FakeClock } from "../fakes/clock.ts";
import { silentLog } from "../support/log.ts";

/** A platform's adapter on its standing connection to a double, and what can be seen of it from outside. */
export type Line = {
  adapter: Adapter;
  /** The platform's. */
  clock: FakeClock;
  /** Sets the adapter's own. */
  jump(ms: number): void;
  start(): Promise<void>;
  /** Somebody says it to the bot. The platform gives again what was not taken, as long as it does. */
  says(text: string): void;
  /** What core has heard, by the platform's own keys. */
  heard(): { key: string; text: string }[];
  /** How often it was tried to be connected, or to be told what is new. */
  tries(): number;
  /** What the adapter has kept beyond its life. */
  stored(): string;
  close(): Promise<unknown>;
};

export type LineFault<L extends Line> = {
  name: string;
  begin(line: L): unknown;
  /** Where only a library's own timers, which keep real time, find out: resolves when they have. */
  noticed?(line: L): Promise<unknown>;
  /** Absent: it happens once. */
  end?(line: L): unknown;
};

export type LineCell = {
  service: string;
  fault: string;
  words: string;
  tries: string;
  ready: string;
  faults: string[];
};

const lastsMs = 60_000;
/** By then whoever tries is through: five minutes is the longest pause there is. */
const backWithinMs = 6 * 60_000;
/** No platform gives anything again after that. */
const givesAgainMs = 5 * 60_000 + 1_000;
/** Longer than any wait of a library that goes by its own timers: one identifies once in five seconds. */
const libraryMs = 25_000;
const shortMs = 500;
const mostGaps = 8;
const quietMs = 20;
const quietTurns = 150;

const spell = (ms: number) =>
  ms < 100 ? "at once" : ms >= 60_000 ? `${Math.round(ms / 6_000) / 10} min` : `${Math.round(ms / 100) / 10} s`;

function times(gaps: readonly number[]): string {
  if (gaps.length === 0) return "";
  if (gaps.length <= mostGaps) return gaps.map(spell).join(", ");
  return `${gaps.length} times, ${spell(Math.max(...gaps))} apart at most`;
}

async function quiet(): Promise<void> {
  const until = performance.now() + quietMs;
  for (let turn = 0; turn < quietTurns || performance.now() < until; turn++)
    await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Lets time pass, sleeper by sleeper, with all input and output done in between, until it holds or so much time is over. */
async function pass(
  line: Line,
  mostMs: number,
  look: () => Promise<unknown>,
  holds = () => false,
  realMs = libraryMs,
): Promise<void> {
  const { clock } = line;
  const untilAt = clock.now() + mostMs;
  let real = performance.now();
  for (;;) {
    await quiet();
    await look();
    if (holds() || clock.now() >= untilAt) return;
    const next = clock.nextAt();
    if (next !== undefined) {
      real = performance.now();
      await clock.advance(Math.max(0, Math.min(next, untilAt) - clock.now()));
    } else if (performance.now() - real > realMs) return;
  }
}

async function openProbe({ adapter, clock }: Line) {
  const app = Fastify();
  addProbes(app, {
    clock,
    log: silentLog,
    origin: () => ({ address: "127.0.0.1", loopback: true, hostAllowed: true, secure: false }),
    readiness: createReadStandings({ adapters: [adapter], providers: [], scheduler: { standing: () => [] }, clock }),
  });
  return async () => {
    const answer = await app.inject("/readyz");
    const { why = {} } = answer.json<{ why?: Record<string, string> }>();
    const said = Object.values(why)
      .join(" ")
      .replace(/; seen so for \d+ s$/, "");
    return { code: answer.statusCode, said: said === "" ? String(answer.statusCode) : `${answer.statusCode}: ${said}` };
  };
}

/** Breaks the connection, lets somebody speak meanwhile, mends it, and tells what could be seen. */
export async function breakLine<L extends Line>(
  service: string,
  fault: LineFault<L>,
  open: () => Promise<L>,
): Promise<LineCell> {
  const line = await open();
  const { clock, adapter } = line;
  const faults: string[] = [];
  const ask = await openProbe(line);
  const up = () => adapter.healthy?.() === true;
  const heard = (text: string) => new Set(line.heard().flatMap((each) => (each.text === text ? [each.key] : []))).size;
  const started = line.start();
  await pass(line, backWithinMs, async () => {}, up);
  await started;
  if (!up()) throw new Error(`${service} is not up before ${fault.name}`);
  const before = line.stored();

  const said: string[] = [];
  const triedAt: number[] = [];
  let tries = line.tries();
  const brokenAt = clock.now();
  const look = async () => {
    const now = line.tries();
    if (now > tries && triedAt.at(-1) !== clock.now()) triedAt.push(clock.now());
    tries = now;
    const answer = await ask();
    if (said.at(-1) !== answer.said) said.push(answer.said);
  };
  await fault.begin(line);
  line.says("meanwhile");
  await fault.noticed?.(line);
  await pass(line, fault.end ? lastsMs : 0, look);
  const atOnce = heard("meanwhile") > 0;
  await fault.end?.(line);
  const endedAt = clock.now();
  await pass(line, backWithinMs, look, up);
  const backMs = clock.now() - endedAt;
  if (!up()) faults.push("does not come back");
  await pass(line, givesAgainMs, look, () => heard("meanwhile") > 0, shortMs);
  line.says("afterwards");
  await pass(line, backWithinMs, look, () => heard("afterwards") > 0);
  if (heard("afterwards") !== 1) faults.push(`hears ${heard("afterwards")} times what is said afterwards`);
  if (heard("meanwhile") > 1) faults.push(`hears ${heard("meanwhile")} times what was said meanwhile`);
  if (line.stored() !== before) faults.push(`keeps ${line.stored()}`);
  await line.close();

  const gaps = triedAt
    .filter((at) => fault.end === undefined || at < endedAt)
    .map((at, index) => at - (triedAt[index - 1] ?? brokenAt));
  const down = new Set(said.filter((each) => !each.startsWith("200")));
  const after = fault.end ? " after its end" : "";
  const back = backMs < 100 ? `back at once${after}` : `back ${spell(backMs)}${after || " later"}`;
  return {
    service,
    fault: fault.name,
    words: atOnce ? "heard at once" : heard("meanwhile") === 1 ? "heard once it is back" : "not heard",
    tries: [times(gaps), back].filter((each) => each !== "").join("; "),
    ready: down.size === 0 ? "200" : [...down].join("; then "),
    faults,
  };
}

/** A machine's clock that is put right, or wrong. */
export const clockFaults: LineFault<Line>[] = [
  { name: "our clock goes forward by a day", begin: ({ jump }) => jump(24 * 60 * 60_000) },
  { name: "our clock goes back by a day", begin: ({ jump }) => jump(-24 * 60 * 60_000) },
];
