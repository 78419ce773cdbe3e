import { sql } from "kysely";
import {
  type Purpose,
  type SealedColumn,
  type SealedCount,
  type SealedStore,
  type SealedText,
  sealedColumns,
} from "../../contracts/sealed.ts";
import type { Database } from "./database.ts";

const SAMPLES = 3;

type Found = { id: string; text: string; named: Record<string, string> };

/** Sealed texts say in front, in the clear, which key opens them: `v1.<key id>.…`. */
export function sealedStore({ db, kind, toDisk }: Database): SealedStore {
  const keyOf = (column: string) => {
    const text = sql.ref<string>(column);
    return kind === "postgres"
      ? sql<string>`split_part(${text}, '.', 2)`
      : sql<string>`substr(${text}, 4, instr(substr(${text}, 4), '.') - 1)`;
  };

  function toText(at: SealedColumn, { id, text, named }: Found): SealedText {
    const column = "sealedAs" in at ? at.sealedAs : at.column;
    const purpose: readonly string[] = [at.table, column, ...at.row.map((name) => named[name] ?? "")];
    return { at, id, text, purpose: purpose as Purpose };
  }

  async function texts(at: SealedColumn, where: ReturnType<typeof sql<boolean>>, limit: number): Promise<SealedText[]> {
    const columns = sql.join([...new Set(["id", ...at.row])].map((name) => sql.ref(name)));
    const { rows } = await sql<Record<string, string>>`
      select ${columns}, ${sql.ref(at.column)} as sealed_text from ${sql.table(at.table)}
      where ${sql.ref(at.column)} <> '' and ${where} order by id limit ${limit}`.execute(db);
    return rows.map(({ sealed_text: text = "", ...named }) => toText(at, { id: named.id ?? "", text, named }));
  }

  /** A database that an older version left may lack the later ones. */
  async function present(): Promise<SealedColumn[]> {
    const tables = await db.introspection.getTables();
    const has = (at: SealedColumn) =>
      tables.some(({ name, columns }) => name === at.table && columns.some((column) => column.name === at.column));
    return sealedColumns.filter(has);
  }

  async function counts(): Promise<SealedCount[]> {
    const found: SealedCount[] = [];
    for (const at of await present()) {
      const { rows } = await sql<{ key: string; texts: number | string }>`
        select ${keyOf(at.column)} as key, count(*) as texts from ${sql.table(at.table)}
        where ${sql.ref(at.column)} <> '' group by 1 order by 1`.execute(db);
      for (const { key, texts: many } of rows)
        found.push({ table: at.table, column: at.column, keyId: key, texts: Number(many) });
    }
    return found;
  }

  return {
    counts,

    async samples() {
      const taken = new Map<string, number>();
      const found: SealedText[] = [];
      for (const { table, column, keyId } of await counts()) {
        const at = sealedColumns.find((each) => each.table === table && each.column === column);
        const left = SAMPLES - (taken.get(keyId) ?? 0);
        if (!at || left <= 0) continue;
        const some = await texts(at, sql<boolean>`${keyOf(at.column)} = ${keyId}`, left);
        taken.set(keyId, (taken.get(keyId) ?? 0) + some.length);
        found.push(...some);
      }
      return found;
    },

    page: (at, otherThan, afterId, limit) =>
      texts(at, sql<boolean>`${keyOf(at.column)} <> ${otherThan} and id > ${afterId}`, limit),

    async replace(changes) {
      const replaced = await db.transaction().execute(async (trx) => {
        let rows = 0;
        for (const { before, text } of changes) {
          const { table, column } = before.at;
          const result = await sql`
            update ${sql.table(table)} set ${sql.ref(column)} = ${text}
            where id = ${before.id} and ${sql.ref(column)} = ${before.text}`.execute(trx);
          rows += Number(result.numAffectedRows ?? 0);
        }
        return rows;
      });
      await toDisk();
      return replaced;
    },

    async giveUp(keyId) {
      const sealedBy = (column: string) => sql<boolean>`${keyOf(column)} = ${keyId}`;
      const given = await db.transaction().execute(async (trx) => {
        const accounts = await trx
          .updateTable("accounts")
          .set((eb) => ({
            status: "needs_relink",
            last_error: "key_lost",
            access_token: "",
            refresh_token: "",
            // Nothing is left that the service could be asked about once more.
            refused_at: null,
            look_at: null,
            told_lapsed_at: null,
            version: eb("version", "+", 1),
          }))
          .where((eb) => eb.or([sealedBy("access_token"), sealedBy("refresh_token")]))
          .executeTakeFirstOrThrow();
        const links = await trx
          .updateTable("links")
          .set({ status: "failed", failure: "expired", verifier: null, pending_code: null })
          .where((eb) => eb.or([sealedBy("verifier"), sealedBy("pending_code")]))
          .executeTakeFirstOrThrow();
        const asked = await trx
          .updateTable("diaries")
          .set({ pending: null })
          .where(sealedBy("pending"))
          .executeTakeFirstOrThrow();
        const diaries = await trx
          .updateTable("diaries")
          .set((eb) => ({
            secret: null,
            owes: eb.case().when("forwards", "=", "off").then(eb.ref("owes")).else("invalid").end(),
            forwards: eb.case().when("forwards", "=", "off").then("off").else("invalid").end(),
          }))
          .where(sealedBy("secret"))
          .executeTakeFirstOrThrow();
        return {
          accounts: Number(accounts.numUpdatedRows),
          links: Number(links.numUpdatedRows),
          diaries: Number(asked.numUpdatedRows) + Number(diaries.numUpdatedRows),
        };
      });
      await toDisk();
      return given;
    },
  };
}
