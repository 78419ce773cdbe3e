import { loadavg } from "node:os";

/** One line of the result. Names of values carry their unit. */
export type Figure = { bench: string } & Record<string, unknown>;

/** Writes a figure as one JSON line. The load tells how far the machine was the bench's own. */
export function emit(figure: Figure): void {
  process.stdout.write(`${JSON.stringify({ ...figure, load1: round(loadavg()[0] ?? 0) })}\n`);
}

export function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** p50, p99 and max by nearest rank, in ms. */
export function spread(values: readonly number[]): { n: number; p50_ms?: number; p99_ms?: number; max_ms?: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => round(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN);
  return sorted.length === 0 ? { n: 0 } : { n: sorted.length, p50_ms: at(0.5), p99_ms: at(0.99), max_ms: at(1) };
}

export function median(values: readonly number[]): number {
  return spread(values).p50_ms ?? Number.NaN;
}

export function round(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}

/** How a figure stands against what is aimed at. */
export function against(value: number | undefined, most: number): { aim: number; met: boolean } {
  return { aim: most, met: value !== undefined && value <= most };
}
