import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { systemClock } from "../../src/clock.ts";
import { createMpdProvider } from "../../src/music/providers/mpd/provider.ts";
import { makeLibrary, mpdMissing, startMpd } from "../support/mpd.ts";
import { createFolder, startBot } from "./bot-process.ts";
import { createClient } from "./client.ts";
import { against, emit, progress, round, spread } from "./figures.ts";
import { monotonicMs } from "./monotonic.ts";
import type { BenchOptions } from "./options.ts";

const SONGS = 100_000;
const PER_ALBUM = 12;
const words = [
  "harbour",
  "lantern",
  "río",
  "moth",
  "écho",
  "copper",
  "weather",
  "saint",
  "paper",
  "tide",
  "öl",
  "signal",
];
/** Songs that can be played, each under a name that no other has and that nobody has asked for before. */
const REAL = 600;
/** Each says something once before it is measured: a program's first minute is a figure of its own. */
const PEOPLE = 50;
const syllables = ["ba", "ko", "li", "mu", "ra", "te", "so", "vi", "ne", "du"];
const realTitle = (at: number) =>
  `Evening ${[...String(at).padStart(3, "0")].map((digit) => syllables[Number(digit)]).join("")}`;
const word = (seed: number) => `${words[seed % words.length]}${seed % 7 === 0 ? "" : Math.floor(seed / 5) % 4_000}`;

/** It reads a database only if that was made with the tags it keeps: here those of 0.23 as it comes. */
const tags = [
  ...[
    "Artist",
    "ArtistSort",
    "Album",
    "AlbumSort",
    "AlbumArtist",
    "AlbumArtistSort",
    "Title",
    "Track",
    "Name",
    "Genre",
  ],
  ...[
    "Date",
    "OriginalDate",
    "Composer",
    "ComposerSort",
    "Performer",
    "Conductor",
    "Work",
    "Movement",
    "MovementNumber",
  ],
  ...["Ensemble", "Location", "Grouping", "Disc", "Label", "MUSICBRAINZ_ARTISTID", "MUSICBRAINZ_ALBUMID"],
  ...["MUSICBRAINZ_ALBUMARTISTID", "MUSICBRAINZ_TRACKID", "MUSICBRAINZ_RELEASETRACKID", "MUSICBRAINZ_WORKID"],
];

/** The daemon's own database of songs that are not there: nothing here decodes them, but for one album that is. */
function database(realAlbum: readonly string[]): Buffer {
  const lines = ["info_begin", "format: 2", "mpd_version: 0.23.12", "fs_charset: UTF-8"];
  for (const tag of tags) lines.push(`tag: ${tag}`);
  lines.push("info_end");
  const directory = (name: string, songs: readonly { file: string; tags: Record<string, string> }[]) => {
    lines.push(`directory: ${name}`, "mtime: 1700000000", `begin: ${name}`);
    for (const { file, tags } of songs) {
      lines.push(`song_begin: ${file}`, "Time: 100.000000", "Format: 8000:16:1");
      for (const [key, value] of Object.entries(tags)) lines.push(`${key}: ${value}`);
      lines.push("mtime: 1700000000", "song_end");
    }
    lines.push(`end: ${name}`);
  };
  directory(
    "real",
    realAlbum.map((file, at) => ({
      file,
      tags: {
        Artist: "The Tidewrights",
        Album: `Lamp Oil ${Math.floor(at / PER_ALBUM)}`,
        Title: realTitle(at),
        Track: String((at % PER_ALBUM) + 1),
      },
    })),
  );
  for (let album = 0; album * PER_ALBUM < SONGS; album++) {
    const artist = `The ${word(album * 3)} ${word(album >> 3)}`;
    directory(
      `album-${album}`,
      Array.from({ length: Math.min(PER_ALBUM, SONGS - album * PER_ALBUM) }, (_, at) => ({
        file: `${at}.flac`,
        tags: {
          Artist: artist,
          AlbumArtist: artist,
          Album: `${word(album)} ${word(album + 5)}`,
          Title: `${word(album * 13 + at)} ${word(album + at * 17)} ${word(at)}`,
          Track: String(at + 1),
          Genre: "Rock",
          Date: String(1960 + (album % 60)),
        },
      })),
    );
  }
  return gzipSync(`${lines.join("\n")}\n`, { level: 1 });
}

/** Stands before the daemon and notes when a command that makes sound came to it. */
async function relayTo(path: string): Promise<{ url: string; soundedAt(): number; close(): void }> {
  let at = 0;
  const server = createServer((socket) => {
    const daemon = connect(path);
    socket.on("data", (chunk: Buffer) => {
      if (chunk.includes("playid")) at = monotonicMs();
    });
    socket.setNoDelay(true);
    socket.on("error", () => daemon.destroy());
    daemon.on("error", () => socket.destroy());
    socket.pipe(daemon).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return { url: `mpd://127.0.0.1:${port}`, soundedAt: () => at, close: () => server.close() };
}

/** The whole way: words in the web chat, to the command that makes the sound. Each sentence is another person's. */
async function throughTheBot(
  relay: { url: string; soundedAt(): number },
  { seconds, node }: BenchOptions,
): Promise<void> {
  const client = createClient();
  const folder = createFolder();
  const bot = await startBot(client, { dataDir: folder.path, mpd: relay.url, node });
  try {
    const say = async (user: string, text: string) => {
      const { sentAt } = await client.postJson(`${bot.url}/chat/messages`, { user, text });
      return relay.soundedAt() - sentAt;
    };
    // The library is read in the background; whoever asks earlier waits for it, once.
    await say("first", `play ${realTitle(0)} by the tidewrights`);
    const first: number[] = [];
    const times: number[] = [];
    let silent = 0;
    let waitedBefore = 0;
    const end = monotonicMs() + Math.min(seconds, 10) * 1_000;
    for (let turn = 0; turn < REAL - 1 && (monotonicMs() < end || turn < PEOPLE + 200); turn++) {
      if (turn === PEOPLE) waitedBefore = bot.cpuWaitMs();
      const ms = await say(`person-${turn % PEOPLE}`, `play ${realTitle(turn + 1).toLowerCase()} by the tidewrights`);
      if (ms <= 0) silent++;
      else (turn < PEOPLE ? first : times).push(ms);
      await wait(20);
    }
    emit({
      bench: "mpd_message_to_sound",
      songs: SONGS,
      without_sound: silent,
      first_50_p50_ms: spread(first).p50_ms,
      first_50_p99_ms: spread(first).p99_ms,
      cpu_wait_ms_per_message: round((bot.cpuWaitMs() - waitedBefore) / times.length),
      ...spread(times),
      ...against(spread(times).p99_ms, 15),
    });
  } finally {
    await bot.stop();
    client.close();
    folder.remove();
  }
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** A real daemon with 100,000 songs in its database: reading them, finding among them, and how soon a play command reaches it. */
export async function mpd(options: BenchOptions): Promise<void> {
  const { seconds } = options;
  const missing = mpdMissing();
  if (missing !== "") {
    progress(`not measured${missing}`);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "segue-bench-mpd-"));
  const music = join(folder, "music");
  mkdirSync(music);
  const album = Array.from({ length: REAL }, (_, at) => `${at}.flac`);
  makeLibrary(
    music,
    album.map((file) => ({ file: `real/${file}` })),
  );
  const prepared = join(folder, "db");
  writeFileSync(prepared, database(album));
  const daemon = await startMpd({ music, database: prepared });
  const relay = await relayTo(daemon.url);
  globalThis.gc?.();
  const rssBefore = process.memoryUsage().rss;
  const startedAt = monotonicMs();
  const provider = createMpdProvider(
    { url: relay.url, pictureUrl: (id) => `http://127.0.0.1/${id}` },
    { clock: systemClock, log: silent },
  );
  try {
    const session = provider.open({ kind: "shared", playerId: "mpd" });
    await session.search("anything", ["track"]);
    const readMs = round(monotonicMs() - startedAt, 0);
    globalThis.gc?.();
    emit({
      bench: "mpd_library",
      songs: SONGS,
      read_ms: readMs,
      rss_added_mb: round((process.memoryUsage().rss - rssBefore) / 1e6, 0),
      heap_used_mb: round(process.memoryUsage().heapUsed / 1e6, 0),
    });

    const until = monotonicMs() + Math.min(seconds, 10) * 500;
    const searches: number[] = [];
    for (let seed = 0; monotonicMs() < until || seed < 100; seed++) {
      const query = `${word(seed * 31)} ${word(seed * 7).replace("r", "")} the ${word(seed)}`;
      const at = monotonicMs();
      await session.search(query, ["track", "album", "artist", "playlist"], { limit: 10 });
      searches.push(monotonicMs() - at);
    }
    emit({ bench: "mpd_search", songs: SONGS, ...spread(searches), ...against(spread(searches).p99_ms, 100) });

    const plays: number[] = [];
    const end = monotonicMs() + Math.min(seconds, 10) * 500;
    for (let round = 0; monotonicMs() < end || round < 100; round++) {
      const at = monotonicMs();
      await session.play({
        context: "mpd:album:The%20Tidewrights/Lamp%20Oil%200",
        from: { uri: `mpd:track:real%2F${round % PER_ALBUM}.flac` },
      });
      plays.push(relay.soundedAt() - at);
    }
    emit({ bench: "mpd_play_to_command", songs: SONGS, ...spread(plays), ...against(spread(plays).p99_ms, 15) });
    await provider.stop?.();
    await throughTheBot(relay, options);
  } finally {
    await provider.stop?.();
    relay.close();
    await daemon.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
