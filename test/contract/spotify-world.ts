import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type MusicProvider, needs, type TokenSource } from "../../src/contracts/music.ts";
import { createSpotifyProvider, type SpotifyConfig } from "../../src/music/providers/spotify/provider.ts";
import type { HttpCall } from "../../src/net/call.ts";
import { createHttp } from "../../src/net/http.ts";
import { createRehearsalSpotify, type PersonSeed, type RehearsalOptions } from "../../src/rehearsal/index.ts";
import { openStore } from "../../src/store/open.ts";
import { createFakeClock } from "../fakes/clock.ts";
import { silentLog } from "../support/log.ts";
import { type CheckedRelay, startCheckedRelay } from "./checked-relay.ts";

/** One listener with what makes commands fail, one without Premium, one who is not on the allowlist. */
export const LISTENER = "listener";
const people: PersonSeed[] = [
  {
    id: LISTENER,
    name: "A Listener",
    devices: [
      { name: "Kitchen", type: "Speaker", volumePercent: 40 },
      { name: "Desk", type: "Computer", volumePercent: 65 },
      { name: "Television", type: "TV", supportsVolume: false },
      { name: "Bathroom", type: "Speaker", restricted: true },
    ],
  },
  {
    id: "free",
    name: "Nobody Pays",
    premium: false,
    devices: [{ name: "Laptop", type: "Computer", volumePercent: 50 }],
  },
  { id: "stranger", name: "Not Listed", devices: [{ name: "Laptop", type: "Computer", volumePercent: 50 }] },
];

export async function openSpotifyWorld(options: Partial<RehearsalOptions> = {}) {
  const clock = createFakeClock();
  const rehearsal = await createRehearsalSpotify({
    clock,
    log: (entry) => {
      throw new Error(`the server failed inside: ${JSON.stringify(entry)}`);
    },
    users: people,
    ...options,
    app: { allowlist: [LISTENER, "free"], ...options.app },
  });
  const relay: CheckedRelay = await startCheckedRelay(() => rehearsal.url);
  const folder = mkdtempSync(join(tmpdir(), "segue-provider-"));
  const store = await openStore({ url: `sqlite:${folder}/segue.sqlite`, clock, log: silentLog });
  const inner = createHttp({
    clock,
    log: silentLog,
    calls: store.calls,
    gates: store.gates,
    limits: () => ({ windowCalls: 1000, windowMs: 30_000, dailyCalls: 100_000 }),
  });
  /**
   * Answers come over real sockets while time stands still. Only when nothing has moved for so long (real ms) does time go
   * on: to the next repeat after a lost connection, or to the deadline.
   */
  const patience = { realMs: 1000 };
  let underWay = 0;
  const http = {
    ...inner,
    async request(call: HttpCall) {
      underWay += 1;
      try {
        return await clock.until(inner.request(call), patience);
      } finally {
        underWay -= 1;
      }
    },
  };
  const config: SpotifyConfig = {
    clientId: rehearsal.app.clientId,
    ...(rehearsal.app.clientSecret === undefined ? {} : { clientSecret: rehearsal.app.clientSecret }),
    redirectUri: "http://127.0.0.1:8765/v1/spotify/auth/callback",
    apiUrl: relay.url,
    accountsUrl: relay.url,
  };
  const providerWith = (change: Partial<SpotifyConfig>) =>
    createSpotifyProvider({ ...config, ...change }, { http, clock });
  const provider = providerWith({});
  const tokensOf = (userId: string): TokenSource => {
    let token = rehearsal.control.grant(userId).access_token;
    return {
      token: async () => token,
      async renew() {
        token = rehearsal.control.grant(userId).access_token;
        return token;
      },
    };
  };
  /** An album of the catalogue, found as anybody would. */
  const knownAlbum = async () => {
    const session = sessionOf(LISTENER);
    const { albums } = await session.search("The Dark Side of the Moon Pink Floyd", ["album"]);
    const album = albums.find((each) => each.title.startsWith("The Dark Side"))?.uri ?? "";
    const tracks = ((await session.albumTracks?.(album)) ?? []).map((track) => track.uri);
    relay.clear();
    return { album, tracks };
  };
  const sessionOf = (userId: string, by: MusicProvider = provider) =>
    by.open({ kind: "account", accountId: userId, tokens: tokensOf(userId), granted: [...needs] });
  const known = await knownAlbum();
  return {
    clock,
    http,
    /** Calls that have not been answered yet. */
    underWay: () => underWay,
    patience,
    store,
    known,
    providerWith,
    rehearsal,
    relay,
    provider,
    tokensOf,
    sessionOf,
    async close() {
      await http.close();
      await store.close();
      rmSync(folder, { recursive: true });
      await relay.close();
      await rehearsal.close();
    },
  };
}

/** The PKCE challenge of a verifier. */
export function challengeOf(verifier: string): string {
  return createHash("sha256").update(verifier).digest("base64url");
}
