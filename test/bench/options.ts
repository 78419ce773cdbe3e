/** How long a load goes on at each rate, how many plays a history has, and flags for the node that runs the bot. */
export type BenchOptions = { seconds: number; plays: number; node: readonly string[] };
