import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { LRUCache } from "lru-cache";
import type { Clock } from "../../contracts/clock.ts";
import { isSegueError, SegueError } from "../../contracts/errors.ts";
import type { Events } from "../../contracts/events.ts";
import type { BroughtState } from "../../contracts/history-files.ts";
import type { Importer, ImportJob, KeptFile } from "../../contracts/imports.ts";
import { type ListenerKey, listenerOf } from "../../contracts/listening.ts";
import type { Log } from "../../contracts/log.ts";
import { personSettings } from "../../contracts/people-store.ts";
import type { Store } from "../../contracts/store.ts";
import { createExpected, type Expected, type Wanted } from "./expected.ts";
import { ended, outcomeOf } from "./outcome.ts";
import { ownersOf, stranger } from "./owner.ts";

/** So long an answer to "is it yours?" is waited for; the file takes room meanwhile. */
const ASK_MS = 24 * 60 * 60_000;
/** Two gigabytes over a slow line. */
const ARRIVES_MS = 6 * 60 * 60_000;
/** What ended can be looked at for a day, as messages are. */
const SHOWN_MS = 24 * 60 * 60_000;
const MOST_SHOWN = 1_000;
/** How often those who look on are told; platforms slow it down further. */
const TELL_MS = 2_000;
/** The message that shows it may only be on its way when it ends: whoever looks on is told again after these. */
const AGAIN_MS = [2_000, 10_000, 40_000] as const;
/** A platform may be reached only a while after the start. */
const FETCH_AGAIN_MS = [5_000, 30_000, 2 * 60_000, 10 * 60_000] as const;
/** Names that a person said yes to are not asked about again. */
const trustedNames = "import_names";

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

/** Begins to hand over the bytes, until the signal says that nobody wants them any more. */
type Open = (signal: AbortSignal) => Promise<Readable>;
type Coming = { id: string; personId: string; name: string; stop: AbortController; ended: Promise<unknown> };

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
  /** By person. */
  const arriving = new Map<string, Coming>();
  const expected = createExpected({ settings: store.settings, log });
  const shown = new LRUCache<string, BroughtState>({ max: MOST_SHOWN, ttl: SHOWN_MS, perf: clock, ttlResolution: 0 });
  const stopping = new AbortController();
  const ofPerson = (personId: string) => [...live.values()].find((each) => each.state.personId === personId);
  const tell = (id: string) => events.emit({ type: "view.changed", kind: "import", key: id });

  /** What is drawn already is not drawn again. */
  function tellSurely(id: string): void {
    tell(id);
    const again = async () => {
      for (const ms of AGAIN_MS) {
        await clock.sleep(ms, stopping.signal);
        tell(id);
      }
    };
    // Ends by the end of the program alone.
    again().catch(() => undefined);
  }

  function show(id: string, change: Partial<BroughtState>): void {
    const current = live.get(id)?.state ?? shown.get(id);
    if (!current) return;
    const { untilAt: _, owner: __, ...rest } = current;
    const state = { ...rest, ...change };
    const being = live.get(id);
    if (being) being.state = state;
    else shown.set(id, state);
  }

  async function ends(id: string, change: Pick<BroughtState, "status"> & Partial<BroughtState>): Promise<void> {
    show(id, change);
    const being = live.get(id);
    live.delete(id);
    if (being) shown.set(id, being.state);
    tellSurely(id);
    await expected.ended(id, { at: clock.now(), status: change.status }).catch((error: unknown) => {
      log.warn({ error }, "how an import ended is not known after the next start");
    });
  }

  /** What an earlier run had read, or begun to: its message may still say that it is being read. */
  async function showAgain(one: Expected): Promise<void> {
    const { id, personId, name } = one;
    shown.set(id, { id, personId, name, ...((await outcomeOf(store.imports, one)) ?? { status: "stopped" }) });
    tellSurely(id);
  }

  async function trusted(personId: string): Promise<string[]> {
    const names = await store.settings.get(personSettings.owner(personId), trustedNames);
    return Array.isArray(names) ? names.filter((each) => typeof each === "string") : [];
  }

  /** In whose name the file is, where that is not plainly the person's own. */
  async function othersName(personId: string, { path, name }: KeptFile): Promise<string | undefined> {
    try {
      const owners = await ownersOf(path, name);
      return owners.length === 0
        ? undefined
        : stranger(owners, [...(await parts.namesOf(personId)), ...(await trusted(personId))]);
    } catch (error) {
      // What cannot be read is told by the import itself.
      log.debug({ error }, "a file does not tell whose it is");
      return undefined;
    }
  }

  async function isTheirs(being: Live, owner: string): Promise<boolean | "late"> {
    const { id } = being.state;
    const answered = new Promise<boolean>((resolve) => {
      being.answer = resolve;
    });
    show(id, { status: "asked", owner, untilAt: clock.now() + ASK_MS });
    tellSurely(id);
    const waiting = new AbortController();
    const late = clock
      .sleep(ASK_MS, AbortSignal.any([waiting.signal, being.stop.signal, stopping.signal]))
      .then(() => "late" as const)
      .catch(() => false);
    const yes = await Promise.race([answered, late]);
    waiting.abort();
    delete being.answer;
    if (yes === true) {
      const owned = personSettings.owner(being.state.personId);
      const names = await trusted(being.state.personId);
      await store.settings.put(owned, trustedNames, [...names.filter((each) => each !== owner), owner].slice(-20));
    }
    return yes;
  }

  async function follow(being: Live, file: KeptFile): Promise<void> {
    const { id, personId } = being.state;
    const owner = await othersName(personId, file);
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
    tell(id);
    await expected.begins({ id, personId, name: file.name }, clock.now());
    being.job = importer.startImport(being.listener, file, file.name, {
      onProgress({ counts, bytes, ofBytes }) {
        show(id, { counts, share: ofBytes > 0 ? Math.min(1, bytes / ofBytes) : 1 });
        if (clock.now() - being.toldAt < TELL_MS) return;
        being.toldAt = clock.now();
        tell(id);
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
    if (ofPerson(personId) || arriving.has(personId)) throw new SegueError("InvalidInput", { field: "file", why });
  }

  /** Here whole. Whoever stops it meanwhile, or deletes what they have, leaves nothing of it. */
  async function receive({ id, personId, name, stop }: Coming, open: Open): Promise<KeptFile> {
    const signal = AbortSignal.any([stop.signal, stopping.signal]);
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
  async function receiveAtLast(coming: Coming, open: Open): Promise<KeptFile> {
    for (const ms of FETCH_AGAIN_MS) {
      try {
        return await receive(coming, open);
      } catch (error) {
        if (coming.stop.signal.aborted || stopping.signal.aborted) throw error;
        if (isSegueError(error, "NotFound") || isSegueError(error, "InvalidInput")) throw error;
        log.info({ error }, "a file is asked for again");
        await clock.sleep(ms, AbortSignal.any([coming.stop.signal, stopping.signal]));
      }
    }
    return receive(coming, open);
  }

  /** From the first byte until the file is here whole and being read. */
  async function arrive(coming: Coming, received: () => Promise<KeptFile>, from?: Wanted): Promise<BroughtState> {
    const { id, personId, name } = coming;
    const arrived = new AbortController();
    const late = clock.sleep(ARRIVES_MS, AbortSignal.any([arrived.signal, stopping.signal]));
    late.then(() => coming.stop.abort()).catch(() => undefined);
    try {
      await expected.add({ id, personId, name, ...(from && { from }) });
      return begin(await received(), personId);
    } finally {
      arriving.delete(personId);
      arrived.abort();
      // Where the program ends it is still to be fetched.
      if (!stopping.signal.aborted) await expected.arrived(id);
    }
  }

  function come(personId: string, id: string, name: string): Coming {
    const coming = { id, personId, name, stop: new AbortController(), ended: Promise.resolve() };
    arriving.set(personId, coming);
    shown.set(id, { id, personId, status: "arriving", name });
    tell(id);
    return coming;
  }

  /** What becomes of it is shown, as nobody waits for it. */
  function showEnd(coming: Coming, here: Promise<BroughtState>): void {
    here.then(
      () => tellSurely(coming.id),
      (error: unknown) => {
        if (stopping.signal.aborted) return;
        log.info({ error }, "a file did not arrive");
        void ends(coming.id, { status: coming.stop.signal.aborted ? "cancelled" : "lost" });
      },
    );
  }

  /** What an earlier run had begun to fetch: again from the beginning, under the same message. */
  function fetchAgain({ id, personId, name }: Expected, from: Wanted, open: Open): void {
    const coming = come(personId, id, name);
    const here = arrive(coming, () => receiveAtLast(coming, open), from);
    coming.ended = here.catch(() => undefined);
    showEnd(coming, here);
  }

  return {
    /**
     * Resolves once the file is here; with `patienceMs` after that time at the latest, and what becomes of it is then shown.
     * `id`: under which. `wanted`: from where the next start gets it, should this one end before. Rejects as `open` does.
     */
    async bring(
      personId: string,
      open: Open,
      name: string,
      { id = randomUUID(), patienceMs, wanted }: { id?: string; patienceMs?: number; wanted?: Wanted } = {},
    ): Promise<BroughtState> {
      busy(personId);
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
        shown.delete(id);
        throw error;
      } finally {
        ended.abort();
      }
      if (first === state) showEnd(coming, here);
      return first;
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
        const free = !ofPerson(personId) && !arriving.has(personId);
        const known = (await store.people.get(personId)) !== undefined;
        if (known && free && from) {
          fetchAgain(each, from, opening(from));
          continue;
        }
        await expected.remove(id);
        if (!known || live.has(id)) continue;
        shown.set(id, { id, personId, status: "lost", name });
        tellSurely(id);
      }
    },
    state(personId: string | undefined, id: string): BroughtState | undefined {
      const state = live.get(id)?.state ?? shown.get(id);
      return state?.personId === personId ? state : undefined;
    },
    current(personId: string): BroughtState | undefined {
      const coming = arriving.get(personId);
      return ofPerson(personId)?.state ?? (coming && shown.get(coming.id));
    },
    /** Shows something that has no file yet. */
    announce(state: BroughtState): void {
      shown.set(state.id, state);
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
      const coming = arriving.get(personId);
      if (coming?.id === id) coming.stop.abort();
      const being = live.get(id);
      if (being?.state.personId !== personId) return coming?.id === id;
      being.stop.abort();
      await being.ended;
      return true;
    },
    running: () => [...live.values()].map(({ listener, state }) => ({ listener, share: state.share ?? 0 })),
    async forget(personId: string): Promise<void> {
      const coming = arriving.get(personId);
      coming?.stop.abort();
      await coming?.ended;
      const being = ofPerson(personId);
      being?.stop.abort();
      await being?.ended;
      for (const [id, state] of shown) if (state.personId === personId) shown.delete(id);
      await expected.removeOf(personId);
      await store.settings.remove(personSettings.owner(personId), trustedNames);
    },
    /** What is being read goes on after the next start. */
    async stop(): Promise<void> {
      stopping.abort();
      await importer.stop();
      await Promise.all([...live.values(), ...arriving.values()].map(({ ended }) => ended));
    },
  };
}

/** A file as another part of the program hands it over. */
export const streamOf = (web: ReadableStream<Uint8Array>): Readable =>
  Readable.fromWeb(web as Parameters<typeof Readable.fromWeb>[0]);
