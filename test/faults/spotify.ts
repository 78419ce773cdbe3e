import { needs } from "../../src/contracts/music.ts";
import { createSpotifyProvider } from "../../src/music/providers/spotify/provider.ts";
import { type Route, type RouteName, routes } from "../../src/music/providers/spotify/routes.ts";
import { AUDIOBOOKS } from "../../src/rehearsal/audiobooks.ts";
import { loadCatalogue } from "../../src/rehearsal/catalogue/index.ts";
import { createRehearsalSpotify } from "../../src/rehearsal/index.ts";
import { challengeOf } from "../contract/spotify-world.ts";
import { createFakeClock, type FakeClock } from "../fakes/clock.ts";
import { type Operation, openWay } from "./cell.ts";
import { openFront, passTo } from "./front.ts";

const MIA = "mia.rehearsal";
const lane = "controls";
const signal = new AbortController().signal;

export async function openSpotify() {
  const clock = createFakeClock();
  const service = await createRehearsalSpotify({ clock });
  const { control } = service;
  const catalogue = loadCatalogue();
  const [track] = catalogue.tracks.values();
  const [show] = catalogue.shows.keys();
  const [episode] = catalogue.episodes.keys();
  const [audiobook] = AUDIOBOOKS.keys();
  if (!track) throw new Error("the catalogue has no track");
  const uris = {
    track: `spotify:track:${track.id}`,
    album: `spotify:album:${track.albumId}`,
    artist: `spotify:artist:${track.artistIds[0]}`,
    show: `spotify:show:${show}`,
    episode: `spotify:episode:${episode}`,
    audiobook: `spotify:audiobook:${audiobook}`,
  };
  control.player.play(MIA, { device: "Office", contextUri: uris.album });
  const device = control.devices.list(MIA)[0]?.id ?? "";
  const granted = control.grant(MIA);
  const pass = passTo(service.url);

  const front = await openFront({
    async upstream(call, headers) {
      // There is something to go on with, and something before it.
      if (call.path.startsWith("/v1/me/player/p"))
        control.player.play(MIA, { device: "Office", contextUri: uris.album, startAt: 1 });
      if (call.path.startsWith("/v1/me/player/play") && call.body === "") control.player.set(MIA, { playing: false });
      const answer = await pass(call, headers);
      // Albums of the catalogue fit into one answer: this one says that it goes on.
      const [, id] = /^\/v1\/albums\/([^/?]+)$/.exec(call.path) ?? [];
      if (id === undefined || answer.status !== 200) return answer;
      const next = `${service.url}/v1/albums/${id}/tracks?offset=50&limit=50`;
      return { ...answer, text: answer.text.replace('"next":null', `"next":"${next}"`) };
    },
  });

  function open(by: FakeClock) {
    const way = openWay(by, ["spotify", "spotify-accounts"]);
    const provider = createSpotifyProvider(
      {
        clientId: service.app.clientId,
        ...(service.app.clientSecret === undefined ? {} : { clientSecret: service.app.clientSecret }),
        redirectUri: "http://127.0.0.1:8765/v1/spotify/auth/callback",
        apiUrl: front.url,
        accountsUrl: front.url,
      },
      { http: way.http, clock: by },
    );
    const { linking, publicLookup } = provider;
    if (!linking || !publicLookup) throw new Error("it cannot be linked");
    // What is asked for besides is known to it already.
    const session = provider.open({
      kind: "account",
      accountId: "a",
      tokens: { token: async () => granted.access_token, renew: async () => granted.access_token },
      granted: [...needs],
    });
    const { library, playlists, devices, transfer, seek, volume, shuffle, repeat, queue, recentlyPlayed } = session;
    const { lookup, albumTracks, showEpisodes } = session;
    if (!library?.topTracks || !playlists || !devices || !transfer || !seek || !volume || !shuffle || !repeat || !queue)
      throw new Error("it offers less than it did");
    if (!recentlyPlayed || !lookup || !albumTracks || !showEpisodes) throw new Error("it offers less than it did");
    const { topTracks } = library;
    return {
      ...way,
      linking,
      publicLookup,
      session: { ...session, library: { ...library, topTracks }, playlists, devices, transfer, seek, volume, shuffle },
      more: { repeat, queue, recentlyPlayed, lookup, albumTracks, showEpisodes },
    };
  }
  type World = ReturnType<typeof open>;

  /** A list of one's own, as the platform names it. */
  const lists = open(clock);
  const [list] = await clock.until(lists.session.playlists.list({ lane }), { realMs: 20 });
  await lists.close();
  const playlist = list?.uri ?? "";

  /** How each route is come by. A route without one does not pass the compiler. */
  const asks: Record<RouteName, (world: World) => Promise<unknown>> = {
    profile: ({ linking }) => linking.identify({ accessToken: granted.access_token, signal }),
    search: ({ session }) => session.search("hello", ["track"], { lane }),
    state: ({ session }) => session.state({ lane }),
    devices: ({ session }) => session.devices({ lane }),
    queue: ({ more }) => more.queue.show({ lane }),
    play: ({ session }) => session.play({ uris: [uris.track] }),
    resume: ({ session }) => session.resume(),
    pause: ({ session }) => session.pause(),
    next: ({ session }) => session.next(),
    previous: ({ session }) => session.previous(),
    seek: ({ session }) => session.seek(30_000),
    volume: ({ session }) => session.volume(30),
    shuffle: ({ session }) => session.shuffle(true),
    repeat: ({ more }) => more.repeat("context"),
    enqueue: ({ more }) => more.queue.add(uris.track),
    transfer: ({ session }) => session.transfer(device),
    recentlyPlayed: ({ more }) => more.recentlyPlayed(),
    track: ({ more }) => more.lookup(uris.track, { lane }),
    album: ({ more }) => more.lookup(uris.album, { lane }),
    albumTracks: ({ more }) => more.albumTracks(uris.album, { lane }),
    artist: ({ more }) => more.lookup(uris.artist, { lane }),
    show: ({ more }) => more.lookup(uris.show, { lane }),
    showEpisodes: ({ more }) => more.showEpisodes(uris.show, { lane }),
    episode: ({ more }) => more.lookup(uris.episode, { lane }),
    audiobook: ({ more }) => more.lookup(uris.audiobook, { lane }),
    contains: ({ session }) => session.library.contains([uris.track], { lane }),
    save: ({ session }) => session.library.save([uris.track]),
    unsave: ({ session }) => session.library.remove([uris.track]),
    follow: ({ session }) => session.playlists.follow(playlist),
    unfollow: ({ session }) => session.playlists.unfollow(playlist),
    likedTracks: ({ session }) => session.library.likedTracks({ lane, limit: 5 }),
    topTracks: ({ session }) => session.library.topTracks({ lane, range: "year", limit: 5 }),
    playlist: ({ more }) => more.lookup(playlist, { lane }),
    playlists: ({ session }) => session.playlists.list({ lane }),
    playlistItems: ({ session }) => session.playlists.items(playlist, { lane, limit: 5 }),
    createPlaylist: ({ session }) => session.playlists.create({ name: "Mine", public: false }),
    renamePlaylist: ({ session }) => session.playlists.rename(playlist, "Mine"),
    addToPlaylist: ({ session }) => session.playlists.add(playlist, [uris.track]),
    removeFromPlaylist: ({ session }) => session.playlists.remove(playlist, [uris.track]),
    reorderPlaylist: ({ session }) => session.playlists.reorder(playlist, { from: 0, to: 1 }),
  };

  const ofRoutes = Object.entries(routes).map(([name, route]: [string, Route]): Operation<World> => {
    const path = new RegExp(`^/v1${route.path.replace("{id}", "[^/?]+")}(\\?|$)`);
    const { method, kind } = route;
    return {
      service: "Spotify",
      name,
      ...(kind === "act" ? { act: true as const } : {}),
      // A renewed token begins anew; a history is read by nobody who waits.
      mayWaitMs: name === "recentlyPlayed" ? 30_000 : kind === "read" ? 3_000 : 10_000,
      hits: (call) => call.method === method && path.test(call.path),
      ask: asks[name as RouteName],
      ...(name === "recentlyPlayed" ? { becomes: () => "nobody asked; it is read again later" } : {}),
    };
  });

  const token = (name: string, grant: string, ask: Operation<World>["ask"]): Operation<World> => ({
    service: "Spotify",
    name,
    mayWaitMs: 10_000,
    hits: ({ path, body }) => path === "/api/token" && body.includes(`grant_type=${grant}`),
    ask,
  });
  const verifier = "v".repeat(64);
  const challenge = challengeOf(verifier);
  function freshCode(): string {
    const url = lists.linking.authorizeUrl({ state: "s".repeat(30), challenge, scopes: [], askAgain: false });
    return new URL(control.consent(url.replace(front.url, service.url), MIA)).searchParams.get("code") ?? "";
  }
  const code = freshCode();
  const tokens = [
    token("token: link", "authorization_code", ({ linking }) => linking.exchange({ code, verifier, signal })),
    token("token: refresh", "refresh_token", ({ linking }) =>
      linking.refresh({ refreshToken: granted.refresh_token ?? "", signal }),
    ),
    token("token: app", "client_credentials", ({ publicLookup }) => publicLookup(uris.track, { lane })),
  ];

  return {
    front,
    open,
    operations: [...ofRoutes, ...tokens],
    async close() {
      await front.close();
      await service.close();
    },
  };
}
