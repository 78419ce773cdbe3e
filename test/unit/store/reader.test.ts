import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createReader, type Reader } from "../../../src/store/sql/reader.ts";
import { openFile } from "../../../src/store/sql/sqlite.ts";

let folder: string;
let file: DatabaseSync;
let reader: Reader;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "segue-reader-"));
  file = openFile(join(folder, "x.sqlite"));
  file.exec("create table numbers (n integer)");
  reader = createReader(join(folder, "x.sqlite"));
});
afterEach(async () => {
  await reader.close();
  file.close();
  rmSync(folder, { recursive: true });
});

/** Counts to a number that takes a while. */
const counting = (to: number) =>
  `with recursive c(n) as (select 1 union all select n + 1 from c where n < ${to}) select max(n) as n from c`;

describe("reading beside the main thread", () => {
  it("sees what was written, at once", async () => {
    for (let n = 1; n <= 3; n++) {
      file.prepare("insert into numbers values (?)").run(n);
      expect(await reader.ask("select n from numbers where n >= ?", [n])).toEqual([{ n }]);
    }
  });

  it("does not keep the main thread waiting, nor a short question behind a long one", async () => {
    await Promise.all([reader.ask("select 1", []), reader.ask("select 1", [])]);
    const order: string[] = [];
    let turns = 0;
    const turn = () => {
      turns++;
      if (order.length < 2) setImmediate(turn);
    };
    setImmediate(turn);
    await Promise.all([
      reader.ask(counting(2_000_000), []).then(() => order.push("long")),
      reader.ask("select 1 as n", []).then(() => order.push("short")),
    ]);
    expect(order).toEqual(["short", "long"]);
    expect(turns).toBeGreaterThan(100);
  });

  it("says what was wrong with a question, and answers the next one", async () => {
    await expect(reader.ask("select nothing", [])).rejects.toThrow("nothing");
    expect(await reader.ask("select 1 as n", [])).toEqual([{ n: 1 }]);
  });

  it("never writes", async () => {
    await expect(reader.ask("delete from numbers", [])).rejects.toThrow();
    await expect(reader.ask("insert into numbers values (1)", [])).rejects.toThrow();
  });

  it("ends what is asked when the database is closed, and answers nothing after", async () => {
    const asked = reader.ask(counting(50_000_000), []);
    const ended = expect(asked).rejects.toThrow("closed");
    await reader.close();
    await ended;
    await expect(reader.ask("select 1", [])).rejects.toThrow("closed");
  });
});
