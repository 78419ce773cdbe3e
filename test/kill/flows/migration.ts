import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../../src/clock.ts";
import { freePort } from "../../../src/main/addresses.ts";
import { openStore } from "../../../src/store/open.ts";
import { migrations } from "../../../src/store/sql/migrations/index.ts";
import { silentLog } from "../../support/log.ts";
import type { Deed, Flow } from "../flow.ts";
import { createProgram } from "../program.ts";
import { rowsIn } from "../world.ts";

const people = 50;
/** Versions whose data the program may meet: this one's own, and those before it. */
const oldest = 1;

/** The first start over data of an older version. */
export const migration: Flow = {
  name: "migration",
  async begin(world, turn): Promise<Deed> {
    const folder = world.folder(`migration-${turn}`);
    mkdirSync(folder, { recursive: true });
    const database = join(folder, "segue.db");
    const version = oldest + (turn % (migrations.length - oldest));
    const store = await openStore({
      url: `sqlite:${database}`,
      clock: systemClock,
      log: silentLog,
      migrations: migrations.slice(0, version),
    });
    for (let id = 0; id < people; id++)
      await store.people.ensure({ platform: "web", tenant: "", id: String(id) }, `Person ${id}`, 1);
    await store.close();
    const { SPOTIFY_CLIENT_ID, SPOTIFY_API_URL, SPOTIFY_ACCOUNTS_URL } = world.settings;
    const spotify = { SPOTIFY_CLIENT_ID, SPOTIFY_API_URL, SPOTIFY_ACCOUNTS_URL };
    const program = createProgram({
      settings: { DATA_DIR: folder, PORT: String(await freePort("127.0.0.1")), ...defined(spotify) },
      clock: world.clock,
    });
    return {
      drive: (dieAt) => program.start(dieAt),
      own: { program, start: (dieAt) => program.start(dieAt) },
      settle: () => program.kill("SIGTERM"),
      findings() {
        const [sound] = rowsIn(database, "pragma integrity_check");
        const [kept] = rowsIn(database, "select count(*) as people from people");
        const done = rowsIn(database, "select name from migrations order by name").map(({ name }) => name);
        const whole = sound?.integrity_check === "ok" && done.join() === migrations.map(({ name }) => name).join();
        return [
          ...(whole
            ? []
            : [{ kind: "half done" as const, what: `from ${version}: ${done.join()}, ${JSON.stringify(sound)}` }]),
          ...(kept?.people === people
            ? []
            : [{ kind: "lost" as const, what: `from ${version}: ${JSON.stringify(kept)}` }]),
        ];
      },
    };
  },
};

function defined(values: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
