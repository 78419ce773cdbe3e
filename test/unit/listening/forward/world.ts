import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { DiaryRow } from "../../../../src/contracts/diaries.ts";
import { SegueError } from "../../../../src/contracts/errors.ts";
import { listenerOf, type Sighting } from "../../../../src/contracts/listening.ts";
import type { Store } from "../../../../src/contracts/store.ts";
import { createEvents } from "../../../../src/core/events.ts";
import { createScheduler } from "../../../../src/jobs/scheduler.ts";
import { createForwarder } from "../../../../src/listening/forward/forwarder.ts";
import { createHistory } from "../../../../src/listening/history.ts";
import { openStore } from "../../../../src/store/open.ts";
import { createFakeClock } from "../../../fakes/clock.ts";
import { type Crash, crashingStore } from "../../../support/crash.ts";
import { song, watched } from "../../../support/ledger.ts";
import { silentLog } from "../../../support/log.ts";
import { openDiaries } from "../diaries/world.ts";

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A person with a ledger whose plays go into false diaries; each run of the program is begun, and may be killed. */
export async function openForwarding() {
  const clock = createFakeClock();
  const world = await openDiaries(clock);
  const folder = mkdtempSync(join(tmpdir(), "segue-forward-"));
  const store = await openStore({ url: `sqlite:${join(folder, "segue.db")}`, clock, log: silentLog });
  const person = await store.people.ensure({ platform: "web", tenant: "", id: "ada" }, "Ada", clock.now());
  const listener = listenerOf.person(person.id);
  const history = createHistory({ store, clock });
  const told: DiaryRow["owes"][] = [];
  const ends: (() => void)[] = [];
  onTestFinished(async () => {
    for (const end of ends) end();
    await store.close();
    rmSync(folder, { recursive: true });
  });

  async function run({
    crash,
    tells = true,
    keys = { lost: false },
  }: {
    crash?: Crash;
    tells?: boolean;
    keys?: { lost: boolean };
  } = {}) {
    const crashing = crashingStore(store, crash);
    const events = createEvents(silentLog);
    const scheduler = createScheduler({ clock, log: silentLog });
    const parts: Pick<Store, "diaries" | "plays" | "playPages"> = crashing.store;
    const forwarder = createForwarder({
      services: new Map(world.services.map((service) => [service.id, service])),
      store: parts,
      safe: {
        seal: (_id, secret) => `sealed ${secret}`,
        open(_row, sealed) {
          if (keys.lost) throw new SegueError("Unavailable", { service: "diary", why: "malformed" });
          return sealed.replace("sealed ", "");
        },
      },
      privateTimes: history.privateTimes.within,
      tell: (row) => {
        told.push(row.owes);
        if (tells) void store.diaries.change(row.id, { owes: undefined });
      },
      scheduler,
      events,
      clock,
      log: silentLog,
    });
    const end = () => {
      forwarder.stop();
      void scheduler.stop(0);
    };
    ends.push(end);
    const started = forwarder.start();
    await Promise.race([started, crashing.died]);
    return { forwarder, events, end, calls: crashing.calls, died: crashing.died };
  }

  return {
    ...world,
    store,
    history,
    listener,
    person,
    told,
    run,
    /** Leave to write, from now on. */
    async connect(diary: "listenbrainz" | "lastfm", change: Partial<DiaryRow> = {}) {
      const user = diary === "lastfm" ? world.fm.user("ada") : world.brainz.user("ada");
      const secret = "session" in user ? user.session : user.token;
      const put = {
        userName: "ada",
        forwards: "on" as const,
        secret: `sealed ${secret}`,
        fromAt: clock.now(),
        ...change,
      };
      return store.diaries.put(person.id, diary, put, clock.now());
    },
    /** Heard to its end just now, unless the sighting says otherwise. */
    async hears(number: number, change: Partial<Sighting> = {}) {
      const heard = change.heard ?? song(number);
      const endedAt = change.endedAt ?? clock.now();
      const startedAt = change.startedAt ?? endedAt - (heard.durationMs ?? 3 * MINUTE);
      const [recorded] = await history.ledger.record(listener, [watched(heard, startedAt, endedAt, change)]);
      if (!recorded || !("playId" in recorded)) throw new Error("it was not recorded");
      return recorded.playId;
    },
  };
}
