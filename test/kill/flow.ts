import type { Program } from "./program.ts";
import type { World } from "./world.ts";

export const kinds = ["lost", "doubled", "unconfirmed", "half done"] as const;
export type Finding = { kind: (typeof kinds)[number]; what: string };

/** One thing that people, a service or time ask of the program, from its beginning to its proof. */
export type Deed = {
  /** Asks for it, as far as the program lives; rejects with Gone when it dies meanwhile. `dieAt` is for a process of its own. */
  drive(dieAt: number | undefined): Promise<void>;
  /** Called after each death, before anything begins again. */
  died?(): Promise<void>;
  /** What people and platforms do once the program is back. Ends when nothing more is to be waited for, or in vain. */
  settle(): Promise<void>;
  /** What is not as it must be. Asked again at the very end: what is done twice may be done late. */
  findings(): Finding[];
  /** A process of its own, that dies instead of the world's program, and how it begins again. */
  own?: { program: Program; start(dieAt?: number): Promise<void> };
};

export type Flow = {
  name: string;
  /** Once, before anything dies. */
  prepare?(world: World): Promise<void>;
  /** How many ways it has, by the turn; each is known by itself. */
  variants?: number;
  /** No two have the same `turn`. */
  begin(world: World, turn: number): Promise<Deed>;
};
