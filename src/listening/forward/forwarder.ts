import type { Clock } from "../../contracts/clock.ts";
import type { DiaryRow, ForwardRow } from "../../contracts/diaries.ts";
import { isSegueError } from "../../contracts/errors.ts";
import type { Events } from "../../contracts/events.ts";
import { type ListenerKey, listenerOf, type Period, type Sighting } from "../../contracts/listening.ts";
import type { Log } from "../../contracts/log.ts";
import type { Round, Scheduler } from "../../contracts/scheduler.ts";
import type { Store } from "../../contracts/store.ts";
import type { DiarySafe } from "../diaries/safe.ts";
import type { DiaryCall, DiaryService } from "../diaries/service.ts";
import { doubled } from "./doubles.ts";
import { entryOf, judge } from "./eligible.ts";
import { nowEntry } from "./now-entry.ts";
import { sendBatch } from "./send.ts";

/**
 * Brings plays into diaries, each once. What a kill -9 leaves, and what the next round does:
 *
 *   addForwards        a row that says what is to be sent           sends it
 *   settle "sending"   a row of which nobody knows whether it       sends it again, to the letter: the diary knows it by its
 *   send                 arrived                                      start and its words, and keeps one
 *   settle "sent"      nothing
 *
 * Plays are found by looking, not by being told, so that none is missed: the last two days at each round, the last fortnight
 * now and then (that far back a service or a file may tell late), and once all older ones where the person wants that.
 */
export interface Forwarder {
  start(): Promise<void>;
  /** After something changed in what the person agreed to. */
  refresh(connection: string): Promise<void>;
}

export type ForwarderParts = {
  services: ReadonlyMap<string, DiaryService>;
  store: Pick<Store, "diaries" | "plays" | "playPages">;
  safe: DiarySafe;
  privateTimes(listener: ListenerKey, period: Period): Promise<readonly Period[]>;
  /** The person is to be told; `owes` of the row is taken away once they were. */
  tell(row: DiaryRow): void;
  scheduler: Pick<Scheduler, "add" | "wake" | "remove">;
  events: Pick<Events, "on">;
  clock: Clock;
  log: Log;
};

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const ROUND_MS = 3 * MINUTE;
/** Looked through at each round, and now and then. */
const nearMs = 2 * DAY;
const farMs = 14 * DAY;
const farEveryMs = 6 * 60 * MINUTE;
const pageSize = 200;
/** Sendings of one round, before others have their turn. */
const mostSendings = 5;
/** After a failure that names no time: a minute, twice that, … an hour. */
const retryMs = { first: MINUTE, last: 60 * MINUTE };

const jobOf = (connection: string) => `diaries.forward:${connection}`;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

export function createForwarder(parts: ForwarderParts): Forwarder & { stop(): void } {
  const { services, store, safe, scheduler, clock, log } = parts;
  const { diaries, playPages, plays } = store;
  const farAt = new Map<string, number>();
  const undo: (() => void)[] = [];

  /** A page of plays after that place; those that the diary is to have are on their way from now on. */
  async function takePage(row: DiaryRow, after: { startedAt: number; playId: number }, untilAt: number) {
    const listener = listenerOf.person(row.personId);
    const page = await playPages.page(listener, after, pageSize);
    const within = page.filter(({ play }) => play.startedAt < untilAt);
    const last = page.at(-1)?.play;
    const end = { after: last && { startedAt: last.startedAt, playId: last.id }, whole: within.length === pageSize };
    const [from, to] = [within[0], within.at(-1)].map((each) => each?.play.startedAt);
    if (from === undefined || to === undefined) return end;
    const known = await diaries.forwardsBetween(row.id, from - DAY, to + DAY);
    const ids = new Set(known.map(({ playId }) => playId));
    const entries = new Set(known.map(({ entry }) => `${entry.at} ${entry.title}`));
    const privately = await parts.privateTimes(listener, { fromAt: from, untilAt: to + DAY });
    const now = clock.now();
    const fresh = within
      .filter((whole) => !ids.has(whole.play.id) && judge(whole, row.diary, now, privately) === "send")
      .map((whole) => ({ playId: whole.play.id, entry: entryOf(whole), dueAt: now }))
      // A play that was taken apart and put together again has another number.
      .filter(({ entry }) => !entries.has(`${entry.at} ${entry.title}`));
    await diaries.addForwards(row.id, fresh);
    await turn();
    return end;
  }

  const startOf = (at: number) => ({ startedAt: at - 1, playId: Number.MAX_SAFE_INTEGER });

  async function findRecent(row: DiaryRow, service: DiaryService): Promise<void> {
    const now = clock.now();
    const far = (farAt.get(row.id) ?? 0) <= now;
    const reachMs = Math.min(far ? farMs : nearMs, service.oldestMs ?? farMs);
    let after: { startedAt: number; playId: number } | undefined = startOf(Math.max(row.fromAt, now - reachMs));
    while (after) {
      const { after: next, whole } = await takePage(row, after, Number.POSITIVE_INFINITY);
      after = whole ? next : undefined;
    }
    if (!far) return;
    await dropDeleted(row);
    farAt.set(row.id, now + farEveryMs);
  }

  /** What the person deleted since is not kept as something that was sent, either. */
  async function dropDeleted(row: DiaryRow): Promise<void> {
    const listener = listenerOf.person(row.personId);
    const gone: number[] = [];
    for (const [at, { playId, entry }] of (await diaries.forwardsBetween(row.id, 0, clock.now() + DAY)).entries()) {
      if (at % 50 === 49) await turn();
      if (await plays.get(listener, playId)) continue;
      // One that was put together anew has another number, and must not be sent again.
      const near = await playPages.page(listener, startOf(entry.at - 5 * MINUTE), pageSize);
      const anew = near.some(
        ({ play, heard }) => play.startedAt < entry.at + 5 * MINUTE && heard.title === entry.title,
      );
      if (!anew) gone.push(playId);
    }
    await diaries.dropForwards(row.id, gone);
  }

  /** One page of the older ones at a time: what was found is sent before more is looked for. */
  async function findOlder(row: DiaryRow, service: DiaryService): Promise<boolean> {
    const { scanAt, scanUntilAt } = row;
    if (scanAt === undefined || scanUntilAt === undefined || scanAt >= scanUntilAt) return false;
    const fromAt = Math.max(scanAt, service.oldestMs === undefined ? 0 : clock.now() - service.oldestMs);
    const { after, whole } = await takePage(row, startOf(fromAt), scanUntilAt);
    // Those of one and the same moment would be looked at for ever if a page were full of them.
    const next = whole && after ? Math.max(after.startedAt, fromAt + 1) : scanUntilAt;
    await diaries.change(row.id, { scanAt: Math.min(next, scanUntilAt) });
    return next < scanUntilAt;
  }

  /** Without those that the person deleted or hid since, which nobody is to have. */
  async function stillTheirs(row: DiaryRow, batch: readonly ForwardRow[]): Promise<ForwardRow[]> {
    const listener = listenerOf.person(row.personId);
    const kept: ForwardRow[] = [];
    const gone: number[] = [];
    for (const [at, each] of batch.entries()) {
      if (at % 50 === 49) await turn();
      const play = await plays.get(listener, each.playId);
      if (play?.counts && play.hiddenBy === undefined) kept.push(each);
      else gone.push(each.playId);
    }
    await diaries.dropForwards(row.id, gone);
    return kept;
  }

  /** Takes out what somebody else has written there; undefined where that happens now, and nothing more must be sent. */
  async function withoutDoubles(
    row: DiaryRow,
    service: DiaryService,
    batch: readonly ForwardRow[],
    call: DiaryCall,
  ): Promise<ForwardRow[] | undefined> {
    const [first, last] = [batch[0], batch.at(-1)];
    const isNew = batch.some(({ status }) => status === "waiting");
    if (row.doublesAgreed || !isNew || !first || !last) return [...batch];
    const period = { fromAt: first.entry.at - 30 * MINUTE, untilAt: last.entry.at + 30 * MINUTE };
    const listens: Sighting[] = [];
    for await (const page of service.pages(row.userName, period, call)) listens.push(...page);
    const rows = await diaries.forwardsBetween(row.id, period.fromAt, period.untilAt);
    const found = doubled(rows, listens);
    if (found.size === 0) return [...batch];
    const there = batch.filter(({ playId, status }) => status === "waiting" && found.has(playId));
    await diaries.settleForwards(
      row.id,
      there.map(({ playId }) => ({ playId, status: "there" })),
      clock.now(),
    );
    // Of the time before, the diary is bound to have some: from another program, or from a file.
    const since = rows.filter(({ playId, entry }) => found.has(playId) && entry.at >= row.fromAt);
    if (since.length === 0) return batch.filter((each) => !there.includes(each));
    log.info({ diary: row.diary, connection: row.id, plays: since.length }, "somebody else writes the same plays");
    await end(row, "doubled");
    return undefined;
  }

  async function end(row: DiaryRow, state: "invalid" | "doubled"): Promise<void> {
    const change = { forwards: state, owes: state, ...(state === "invalid" ? { secret: undefined } : {}) };
    if (await diaries.change(row.id, change)) parts.tell({ ...row, forwards: state, owes: state });
  }

  /** Resolves false when nothing more is to be sent for now. */
  async function sendDue(row: DiaryRow, service: DiaryService, signal: AbortSignal): Promise<boolean> {
    const due = await diaries.dueForwards(row.id, clock.now(), service.mostAtOnce);
    if (due.length === 0 || !service.writer || row.secret === undefined) return false;
    const secret = safe.open(row, row.secret);
    const call: DiaryCall = { reason: "forward", lane: "history", signal };
    const batch = await withoutDoubles(row, service, await stillTheirs(row, due), call);
    if (!batch) return false;
    await sendBatch({
      service: service.name,
      writer: service.writer,
      secret,
      rows: batch,
      mostLetters: service.mostLetters,
      diaries,
      clock,
      call,
    });
    if (row.failures > 0) await diaries.change(row.id, { failures: 0, retryAt: undefined });
    return due.length === service.mostAtOnce;
  }

  async function fail(row: DiaryRow, error: unknown): Promise<void> {
    if (!isSegueError(error)) throw error;
    if (isSegueError(error, "NeedsRelink")) {
      log.warn({ diary: row.diary, connection: row.id }, "a diary takes our leave no more");
      return end(row, "invalid");
    }
    const failures = row.failures + 1;
    const retryAt = Math.max(
      error.retryAt ?? 0,
      clock.now() + Math.min(retryMs.last, retryMs.first * 2 ** Math.min(row.failures, 10)),
    );
    log.warn({ diary: row.diary, connection: row.id, code: error.code, retryAt }, "plays could not be sent yet");
    await diaries.change(row.id, { failures, retryAt });
  }

  const failing = ({ diary, failures }: DiaryRow) => (failures > 0 ? { failed: `${diary} does not take plays` } : {});

  async function round(connection: string, signal: AbortSignal): Promise<Round> {
    const row = await diaries.get(connection);
    const service = row && services.get(row.diary);
    if (!row || !service) return "stop";
    if (row.owes) parts.tell(row);
    if (row.forwards !== "on") return row.owes ? { againInMs: DAY } : "stop";
    const waitMs = (row.retryAt ?? 0) - clock.now();
    if (waitMs > 0) return { againInMs: Math.min(waitMs, farEveryMs), ...failing(row) };
    await findRecent(row, service);
    const more = await findOlder(row, service);
    try {
      let full = true;
      for (let sending = 0; full && sending < mostSendings; sending++) full = await sendDue(row, service, signal);
      // What older plays are still looked through for must be known again when it is sent.
      const scanning = more ? (row.scanAt ?? 0) : Number.MAX_SAFE_INTEGER;
      await diaries.purgeForwards(connection, Math.min(clock.now() - farMs - DAY, scanning));
      if (more || full) return { againInMs: 0 };
    } catch (error) {
      if (signal.aborted) throw error;
      await fail(row, error);
    }
    const left = await diaries.get(connection);
    const next = Math.max(left?.retryAt ?? 0, (await diaries.nextForwardAt(connection)) ?? 0) - clock.now();
    return { againInMs: next > 0 ? Math.min(next, ROUND_MS) : ROUND_MS, ...(left ? failing(left) : {}) };
  }

  async function showNow(
    personId: string,
    entry: NonNullable<ReturnType<typeof nowEntry>>,
    origin: string,
  ): Promise<void> {
    for (const row of await diaries.ofPerson(personId)) {
      const writer = services.get(row.diary)?.writer;
      if (row.forwards !== "on" || !row.playingNow || !writer || row.secret === undefined) continue;
      if (origin === row.diary || (row.retryAt ?? 0) > clock.now()) continue;
      // It is never told again: by then something else plays (https://www.last.fm/api/scrobbling, "now playing requests").
      const call: DiaryCall = { reason: "forward.now", lane: "now_playing", signal: ending.signal };
      try {
        await writer.playingNow(safe.open(row, row.secret), entry, call);
      } catch (error) {
        log.debug({ diary: row.diary, error }, "what plays now was not shown");
      }
    }
  }
  const ending = new AbortController();

  return {
    async start() {
      undo.push(
        parts.events.on("now_playing.changed", ({ now }) => {
          const personId = /^person:(.+)$/.exec(now.listener)?.[1];
          const entry = nowEntry(now.state);
          return personId !== undefined && entry ? showNow(personId, entry, now.source.origin) : undefined;
        }),
      );
      for (const { id, forwards, owes } of await diaries.all())
        if (forwards === "on" || owes) scheduler.add({ name: jobOf(id), run: (signal) => round(id, signal) });
    },
    async refresh(connection) {
      const row = await diaries.get(connection);
      farAt.delete(connection);
      if (row?.forwards === "on" || row?.owes)
        scheduler.add({ name: jobOf(connection), run: (signal) => round(connection, signal) });
      else scheduler.remove(jobOf(connection));
    },
    stop() {
      ending.abort(new Error("stopped"));
      for (const each of undo.splice(0)) each();
    },
  };
}
