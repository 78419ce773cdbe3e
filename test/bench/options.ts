/** How long a load goes on at each rate, and flags for the node that runs the bot. */
export type BenchOptions = { seconds: number; node: readonly string[] };
