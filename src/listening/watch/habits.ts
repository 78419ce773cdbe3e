const HOUR_MS = 60 * 60_000;
const HOURS = 7 * 24;
/** 1 January 1970 was a Thursday; weeks begin on Monday. */
const EPOCH_HOUR = 3 * 24;
/** Nobody is bound to their habits: an hour in which somebody never listened counts as this share of a usual one. */
const NEVER = 0.15;
/** So many plays make a habit; below it the weights are drawn towards 1. */
const ENOUGH = 50;

/** The hour of the week at a time, 0 for Monday 0-1 h UTC. */
export const hourOfWeek = (at: number): number => (Math.floor(at / HOUR_MS) + EPOCH_HOUR) % HOURS;

/** How much likelier than usual it is that the person begins to listen at this time, as a weight for looks: 1 on average. */
export type Habit = (at: number) => number;

export const noHabit: Habit = () => 1;

/**
 * Weights from plays by hour of the week (168, UTC, from Monday). Looks at a rate r find a beginning after 1 / 2r on average;
 * with beginnings at a rate b and a bounded number of looks, the sum of b / 2r is least where r goes with the square root
 * of b. An hour later or earlier is nearly as usual (clocks change twice a year), so each hour takes part in its neighbours.
 */
export function habitOf(playsByHour: readonly number[]): Habit {
  const sum = playsByHour.reduce((total, plays) => total + plays, 0);
  if (playsByHour.length !== HOURS || !(sum > 0)) return noHabit;
  const usual = sum / HOURS;
  const at = (hour: number) => playsByHour[(hour + HOURS) % HOURS] ?? 0;
  const known = Math.min(1, sum / ENOUGH);
  const raw = playsByHour.map((_plays, hour) => {
    const here = at(hour) / 2 + at(hour - 1) / 4 + at(hour + 1) / 4;
    return Math.sqrt(known * (here / usual) + (1 - known) + NEVER);
  });
  const mean = raw.reduce((total, each) => total + each, 0) / HOURS;
  return (time) => (raw[hourOfWeek(time)] ?? mean) / mean;
}
