import type { Clock } from "../../contracts/clock.ts";
import type { DiaryRow } from "../../contracts/diaries.ts";
import { isSegueError } from "../../contracts/errors.ts";
import { type Ledger, listenerOf, type Sighting } from "../../contracts/listening.ts";
import type { Log } from "../../contracts/log.ts";
import type { Round, Scheduler } from "../../contracts/scheduler.ts";
import type { Store } from "../../contracts/store.ts";
import { type Connections, isRead } from "./connections.ts";
import { type DiaryService, mostPages } from "./service.ts";

export type ReaderParts = {
  services: ReadonlyMap<string, DiaryService>;
  store: Pick<Store, "diaries">;
  connections: Connections;
  ledger: Pick<Ledger, "record" | "covered" | "gap" | "read">;
  /** The person agreed that what they hear is written down, and no account of theirs tells it better. */
  records(personId: string): Promise<boolean>;
  scheduler: Pick<Scheduler, "add" | "remove" | "wake">;
  clock: Clock;
  log: Log;
};

const MINUTE = 60_000;
const EVERY_MS = 10 * MINUTE;
/** Plays come late into a diary, from phones that were offline. */
const OVERLAP_MS = 2 * 60 * MINUTE;
const BARRED_MS = 6 * 60 * MINUTE;
/** So much is read at once: after a longer absence, one such part after another, the earliest first, so that no page is left out. */
const PART_MS = 14 * 24 * 60 * MINUTE;
const CHECK_MS = 5 * MINUTE;
const jobOf = (connection: string) => `diaries.read:${connection}`;

/**
 * Writes down what diaries know of people without an account here: their latest plays, again and again, so that nothing between two
 * looks is missed. Each person has a job of their own; one whose diary does not answer holds up nobody.
 */
export function createDiaryReader(parts: ReaderParts): {
  job: { name: string; run(): Promise<{ againInMs: number }> };
  refresh(): Promise<void>;
} {
  const { services, store, connections, ledger, scheduler, clock, log } = parts;
  const running = new Set<string>();

  async function isStill({ id, personId, userName }: DiaryRow): Promise<boolean> {
    const row = await store.diaries.get(id);
    if (!row || !isRead(row) || row.personId !== personId || row.userName !== userName) return false;
    return parts.records(personId);
  }

  /** Resolves true once it was read up to now. */
  async function read(row: DiaryRow, service: DiaryService, signal: AbortSignal): Promise<boolean> {
    const listener = listenerOf.person(row.personId);
    const now = clock.now();
    const at = row.readAt === undefined ? now : Math.min(now, row.readAt + PART_MS);
    const fromAt = row.readAt === undefined ? undefined : Math.max(0, row.readAt - OVERLAP_MS);
    const range = { untilAt: at, ...(fromAt === undefined ? {} : { fromAt }) };
    let pages = 0;
    let firstAt = Number.POSITIVE_INFINITY;
    for await (const page of service.pages(row.userName, range, { reason: "diary.read", lane: "history", signal })) {
      // Whoever left while the diary was asked has deleted what came from there, and nothing of it comes back.
      if (!(await isStill(row))) return true;
      const sightings = page.filter(({ startedAt }) => startedAt <= now);
      firstAt = sightings.reduce((least: number, { startedAt }: Sighting) => Math.min(least, startedAt), firstAt);
      await ledger.record(listener, sightings);
      pages++;
    }
    const whole = pages < mostPages;
    if (!(await isStill(row))) return true;
    const period = { fromAt: row.readAt ?? firstAt, untilAt: at };
    // Where there is more than anybody hears, what was left out cannot be told from silence.
    if (!whole) await ledger.gap(listener, { ...period, why: "window_passed" });
    else if (period.fromAt < at) await ledger.covered(listener, period);
    if (whole) await ledger.read(listener, at);
    await store.diaries.change(row.id, { readAt: at });
    return at >= now;
  }

  async function round(connection: string, signal: AbortSignal): Promise<Round> {
    const row = await store.diaries.get(connection);
    const service = row && services.get(row.diary);
    if (!row || !service || !isRead(row)) {
      running.delete(connection);
      return "stop";
    }
    if (!(await parts.records(row.personId))) return { againInMs: EVERY_MS };
    try {
      return { againInMs: (await read(row, service, signal)) ? EVERY_MS : 0 };
    } catch (error) {
      if (signal.aborted || !isSegueError(error)) throw error;
      const barred = error.code === "NotFound" || error.code === "Restricted";
      log.debug({ diary: row.diary, connection, code: error.code }, "a diary could not be read");
      return {
        againInMs: Math.max((error.retryAt ?? 0) - clock.now(), barred ? BARRED_MS : EVERY_MS),
        ...(isSegueError(error, "Unavailable") ? { failed: `${row.diary} ${error.details.why}` } : {}),
      };
    }
  }

  async function refresh(): Promise<void> {
    for (const row of await connections.all()) {
      if (!services.has(row.diary) || !isRead(row) || running.has(row.id)) continue;
      running.add(row.id);
      scheduler.add({ name: jobOf(row.id), run: (signal) => round(row.id, signal) });
    }
  }
  connections.onChange(refresh);

  return {
    refresh,
    // Who was joined or came back by other ways is found, too.
    job: {
      name: "diaries.readers",
      async run() {
        await refresh();
        return { againInMs: CHECK_MS };
      },
    },
  };
}
