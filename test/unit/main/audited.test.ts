import { describe, expect, it } from "vitest";
import type { Diaries, DiaryStanding } from "../../../src/contracts/diaries.ts";
import type { Histories, OwnHistory } from "../../../src/contracts/history.ts";
import type { ImportRow } from "../../../src/contracts/imports.ts";
import type { AuditRow } from "../../../src/contracts/people-store.ts";
import type { Sharing } from "../../../src/contracts/sharing.ts";
import type { HistoryFilesPart } from "../../../src/listening/files/history-files.ts";
import {
  createNote,
  noteDiaries,
  noteExports,
  noteHistories,
  noteImports,
  noteSharing,
} from "../../../src/main/audited.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { capturedLog } from "../../support/log.ts";

/** Only Ada is there; what is noted is listed. */
function notes() {
  const rows: AuditRow[] = [];
  const { log, lines } = capturedLog();
  let broken = false;
  const note = createNote({
    store: {
      people: {
        get: async (id: string) => (id === "ada" ? { id, createdAt: 1, operator: false } : undefined),
      } as never,
      audit: {
        add: async (row) => {
          if (broken) throw new Error("disk full");
          rows.push(row);
        },
        recent: async () => rows,
        ofPerson: async () => rows,
      },
    },
    clock: createFakeClock(),
    log,
  });
  return {
    note,
    rows,
    lines,
    acts: () => rows.map(({ act, detail }) => [act, detail]),
    breaks() {
      broken = true;
    },
  };
}
const signal = new AbortController().signal;

describe("the audit", () => {
  it("has leave to read a diary and to write into it, and its end; never the leave itself", async () => {
    const { note, acts, rows } = notes();
    const standing = {} as DiaryStanding;
    const done: Partial<Diaries> = {
      read: async () => standing,
      giveToken: async () => standing,
      agreed: async (_person, diary) => (diary === "later" ? undefined : standing),
      stopReading: async () => 3,
      leave: async () => ({ plays: 4 }),
    };
    const diaries = noteDiaries(done as Diaries, note);
    await diaries.read("ada", "lb", "ada-there", signal);
    expect(await diaries.giveToken("ada", "lb", "planted-token", signal)).toBe(standing);
    await diaries.agreed("ada", "fm", signal);
    await diaries.agreed("ada", "later", signal);
    await diaries.stopReading("ada", "lb", true);
    expect(await diaries.leave("ada", "fm", true)).toEqual({ plays: 4 });
    expect(acts()).toEqual([
      ["diary.read", { diary: "lb" }],
      ["diary.granted", { diary: "lb" }],
      ["diary.granted", { diary: "fm" }],
      ["diary.unread", { diary: "lb", deletedPlays: 3 }],
      ["diary.left", { diary: "fm", deletedPlays: 4 }],
    ]);
    expect(JSON.stringify(rows)).not.toContain("planted");
  });

  it("has consent, deletions, imports, exports, and what places may see", async () => {
    const { note, acts } = notes();
    const own: Partial<OwnHistory> = { setRecording: async () => {}, remove: async () => true as never };
    const histories = noteHistories(
      { statistics: true, rehearsal: false, of: () => own as OwnHistory } as Histories,
      note,
    );
    await histories.of("person:ada").setRecording(true);
    await histories.of("person:ada").remove(7);
    await histories.of("player:office").setRecording(true);

    const counts = { read: 9, kept: 8, below: 0, duplicate: 1, skipped: {}, failed: 0 };
    const row = { status: "done", counts } as unknown as ImportRow;
    const importer = noteImports(
      { startImport: () => ({ done: Promise.resolve(row), cancel: () => {} }) } as never,
      note,
    );
    expect(await importer.startImport("person:ada", "/f", "f").done).toBe(row);

    const files = noteExports(
      {
        of: () => ({
          export: async (format: string) =>
            format === "csv" ? { by: "file", plays: 5 } : { by: "page", url: "", untilAt: 1 },
        }),
        pages: {
          find: async (token: string) => (token === "t" ? { invitation: { personId: "ada", to: "json" } } : undefined),
          take: async (token: string) => (token === "t" ? {} : undefined),
        },
      } as unknown as HistoryFilesPart,
      note,
    );
    const asker = files.of({ personId: "ada" } as never);
    await asker.export("csv", "k", signal);
    await asker.export("json", "k", signal);
    await files.pages.take("t");
    await files.pages.take("guessed");

    const place = { platform: "web", tenant: "", id: "room" };
    const told: Parameters<Sharing["onChange"]>[0][] = [];
    noteSharing(
      {
        onChange(listener) {
          told.push(listener);
          return () => {};
        },
      },
      note,
    );
    for (const allowed of [true, false])
      for (const listener of told) listener({ share: { personId: "ada", use: "digest", place, sinceAt: 1 }, allowed });
    await new Promise(setImmediate);
    expect(acts()).toEqual([
      ["recording.agreed", {}],
      ["play.deleted", {}],
      ["history.imported", { status: "done", read: 9, kept: 8 }],
      ["history.exported", { format: "csv", plays: 5 }],
      ["history.exported", { format: "json", page: true }],
      ["share.allowed", { use: "digest", place }],
      ["share.ended", { use: "digest", place }],
    ]);
  });

  it("names nobody who is gone, and holds nothing up when it cannot be written", async () => {
    const { note, rows, lines, breaks } = notes();
    await note("eve", "share.ended", {});
    await note(undefined, "history.exported", {});
    breaks();
    await note("ada", "share.allowed", {});
    expect(rows).toEqual([]);
    expect(lines.join()).toMatch(/audit could not be written/);
  });
});
