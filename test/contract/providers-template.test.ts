import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { isSegueError, type SegueError } from "../../src/contracts/errors.ts";
import type { MusicSession } from "../../src/contracts/music.ts";
import { createJukeboxProvider } from "../../src/music/providers/_template/provider.ts";
import type { Http } from "../../src/net/call.ts";
import { createFakeClock, type FakeClock } from "../fakes/clock.ts";
import { createMemoryProvider } from "../fakes/memory-player.ts";
import { providerSuite } from "./provider-suite.ts";

/** A jukebox on a shelf: the player in memory, spoken to over HTTP in the jukebox's own words. */
async function startJukebox(clock: FakeClock) {
  const player = createMemoryProvider({ clock }).open({ kind: "shared", playerId: "shelf" });
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => {
      body += part;
    });
    request.on("end", async () => {
      const url = new URL(request.url ?? "/", "http://jukebox.invalid");
      const answer = await serve(player, url, body).catch((error: unknown) =>
        isSegueError(error) ? refusal(error) : { status: 500, json: {} },
      );
      response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(answer.json));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const idOf = (uri: string) => uri.replace(/^memory:(?:track|album):/, "");

async function serve(player: MusicSession, url: URL, body: string): Promise<{ status: number; json: unknown }> {
  const song = (track: { uri: string; title: string; durationMs: number; artists?: { name: string }[] }) => ({
    id: idOf(track.uri),
    title: track.title,
    artist: track.artists?.[0]?.name ?? "",
    seconds: track.durationMs / 1000,
  });
  if (url.pathname === "/search") {
    const { tracks } = await player.search(url.searchParams.get("q") ?? "", ["track"], {
      limit: Number(url.searchParams.get("limit")),
    });
    return { status: 200, json: tracks.map(song) };
  }
  if (url.pathname === "/state") {
    const state = await player.state();
    const playing = { playing: state?.playing ?? false, position: (state?.progressMs ?? 0) / 1000 };
    return {
      status: 200,
      json: {
        song: state?.item ? song(state.item) : null,
        list: state?.context ? idOf(state.context.uri) : null,
        ...playing,
      },
    };
  }
  if (url.pathname === "/play") {
    const wanted = JSON.parse(body) as { list?: string; songs?: string[]; from?: string | number; position: number };
    const from =
      typeof wanted.from === "string" ? { uri: `memory:track:${wanted.from}` } : { position: wanted.from ?? 0 };
    const target =
      wanted.list === undefined
        ? { uris: (wanted.songs ?? []).map((id) => `memory:track:${id}`) }
        : { context: `memory:album:${wanted.list}`, from };
    await player.play(target, { positionMs: wanted.position * 1000 });
  } else if (url.pathname === "/resume") await player.resume();
  else if (url.pathname === "/pause") await player.pause();
  else if (url.pathname === "/next") await player.next();
  else if (url.pathname === "/previous") await player.previous();
  return { status: 200, json: {} };
}

function refusal(error: SegueError): { status: number; json: unknown } {
  return isSegueError(error, "Restricted")
    ? { status: 409, json: { error: error.details.reason } }
    : { status: 404, json: { error: "no_such_song" } };
}

/** The least that can stand for the program's own way out. */
const http: Pick<Http, "request"> = {
  async request({ method, baseUrl, path, query = {}, json, signal }) {
    const url = new URL(`${baseUrl}${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    const response = await fetch(url, {
      method,
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(signal === undefined ? {} : { signal }),
    });
    const text = await response.text();
    return { status: response.status, text, json: JSON.parse(text) };
  },
};

await providerSuite({
  name: "The template",
  absent: [
    "linking",
    "unreadable",
    "publicLookup",
    "devices",
    "transfer",
    "seek",
    "volume",
    "shuffle",
    "repeat",
    "queue",
    "queue.edit",
    "library",
    "library.topTracks",
    "playlists",
    "lookup",
    "albumTracks",
    "showEpisodes",
    "recentlyPlayed",
    "watch",
  ],
  async open() {
    const clock = createFakeClock();
    const jukebox = await startJukebox(clock);
    const provider = createJukeboxProvider({ url: jukebox.url }, { http, clock });
    return {
      provider,
      session: provider.open({ kind: "shared", playerId: "shelf" }),
      clock,
      pass: (ms) => clock.advance(ms),
      settle: (promise) => promise,
      known: {
        query: "low water",
        track: "jukebox:track:0-0-low-water",
        context: {
          uri: "jukebox:album:nocturnes-for-no-one",
          type: "album",
          tracks: ["jukebox:track:1-0-premiere-lueur", "jukebox:track:1-1-1999", "jukebox:track:1-2-by-and-by"],
        },
        others: ["jukebox:track:0-0-low-water", "jukebox:track:0-1-stop-the-ferry"],
        missing: "jukebox:track:9-9-nothing",
        pasted: { before: "put on (", link: "jukebox:track:0-0-low-water", after: ") please" },
      },
      close: jukebox.close,
    };
  },
});

describe("the guide to adding a provider", () => {
  const root = new URL("../../", import.meta.url);
  const guide = readFileSync(new URL("docs/adding-a-provider.md", root), "utf8");
  const blocks = [...guide.matchAll(/```ts\n\/\/ (\S+)\n([\s\S]*?)```/g)].map(([, file = "", code = ""]) => ({
    file,
    code,
  }));

  it("shows code", () => {
    expect(blocks.length).toBeGreaterThanOrEqual(4);
    expect(guide.match(/```ts/g)).toHaveLength(blocks.length);
  });

  it.each(blocks)("shows $file as it is compiled and run", ({ file, code }) => {
    const source = readFileSync(new URL(file, root), "utf8");
    for (const part of code.split(/^\s*\/\/ …$/m)) expect(source).toContain(part.replace(/^\n|\n$/g, ""));
  });

  it("names only files that exist", () => {
    const files = [...guide.matchAll(/`((?:src|test|docs)\/[\w./-]+\.(?:ts|md))`/g)].map(([, file = ""]) => file);
    expect(files.length).toBeGreaterThan(5);
    for (const file of files.filter((each) => !each.includes("-acme")))
      expect(() => readFileSync(new URL(file, root))).not.toThrow();
  });
});
