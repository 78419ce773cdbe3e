import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../../src/clock.ts";
import { openStore } from "../../../src/store/open.ts";
import { extendedRows } from "../../support/listening-files.ts";
import { silentLog } from "../../support/log.ts";
import type { Deed, Finding, Flow } from "../flow.ts";
import { createProgram } from "../program.ts";
import { rowsIn, type World } from "../world.ts";

const rowsOfFile = { command: 4_000, chat: 1_200 };
/** No song is in two files. */
const firstRow = (turn: number) => (turn + 1) * 10_000;

const count = (kept: number, rows: number, what: string): Finding[] =>
  kept === rows ? [] : [{ kind: kept < rows ? "lost" : "doubled", what: `${what}: ${kept} of ${rows} rows are kept` }];

/** `segue import FILE`, as often as it takes. */
async function byCommand(world: World, turn: number): Promise<Deed> {
  const folder = world.folder(`import-${turn}`);
  const data = join(folder, "data", "rehearsal");
  mkdirSync(data, { recursive: true });
  const database = join(data, "segue.db");
  const store = await openStore({ url: `sqlite:${database}`, clock: systemClock, log: silentLog });
  await store.people.ensure({ platform: "web", tenant: "", id: "anna" }, "Anna", 1);
  await store.close();
  const file = join(folder, "Streaming_History_Audio_2023_0.json");
  writeFileSync(file, JSON.stringify(extendedRows(rowsOfFile.command, firstRow(turn))));
  const program = createProgram({ settings: { DATA_DIR: join(folder, "data") }, clock: world.clock });
  const run = async (dieAt?: number) => {
    const code = await program.run(["import", file], dieAt);
    if (code !== 0) throw new Error(`segue import ended with ${code}: ${program.output()}`);
  };
  return {
    drive: run,
    own: { program, start: run },
    settle: async () => {},
    findings() {
      const [row] = rowsIn(database, "select count(*) as kept from plays");
      const [run] = rowsIn(database, "select status from play_imports");
      return [
        ...count(Number(row?.kept), rowsOfFile.command, "segue import"),
        ...(run?.status === "done"
          ? []
          : [{ kind: "half done" as const, what: `segue import: ${String(run?.status)}` }]),
      ];
    },
  };
}

/** The file comes by chat, and is read in the background. */
async function byChat(world: World, turn: number): Promise<Deed> {
  const { mia } = world.people;
  const first = firstRow(turn);
  const rows = rowsOfFile.chat;
  const name = `Streaming_History_Audio_${turn}.json`;
  const url = world.discord.upload(name, Buffer.from(JSON.stringify(extendedRows(rows, first))));
  const { answers } = world.watch(mia);
  const saw = (words: RegExp) => answers().some((text) => words.test(text));
  const asked = () => saw(/Shall I import it/);
  const done = () => saw(new RegExp(`“${name}” is read`));
  const kept = () => {
    const [row] = world.rows(
      "select count(*) as kept from plays join tracks on tracks.id = plays.track where tracks.title in (select 'Song ' || value from json_each(?))",
      JSON.stringify(Array.from({ length: rows }, (_, at) => first + at)),
    );
    return Number(row?.kept);
  };
  const posts = () => mia.posts?.({ filename: name, url, size: 1_000, content_type: "application/json" });
  const begun = () => world.rows("select 1 from play_imports where name like ?", `%${name}%`).length > 0;
  return {
    async drive() {
      posts();
      await world.until(asked, "the question before an import");
      await mia.presses("Import it");
      await world.until(done, "the end of the import");
    },
    async settle() {
      // What the gateway lost with the program, people do again.
      if (!(await world.eventually(asked))) posts();
      if (!(await world.eventually(asked))) return;
      if (!(await world.eventually(() => done() || begun()))) await mia.presses("Import it");
      // A message is changed as fast as its platform takes it, in the platform's own time.
      await world.eventually(done, { waitMs: 15_000 });
    },
    findings: () => [
      ...count(kept(), rows, `${mia.name} by chat`),
      ...(done()
        ? []
        : [{ kind: "lost" as const, what: `${mia.name} was not told of the import: ${answers().join(" | ")}` }]),
    ],
  };
}

export const importing: Flow = {
  name: "import",
  variants: 2,
  begin: (world, turn) => (turn % 2 === 0 ? byCommand(world, turn) : byChat(world, turn)),
};
