import { createRandom, type Random, seedFrom } from "../../src/rehearsal/random.ts";
import { type Deed, type Finding, type Flow, kinds } from "./flow.ts";
import { Gone, type Program } from "./program.ts";
import { openWorld, type World } from "./world.ts";

export type Tally = {
  seed: number;
  /** By flow. */
  kills: Record<string, number>;
  lost: number;
  doubled: number;
  unconfirmed: number;
  halfDone: number;
  seconds: number;
  /** What was found, with where the program had died. */
  found: string[];
};

type Usual = { moments: number; ms: number };
type Proof = { where: string; deaths: number; findings(): Finding[] };

/** Most die at a moment of their own, the others at any time. */
const atMoment = 0.75;
/** Some die later than the work usually ends: while it is tidied up. */
const beyond = 1.15;
/** So many die once more while they come back. */
const again = 0.1;
const momentsOfStart = 60;
const lateMs = 1_500;
/** Who died knows nothing of the pace it had kept, and what moved time on may have moved it past an acknowledgement. */
const hasty = /Too Many Requests|acknowledged twice or too late/;

/** Kills the program so often, evenly over the flows, in `lanes` worlds side by side. Rejects when a flow goes wrong unharmed. */
export async function runKills(options: {
  kills: number;
  seed: number;
  flows: readonly Flow[];
  lanes: number;
  tell?: (line: string) => void;
}): Promise<Tally> {
  const { kills, seed, flows, lanes, tell = () => {} } = options;
  const began = performance.now();
  const counts: Record<string, number> = Object.fromEntries(flows.map(({ name }) => [name, 0]));
  const found: { kind: Finding["kind"]; text: string }[] = [];
  let next = 0;

  async function lane(): Promise<void> {
    const world = await openWorld();
    const proofs: Proof[] = [];
    const usual = new Map<string, Usual>();
    try {
      await world.begin();
      while (next < kills) {
        const turn = next++;
        const flow = flows[turn % flows.length];
        if (!flow) break;
        const { name, variants = 1 } = flow;
        const round = variants + Math.floor(turn / flows.length);
        const way = `${name} ${round % variants}`;
        const known = usual.get(way) ?? (await unharmed(world, flow, round % variants));
        usual.set(way, known);
        const proof = await prove(world, flow, { round, known, random: createRandom(seedFrom(seed, turn)) });
        counts[name] = (counts[name] ?? 0) + proof.deaths;
        const where = `${name} #${turn} [${proof.where}]`;
        proofs.push({ ...proof, where });
        const seconds = Math.round((performance.now() - began) / 1_000);
        tell(`${seconds} s: ${where} ${proof.findings().map(written).join("; ") || "well"}`);
      }
      await world.pause(lateMs);
      for (const { where, findings } of proofs)
        for (const finding of findings()) found.push({ kind: finding.kind, text: `${where} ${written(finding)}` });
      for (const offence of world.offences().filter((each) => !hasty.test(String(each))))
        found.push({ kind: "half done", text: `a rule was broken: ${String(offence)}` });
    } finally {
      await world.close();
    }
  }

  await Promise.all(Array.from({ length: lanes }, lane));
  const count = (kind: Finding["kind"]) => found.filter((each) => each.kind === kind).length;
  return {
    seed,
    kills: counts,
    lost: count(kinds[0]),
    doubled: count(kinds[1]),
    unconfirmed: count(kinds[2]),
    halfDone: count(kinds[3]),
    seconds: Math.round((performance.now() - began) / 1_000),
    found: found.map(({ text }) => text),
  };
}

const written = ({ kind, what }: Finding) => `${kind}: ${what}`;

/** Once without a kill: how long it takes, and that it is well then. */
async function unharmed(world: World, flow: Flow, turn: number): Promise<Usual> {
  world.unwatch();
  if (turn === 0) await flow.prepare?.(world);
  const deed = await flow.begin(world, turn);
  if (!deed.own) await world.program.arm(null);
  const began = performance.now();
  await deed.drive(undefined);
  const ms = performance.now() - began;
  const moments = await (deed.own?.program ?? world.program).moments();
  await deed.settle();
  const findings = deed.findings();
  if (findings.length > 0) throw new Error(`${flow.name} goes wrong unharmed: ${findings.map(written).join("; ")}`);
  return { moments, ms };
}

/** One kill and what comes of it; what goes wrong on the way is a finding, too. */
async function prove(
  world: World,
  flow: Flow,
  { round, known, random }: { round: number; known: Usual; random: Random },
): Promise<Proof> {
  let died = { where: "before it died", deaths: 0 };
  world.unwatch();
  try {
    const deed = await flow.begin(world, round);
    died = await killed(world, deed, known, random);
    await deed.settle();
    return { ...died, findings: () => deed.findings() };
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    if (!world.program.alive()) await world.start();
    return { ...died, findings: () => [{ kind: "lost", what }] };
  }
}

async function killed(
  world: World,
  deed: Deed,
  usual: Usual,
  random: Random,
): Promise<{ where: string; deaths: number }> {
  const { program, start } = deed.own ?? world;
  const dieAt = random() < atMoment ? 1 + Math.floor(random() * usual.moments * beyond) : undefined;
  const afterMs = random() * usual.ms * beyond;
  if (!deed.own) await program.arm(dieAt ?? null);
  const driving = deed.drive(dieAt).catch((error: unknown) => {
    if (!(error instanceof Gone)) throw error;
  });
  await Promise.race([driving, died(program), ...(dieAt === undefined ? [world.pause(afterMs)] : [])]);
  const where = program.alive() ? `at ${Math.round(dieAt ?? afterMs)} of its end` : placeOf(program);
  await program.kill();
  await driving;
  await deed.died?.();
  let deaths = 1;
  if (random() < again) {
    try {
      await start(1 + Math.floor(random() * momentsOfStart));
      return { where, deaths };
    } catch (error) {
      if (!(error instanceof Gone)) throw error;
      await deed.died?.();
      deaths += 1;
    }
  }
  await start();
  return { where, deaths };
}

const died = (program: Program) => program.died();
const placeOf = (program: Program) => /died at moment .*/.exec(program.output())?.[0] ?? "";
