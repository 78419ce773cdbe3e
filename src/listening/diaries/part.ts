import type { Clock } from "../../contracts/clock.ts";
import type { Diaries, DiaryRow } from "../../contracts/diaries.ts";
import type { Events } from "../../contracts/events.ts";
import type { Log } from "../../contracts/log.ts";
import { personSettings } from "../../contracts/people-store.ts";
import type { Job, Scheduler } from "../../contracts/scheduler.ts";
import type { Store } from "../../contracts/store.ts";
import { createForwarder } from "../forward/forwarder.ts";
import type { History } from "../history.ts";
import { createDiarySource } from "../sources/diary.ts";
import { createPresenceSource } from "../sources/presence.ts";
import type { TellingSource } from "../sources/source.ts";
import { createConnections } from "./connections.ts";
import { createDiaries } from "./desk.ts";
import { createDiaryReader } from "./reader.ts";
import type { DiarySafe } from "./safe.ts";
import type { DiaryService } from "./service.ts";

export type DiariesPart = {
  diaries: Diaries;
  /** What diaries and platforms show, at no cost. */
  sources: TellingSource[];
  jobs: Job[];
  start(): Promise<void>;
  stop(): void;
};

/** Everything about diaries, put together: read, written, and agreed to. */
export function createDiariesPart(parts: {
  services: readonly DiaryService[];
  /** Platforms that show what their members hear, and services by the names they show them under. */
  presences: readonly string[];
  music: ReadonlySet<string>;
  history: Pick<History, "ledger" | "desk" | "privateTimes">;
  store: Pick<Store, "diaries" | "plays" | "playPages" | "people" | "settings" | "accounts">;
  /** Whether what the person hears is written down. */
  record(personId: string, on: boolean): Promise<void>;
  safe: DiarySafe;
  scheduler: Scheduler;
  events: Events;
  clock: Clock;
  log: Log;
}): DiariesPart {
  const { services, presences, music, history, store, record, safe, scheduler, events, clock, log } = parts;
  const connections = createConnections({ diaries: store.diaries, clock });
  const named = new Map(services.map((service) => [service.id, service]));

  function tell(row: DiaryRow): void {
    const name = named.get(row.diary)?.name ?? row.diary;
    const { owes } = row;
    if (owes === undefined) return;
    events.emit({
      type: "person.needed",
      personId: row.personId,
      key: `diary:${row.id}:${owes}:${clock.now()}`,
      words: { skill: "forwarding", key: `notice.${owes}`, values: { diary: name } },
      buttons: [
        owes === "invalid"
          ? { label: "button.again", intent: "diary.forward", slots: { service: row.diary, state: "on" } }
          : { label: "button.status", intent: "diary.forward", slots: { service: row.diary } },
      ],
      told: async () => void (await store.diaries.change(row.id, { owes: undefined })),
    });
  }

  const undo = [
    events.on("person.erased", () => connections.changed()),
    // Whoever is joined to another, or linked, is known anew.
    events.on("link.created", () => connections.changed()),
  ];

  const forwarder = createForwarder({
    services: named,
    store,
    safe,
    privateTimes: history.privateTimes.within,
    tell,
    scheduler,
    events,
    clock,
    log,
  });
  const reader = createDiaryReader({
    services: named,
    store,
    connections,
    ledger: history.ledger,
    async records(personId) {
      const owner = personSettings.owner(personId);
      const agreed = await store.settings.get(owner, personSettings.recording);
      return agreed !== undefined && (await store.accounts.ofPerson(personId)).length === 0;
    },
    scheduler,
    clock,
    log,
  });

  return {
    diaries: createDiaries({
      services,
      presences,
      store,
      record,
      safe,
      desk: history.desk,
      connections,
      forwarder,
      clock,
      log,
    }),
    sources: [
      ...presences.map((platform) =>
        createPresenceSource({ platform, services: music, connections, people: store.people, events, clock, log }),
      ),
      ...services.map((service) => createDiarySource({ service, connections, clock, log })),
    ],
    jobs: [reader.job],
    async start() {
      await forwarder.start();
    },
    stop() {
      for (const each of undo) each();
      forwarder.stop();
    },
  };
}
