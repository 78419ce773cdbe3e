import { beforeEach, describe, expect, it } from "vitest";
import { loadCatalogue } from "../../src/rehearsal/catalogue/index.ts";
import { MIA, type Stand, stand } from "./stand.ts";

const catalogue = loadCatalogue();
const TRACKS = [...catalogue.tracks.values()].filter((track) => track.durationMs > 60_000).slice(0, 80);
const uriOf = (index: number) => `spotify:track:${TRACKS[index]?.id}`;
const lengthOf = (index: number) => TRACKS[index]?.durationMs ?? 0;
const [episode] = catalogue.episodes.keys();

interface History {
  items: { track: { uri: string }; played_at: string; context: { uri: string } | null }[];
  next: string | null;
  cursors: { after: string; before: string } | null;
  limit: number;
}

let spotify: Stand;
const read = (query = "") => spotify.get<History>(`/me/player/recently-played${query}`);
const uris = (history: History) => history.items.map((each) => each.track.uri);

beforeEach(async () => {
  spotify = await stand();
  spotify.server.control.player.clearHistory(MIA);
});

function playInApp(indices: number[], change: { device?: string } = {}) {
  spotify.server.control.player.play(MIA, { uris: indices.map(uriOf), ...change });
}

describe("recently played", () => {
  it("has a past from the start", async () => {
    const fresh = await stand();
    expect(uris(await fresh.get<History>("/me/player/recently-played?limit=50"))).toHaveLength(50);
  });

  it("holds a track from its end on, with that time", async () => {
    playInApp([0, 1]);
    const started = spotify.clock.now();
    await spotify.clock.advance(lengthOf(0) - 1);
    expect(uris(await read())).toEqual([]);
    await spotify.clock.advance(1);
    const history = await read();
    expect(history.items).toMatchObject([
      { track: { uri: uriOf(0) }, played_at: new Date(started + lengthOf(0)).toISOString() },
    ]);
  });

  it("leaves out what was heard for less than half a minute, whatever the seek bar says", async () => {
    playInApp([0, 1, 2]);
    await spotify.clock.advance(29_999);
    spotify.server.control.player.command(MIA, { do: "seek", positionMs: lengthOf(0) - 1 });
    await spotify.clock.advance(30_002);
    spotify.server.control.player.command(MIA, { do: "next" });
    expect(uris(await read())).toEqual([uriOf(0), uriOf(1)].slice(0, 2).reverse());
    spotify.server.control.player.clearHistory(MIA);
    playInApp([0, 1]);
    await spotify.clock.advance(29_999);
    spotify.server.control.player.command(MIA, { do: "next" });
    expect(uris(await read())).toEqual([]);
  });

  it("does not count the time in which it was paused", async () => {
    playInApp([0, 1]);
    await spotify.clock.advance(20_000);
    spotify.server.control.player.command(MIA, { do: "pause" });
    await spotify.clock.advance(60_000);
    spotify.server.control.player.command(MIA, { do: "next" });
    expect(uris(await read())).toEqual([]);
  });

  it("knows no episodes, no private sessions and no local files", async () => {
    const { control } = spotify.server;
    control.player.play(MIA, { uris: [`spotify:episode:${episode}`, "spotify:local:a:b:c:100", uriOf(0)] });
    await spotify.clock.advance((catalogue.episodes.get(episode ?? "")?.durationMs ?? 0) + 100_000 + lengthOf(0));
    expect(uris(await read())).toEqual([uriOf(0)]);
    control.devices.add(MIA, { name: "Secret", privateSession: true });
    playInApp([1], { device: "Secret" });
    await spotify.clock.advance(lengthOf(1));
    expect(uris(await read())).toEqual([uriOf(0)]);
  });

  it("shows the latest fifty, whatever is asked", async () => {
    playInApp(TRACKS.map((_, index) => index));
    await spotify.clock.advance(TRACKS.reduce((sum, track) => sum + track.durationMs, 0));
    const history = await read("?limit=50");
    expect(uris(history)).toEqual(
      TRACKS.map((_, index) => uriOf(index))
        .reverse()
        .slice(0, 50),
    );
    expect(history.next).toBeNull();
    const oldest = Date.parse(history.items.at(-1)?.played_at ?? "");
    expect(uris(await read(`?before=${oldest}&limit=50`))).toEqual([]);
  });

  it("is paged backwards by cursor, and forwards by `after`", async () => {
    playInApp([0, 1, 2, 3]);
    await spotify.clock.advance([0, 1, 2, 3].reduce((sum, index) => sum + lengthOf(index), 0));
    const first = await read("?limit=3");
    expect(uris(first)).toEqual([uriOf(3), uriOf(2), uriOf(1)]);
    expect(first.next).not.toBeNull();
    const second = await spotify.get<History>(first.next?.replace(spotify.server.apiUrl, "") ?? "");
    expect(uris(second)).toEqual([uriOf(0)]);
    expect(second.next).toBeNull();
    expect(uris(await read(`?after=${first.cursors?.before}`))).toEqual([uriOf(3), uriOf(2)]);
    expect(uris(await read(`?after=${first.cursors?.after}`))).toEqual([]);
  });

  it.each(["?after=1&before=2", "?limit=0", "?limit=51", "?after=yesterday", "?before=-1"])(
    "refuses %s",
    async (query) => {
      expect((await spotify.call("GET", `/me/player/recently-played${query}`)).status).toBe(400);
    },
  );

  it("may have no cursors", async () => {
    playInApp([0]);
    await spotify.clock.advance(lengthOf(0));
    expect((await read()).cursors).not.toBeNull();
    spotify.server.control.change({ history: { nullCursors: true } });
    expect((await read()).cursors).toBeNull();
  });

  it("may arrive late, and then in its place", async () => {
    spotify.server.control.change({ history: { delayMs: 3_600_000 } });
    playInApp([0]);
    await spotify.clock.advance(lengthOf(0) + 3_599_999);
    expect(uris(await read())).toEqual([]);
    spotify.server.control.player.addPlay(MIA, {
      trackUri: uriOf(1),
      startedAt: spotify.clock.now() - 60_000,
      endedAt: spotify.clock.now(),
    });
    await spotify.clock.advance(1);
    expect(uris(await read())).toEqual([uriOf(1), uriOf(0)]);
  });

  it("may leave out what was skipped, and date plays by their start", async () => {
    spotify.server.control.change({ history: { omitSkipped: true, playedAt: "start" } });
    const started = spotify.clock.now();
    playInApp([0, 1]);
    await spotify.clock.advance(lengthOf(0) + 60_000);
    spotify.server.control.player.command(MIA, { do: "next" });
    const history = await read();
    expect(history.items).toMatchObject([{ track: { uri: uriOf(0) }, played_at: new Date(started).toISOString() }]);
  });
});
