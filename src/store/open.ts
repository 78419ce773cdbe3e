import { closeSync, existsSync, openSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Kysely, sql } from "kysely";
import type { Clock } from "../contracts/clock.ts";
import type { Log } from "../contracts/log.ts";
import type { SealedStore } from "../contracts/sealed.ts";
import type { Store } from "../contracts/store.ts";
import { StoreError } from "./errors.ts";
import { makeFolder } from "./folder.ts";
import { accountStore } from "./sql/accounts.ts";
import { aliasStore } from "./sql/aliases.ts";
import { auditStore } from "./sql/audit.ts";
import { backUp } from "./sql/backup.ts";
import { buttonStore } from "./sql/buttons.ts";
import { callStore } from "./sql/calls.ts";
import { cardStore } from "./sql/cards.ts";
import { createCheckpoints } from "./sql/checkpoints.ts";
import type { Database } from "./sql/database.ts";
import { diaryStore } from "./sql/diaries.ts";
import { digestStore } from "./sql/digests.ts";
import { erasureStore } from "./sql/erasures.ts";
import { eventStore } from "./sql/events.ts";
import { gateStore } from "./sql/gates.ts";
import { importStore } from "./sql/imports.ts";
import { joinStore } from "./sql/joins.ts";
import { linkStore } from "./sql/links.ts";
import { type Migration, migrate, requireCurrent } from "./sql/migrate.ts";
import { migrations as released } from "./sql/migrations/index.ts";
import { missStore } from "./sql/misses.ts";
import { outboxStore } from "./sql/outbox.ts";
import { peopleStore } from "./sql/people.ts";
import { playPageStore } from "./sql/plays/pages.ts";
import { playStatStore } from "./sql/plays/stats.ts";
import { playStore } from "./sql/plays/store.ts";
import { openPool, postgresDialect } from "./sql/postgres.ts";
import { queueStore } from "./sql/queue.ts";
import { createReader, readerDialect } from "./sql/reader.ts";
import { sealedStore } from "./sql/sealed.ts";
import { settingStore } from "./sql/settings.ts";
import { shareStore } from "./sql/shares.ts";
import { slotStore } from "./sql/slots.ts";
import { isBroken, isHopeless, openFile, sqliteDialect, walFlusher } from "./sql/sqlite.ts";
import { sweep } from "./sql/sweep.ts";
import type { Tables } from "./sql/tables.ts";
import { timerStore } from "./sql/timers.ts";
import { viewStore } from "./sql/views.ts";
import { wishStore } from "./sql/wishes.ts";

export type StoreOptions = {
  /** `sqlite:/path/of/file` or `postgres://…`. */
  url: string;
  clock: Clock;
  log: Log;
  /** Where the SQLite file is copied before a migration; `backups` beside the file by default. */
  backupDir?: string;
  migrations?: readonly Migration[];
  /** Asked before anything in the database is changed; what it raises ends the opening. */
  admit?: (sealed: SealedStore) => Promise<void>;
  /** Beside a Segue that may be running: nothing is made, no schema is changed, and a database of another version is refused. */
  beside?: boolean;
};

/** A database, and what only its kind can say about it. */
type Opened = Database & {
  /** For what takes long: beside the main thread. */
  reads: Kysely<Tables>;
  backup?: () => Promise<void>;
  /** Asked after an error that bodes ill: why the database is gone for good, or undefined when it is not. */
  gone(): Promise<string | undefined>;
  /** Asked from time to time, as not every loss shows as an error. */
  inPlace?(): boolean;
  close(): Promise<void>;
};

const PROBES = 5;
const PROBE_EVERY_MS = 2_000;

function openSqlite(options: StoreOptions, suspect: () => void): Opened {
  const path = resolve(options.url.slice("sqlite:".length));
  const inode = () => statSync(path, { throwIfNoEntry: false })?.ino;
  let file: ReturnType<typeof openFile>;
  if (options.beside && !existsSync(path))
    throw new StoreError("missing", `There is no database at ${path} yet: start Segue once, or set DATA_DIR.`);
  try {
    makeFolder(dirname(path));
    // Made before SQLite makes it, so that nobody else on the machine can ever read it.
    closeSync(openSync(path, "a", 0o600));
    file = openFile(path);
  } catch (error) {
    if (isBroken(error)) {
      throw new StoreError(
        "corrupt",
        `${path} is not a usable database. Move it away, or put a backup from "backups" in its place.`,
        { cause: error },
      );
    }
    throw new StoreError(
      "unwritable",
      `The database ${path} cannot be opened for writing: check the folder, its owner and the disk.`,
      {
        cause: error,
      },
    );
  }
  const checkpoints = createCheckpoints(path);
  const db = new Kysely<Tables>({ dialect: sqliteDialect(file, { hopeless: suspect, written: checkpoints.written }) });
  const reads = new Kysely<Tables>({ dialect: readerDialect(createReader(path)) });
  const wal = walFlusher(path);
  const openedInode = inode();
  // Whoever holds an open file goes on writing into it after it was deleted, and all of that is lost at the end.
  const inPlace = () => inode() === openedInode;
  const folder = options.backupDir ?? join(dirname(path), "backups");
  return {
    kind: "sqlite",
    db,
    reads,
    backup: async () => {
      const copy = await backUp(file, folder, options.clock.now());
      options.log.info({ backup: copy }, "database backed up before its migration");
    },
    gone: async () =>
      inPlace()
        ? `The database ${path} can no longer be used: the disk is full, read-only or broken.`
        : `The database ${path} was deleted or replaced while it was in use.`,
    inPlace,
    async toDisk() {
      try {
        await wal.flush();
      } catch (error) {
        options.log.error({ err: error }, "the database could not be flushed to disk");
        suspect();
        throw error;
      }
    },
    async close() {
      await wal.close();
      await checkpoints.close();
      await reads.destroy();
      await db.destroy();
    },
  };
}

function openPostgres(options: StoreOptions, suspect: () => void): Opened {
  const pool = openPool(options.url, suspect);
  const db = new Kysely<Tables>({ dialect: postgresDialect(pool, suspect) });
  return {
    kind: "postgres",
    db,
    reads: db,
    // The server itself flushes before it says that a commit is done.
    toDisk: async () => {},
    async gone() {
      // A restart of the server or a cut line of a few seconds is no loss: statements fail meanwhile, and are answered so.
      for (let probe = 1; probe <= PROBES; probe++) {
        try {
          await pool.query("select 1");
          return undefined;
        } catch {
          if (probe < PROBES) await options.clock.sleep(PROBE_EVERY_MS);
        }
      }
      return "The PostgreSQL server of DATABASE_URL cannot be reached any more.";
    },
    close: () => db.destroy(),
  };
}

async function reachable(database: Opened): Promise<void> {
  try {
    await sql`select 1`.execute(database.db);
  } catch (error) {
    if (database.kind === "sqlite") throw error;
    throw new StoreError(
      "unreachable",
      "The PostgreSQL server of DATABASE_URL cannot be reached, or refuses this user.",
      {
        cause: new Error(error instanceof Error && "code" in error ? String(error.code) : "no connection"),
      },
    );
  }
}

/**
 * Opens the database, brings its schema up to date and hands out the repositories. Rejects with a StoreError whose message
 * is one line for the operator.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const listeners: ((error: Error) => void)[] = [];
  let asking = false;
  let lost: StoreError | undefined;
  let closed = false;

  function declare(message: string): void {
    if (lost || closed) return;
    lost = new StoreError("lost", message);
    options.log.error({ code: lost.code }, message);
    for (const listener of listeners) listener(lost);
  }

  function suspect(): void {
    if (asking || lost || closed) return;
    asking = true;
    void database.gone().then((message) => {
      asking = false;
      if (message) declare(message);
    });
  }

  let database: Opened;
  if (options.url.startsWith("sqlite:")) database = openSqlite(options, suspect);
  else if (/^postgres(ql)?:\/\//.test(options.url)) database = openPostgres(options, suspect);
  else throw new StoreError("unreachable", "DATABASE_URL must begin with sqlite: or postgres://");

  try {
    await reachable(database);
    const migrations = options.migrations ?? released;
    if (options.beside) await requireCurrent(database, migrations);
    else
      await migrate(database, {
        migrations,
        clock: options.clock,
        log: options.log,
        admit: async () => options.admit?.(sealedStore(database)),
        ...(database.backup && { backup: database.backup }),
      });
  } catch (error) {
    closed = true;
    await database.close();
    if (isBroken(error)) {
      throw new StoreError("corrupt", "The database is damaged. Move it away, or put a backup in its place.", {
        cause: error,
      });
    }
    const why = isHopeless(error) ? await database.gone() : undefined;
    if (why !== undefined) throw new StoreError("unwritable", why, { cause: error });
    throw error;
  }

  return {
    events: eventStore(database, options.clock),
    people: peopleStore(database),
    accounts: accountStore(database),
    links: linkStore(database),
    joins: joinStore(database),
    wishes: wishStore(database),
    aliases: aliasStore(database),
    misses: missStore(database),
    shares: shareStore(database),
    digests: digestStore(database),
    erasures: erasureStore(database),
    diaries: diaryStore(database),
    slots: slotStore(database),
    views: viewStore(database),
    buttons: buttonStore(database),
    calls: callStore(database),
    gates: gateStore(database),
    queue: queueStore(database),
    timers: timerStore(database),
    settings: settingStore(database),
    audit: auditStore(database),
    sealed: sealedStore(database),
    outbox: outboxStore(database, options.clock),
    cards: cardStore(database),
    plays: playStore(database),
    playPages: playPageStore(database),
    imports: importStore(database),
    playStats: playStatStore(database.reads, options.clock),
    async sweep(now) {
      if (database.inPlace?.() === false) suspect();
      return sweep(database, now);
    },
    async bytes() {
      const size =
        database.kind === "sqlite"
          ? sql<{ bytes: number }>`select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()`
          : sql<{ bytes: number | string }>`select pg_database_size(current_database()) as bytes`;
      const { rows } = await size.execute(database.db);
      return Number(rows[0]?.bytes ?? 0);
    },
    onLost(listener) {
      listeners.push(listener);
      if (lost) listener(lost);
    },
    async close() {
      if (closed) return;
      closed = true;
      await database.close();
    },
  };
}
