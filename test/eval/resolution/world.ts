import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../../src/clock.ts";
import type { Log } from "../../../src/contracts/log.ts";
import { type MusicProvider, needs, type SearchHits } from "../../../src/contracts/music.ts";
import type { Player } from "../../../src/contracts/player.ts";
import type { Cache } from "../../../src/contracts/store.ts";
import { createScheduler } from "../../../src/jobs/scheduler.ts";
import { createTimers } from "../../../src/jobs/timers.ts";
import { createOrchestrator } from "../../../src/music/orchestrator.ts";
import { createSpotifyProvider } from "../../../src/music/providers/spotify/provider.ts";
import { createHttp } from "../../../src/net/http.ts";
import { createRehearsalSpotify } from "../../../src/rehearsal/index.ts";
import { openStore } from "../../../src/store/open.ts";
import { deviceWords } from "../../support/device-words.ts";

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
const ENOUGH = 1_000_000;

/** Whose account all of it plays on, and how its world came to be. */
export const LISTENER = "mia.rehearsal";
export const SEED = 1;

function memoryCache(): Cache {
  const kept = new Map<string, string>();
  return {
    async get<T>(key: string) {
      const found = kept.get(key);
      return found === undefined ? undefined : (JSON.parse(found) as T);
    },
    async set(key, value) {
      kept.set(key, JSON.stringify(value));
    },
    async delete(key) {
      kept.delete(key);
    },
    async close() {},
  };
}

/** The provider, telling what its searches find. */
function watched(provider: MusicProvider, found: (hits: SearchHits) => void): MusicProvider {
  return {
    ...provider,
    open(account) {
      const session = provider.open(account);
      return {
        ...session,
        async search(...asked) {
          const hits = await session.search(...asked);
          found(hits);
          return hits;
        },
      };
    },
  };
}

/** Music as the program runs it, on the rehearsal's platform: nothing between the words and the speaker is a double. */
export async function openWorld() {
  const rehearsal = await createRehearsalSpotify({
    clock: systemClock,
    seed: SEED,
    settings: {
      limits: {
        windowCalls: { development: ENOUGH },
        quota: { player: null, catalogue: null, playlists: null, library: null },
      },
    },
  });
  const { control, url, app } = rehearsal;
  const folder = mkdtempSync(join(tmpdir(), "segue-resolution-"));
  const store = await openStore({ url: `sqlite:${join(folder, "segue.db")}`, clock: systemClock, log: silent });
  const limits = () => ({ windowCalls: ENOUGH, windowMs: 30_000, dailyCalls: ENOUGH });
  const http = createHttp({ clock: systemClock, log: silent, calls: store.calls, gates: store.gates, limits });
  const provider = createSpotifyProvider(
    {
      clientId: app.clientId,
      ...(app.clientSecret === undefined ? {} : { clientSecret: app.clientSecret }),
      redirectUri: "http://127.0.0.1:8765/v1/spotify/auth/callback",
      apiUrl: url,
      accountsUrl: url,
    },
    { http, clock: systemClock },
  );
  let lastHits: SearchHits | undefined;
  const scheduler = createScheduler({ clock: systemClock, log: silent });
  const timers = createTimers({ store: store.timers, scheduler, clock: systemClock, log: silent });
  const token = control.grant(LISTENER).access_token;
  const orchestrator = createOrchestrator({
    providers: [
      watched(provider, (hits) => {
        lastHits = hits;
      }),
    ],
    accounts: {
      // Each request comes from somebody of whom nothing is known yet, though all of them share one account.
      accountOf: async (personId) => ({
        accountId: personId,
        subject: LISTENER,
        granted: [...needs],
        free: false,
        status: "ok",
      }),
      tokens: () => ({ token: async () => token, renew: async () => token }),
      markFree: async () => {},
    },
    cache: memoryCache(),
    queue: store.queue,
    aliases: store.aliases,
    timers,
    settings: store.settings,
    deviceWords,
    events: { emit() {}, on: () => () => {} },
    clock: systemClock,
    log: silent,
  });
  control.devices.activate(LISTENER, "Office");

  return {
    control,
    open: (personId: string): Promise<Player> =>
      orchestrator.open({
        personId,
        place: { platform: "eval", tenant: "", id: "room" },
        once: (_key, compute) => compute(),
        resumed: false,
        signal: new AbortController().signal,
      }),
    /** What the newest search found, once. */
    takeHits() {
      const hits = lastHits;
      lastHits = undefined;
      return hits;
    },
    /** Web API calls since this was last asked. */
    spent(): string[] {
      const calls = control.calls().map(({ method, route }) => `${method} ${route.replace(/^\S+ \/v1\/(me\/)?/, "")}`);
      control.resetCounts();
      return calls;
    },
    async close() {
      await orchestrator.stop();
      await timers.stop(0);
      await scheduler.stop(0);
      await http.close();
      await store.close();
      rmSync(folder, { recursive: true });
      await rehearsal.close();
    },
  };
}
export type EvalWorld = Awaited<ReturnType<typeof openWorld>>;
