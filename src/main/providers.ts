import { join } from "node:path";
import type { Config } from "../config.ts";
import type { Clock } from "../contracts/clock.ts";
import type { Log } from "../contracts/log.ts";
import type { MusicProvider } from "../contracts/music.ts";
import type { createSpotifyProvider } from "../music/providers/spotify/provider.ts";
import type { Http } from "../net/call.ts";
import { pictureUrl } from "../web/pictures.ts";
import { publicAddressOf, redirectUri } from "./addresses.ts";
import { onSteadyPort } from "./steady-port.ts";

type Parts = {
  clock: Clock;
  log: Log;
  port: number;
  dataDir: string;
  /** Remembers what must be ended, in the order of the starts. */
  onStop(end: () => unknown): void;
};
type Connect = (http: Http) => MusicProvider;

/**
 * The music services that the settings ask for; the false one in a rehearsal. Each is loaded only when it is needed, and
 * while the store opens: what comes of it only lacks the way out, which counts its calls in the store.
 */
export async function loadProviders(config: Config, parts: Parts): Promise<(http: Http) => MusicProvider[]> {
  const wanted: (Promise<Connect> | undefined)[] = [
    config.rehearsal || config.SPOTIFY_CLIENT_ID !== undefined ? spotify(config, parts) : undefined,
    !config.rehearsal && config.MPD_URL !== undefined ? mpd(config, config.MPD_URL, parts) : undefined,
  ];
  const connects = await Promise.all(wanted.filter((each) => each !== undefined));
  return (http) => connects.map((connect) => connect(http));
}

type Address = Pick<
  Parameters<typeof createSpotifyProvider>[0],
  "clientId" | "clientSecret" | "apiUrl" | "accountsUrl"
>;

async function spotify(config: Config, parts: Parts): Promise<Connect> {
  const returnTo = redirectUri(config, parts.port);
  const [{ createSpotifyProvider }, address] = await Promise.all([
    import("../music/providers/spotify/provider.ts"),
    config.rehearsal ? rehearse(returnTo, parts) : real(config),
  ]);
  const extraScopes = config.SPOTIFY_SCOPES?.split(/[\s,]+/).filter(Boolean) ?? [];
  return (http) =>
    createSpotifyProvider({ ...address, redirectUri: returnTo, extraScopes }, { http, clock: parts.clock });
}

function real(config: Config): Address {
  return {
    clientId: config.SPOTIFY_CLIENT_ID ?? "",
    apiUrl: config.SPOTIFY_API_URL,
    accountsUrl: config.SPOTIFY_ACCOUNTS_URL,
    ...(config.SPOTIFY_CLIENT_SECRET === undefined ? {} : { clientSecret: config.SPOTIFY_CLIENT_SECRET }),
  };
}

/** The false service beside us, with an app of ours registered there. */
async function rehearse(returnTo: string, { clock, log, dataDir, onStop }: Parts): Promise<Address> {
  const { createRehearsalSpotify } = await import("../rehearsal/index.ts");
  const rehearsal = await onSteadyPort(join(dataDir, "service-port"), (port) =>
    createRehearsalSpotify({
      clock,
      port,
      app: { redirectUris: [returnTo] },
      // Links outlive a restart. No secret: what it signs opens nothing but a false account.
      grantKey: "a rehearsal on this machine",
      log: (entry) => log.error(entry, "the rehearsal failed"),
    }),
  );
  onStop(() => rehearsal.close());
  return {
    clientId: rehearsal.app.clientId,
    apiUrl: rehearsal.url,
    accountsUrl: rehearsal.accountsUrl,
    ...(rehearsal.app.clientSecret === undefined ? {} : { clientSecret: rehearsal.app.clientSecret }),
  };
}

async function mpd(config: Config, url: string, { clock, log, port, onStop }: Parts): Promise<Connect> {
  const { createMpdProvider } = await import("../music/providers/mpd/provider.ts");
  const base = publicAddressOf(config, port);
  return () => {
    const provider = createMpdProvider(
      { url, name: config.MPD_NAME, pictureUrl: (id) => pictureUrl(base, "mpd", id) },
      { clock, log },
    );
    onStop(() => provider.stop?.());
    return provider;
  };
}
