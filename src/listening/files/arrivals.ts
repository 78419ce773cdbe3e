import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import type { Clock } from "../../contracts/clock.ts";
import { isSegueError } from "../../contracts/errors.ts";
import type { BroughtState } from "../../contracts/history-files.ts";
import type { Importer, KeptFile } from "../../contracts/imports.ts";
import { listenerOf } from "../../contracts/listening.ts";
import type { Log } from "../../contracts/log.ts";
import type { Board } from "./board.ts";
import type { Expected, ExpectedFiles, Wanted } from "./expected.ts";

/** Two gigabytes over a slow line. */
const ARRIVES_MS = 6 * 60 * 60_000;
/** A platform may be reached only a while after the start. */
const FETCH_AGAIN_MS = [5_000, 30_000, 2 * 60_000, 10 * 60_000] as const;

/** Begins to hand over the bytes, until the signal says that nobody wants them any more. */
export type Open = (signal: AbortSignal) => Promise<Readable>;
/**
 * `id`: under which it comes. `wanted`: from where the next start gets it, should this one end before. `patienceMs`: after so
 * long nobody waits for it, and what becomes of it is shown.
 */
export type Coming = { id?: string; patienceMs?: number; wanted?: Wanted };
type OnItsWay = { id: string; personId: string; name: string; stop: AbortController; ended: Promise<unknown> };

export type ArrivalParts = {
  importer: Pick<Importer, "keep">;
  expected: Pick<ExpectedFiles, "add" | "arrived">;
  board: Board;
  /** What is here whole goes on from there. */
  begin(file: KeptFile, personId: string): BroughtState;
  ends(id: string, change: Pick<BroughtState, "status">): Promise<void>;
  clock: Clock;
  log: Log;
  stopping: AbortSignal;
};

/** Files on their way here, one for each person, until their last byte is on the disk. */
export function createArrivals({ importer, expected, board, begin, ends, clock, log, stopping }: ArrivalParts) {
  /** By person. */
  const arriving = new Map<string, OnItsWay>();

  /** Here whole. Whoever stops it meanwhile, or deletes what they have, leaves nothing of it. */
  async function receive({ id, personId, name, stop }: OnItsWay, open: Open): Promise<KeptFile> {
    const signal = AbortSignal.any([stop.signal, stopping]);
    const stream = await open(signal);
    // Whoever opened it may not have heard the signal.
    const end = () => void stream.destroy(new Error("nobody waits for this file any more"));
    signal.addEventListener("abort", end, { once: true });
    try {
      if (signal.aborted) end();
      const file = await importer.keep(listenerOf.person(personId), stream, name, id);
      if (stop.signal.aborted) await file.discard();
      signal.throwIfAborted();
      return file;
    } finally {
      signal.removeEventListener("abort", end);
    }
  }

  /** What is not there, or not to be taken, is not there the next time either. */
  async function receiveAtLast(coming: OnItsWay, open: Open): Promise<KeptFile> {
    for (const ms of FETCH_AGAIN_MS) {
      try {
        return await receive(coming, open);
      } catch (error) {
        if (coming.stop.signal.aborted || stopping.aborted) throw error;
        if (isSegueError(error, "NotFound") || isSegueError(error, "InvalidInput")) throw error;
        log.info({ error }, "a file is asked for again");
        await clock.sleep(ms, AbortSignal.any([coming.stop.signal, stopping]));
      }
    }
    return receive(coming, open);
  }

  /** From the first byte until the file is here whole and being read. */
  async function arrive(coming: OnItsWay, received: () => Promise<KeptFile>, from?: Wanted): Promise<BroughtState> {
    const { id, personId, name } = coming;
    const arrived = new AbortController();
    const late = clock.sleep(ARRIVES_MS, AbortSignal.any([arrived.signal, stopping]));
    late.then(() => coming.stop.abort()).catch(() => undefined);
    try {
      await expected.add({ id, personId, name, ...(from && { from }) });
      return begin(await received(), personId);
    } finally {
      arriving.delete(personId);
      arrived.abort();
      // Where the program ends it is still to be fetched.
      if (!stopping.aborted) await expected.arrived(id);
    }
  }

  function come(personId: string, id: string, name: string): OnItsWay {
    const coming = { id, personId, name, stop: new AbortController(), ended: Promise.resolve() };
    arriving.set(personId, coming);
    board.put({ id, personId, status: "arriving", name });
    board.tell(id);
    return coming;
  }

  /** What becomes of it is shown, as nobody waits for it. */
  function showEnd(coming: OnItsWay, here: Promise<BroughtState>): void {
    here.then(
      () => board.tellSurely(coming.id),
      (error: unknown) => {
        if (stopping.aborted) return;
        log.info({ error }, "a file did not arrive");
        void ends(coming.id, { status: coming.stop.signal.aborted ? "cancelled" : "lost" });
      },
    );
  }

  return {
    /** Resolves once the file is here, or when patience ends. Rejects as `open` does. */
    async bring(
      personId: string,
      open: Open,
      name: string,
      { id = randomUUID(), patienceMs, wanted }: Coming = {},
    ): Promise<BroughtState> {
      const coming = come(personId, id, name);
      const state: BroughtState = { id, personId, status: "arriving", name };
      const here = arrive(coming, () => receive(coming, open), wanted);
      coming.ended = here.catch(() => undefined);
      if (patienceMs === undefined) return here;
      const ended = new AbortController();
      const waited = clock.sleep(patienceMs, ended.signal).then(
        () => state,
        () => state,
      );
      let first: BroughtState;
      try {
        first = await Promise.race([here, waited]);
      } catch (error) {
        board.remove(id);
        throw error;
      } finally {
        ended.abort();
      }
      if (first === state) showEnd(coming, here);
      return first;
    },
    /** What an earlier run had begun to fetch: again from the beginning, under the same message. */
    fetchAgain({ id, personId, name }: Expected, from: Wanted, open: Open): void {
      const coming = come(personId, id, name);
      const here = arrive(coming, () => receiveAtLast(coming, open), from);
      coming.ended = here.catch(() => undefined);
      showEnd(coming, here);
    },
    of: (personId: string): Pick<OnItsWay, "id" | "stop" | "ended"> | undefined => arriving.get(personId),
    all: (): { ended: Promise<unknown> }[] => [...arriving.values()],
  };
}
