import { Readable } from "node:stream";
import type { Clock } from "../../contracts/clock.ts";
import { isSegueError, SegueError } from "../../contracts/errors.ts";
import type { Events } from "../../contracts/events.ts";
import type { BroughtState } from "../../contracts/history-files.ts";
import type { Importer, ImportJob, KeptFile } from "../../contracts/imports.ts";
import type { ListenerKey } from "../../contracts/listening.ts";
import type { Log } from "../../contracts/log.ts";
import type { Store } from "../../contracts/store.ts";
import { type Coming, createArrivals, type Open } from "./arrivals.ts";
import { createBoard } from "./board.ts";
import { createExpected, type Expected, type Wanted } from "./expected.ts";
import { ended, outcomeOf } from "./outcome.ts";
import { createWhose } from "./whose.ts";

/** So long an answer to "is it yours?" is waited for; the file takes room meanwhile. */
const ASK_MS = 24 * 60 * 60_000;
/** How often those who look on are told; platforms slow it down further. */
const TELL_MS = 2_000;

/** One file on its way into one person's history. */
type Live = {
  state: BroughtState;
  listener: ListenerKey;
  /** Ends the waiting and the import. */
  stop: AbortController;
  /** Settles the question whether it is theirs. */
  answer?: (yes: boolean) => void;
  job?: ImportJob;
  toldAt: number;
  ended: Promise<void>;
};

export type BroughtParts = {
  store: Pick<Store, "settings" | "people" | "imports">;
  importer: Importer;
  events: Pick<Events, "emit">;
  /** Under which names the person is known, here and at services. */
  namesOf(personId: string): Promise<readonly string[]>;
  clock: Clock;
  log: Log;
};

/**
 * Files that people bring, from the moment they are here whole. In memory is only how far they are: a file stays on the disk
 * until it is read, and is taken up again by the next start.
 */
export function createBrought(parts: BroughtParts) {
  const { store, importer, events, clock, log } = parts;
  const live = new Map<string, Live>();
  const expected = createExpected({ settings: store.settings, log });
  const stopping = new AbortController();
  const board = createBoard({ events, clock, stopping: stopping.signal });
  const whose = createWhose({ settings: store.settings, namesOf: parts.namesOf, log });
  const arrivals = createArrivals({ importer, expected, board, begin, ends, clock, log, stopping: stopping.signal });
  const ofPerson = (personId: string) => [...live.values()].find((each) => each.state.personId === personId);

  function show(id: string, change: Partial<BroughtState>): void {
    const current = live.get(id)?.state ?? board.get(id);
    if (!current) return;
    const { untilAt: _, owner: __, ...rest } = current;
    const state = { ...rest, ...change };
    const being = live.get(id);
    if (being) being.state = state;
    else board.put(state);
  }

  async function ends(id: string, change: Pick<BroughtState, "status"> & Partial<BroughtState>): Promise<void> {
    show(id, change);
    const being = live.get(id);
    live.delete(id);
    if (being) board.put(being.state);
    board.tellSurely(id);
    await expected.ended(id, { at: clock.now(), status: change.status }).catch((error: unknown) => {
      log.warn({ error }, "how an import ended is not known after the next start");
    });
  }

  /** What an earlier run had read, or begun to: its message may still say that it is being read. */
  async function showAgain(one: Expected): Promise<void> {
    const { id, personId, name } = one;
    board.put({ id, personId, name, ...((await outcomeOf(store.imports, one)) ?? { status: "stopped" }) });
    board.tellSurely(id);
  }

  async function isTheirs(being: Live, owner: string): Promise<boolean | "late"> {
    const { id } = being.state;
    const answered = new Promise<boolean>((resolve) => {
      being.answer = resolve;
    });
    show(id, { status: "asked", owner, untilAt: clock.now() + ASK_MS });
    board.tellSurely(id);
    const waiting = new AbortController();
    const late = clock
      .sleep(ASK_MS, AbortSignal.any([waiting.signal, being.stop.signal, stopping.signal]))
      .then(() => "late" as const)
      .catch(() => false);
    const yes = await Promise.race([answered, late]);
    waiting.abort();
    delete being.answer;
    if (yes === true) await whose.trust(being.state.personId, owner);
    return yes;
  }

  async function follow(being: Live, file: KeptFile): Promise<void> {
    const { id, personId } = being.state;
    const owner = await whose.othersName(personId, file);
    if (owner !== undefined) {
      const yes = await isTheirs(being, owner);
      if (stopping.signal.aborted) return;
      if (yes !== true) {
        await file.discard();
        await ends(id, { status: yes === "late" ? "lapsed" : "cancelled" });
        return;
      }
    }
    if (being.stop.signal.aborted) {
      await file.discard();
      await ends(id, { status: "cancelled" });
      return;
    }
    show(id, { status: "running", share: 0 });
    board.tell(id);
    await expected.begins({ id, personId, name: file.name }, clock.now());
    being.job = importer.startImport(being.listener, file, file.name, {
      onProgress({ counts, bytes, ofBytes }) {
        show(id, { counts, share: ofBytes > 0 ? Math.min(1, bytes / ofBytes) : 1 });
        if (clock.now() - being.toldAt < TELL_MS) return;
        being.toldAt = clock.now();
        board.tell(id);
      },
    });
    const job = being.job;
    being.stop.signal.addEventListener("abort", () => job.cancel(), { once: true });
    const row = await job.done;
    if (row.status !== "running") await ends(id, ended(row));
  }

  /** From a file that is here, without waiting for what becomes of it. */
  function begin(file: KeptFile, personId: string): BroughtState {
    const { id } = file;
    const state: BroughtState = { id, personId, status: "running", name: file.name, share: 0 };
    const being: Live = {
      state,
      listener: file.listener,
      stop: new AbortController(),
      toldAt: clock.now(),
      ended: Promise.resolve(),
    };
    live.set(id, being);
    being.ended = follow(being, file).catch(async (error: unknown) => {
      if (stopping.signal.aborted) return;
      const unreadable = isSegueError(error, "InvalidInput");
      log[unreadable ? "info" : "error"]({ error }, "an import ended");
      await ends(id, { status: unreadable ? "unreadable" : "stopped" });
    });
    return state;
  }

  function busy(personId: string): void {
    const why = ofPerson(personId)?.state.status === "asked" ? "import_asked" : "import_running";
    if (ofPerson(personId) || arrivals.of(personId)) throw new SegueError("InvalidInput", { field: "file", why });
  }

  return {
    /** As arrivals do, one at a time for each person. */
    async bring(personId: string, open: Open, name: string, how?: Coming): Promise<BroughtState> {
      busy(personId);
      return arrivals.bring(personId, open, name, how);
    },
    busy,
    /** What an earlier run of the program left; files of those who are no more go. */
    async resume(opening: (wanted: Wanted) => Open): Promise<void> {
      const before = await expected.all();
      for (const file of await importer.left()) {
        const personId = /^person:(.+)$/.exec(file.listener)?.[1];
        const known = personId !== undefined && (await store.people.get(personId)) !== undefined;
        const earlier = before.find(({ id }) => id === file.id);
        const read = earlier && (await outcomeOf(store.imports, earlier)) !== undefined;
        if (known && !read && !ofPerson(personId)) begin(file, personId);
        else await file.discard();
      }
      for (const each of before) {
        const { id, personId, name, from } = each;
        if (each.begunAt !== undefined && !expected.isOver(each, clock.now()) && (await store.people.get(personId))) {
          if (!live.has(id)) await showAgain(each);
          continue;
        }
        const free = !ofPerson(personId) && !arrivals.of(personId);
        const known = (await store.people.get(personId)) !== undefined;
        if (known && free && from) {
          arrivals.fetchAgain(each, from, opening(from));
          continue;
        }
        await expected.remove(id);
        if (!known || live.has(id)) continue;
        board.put({ id, personId, status: "lost", name });
        board.tellSurely(id);
      }
    },
    state(personId: string | undefined, id: string): BroughtState | undefined {
      const state = live.get(id)?.state ?? board.get(id);
      return state?.personId === personId ? state : undefined;
    },
    current(personId: string): BroughtState | undefined {
      const coming = arrivals.of(personId);
      return ofPerson(personId)?.state ?? (coming && board.get(coming.id));
    },
    /** Shows something that has no file yet. */
    announce(state: BroughtState): void {
      board.put(state);
    },
    answer(personId: string, id: string, yes: boolean): boolean {
      const being = live.get(id);
      if (!being?.answer || being.state.personId !== personId) return false;
      being.answer(yes);
      // Whoever answered looks at once.
      if (yes) show(id, { status: "running", share: 0 });
      return true;
    },
    async cancel(personId: string, id: string): Promise<boolean> {
      const coming = arrivals.of(personId);
      if (coming?.id === id) coming.stop.abort();
      const being = live.get(id);
      if (being?.state.personId !== personId) return coming?.id === id;
      being.stop.abort();
      await being.ended;
      return true;
    },
    running: () => [...live.values()].map(({ listener, state }) => ({ listener, share: state.share ?? 0 })),
    async forget(personId: string): Promise<void> {
      const coming = arrivals.of(personId);
      coming?.stop.abort();
      await coming?.ended;
      const being = ofPerson(personId);
      being?.stop.abort();
      await being?.ended;
      board.removeOf(personId);
      await expected.removeOf(personId);
      await whose.forget(personId);
    },
    /** What is being read goes on after the next start. */
    async stop(): Promise<void> {
      stopping.abort();
      await importer.stop();
      await Promise.all([...live.values(), ...arrivals.all()].map(({ ended }) => ended));
    },
  };
}

/** A file as another part of the program hands it over. */
export const streamOf = (web: ReadableStream<Uint8Array>): Readable =>
  Readable.fromWeb(web as Parameters<typeof Readable.fromWeb>[0]);
