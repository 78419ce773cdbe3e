import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ListenerKey, listenerOf, type Sighting } from "../../../src/contracts/listening.ts";
import { personSettings } from "../../../src/contracts/people-store.ts";
import { type ExportForm, exportForms, exportPerson } from "../../../src/listening/export/export.ts";
import { createImporter } from "../../../src/listening/import/importer.ts";
import {
  inWords,
  kept,
  type LedgerStand,
  listed,
  MINUTE,
  MORNING,
  noted,
  openLedger,
  SECOND,
  somebody,
  song,
  watched,
} from "../../support/ledger.ts";
import { createListeningFiles, readHere } from "../../support/listening-files.ts";

const files = createListeningFiles();
let stand: LedgerStand;
beforeEach(async () => {
  stand = await openLedger();
});
afterEach(() => stand.close());
afterAll(() => files.remove());

const personOf = (listener: ListenerKey): string => listener.slice("person:".length);

async function whole(of: LedgerStand, listener: ListenerKey, form: ExportForm): Promise<string> {
  let text = "";
  for await (const part of exportPerson(of.store, personOf(listener), form)) text += part.text;
  return text;
}

/** The plays of it: each import is something that is kept, too. */
async function exported(of: LedgerStand, listener: ListenerKey, form: ExportForm): Promise<string> {
  return (await whole(of, listener, form)).replace(/^\{"about".*\n/gm, "");
}

let written = 0;
async function imported(into: LedgerStand, listener: ListenerKey, text: string) {
  const path = join(files.folder, `export-${++written}`);
  writeFileSync(path, text);
  const { store, ledger, clock } = into;
  const importer = createImporter({ store, ledger, clock, folder: files.folder, atOnce: 20, open: readHere });
  return (await importer.startImport(listener, path, "export").done).counts;
}

/** What people's ledgers are made of: some songs, heard again and again, and told of by several sources. */
const names = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 });
const history = fc
  .array(
    fc.record({
      number: fc.nat({ max: 6 }),
      title: fc.constantFrom("", "=1+1", "-", "'=x", "@home", 'Comma, "quote"\nline', "曲名", "\tTab"),
      pauseMs: fc.integer({ min: 0, max: 40 * MINUTE }),
      listenedMs: fc.integer({ min: SECOND, max: 3 * MINUTE }),
      by: fc.subarray(["watched", "listed", "noted"] as const, { minLength: 1 }),
      device: fc.option(names, { nil: undefined }),
      skipped: fc.option(fc.boolean(), { nil: undefined }),
      kind: fc.constantFrom("track", "episode"),
    }),
    { maxLength: 14 },
  )
  .map((plays) => {
    let at = MORNING;
    return plays.flatMap(({ number, title, pauseMs, listenedMs, by, device, skipped, kind }, index): Sighting[] => {
      at += pauseMs;
      const startedAt = at;
      at += listenedMs;
      // Each title is a song of its own.
      const heard = {
        ...song(number + 10 * title.length),
        kind,
        title: `${title} Song ${number}`.trimStart(),
      } as const;
      const full = {
        ...heard,
        uri: `memory:${kind}:${title.length}:${number}`,
        isrc: `QM${title.length}${kind[0]}${number}`,
      };
      const more = { ...(device && { device }), ...(skipped !== undefined && { skipped }) };
      return [
        ...(by.includes("watched")
          ? [watched(full, startedAt, at, { key: `w${index}`, context: "memory:playlist:1", ...more })]
          : []),
        ...(by.includes("listed") ? [listed(full, at, { key: `l${index}` })] : []),
        ...(by.includes("noted") ? [noted(inWords(full), startedAt, { key: `n${index}` })] : []),
      ];
    });
  });

describe("an export", () => {
  it.each(exportForms)("as %s makes the same ledger again, whatever was heard", async (form) => {
    await fc.assert(
      fc.asyncProperty(history, async (sightings) => {
        const [from, to] = [await openLedger(), await openLedger()];
        try {
          const listener = somebody();
          await from.ledger.record(listener, sightings);
          const first = await exported(from, listener, form);
          const counts = await imported(to, listener, first);
          expect(await exported(to, listener, form)).toBe(first);
          expect(await kept(to, listener)).toHaveLength((await kept(from, listener)).length);
          expect(counts.kept + counts.below).toBe(counts.read);
        } finally {
          await from.close();
          await to.close();
        }
      }),
      { numRuns: 25 },
    );
  });

  it.each(exportForms)("as %s adds nothing to the ledger that it came from", async (form) => {
    const listener = somebody();
    const plays = Array.from({ length: 50 }, (_, at) =>
      watched(song(at % 5), MORNING + at * 4 * MINUTE, MORNING + at * 4 * MINUTE + 2 * MINUTE),
    );
    await stand.ledger.record(listener, [
      ...plays,
      listed(song(1), MORNING + 6 * MINUTE),
      noted(song(2), MORNING + 8 * MINUTE),
    ]);
    const first = await exported(stand, listener, form);
    const counts = await imported(stand, listener, first);
    expect(counts).toMatchObject({ read: 50, duplicate: 50, kept: 0 });
    expect(await exported(stand, listener, form)).toBe(first);
  });

  it("has behind the plays all else that is kept of the person, without what opens anything, and is read again", async () => {
    const { store, ledger, clock } = stand;
    const ada = { platform: "test", tenant: "", id: "ada" };
    const { id: personId } = await store.people.ensure(ada, "Ada", clock.now());
    const listener = listenerOf.person(personId);
    const lines = async () =>
      (await whole(stand, listener, "jsonl"))
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
    expect((await lines()).map(({ about }) => about)).toEqual(["person", "identity"]);

    await ledger.record(listener, [watched(song(1), MORNING, MORNING + 3 * MINUTE)]);
    const at = clock.now();
    const place = { platform: "test", tenant: "t", id: "hall" };
    await store.settings.put(personSettings.owner(personId), personSettings.recording, at);
    await store.shares.put({ personId, use: "digest", place, sinceAt: at });
    const alias = { personId, provider: "memory", folded: "our song", said: "our song", uri: "memory:track:1" };
    await store.aliases.put({ ...alias, title: "Song", createdAt: at });
    await store.diaries.put(personId, "lastfm", { userName: "RJ", reads: true, secret: "sealed-secret" }, at);
    await store.accounts.putGrant(
      {
        personId,
        provider: "memory",
        subject: "ada-account",
        status: "ok",
        scopes: ["play"],
        consentedAt: at,
        accessToken: "sealed-access",
        accessExpiresAt: at,
        refreshToken: "sealed-refresh",
        free: false,
      },
      at,
    );
    await store.plays.addGap(listener, { fromAt: at, untilAt: at + MINUTE, why: "offline" });
    await store.audit.add({ at, personId, act: "diary.read", detail: { diary: "lastfm" } });
    await store.audit.add({ at, personId: "another", act: "diary.read", detail: { diary: "lastfm" } });
    const [play, ...rest] = await lines();
    expect(play).toMatchObject({ title: song(1).title });
    expect(rest).toMatchObject([
      { about: "person", id: personId, createdAt: new Date(at).toISOString(), operator: false },
      { about: "identity", ...ada, name: "Ada" },
      { about: "account", provider: "memory", subject: "ada-account", scopes: ["play"] },
      { about: "setting", name: "recording_since", value: at },
      { about: "share", use: "digest", place, sinceAt: new Date(at).toISOString() },
      { about: "alias", said: "our song", uri: "memory:track:1", title: "Song" },
      { about: "diary", diary: "lastfm", userName: "RJ", reads: true },
      { about: "gap", fromAt: new Date(at).toISOString() },
      { about: "act", at: new Date(at).toISOString(), act: "diary.read", detail: { diary: "lastfm" } },
    ]);
    const text = await whole(stand, listener, "jsonl");
    expect(text).not.toContain("sealed");
    expect(await whole(stand, listener, "csv")).not.toMatch(/Ada|hall/);

    const elsewhere = somebody();
    expect(await imported(stand, elsewhere, text)).toMatchObject({ read: 1, kept: 1, failed: 0 });
    const onlyPerson = rest.map((line) => JSON.stringify(line)).join("\n");
    expect(await imported(stand, elsewhere, onlyPerson)).toMatchObject({ read: 0, failed: 0 });
  });

  it("comes in pages, in order, with plays that started at once", async () => {
    const listener = somebody();
    const plays = Array.from({ length: 1_203 }, (_, at) =>
      watched(song(at), MORNING + Math.floor(at / 3) * MINUTE, MORNING + Math.floor(at / 3) * MINUTE + 2 * MINUTE),
    );
    await stand.ledger.record(listener, plays);
    const parts: number[] = [];
    for await (const { rows } of exportPerson(stand.store, personOf(listener), "jsonl")) parts.push(rows);
    expect(parts).toEqual([500, 500, 203, 0]);
    const rows = (await exported(stand, listener, "jsonl"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(new Set(rows.map(({ uri }) => uri)).size).toBe(1_203);
    const starts = rows.map(({ startedAt }) => startedAt);
    expect(starts).toEqual(starts.toSorted());
  });

  it("can be read by people and by programs for tables, which run nothing of it", async () => {
    const listener = somebody();
    await stand.ledger.record(listener, [watched({ ...song(1), title: '=HYPERLINK("x")' }, MORNING, MORNING + MINUTE)]);
    const [row] = (await exported(stand, listener, "jsonl"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(row).toMatchObject({
      startedAt: "2026-11-20T08:00:00.000Z",
      endedAt: "2026-11-20T08:01:00.000Z",
      listenedMs: MINUTE,
      counts: false,
      title: '=HYPERLINK("x")',
      artists: [{ name: "Band 1" }],
      sources: [{ origin: "memory", way: "observed", exact: "both" }],
    });
    const [cells] = parse(await exported(stand, listener, "csv"), { columns: true }) as Record<string, string>[];
    expect(cells).toMatchObject({ title: `'=HYPERLINK("x")`, artist: "Band 1", listened_ms: "60000" });
  });

  it("of nobody is nothing", async () => {
    expect(await exported(stand, somebody(), "jsonl")).toBe("");
    expect((await exported(stand, somebody(), "csv")).trim().split("\n")).toHaveLength(1);
  });

  it("that somebody bent keeps what is whole of it", async () => {
    const listener = somebody();
    await stand.ledger.record(listener, [watched(song(1), MORNING, MORNING + MINUTE)]);
    const line = (await exported(stand, listener, "jsonl")).trim();
    const bent = [
      line,
      line.replace('"observed"', '"guessed"'),
      line.replace(/"sources":\[.*\]/, '"sources":[]'),
      line.replace(/"startedAt":"[^"]*"/g, '"startedAt":"soon"'),
      line.replace(/"title":"[^"]*"/, '"title":7'),
      line.slice(0, -20),
    ];
    const counts = await imported(stand, somebody(), bent.join("\n"));
    expect(counts).toMatchObject({ read: 6, below: 1, failed: 5 });
  });
});
