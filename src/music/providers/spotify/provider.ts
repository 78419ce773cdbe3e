import type { Clock } from "../../../contracts/clock.ts";
import { SegueError } from "../../../contracts/errors.ts";
import type { MusicProvider, PersonalAccount, Terms, TokenSource } from "../../../contracts/music.ts";
import { createAppToken } from "./app-token.ts";
import { budgets } from "./budgets.ts";
import { createCatalogue, type Listener, lookupWith } from "./catalogue.ts";
import { type Call, createCall, type Sender } from "./http.ts";
import { createLibrary } from "./library.ts";
import { recognise, unreadable } from "./links.ts";
import { createOAuth } from "./oauth.ts";
import { profileSchema, read, SERVICE } from "./parse.ts";
import { createPlayer } from "./player.ts";
import { createPlaylists } from "./playlists.ts";
import { createRemovedRoutes } from "./removed.ts";
import { createTokenEndpoint } from "./token-endpoint.ts";
import { unserved } from "./unserved.ts";

export type SpotifyConfig = {
  clientId: string;
  /** Without one, linking goes by PKCE alone and there is no app token. */
  clientSecret?: string;
  redirectUri: string;
  /** Of the Web API, without its version. */
  apiUrl: string;
  accountsUrl: string;
  /** Asked for at every link, besides what a feature needs. */
  extraScopes?: readonly string[];
  /** Country for looking up shows and episodes on behalf of nobody, ISO 3166-1 alpha-2. */
  market?: string;
};

/**
 * Developer Terms v10 and Developer Policy, both of 15 May 2025 (https://developer.spotify.com/terms , …/policy): no voice
 * control, no derived listenership metrics, no lasting store of content, nothing fed to a model. One person's music is
 * theirs: it may not be played to several at once.
 */
const terms: Terms = {
  voiceControl: false,
  derivedStatistics: false,
  longStorage: false,
  sharedPlaying: false,
  ai: false,
  attribution: "Spotify",
};

const MAX_KNOWN_LISTENERS = 1000;

export function createSpotifyProvider(config: SpotifyConfig, parts: { http: Sender; clock: Clock }): MusicProvider {
  const { http, clock } = parts;
  const removed = createRemovedRoutes(clock);
  const api = (holder: string) => ({
    http,
    baseUrl: `${config.apiUrl.replace(/\/+$/, "")}/v1`,
    budget: budgets.api,
    removed: removed.of(holder),
  });
  const accountsUrl = config.accountsUrl.replace(/\/+$/, "");
  const tokens = createTokenEndpoint({ http, clock, accountsUrl, budget: budgets.accounts, client: config });
  const appCall =
    config.clientSecret === undefined ? undefined : createCall(api("the app"), createAppToken(tokens, clock));
  const listeners = createListeners();

  return {
    id: SERVICE,
    name: "Spotify",
    home: "https://open.spotify.com/",
    terms,
    // Covers as the answers name them (https://developer.spotify.com/documentation/web-api/reference/get-an-album); a false service has its own.
    artOrigins: ["https://i.scdn.co", new URL(config.apiUrl).origin],
    linking: createOAuth({
      clientId: config.clientId,
      accountsUrl,
      redirectUri: config.redirectUri,
      extraScopes: config.extraScopes ?? [],
      tokens,
      callWith: (accessToken) => createCall(api("a new link"), unrenewable(accessToken)),
      identified: listeners.note,
    }),
    unserved,
    recognise,
    unreadable,
    ...(appCall === undefined
      ? {}
      : {
          publicLookup: (uri, options) => lookupWith(appCall, uri, { options, market: config.market ?? "US" }),
        }),
    open(who) {
      if (who.kind !== "account") throw new SegueError("NotFound", { what: "player" });
      const call = createCall(api(`account ${who.accountId}`), who.tokens, who.granted);
      const listener = listeners.of(who, call);
      return {
        ...createCatalogue(call, listener),
        ...createPlayer(call, clock),
        library: createLibrary(call),
        playlists: createPlaylists(call, listener),
      };
    },
  };
}

/** A token of a link that is only being made: there is nothing to renew it with. */
function unrenewable(accessToken: string): TokenSource {
  return {
    token: async () => accessToken,
    renew: async () => {
      throw new SegueError("Unavailable", { service: SERVICE, why: "status", status: 401 });
    },
  };
}

/**
 * The platform's id of each account, which tells their own playlists from others'. It never changes, so it is asked for at
 * most once per account and run, only by what needs it, and not at all after the link by which it became known.
 */
function createListeners() {
  /** By what `identify` told, which outlives the account's own id. */
  const known = new Map<string, string>();

  function note(subject: string, id: string): void {
    const oldest = known.keys().next();
    if (known.size >= MAX_KNOWN_LISTENERS && !oldest.done) known.delete(oldest.value);
    known.set(subject, id);
  }

  return {
    note,
    of({ accountId, subject = accountId }: PersonalAccount, call: Call): Listener {
      return {
        known: () => known.get(subject),
        async find() {
          const id = known.get(subject);
          if (id !== undefined) return id;
          const answer = await call("profile", { options: { reason: "own playlists" } });
          const found = read(profileSchema, answer, "profile").id;
          if (found !== undefined) note(subject, found);
          return found;
        },
      };
    },
  };
}
