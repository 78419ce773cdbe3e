import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/clock.ts";
import type { Clock } from "../../src/contracts/clock.ts";
import { createMpdProvider } from "../../src/music/providers/mpd/provider.ts";
import { startLossyRelay } from "../support/lossy-relay.ts";
import { demandMpd, makeLibrary, startMpd, type TestMpd, type TestMpdOptions, type TestSong } from "../support/mpd.ts";
import type { ProviderWorld } from "./provider-world.ts";

const song = (
  album: string,
  artist: string,
  track: number,
  title: string,
  more: Record<string, string> = {},
): TestSong => ({
  file: `${artist}/${album}/${track} ${title}.flac`,
  tags: { title, artist, album, track: String(track), ...more },
});

export const songs: readonly TestSong[] = [
  { ...song("Nocturnes", "Lène Ôster", 1, "Première lueur", { date: "1999-05-01", genre: "Ambient" }), cover: true },
  song("Nocturnes", "Lène Ôster", 2, "By and By", { date: "1999", genre: "Ambient" }),
  song("Nocturnes", "Lène Ôster", 3, "1999 (live)", { date: "1999", genre: "Ambient" }),
  song("Harbour", "The Ferries", 1, "Low Water", { date: "2011", genre: "Folk;Rock" }),
  song("Harbour", "The Ferries", 2, 'Stop the "Ferry" \\ now', { date: "2011", genre: "Folk" }),
  { file: "loose/Untagged Thing.flac" },
];

export const uris = {
  low: "mpd:track:The%20Ferries%2FHarbour%2F1%20Low%20Water.flac",
  nocturnes: "mpd:album:L%C3%A8ne%20%C3%94ster/Nocturnes",
};
export const uriOf = (index: number): string =>
  `mpd:track:${encodeURIComponent(songs[index]?.file ?? "").replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)}`;

export type MpdLibrary = { music: string; database: string; drop(): void };

/** Made once for a file of tests: its songs, and the daemon's reading of them. */
export async function makeMpdLibrary(): Promise<MpdLibrary> {
  demandMpd();
  const folder = mkdtempSync(join(tmpdir(), "segue-mpd-music-"));
  const music = join(folder, "music");
  makeLibrary(music, songs);
  const scanning = await startMpd({ music });
  const database = join(folder, "db");
  copyFileSync(join(scanning.folder, "db"), database);
  await scanning.stop();
  return { music, database, drop: () => rmSync(folder, { recursive: true, force: true }) };
}

export const silent = { debug() {}, info() {}, warn() {}, error() {} };
const real = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export type MpdWorld = ProviderWorld & { mpd: TestMpd };

/** The daemon plays in real time; time is let pass by moving its needle, and our clock with it. */
export async function openMpdWorld(
  library: MpdLibrary,
  { relayed, ...options }: Partial<TestMpdOptions> & { relayed?: true } = {},
): Promise<MpdWorld> {
  const mpd = await startMpd({ music: library.music, database: library.database, ...options });
  const relay = relayed ? await startLossyRelay(mpd.url, join(mpd.folder, "relay")) : undefined;
  let ahead = 0;
  const clock: Clock = { now: () => systemClock.now() + ahead, sleep: (ms, signal) => systemClock.sleep(ms, signal) };
  const provider = createMpdProvider(
    { url: relay?.url ?? mpd.url, name: "Shelf", pictureUrl: (id) => `http://127.0.0.1/pictures/mpd/${id}` },
    { clock, log: silent },
  );
  const session = provider.open({ kind: "shared", playerId: "mpd" });
  for (let tries = 0; !provider.healthy?.() && tries < 500; tries++) await real(5);

  const pass = async (ms: number): Promise<void> => {
    let left = ms;
    for (let hop = 0; hop < 20 && left > 0; hop++) {
      const now = await mpd.fields("status");
      if (now.get("state") !== "play") break;
      // By its number: under load the next song may have begun since it was looked.
      const songid = now.get("songid");
      const elapsed = Number(now.get("elapsed")) * 1000;
      const rest = Number(now.get("duration")) * 1000 - elapsed;
      if (left < rest - 100) {
        await mpd.tell(`seekid ${songid} ${(elapsed + left) / 1000}`);
        break;
      }
      const end = elapsed + rest;
      await mpd.tell(`seekid ${songid} ${end / 1000 - 0.05}`);
      // Between two songs the daemon may tell the number of the one and the place in the other: twice the same is believed.
      let begun: string | undefined;
      for (let tries = 0; tries < 300; tries++) {
        const after = await mpd.fields("status");
        if (after.get("state") !== "play") break;
        const id = after.get("songid");
        const place = Number(after.get("elapsed")) * 1000;
        const over = id === songid ? place < elapsed : place < end - 1_000;
        if (over && id === begun) break;
        begun = over ? id : undefined;
        await real(5);
      }
      left -= rest;
    }
    ahead += ms;
    // What the daemon pushes is on its way.
    await real(60);
  };

  return {
    provider,
    session,
    clock,
    mpd,
    pass,
    settle: (promise) => promise,
    ...(relay ? { losing: relay.losing } : {}),
    known: {
      query: "low water",
      track: uris.low,
      context: { uri: uris.nocturnes, type: "album", tracks: [uriOf(0), uriOf(1), uriOf(2)] },
      others: [uris.low, uriOf(4)],
      missing: "mpd:track:nobody%2Fnothing.flac",
      pasted: { before: "listen (", link: uris.low, after: "), please" },
    },
    deviceId: "Kitchen",
    otherDeviceId: "Garden",
    async close() {
      await provider.stop?.();
      await relay?.close();
      await mpd.stop();
    },
  };
}
