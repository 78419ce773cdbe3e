import { CompiledQuery, sql, type Transaction } from "kysely";
import type { Database } from "./database.ts";
import type { Tables } from "./tables.ts";

/** Parts of one transaction. */
export type Inside = { kind: Database["kind"]; trx: Transaction<Tables> };

/** Rows that one statement writes. Few sizes, as each is a text of its own that the database has to understand. */
const SIZES = [256, 16, 1] as const;
/** PostgreSQL takes 65,535 values in one statement, SQLite 32,766. */
const LIST = 512;

/** Lets others have their turn in the midst of what takes long; a transaction stays what it is. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Writes rows of one table, many at a time. `tail` is what follows the values, as "on conflict …". */
export function inserter<T extends keyof Tables>(
  table: T,
  columns: readonly (keyof Tables[T] & string)[],
  tail = "",
): (inside: Inside, rows: readonly (readonly (number | string | null)[])[]) => Promise<void> {
  const texts = new Map<string, string>();
  const textOf = (kind: Database["kind"], size: number): string => {
    const known = texts.get(`${kind} ${size}`);
    if (known) return known;
    const place = (row: number, column: number) => (kind === "sqlite" ? "?" : `$${row * columns.length + column + 1}`);
    const rows = Array.from(
      { length: size },
      (_, row) => `(${columns.map((__, column) => place(row, column)).join(",")})`,
    );
    const text = `insert into "${table}" (${columns.map((name) => `"${name}"`).join(",")}) values ${rows.join(",")} ${tail}`;
    texts.set(`${kind} ${size}`, text);
    return text;
  };
  return async ({ kind, trx }, rows) => {
    let at = 0;
    for (const size of SIZES)
      for (; rows.length - at >= size; at += size) {
        await trx.executeQuery(CompiledQuery.raw(textOf(kind, size), rows.slice(at, at + size).flat()));
        if (size === SIZES[0]) await turn();
      }
  };
}

/**
 * The values in lists fit for one statement. Each is filled up to a power of two with its last value: a list of every length
 * would be a statement of its own.
 */
export function lists<V>(values: Iterable<V>): V[][] {
  const all = [...new Set(values)];
  const found: V[][] = [];
  for (let at = 0; at < all.length; at += LIST) {
    const part = all.slice(at, at + LIST);
    const last = part.at(-1);
    if (last === undefined) break;
    const full = 2 ** Math.ceil(Math.log2(part.length));
    found.push([...part, ...Array<V>(full - part.length).fill(last)]);
  }
  return found;
}

/** Ids for rows that are about to be written to a numbered table, in order. */
export async function takeIds({ kind, trx }: Inside, table: keyof Tables & string, count: number): Promise<number[]> {
  if (count === 0) return [];
  if (kind === "postgres") {
    const next = sql<{
      id: number;
    }>`select nextval(pg_get_serial_sequence(${table}, 'id')) as id from generate_series(1, ${count})`;
    return (await next.execute(trx)).rows.map(({ id }) => id).sort((a, b) => a - b);
  }
  // Nobody else writes meanwhile, and the rows themselves carry the counter on (https://www.sqlite.org/autoinc.html).
  const { rows } = await sql<{ seq: number }>`select seq from sqlite_sequence where name = ${table}`.execute(trx);
  const last = rows[0]?.seq ?? 0;
  return Array.from({ length: count }, (_, index) => last + index + 1);
}
