import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AccountsOptions, type AccountsPart, createAccounts } from "../../../src/accounts/accounts.ts";
import { followKeyRing, loadKeyRing } from "../../../src/accounts/key-ring.ts";
import { createVault } from "../../../src/accounts/vault.ts";
import type { Happening } from "../../../src/contracts/events.ts";
import type { UserRef } from "../../../src/contracts/incoming.ts";
import type { Need } from "../../../src/contracts/music.ts";
import type { Store } from "../../../src/contracts/store.ts";
import { createEvents } from "../../../src/core/events.ts";
import { openStore } from "../../../src/store/open.ts";
import { createFakeClock, type FakeClock } from "../../fakes/clock.ts";
import { type Crash, type CrashingStore, crashingStore } from "../../support/crash.ts";
import { capturedLog } from "../../support/log.ts";
import { createTunes, type Tunes } from "./tunes.ts";

export const ada: UserRef = { platform: "discord", tenant: "", id: "1001" };
export const eve: UserRef = { platform: "discord", tenant: "", id: "6666" };

export type World = {
  clock: FakeClock;
  tunes: Tunes;
  dataDir: string;
  readonly store: Store;
  readonly part: AccountsPart;
  readonly accounts: AccountsPart["accounts"];
  happenings: Happening[];
  logLines: string[];
  personOf(user: UserRef): Promise<string>;
  /** Starts linking, and resolves with what the person got. */
  invite(
    user: UserRef,
    more?: { local?: boolean; needs?: Need[]; userName?: string },
  ): ReturnType<AccountsPart["accounts"]["startLink"]>;
  /** Links without a browser; resolves with the account's id. */
  link(user: UserRef, choice?: Parameters<Tunes["consent"]>[1] & { needs?: Need[] }): Promise<string>;
  /** One round of a job. */
  round(name: string): Promise<void>;
  /** As after a kill: everything in memory gone, the files still there. The next process dies where `crash` says. */
  restart(crash?: Crash): Promise<CrashingStore>;
  /** A second process over the same files. */
  another(): Promise<Process>;
  close(): Promise<void>;
};

type Process = { part: AccountsPart; store: Store; crashing: CrashingStore };

export async function createWorld(options: Partial<AccountsOptions> = {}): Promise<World> {
  const dataDir = mkdtempSync(join(tmpdir(), "segue-accounts-"));
  const clock = createFakeClock();
  const tunes = createTunes(clock);
  const happenings: Happening[] = [];
  const { log, lines } = capturedLog();
  const opened: Store[] = [];

  async function open(crash?: Crash): Promise<Process> {
    const store = await openStore({ url: `sqlite:${join(dataDir, "segue.sqlite")}`, clock, log });
    opened.push(store);
    const crashing = crashingStore(store, crash);
    const bus = createEvents(log);
    const events = {
      ...bus,
      emit(happening: Happening) {
        happenings.push(happening);
        bus.emit(happening);
      },
    };
    loadKeyRing({ dataDir, log });
    const vault = createVault(followKeyRing({ dataDir, log }));
    const providers = new Map([[tunes.id, tunes]]);
    const part = createAccounts({
      store: crash ? crashing.store : store,
      vault,
      providers,
      clock,
      events,
      log,
      ...options,
    });
    return { part, store, crashing };
  }

  let current = await open();
  const world: World = {
    clock,
    tunes,
    dataDir,
    get store() {
      return current.store;
    },
    get part() {
      return current.part;
    },
    get accounts() {
      return current.part.accounts;
    },
    happenings,
    logLines: lines,
    personOf: async (user) => (await current.store.people.ensure(user, "somebody", clock.now())).id,
    async invite(user, more = {}) {
      const { local = false, needs = ["state", "playback"] as Need[], userName = "Ada" } = more;
      const personId = await world.personOf(user);
      const place = { platform: user.platform, tenant: "", id: `dm-${user.id}` };
      return world.accounts.startLink({ personId, user, userName, place, local, provider: "tunes", needs });
    },
    async link(user, { needs, ...choice } = {}) {
      const { url } = await world.invite(user, { ...(needs && { needs }) });
      const progress = await world.accounts.finishByPaste(user, tunes.consent(url, choice));
      if (progress.status !== "done") throw new Error(`not linked: ${progress.failure}`);
      const account = await world.accounts.accountOf(progress.personId, "tunes");
      if (!account) throw new Error("no account");
      return account.accountId;
    },
    async round(name) {
      const job = current.part.jobs.find((each) => each.name === name);
      if (!job) throw new Error(`no job ${name}`);
      await clock.until(job.run(new AbortController().signal));
    },
    async restart(crash) {
      await current.store.close();
      current = await open(crash);
      return current.crashing;
    },
    another: () => open(),
    async close() {
      await Promise.all(opened.map((store) => store.close()));
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
  return world;
}

export const of = <T extends Happening["type"]>(world: World, type: T) =>
  world.happenings.filter((happening) => happening.type === type) as Extract<Happening, { type: T }>[];
