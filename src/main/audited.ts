import type { Clock } from "../contracts/clock.ts";
import type { Diaries } from "../contracts/diaries.ts";
import type { Histories } from "../contracts/history.ts";
import type { Importer } from "../contracts/imports.ts";
import type { Log } from "../contracts/log.ts";
import { personSettings } from "../contracts/people-store.ts";
import type { Sharing } from "../contracts/sharing.ts";
import type { Store } from "../contracts/store.ts";
import type { HistoryFilesPart } from "../listening/files/history-files.ts";

/** Notes in the audit who did what; never raises. What was done is done, whether or not it can be noted. */
export type Note = (personId: string | undefined, act: string, detail: Record<string, unknown>) => Promise<void>;

export function createNote({
  store,
  clock,
  log,
}: {
  store: Pick<Store, "audit" | "people">;
  clock: Clock;
  log: Log;
}): Note {
  return async (personId, act, detail) => {
    try {
      // Nothing names those who deleted everything, not even what ended with that.
      if (personId === undefined || !(await store.people.get(personId))) return;
      await store.audit.add({ at: clock.now(), personId, act, detail });
    } catch (error) {
      log.error({ err: error, act }, "the audit could not be written");
    }
  };
}

const ofPeople = personSettings.owner("");
const personOf = (listener: string): string | undefined =>
  listener.startsWith(ofPeople) ? listener.slice(ofPeople.length) : undefined;

/** What people let places see. */
export function noteSharing(sharing: Pick<Sharing, "onChange">, note: Note): void {
  sharing.onChange(({ share: { personId, use, place }, allowed }) => {
    void note(personId, allowed ? "share.allowed" : "share.ended", { use, place });
  });
}

/** Leave to read somebody's diary and to write into it. */
export function noteDiaries(diaries: Diaries, note: Note): Diaries {
  return {
    ...diaries,
    async read(personId, diary, userName, signal) {
      const standing = await diaries.read(personId, diary, userName, signal);
      await note(personId, "diary.read", { diary });
      return standing;
    },
    async stopReading(personId, diary, forget) {
      const plays = await diaries.stopReading(personId, diary, forget);
      await note(personId, "diary.unread", { diary, deletedPlays: plays });
      return plays;
    },
    async giveToken(personId, diary, token, signal) {
      const standing = await diaries.giveToken(personId, diary, token, signal);
      await note(personId, "diary.granted", { diary });
      return standing;
    },
    async agreed(personId, diary, signal) {
      const standing = await diaries.agreed(personId, diary, signal);
      if (standing) await note(personId, "diary.granted", { diary });
      return standing;
    },
    async leave(personId, diary, forget) {
      const left = await diaries.leave(personId, diary, forget);
      await note(personId, "diary.left", { diary, deletedPlays: left.plays });
      return left;
    },
  };
}

/** Consent to be written down, and what is deleted of it. */
export function noteHistories(histories: Histories, note: Note): Histories {
  return {
    ...histories,
    of(listener) {
      const own = histories.of(listener);
      return {
        ...own,
        async setRecording(on) {
          await own.setRecording(on);
          await note(personOf(listener), on ? "recording.agreed" : "recording.ended", {});
        },
        async remove(playId) {
          const removed = await own.remove(playId);
          await note(personOf(listener), "play.deleted", {});
          return removed;
        },
      };
    },
  };
}

export function noteImports(
  importer: Importer,
  note: Note,
  count?: (rows: { read: number; kept: number }) => void,
): Importer {
  return {
    ...importer,
    startImport(listener, ...rest) {
      const job = importer.startImport(listener, ...rest);
      const done = job.done.then(async (row) => {
        const { read, kept } = row.counts;
        if (row.status !== "running") count?.({ read, kept });
        if (row.status !== "running")
          await note(personOf(listener), "history.imported", { status: row.status, read, kept });
        return row;
      });
      return { ...job, done };
    },
  };
}

/** What was handed over; a page that was offered is no export until somebody takes it. */
export function noteExports(files: HistoryFilesPart, note: Note): HistoryFilesPart {
  return {
    ...files,
    of(asker) {
      const own = files.of(asker);
      return {
        ...own,
        async export(format, key, signal) {
          const exported = await own.export(format, key, signal);
          if (exported.by === "file") await note(asker.personId, "history.exported", { format, plays: exported.plays });
          return exported;
        },
      };
    },
    pages: {
      ...files.pages,
      async take(token) {
        const [page, taken] = [await files.pages.find(token), await files.pages.take(token)];
        if (taken)
          await note(page?.invitation.personId, "history.exported", { format: page?.invitation.to, page: true });
        return taken;
      },
    },
  };
}
