import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { listenerOf } from "../../../src/contracts/listening.ts";
import { createHistoryFiles, type HistoryFilesPart } from "../../../src/listening/files/history-files.ts";
import { createHistory } from "../../../src/listening/history.ts";
import { createImporter, type ImporterParts } from "../../../src/listening/import/importer.ts";
import { createWebServer, type WebServer, type WebServerOptions } from "../../../src/web/server.ts";
import { readHere } from "../../support/listening-files.ts";
import { silentLog } from "../../support/log.ts";
import { createWorld, type World } from "../accounts/world.ts";
import { locales } from "./site.ts";

export type FileSite = {
  world: World;
  origin: string;
  port: number;
  files: HistoryFilesPart;
  personId: string;
  /** Plays that are kept of the person. */
  plays(): Promise<number>;
  /** Files that lie in wait. */
  lying(): string[];
  /** The path of a fresh page for the person. */
  invite(): Promise<string>;
  export(format: "json" | "csv"): Promise<string>;
  imports(rows: unknown[]): Promise<void>;
  /** A new program over the same store and folder, as after kill -9. */
  again(): Promise<void>;
  close(): Promise<void>;
};

/** Pages for files over a real server, importer and store. */
export async function createFileSite(
  options: { importer?: Partial<ImporterParts>; server?: Partial<WebServerOptions> } = {},
): Promise<FileSite> {
  const world = await createWorld();
  const folder = mkdtempSync(join(tmpdir(), "segue-files-"));
  const user = { platform: "web", tenant: "", id: "ada" };
  const { id: personId } = await world.store.people.ensure(user, "Ada Lovelace", world.clock.now());
  const history = createHistory({ store: world.store, clock: world.clock });
  const build = () =>
    createHistoryFiles({
      store: world.store,
      importer: createImporter({
        store: world.store,
        ledger: history.ledger,
        clock: world.clock,
        folder,
        atOnce: 50,
        open: readHere,
        ...options.importer,
      }),
      adapters: () => [],
      events: { emit() {} },
      namesOf: async () => ["ada"],
      publicUrl: "https://segue.example",
      localUrl: "http://127.0.0.1",
      commands: { bring: "bring", take: "take" },
      clock: world.clock,
      log: silentLog,
    });
  const serve = (files: HistoryFilesPart, port: number): WebServer =>
    createWebServer({
      host: "127.0.0.1",
      port,
      clock: world.clock,
      log: silentLog,
      linkFlow: world.part.linkFlow,
      callbacks: [],
      readiness: () => ({}),
      locales,
      files: files.pages,
      pagesPerMinute: 10_000,
      ...options.server,
    });
  let files = build();
  let server = serve(files, 0);
  const { port } = await server.start();
  const asker = { personId, user, userName: "Ada Lovelace", place: { ...user }, local: false };
  const listener = listenerOf.person(personId);
  const pathOf = (url: string) => new URL(url).pathname;

  return {
    world,
    port,
    origin: `http://127.0.0.1:${port}`,
    get files() {
      return files;
    },
    personId,
    plays: async () => (await world.store.playPages.page(listener, undefined, 2_000)).length,
    lying: () => readdirSync(folder),
    async invite() {
      const page = await files.of(asker).invite();
      if (!page) throw new Error("no page");
      return pathOf(page.url);
    },
    async export(format) {
      const made = await files.of(asker).export(format, "key", AbortSignal.timeout(5_000));
      if (made.by !== "page") throw new Error(`by ${made.by}`);
      return pathOf(made.url);
    },
    async imports(rows) {
      const importer = createImporter({
        store: world.store,
        ledger: history.ledger,
        clock: world.clock,
        folder: join(folder, "other"),
        atOnce: 50,
        open: readHere,
      });
      await importer.startImport(listener, Readable.from([Buffer.from(JSON.stringify(rows))]), "a.json").done;
      rmSync(join(folder, "other"), { recursive: true, force: true });
    },
    async again() {
      await server.stop();
      files = build();
      await files.resume();
      server = serve(files, port);
      await server.start();
    },
    async close() {
      await server.stop();
      await files.stop();
      await world.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
