import type { Clock } from "../../contracts/clock.ts";
import type { Diaries, DiaryInfo, DiaryRow, DiaryStanding } from "../../contracts/diaries.ts";
import { isSegueError, SegueError } from "../../contracts/errors.ts";
import { type HistoryDesk, listenerOf, type Sighting } from "../../contracts/listening.ts";
import type { Log } from "../../contracts/log.ts";
import type { Lane } from "../../contracts/music.ts";
import type { Store } from "../../contracts/store.ts";
import { doubled } from "../forward/doubles.ts";
import { entryOf, judge } from "../forward/eligible.ts";
import type { Forwarder } from "../forward/forwarder.ts";
import { type Connections, isRead, presenceRow } from "./connections.ts";
import type { DiarySafe } from "./safe.ts";
import type { DiaryCall, DiaryService } from "./service.ts";

export type DeskParts = {
  services: readonly DiaryService[];
  presences: readonly string[];
  store: Pick<Store, "diaries" | "plays" | "playPages" | "accounts">;
  /** Whether what the person hears is written down. */
  record(personId: string, on: boolean): Promise<void>;
  safe: DiarySafe;
  desk: Pick<HistoryDesk, "forgetOrigin">;
  connections: Connections;
  forwarder: Pick<Forwarder, "refresh">;
  clock: Clock;
  log: Log;
};

const DAY_MS = 24 * 60 * 60_000;
/** In so long a time whoever listens has heard something, and another program has written it. */
const doublesMs = 3 * DAY_MS;
const mostCompared = 500;
const deadShown = 20;

/** What people agree to with diaries, and take back. */
export function createDiaries(parts: DeskParts): Diaries {
  const { store, safe, connections, forwarder, clock, log } = parts;
  const { diaries } = store;
  const services = new Map(parts.services.map((service) => [service.id, service]));
  const lane: Lane = "controls";
  const callFor = (signal: AbortSignal, reason: string): DiaryCall => ({ reason, lane, signal });

  function serviceOf(diary: string): DiaryService {
    const service = services.get(diary);
    if (!service) throw new SegueError("NotFound", { what: "diary" });
    return service;
  }
  function writerOf(diary: string): NonNullable<DiaryService["writer"]> {
    const { writer } = serviceOf(diary);
    if (!writer) throw new SegueError("Restricted", { reason: "not_offered" });
    return writer;
  }
  const rowOf = async (personId: string, diary: string): Promise<DiaryRow | undefined> =>
    (await diaries.ofPerson(personId)).find((row) => row.diary === diary);

  async function standingOf(row: DiaryRow): Promise<DiaryStanding> {
    const { secret, pending, id, ...rest } = row;
    const counts = await diaries.countForwards(id);
    return { ...rest, counts, writable: secret !== undefined, agreeing: pending !== undefined };
  }

  /** Of whom no account tells, free sources are all there is: they agree to one, and to being written down, in one go. */
  async function begun(personId: string): Promise<void> {
    if ((await store.accounts.ofPerson(personId)).length === 0) await parts.record(personId, true);
  }
  /** The last one ends it. One of several leaves it as it is: it may have been stopped by itself. */
  async function ended(personId: string): Promise<void> {
    if ((await store.accounts.ofPerson(personId)).length > 0) return;
    const rows = await diaries.ofPerson(personId);
    if (!rows.some(({ reads }) => reads)) await parts.record(personId, false);
  }

  /** A row that neither reads nor writes, and is not waited for, is nothing that anybody agreed to. */
  async function tidy(row: DiaryRow | undefined): Promise<void> {
    if (row && !row.reads && row.forwards === "off" && row.secret === undefined && row.pending === undefined)
      await diaries.remove(row.id);
  }

  async function writable(personId: string, diary: string, userName: string, secret: string): Promise<DiaryStanding> {
    const before = await rowOf(personId, diary);
    const row = await diaries.put(personId, diary, { userName }, clock.now());
    // What they agreed to was another user's diary: neither is this one read, nor written to, before they are asked.
    if (before && before.userName !== "" && before.userName !== userName) {
      await diaries.change(row.id, { reads: false, readAt: undefined, forwards: "off", owes: undefined });
      row.forwards = "off";
      if (before.reads) await ended(personId);
    }
    const change = { userName, secret: safe.seal(row.id, secret), pending: undefined, failures: 0, retryAt: undefined };
    // Leave that had ended and was given anew is for what it was given for before.
    const again = row.forwards === "invalid" ? { forwards: "on" as const, owes: undefined } : {};
    await diaries.change(row.id, { ...change, ...again });
    connections.changed();
    await forwarder.refresh(row.id);
    log.info({ personId, diary }, "a diary may be written to");
    return standingOf((await diaries.get(row.id)) ?? row);
  }

  return {
    offered: () => parts.services.map(infoOf),
    presences: parts.presences,

    async of(personId) {
      const rows = (await diaries.ofPerson(personId)).filter(({ diary }) => services.has(diary));
      return Promise.all(rows.map(standingOf));
    },

    async look(diary, userName, signal) {
      const name = userName.trim();
      if (name === "") throw new SegueError("NotFound", { what: "diary_user" });
      return serviceOf(diary).find(name, callFor(signal, "diary.find"));
    },

    async read(personId, diary, userName, signal) {
      const { userName: spelt } = await serviceOf(diary).find(userName.trim(), callFor(signal, "diary.find"));
      const before = await rowOf(personId, diary);
      // Another user's listening begins anew, and none of it belongs to the one whose leave to write we have.
      const other = before !== undefined && before.userName !== spelt;
      const row = await diaries.put(personId, diary, { userName: spelt, reads: true }, clock.now());
      if (other)
        await diaries.change(row.id, { readAt: undefined, secret: undefined, pending: undefined, forwards: "off" });
      await begun(personId);
      connections.changed();
      await forwarder.refresh(row.id);
      log.info({ personId, diary }, "a diary is read");
      return standingOf((await diaries.get(row.id)) ?? row);
    },

    async playing(personId, signal) {
      const rows = (await diaries.ofPerson(personId)).filter((row) => services.has(row.diary) && isRead(row));
      const shown = await Promise.all(
        rows.map(async ({ diary, userName }) => {
          const info = infoOf(serviceOf(diary));
          try {
            const heard = await serviceOf(diary).playing(userName, callFor(signal, "diary.now"));
            return [{ diary: info, ...(heard && { heard }) }];
          } catch (error) {
            if (!isSegueError(error)) throw error;
            return [];
          }
        }),
      );
      return shown.flat();
    },

    async stopReading(personId, diary, forget) {
      const row = await rowOf(personId, diary);
      if (row) {
        await diaries.change(row.id, { reads: false, readAt: undefined });
        await tidy(await diaries.get(row.id));
        await ended(personId);
        connections.changed();
      }
      return forget ? plays(await parts.desk.forgetOrigin(listenerOf.person(personId), diary)) : 0;
    },

    async allowPresence(personId, on) {
      const row = await rowOf(personId, presenceRow);
      if (on) {
        await diaries.put(personId, presenceRow, { userName: "", reads: true }, clock.now());
        await begun(personId);
      } else if (row) {
        await diaries.remove(row.id);
        await ended(personId);
      }
      connections.changed();
    },
    presenceAllowed: async (personId) => (await rowOf(personId, presenceRow)) !== undefined,

    async giveToken(personId, diary, token, signal) {
      const check = writerOf(diary).token;
      if (!check) throw new SegueError("Restricted", { reason: "not_offered" });
      const { userName } = await check.check(token.trim(), callFor(signal, "diary.token"));
      return writable(personId, diary, userName, token.trim());
    },
    tokenOf: (text) => parts.services.find(({ writer }) => writer?.token?.form.test(text.trim()))?.id,

    async agree(personId, diary, signal) {
      const page = writerOf(diary).page;
      if (!page) throw new SegueError("Restricted", { reason: "not_offered" });
      const { url, pending, expiresAt } = await page.begin(callFor(signal, "diary.page"));
      const row = await diaries.put(
        personId,
        diary,
        { userName: (await rowOf(personId, diary))?.userName ?? "" },
        clock.now(),
      );
      await diaries.change(row.id, { pending: safe.seal(row.id, pending) });
      return { url, expiresAt };
    },
    async agreed(personId, diary, signal) {
      const page = writerOf(diary).page;
      const row = await rowOf(personId, diary);
      if (!page || row?.pending === undefined)
        throw new SegueError("InvalidInput", { field: "pending", why: "expired" });
      const ended = await page.end(safe.open(row, row.pending), callFor(signal, "diary.session"));
      return ended && writable(personId, diary, ended.userName, ended.secret);
    },

    async doubles(personId, diary, signal) {
      const row = await rowOf(personId, diary);
      if (!row || row.userName === "") return false;
      const now = clock.now();
      const fromAt = now - doublesMs;
      const place = { startedAt: fromAt, playId: 0 };
      const heard = await store.playPages.page(listenerOf.person(personId), place, mostCompared);
      // What came from there is there, of course.
      const own = heard.filter((whole) => judge(whole, diary, now + DAY_MS, []) === "send");
      if (own.length === 0) return false;
      const listens: Sighting[] = [];
      const call = callFor(signal, "diary.doubles");
      for await (const page of serviceOf(diary).pages(row.userName, { fromAt, untilAt: now }, call)) {
        listens.push(...page);
        if (listens.length >= mostCompared * 2) break;
      }
      const rows = own.map((whole) => ({
        connection: row.id,
        playId: whole.play.id,
        status: "waiting" as const,
        entry: entryOf(whole),
        dueAt: 0,
        updatedAt: 0,
      }));
      const sent = await diaries.forwardsBetween(row.id, fromAt - DAY_MS, now);
      const ids = new Set(rows.map(({ playId }) => playId));
      return doubled([...rows, ...sent.filter(({ playId }) => !ids.has(playId))], listens).size > 0;
    },

    async forward(personId, diary, { on, playingNow, older, doublesAgreed }) {
      const row = await rowOf(personId, diary);
      if (!row || (on === true && row.secret === undefined)) return undefined;
      const now = clock.now();
      const begins = on === true && row.forwards !== "on";
      const fromAt = begins && row.forwards === "off" ? now : row.fromAt;
      await diaries.change(row.id, {
        fromAt,
        ...(on === undefined ? {} : { forwards: on ? "on" : "off", owes: undefined }),
        ...(playingNow === undefined ? {} : { playingNow }),
        ...(doublesAgreed ? { doublesAgreed } : {}),
        // Once: what was sent long ago is not remembered, and would be sent anew.
        ...(older && row.scanUntilAt === undefined ? { scanAt: 0, scanUntilAt: fromAt } : {}),
      });
      connections.changed();
      await forwarder.refresh(row.id);
      const after = await diaries.get(row.id);
      return after && standingOf(after);
    },

    async dead(personId, diary) {
      const row = await rowOf(personId, diary);
      if (!row) return [];
      const listener = listenerOf.person(personId);
      const found = await diaries.deadForwards(row.id, deadShown);
      const kept = await Promise.all(found.map(({ playId }) => store.plays.get(listener, playId)));
      // Of what they deleted or hid since nothing is shown any more.
      const rows = found.filter((_, at) => kept[at]?.hiddenBy === undefined && kept[at] !== undefined);
      return rows.map(({ entry, why }) => ({ entry, ...(why === undefined ? {} : { why }) }));
    },
    async retry(personId, diary) {
      const row = await rowOf(personId, diary);
      if (!row) return 0;
      const count = await diaries.retryForwards(row.id, clock.now());
      await forwarder.refresh(row.id);
      return count;
    },

    async leave(personId, diary, forget) {
      const row = await rowOf(personId, diary);
      if (row) await diaries.remove(row.id);
      if (row?.reads) await ended(personId);
      connections.changed();
      if (row) await forwarder.refresh(row.id);
      const gone = forget ? plays(await parts.desk.forgetOrigin(listenerOf.person(personId), diary)) : 0;
      log.info({ personId, diary, plays: gone }, "a diary was left");
      return { plays: gone };
    },
  };
}

const infoOf = ({ id, name, home, writing, oldestMs }: DiaryService): DiaryInfo => ({
  id,
  name,
  home,
  ...(writing === undefined ? {} : { writing }),
  ...(oldestMs === undefined ? {} : { oldestMs }),
});

const plays = (counts: Record<string, number>): number => counts.plays ?? 0;
