import { createAccounts } from "../../../src/accounts/accounts.ts";
import { loadKeyRing } from "../../../src/accounts/key-ring.ts";
import { createVault } from "../../../src/accounts/vault.ts";
import { systemClock as clock } from "../../../src/clock.ts";
import { createEvents } from "../../../src/core/events.ts";
import { createSpotifyProvider } from "../../../src/music/providers/spotify/provider.ts";
import { createHttp } from "../../../src/net/http.ts";
import { openStore } from "../../../src/store/open.ts";
import { silentLog as log } from "../../support/log.ts";

/**
 * One of several processes over one database, all of which use the same account: several callers at a time ask for its token,
 * round after round, and each token is printed. Arguments: the database, the folder of the keys, the service, the account, rounds.
 */
const [url = "", dataDir = "", service = "", accountId = "", rounds = ""] = process.argv.slice(2);
const store = await openStore({ url, clock, log });
const http = createHttp({
  clock,
  log,
  calls: store.calls,
  gates: store.gates,
  limits: () => ({ windowCalls: 10_000, windowMs: 1_000 }),
});
const provider = createSpotifyProvider(
  { clientId: "client", redirectUri: "http://127.0.0.1:1/back", apiUrl: service, accountsUrl: service },
  { http, clock },
);
const { accounts } = createAccounts({
  store,
  vault: createVault(loadKeyRing({ dataDir, log })),
  providers: new Map([[provider.id, provider]]),
  clock,
  events: createEvents(log),
  log,
});
for (let round = 0; round < Number(rounds); round++) {
  const all = await Promise.all(Array.from({ length: 5 }, () => accounts.tokens(accountId).token()));
  process.stdout.write(`${all.join("\n")}\n`);
}
await http.close();
await store.close();
