import { describe, expect, it, onTestFinished } from "vitest";
import { listenerOf } from "../../../../src/contracts/listening.ts";
import { createScheduler } from "../../../../src/jobs/scheduler.ts";
import { createConnections } from "../../../../src/listening/diaries/connections.ts";
import { createDiaryReader } from "../../../../src/listening/diaries/reader.ts";
import { openLedger } from "../../../support/ledger.ts";
import { silentLog } from "../../../support/log.ts";
import { openDiaries } from "./world.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

async function open() {
  const stand = await openLedger();
  const { clock, store, ledger } = stand;
  const world = await openDiaries(clock);
  const connections = createConnections({ diaries: store.diaries, clock });
  const scheduler = createScheduler({ clock, log: silentLog });
  let agreed = true;
  const reader = createDiaryReader({
    services: new Map(world.services.map((service) => [service.id, service])),
    store,
    connections,
    ledger,
    records: async () => agreed,
    scheduler,
    clock,
    log: silentLog,
  });
  onTestFinished(async () => {
    await scheduler.stop(0);
    await stand.close();
  });
  const person = await store.people.ensure({ platform: "web", tenant: "", id: "ada" }, "Ada", 1);
  const listener = listenerOf.person(person.id);
  return {
    ...stand,
    ...world,
    listener,
    connections,
    agree: (on: boolean) => {
      agreed = on;
    },
    async reads(diary: "listenbrainz" | "lastfm", userName: string) {
      const row = await store.diaries.put(person.id, diary, { userName, reads: true }, clock.now());
      connections.changed();
      await reader.refresh();
      return row;
    },
    plays: async () => {
      const page = await store.playPages.page(listener, undefined, 100);
      return page.map(({ play, heard }) => [heard.title, play.startedAt, play.evidence.length] as const);
    },
  };
}

describe("a diary that is read", () => {
  it("makes the ledger whole: what was looked at and what the list says are one play, and what nobody saw is there", async () => {
    const { brainz, ledger, listener, clock, passes, reads, plays } = await open();
    const ann = brainz.user("ann");
    const at = clock.now() - 20 * MINUTE;
    const listen = (startedAt: number, title: string) =>
      ann.listens.push({
        listened_at: startedAt / SECOND,
        track_metadata: { artist_name: "Band", track_name: title, additional_info: { duration_ms: 200_000 } },
      });
    listen(at, "Seen");
    listen(at + 4 * MINUTE, "Unseen");
    await ledger.record(listener, [
      {
        source: { origin: "listenbrainz", way: "playing" },
        key: "looked",
        heard: { kind: "track", title: "Seen", artists: [{ name: "Band" }], durationMs: 200_000 },
        startedAt: at + 7 * SECOND,
        endedAt: at + 207 * SECOND,
        exact: "neither",
        listenedMs: 200_000,
      },
    ]);
    await reads("listenbrainz", "ann");
    await passes(MINUTE);
    expect((await plays()).map(([title, , evidence]) => [title, evidence])).toEqual([
      ["Seen", 2],
      ["Unseen", 1],
    ]);
    // Offline on a phone, and told an hour later.
    await passes(HOUR);
    listen(clock.now() - 50 * MINUTE, "Late");
    await passes(11 * MINUTE);
    expect((await plays()).map(([title]) => title)).toEqual(["Seen", "Unseen", "Late"]);
    expect(await ledger.health(listener)).toMatchObject({ readAt: expect.any(Number) });
  });

  it("is read in parts after a long absence, so that nothing is left out and nothing left open", async () => {
    const { fm, store, ledger, listener, clock, passes, reads } = await open();
    const { scrobbles } = fm.user("ann");
    const row = await reads("lastfm", "ann");
    await passes(MINUTE);
    // More than the pages of one reading hold.
    const [awayMs, plays] = [45 * 24 * HOUR, 4_200];
    const leftAt = clock.now() - awayMs;
    for (let play = 0; play < plays; play++)
      scrobbles.push({
        artist: "Band",
        track: `${play}`,
        timestamp: Math.floor((leftAt + (play * awayMs) / plays) / SECOND),
      });
    await store.diaries.change(row.id, { readAt: leftAt });
    const away = { fromAt: leftAt, untilAt: clock.now() };
    await ledger.gap(listener, { ...away, why: "not_watched" });
    fm.seen.requests.length = 0;
    await passes(11 * MINUTE);
    // The earliest, and the last that a second page is full of.
    const first = await store.playPages.page(listener, undefined, 2_000);
    const last = first.at(-1)?.play;
    const next = await store.playPages.page(listener, last && { startedAt: last.startedAt, playId: last.id }, 2_000);
    expect([first[0], next.at(-1)].map((play) => play?.heard.title)).toEqual(["0", "3999"]);
    expect(await ledger.gaps(listener, away)).toEqual([]);
    expect(fm.seen.requests.length).toBeLessThan(40);
  });

  it("is left alone of whoever did not agree to be written down, or wants to be private", async () => {
    const { fm, privately, clock, passes, reads, plays, agree } = await open();
    const user = fm.user("ann");
    agree(false);
    await reads("lastfm", "ann");
    await passes(30 * MINUTE);
    expect(fm.seen.requests).toEqual([]);
    agree(true);
    privately.push({ fromAt: clock.now() - 40 * MINUTE, untilAt: clock.now() - 20 * MINUTE });
    for (const back of [45, 30, 10])
      user.scrobbles.push({ artist: "Band", track: `${back}`, timestamp: clock.now() / SECOND - back * 60 });
    await passes(11 * MINUTE);
    expect((await plays()).map(([title]) => title)).toEqual(["45", "10"]);
  });

  it("of somebody who leaves, or deletes what they have, while it is asked, brings nothing back", async () => {
    const { store, ledger, clock, listener, connections, lastFm, plays, passes } = await open();
    const asked = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    const scheduler = createScheduler({ clock, log: silentLog });
    onTestFinished(() => scheduler.stop(0));
    const { job } = createDiaryReader({
      services: new Map([
        [
          "lastfm",
          {
            ...lastFm,
            async *pages() {
              asked.resolve();
              await answered.promise;
              const heard = { kind: "track" as const, title: "Late", artists: [{ name: "Band" }], durationMs: 200_000 };
              const startedAt = clock.now() - HOUR;
              yield [
                {
                  source: { origin: "lastfm", way: "history" as const },
                  key: "late",
                  heard,
                  startedAt,
                  endedAt: startedAt + 200_000,
                  exact: "start" as const,
                  listenedMs: 200_000,
                },
              ];
            },
          },
        ],
      ]),
      store,
      connections,
      ledger,
      records: async () => true,
      scheduler,
      clock,
      log: silentLog,
    });
    const personId = listener.replace("person:", "");
    const { id } = await store.diaries.put(personId, "lastfm", { userName: "ann", reads: true }, clock.now());
    await job.run();
    await asked.promise;
    await store.diaries.remove(id);
    answered.resolve();
    await passes(MINUTE);
    expect(await plays()).toEqual([]);
    expect((await ledger.health(listener)).readAt).toBeUndefined();
  });

  it("of somebody who is not there any more, or that is down, holds up nobody else", async () => {
    const { brainz, fm, clock, passes, reads, plays } = await open();
    brainz.user("ann");
    const user = fm.user("ann");
    await reads("listenbrainz", "nobody");
    await reads("lastfm", "ann");
    user.scrobbles.push({ artist: "Band", track: "One", timestamp: clock.now() / SECOND - 600 });
    await passes(11 * MINUTE);
    expect((await plays()).map(([title]) => title)).toEqual(["One"]);
    const asked = brainz.seen.requests.length;
    await passes(2 * HOUR);
    expect(brainz.seen.requests.length - asked).toBeLessThanOrEqual(1);
  });
});
