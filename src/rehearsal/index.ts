import type { IncomingMessage } from "node:http";
import type { Clock } from "../contracts/clock.ts";
import { createRouteTable } from "./api/route-table.ts";
import { apiRoutes } from "./api/routes.ts";
import type { AppSeed } from "./apps.ts";
import { CAST, DEFAULT_APP } from "./cast.ts";
import { loadCatalogue, search } from "./catalogue/index.ts";
import { type Control, createControl } from "./control/control.ts";
import { createFaultPlan } from "./faults/plan.ts";
import { createCallLog, type LoggedCall } from "./http/call-log.ts";
import { listen } from "./http/server.ts";
import type { PersonSeed } from "./people.ts";
import type { SettingsPatch } from "./settings.ts";
import type { Stage } from "./stage.ts";
import { createWorld } from "./world.ts";

export interface RehearsalOptions {
  /** Decides everything that has to do with time. One that can be moved (`createOffsetClock`) can be moved by control. */
  clock: Clock;
  /** 0 for any free one. */
  port?: number;
  /** A loopback address; nothing else makes sense for a server with a control interface. */
  host?: "127.0.0.1" | "::1";
  /** Laid over the default app "segue-rehearsal". Unless it says otherwise, the first five people are on its allowlist. */
  app?: Partial<AppSeed>;
  /** More apps of this or other developer accounts. */
  otherApps?: readonly AppSeed[];
  /** Absent: a cast of six. */
  users?: readonly PersonSeed[];
  /** Everything that is left to chance follows from it. */
  seed?: number;
  settings?: SettingsPatch;
  /**
   * Signs refresh tokens, so that the next server with the same key honours those of this one, their consent's date included.
   * At least 16 characters. Absent: a server knows only the tokens that it gave out itself.
   */
  grantKey?: string;
  /** Told of every counted call, with the request it came in, before its answer is written. */
  onCall?: (call: LoggedCall, request: IncomingMessage) => void;
  /** What goes wrong inside the server itself. */
  log?: (entry: Record<string, unknown>) => void;
}

export interface RehearsalSpotify {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** Serves `/authorize` and `/api/token`. */
  readonly accountsUrl: string;
  /** Ends in `/v1`, as the real one's base does. */
  readonly apiUrl: string;
  readonly app: { readonly clientId: string; readonly clientSecret: string | undefined };
  readonly control: Control;
  close(): Promise<void>;
}

/** Starts a false Spotify, the accounts service and the Web API, over real HTTP. Rejects when the port is taken. */
export async function createRehearsalSpotify(options: RehearsalOptions): Promise<RehearsalSpotify> {
  const {
    clock,
    port = 0,
    host = "127.0.0.1",
    users = CAST,
    seed = 1,
    settings = {},
    otherApps = [],
    grantKey,
  } = options;
  if (grantKey !== undefined && grantKey.length < 16) throw new RangeError("a grant key has at least 16 characters");
  const allowlist = users.slice(0, 5).map((person) => person.id);
  const app: AppSeed = { ...DEFAULT_APP, allowlist, ...options.app };
  const catalogue = theCatalogue();
  const table = createRouteTable(apiRoutes(theSearch));
  const build = () =>
    createWorld({
      clock,
      catalogue,
      apps: [app, ...otherApps],
      people: users,
      settings,
      seed,
      ...(grantKey === undefined ? {} : { grantKey }),
    });

  const stage: Stage = {
    world: build(),
    faults: createFaultPlan(seed),
    calls: createCallLog(),
    onCall: options.onCall,
    log: options.log,
    reset() {
      const { url } = stage.world;
      stage.world = build();
      stage.world.url = url;
      stage.faults.clear();
      stage.calls.clear();
    },
  };
  const server = await listen(stage, table, { host, port });
  const url = `http://${host === "::1" ? "[::1]" : host}:${server.port}`;
  stage.world.url = url;

  return {
    url,
    accountsUrl: url,
    apiUrl: `${url}/v1`,
    app: { clientId: app.clientId, clientSecret: app.clientSecret },
    control: createControl(stage),
    close: server.close,
  };
}

/** Made when first needed and shared by every server of the process: nobody can change them. */
const theCatalogue = once(loadCatalogue);
const theSearch = once(() => search(theCatalogue()));

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

export { createOffsetClock } from "./clock.ts";
export type { PersonSeed } from "./people.ts";
