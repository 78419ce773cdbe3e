import { gates } from "../../src/contracts/language.ts";

/** One answer: `idle` where the message was not for the bot at all. */
export type Judged = { right: boolean; confidence: number; acted: boolean; idle: boolean };

type Say = (line?: string) => void;

const edges = [0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0001];

/**
 * The reliability curve: of the answers in each band of confidence, how many are right. The expected calibration error is
 * the distance between the two, weighted by how many answers a band holds.
 */
export function printCalibration(judged: readonly Judged[], say: Say): void {
  const acted = judged.filter((one) => one.acted);
  if (acted.length === 0) return;
  say("confidence of what is acted on (dev, English)   n    mean  right %");
  let error = 0;
  for (let index = 0; index + 1 < edges.length; index++) {
    const [from = 0, to = 1] = edges.slice(index, index + 2);
    const band = acted.filter(({ confidence }) => confidence >= from && confidence < to);
    if (band.length === 0) continue;
    const mean = band.reduce((sum, { confidence }) => sum + confidence, 0) / band.length;
    const right = band.filter((one) => one.right).length / band.length;
    error += (Math.abs(mean - right) * band.length) / acted.length;
    const name = `${from.toFixed(2)} to ${Math.min(1, to).toFixed(2)}`;
    say(
      `  ${name.padEnd(40)} ${String(band.length).padStart(5)} ${mean.toFixed(3).padStart(7)} ${(100 * right).toFixed(1).padStart(8)}`,
    );
  }
  say(`  expected calibration error ${error.toFixed(3)}`);
}

/** What each gate lets through: commands that are still understood, and messages that are none of the bot's business. */
export function printGates(judged: readonly Judged[], say: Say): void {
  const commands = judged.filter((one) => !one.idle);
  const idle = judged.filter((one) => one.idle);
  if (commands.length === 0) return;
  say("gate (dev, English)       commands right %  false triggers");
  for (const [name, gate] of Object.entries(gates)) {
    const right = commands.filter((one) => one.acted && one.right && one.confidence >= gate).length;
    const triggered = idle.filter((one) => one.acted && !one.right && one.confidence >= gate).length;
    say(
      `  ${name.padEnd(10)} ${gate.toFixed(2).padStart(8)} ${((100 * right) / commands.length).toFixed(1).padStart(20)}  ${`${triggered}/${idle.length}`.padStart(14)}`,
    );
  }
}
