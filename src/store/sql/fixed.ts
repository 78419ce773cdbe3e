import type { Compilable, Kysely } from "kysely";
import type { Tables } from "./tables.ts";

/**
 * A query in which nothing but its parameters changes, written once: to write a small one takes Kysely several times as long as
 * SQLite takes to answer it, which counts where every message and every card that is drawn asks. `example` has its parameters in
 * the order in which they are given later.
 */
export function fixed<R>(
  db: Kysely<Tables>,
  example: Compilable<R>,
): (...parameters: readonly (string | number | null)[]) => Promise<R[]> {
  const run = fixedIn(example);
  return (...parameters) => run(db, ...parameters);
}

/** The same for whichever connection or transaction. */
export function fixedIn<R>(
  example: Compilable<R>,
): (on: Kysely<Tables>, ...parameters: readonly (string | number | null)[]) => Promise<R[]> {
  const compiled = example.compile();
  return async (on, ...parameters) => {
    if (parameters.length !== compiled.parameters.length) throw new Error(`not the parameters of ${compiled.sql}`);
    return (await on.executeQuery<R>({ ...compiled, parameters })).rows;
  };
}
