import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { isOpenWeb } from "../../adapters/discord/encode.ts";
import { fetchAttachment } from "../../adapters/discord/files.ts";
import { belongs } from "../../adapters/slack/response-address.ts";
import { settingsSchema } from "../../src/config.ts";
import { createArtFetch } from "../../src/net/art.ts";
import { createWire } from "../../src/net/wire.ts";
import { readPictureUrl } from "../../src/web/pictures.ts";
import { createFakeClock } from "../fakes/clock.ts";
import { silentLog } from "../support/log.ts";
import { openDiaries } from "../unit/listening/diaries/world.ts";

/** Stands for all that only this machine can reach: whoever is talked into asking it, is counted. */
let inside: Server;
let hits: string[];
/** A server that is allowed, and leads on to the inside. */
let outside: Server;
let insideUrl: string;
let outsideUrl: string;
const listen = (server: Server) =>
  new Promise<string>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)),
  );

beforeAll(async () => {
  inside = createServer((request, response) => {
    hits.push(`${request.method} ${request.url} ${request.headers.authorization ?? ""}`);
    response.writeHead(200, { "Content-Type": "image/png" }).end("secret");
  });
  outside = createServer((request, response) => {
    const status = Number(/\d{3}/.exec(request.url ?? "")?.[0] ?? 302);
    response.writeHead(status, { Location: `${insideUrl}/latest/meta-data/`, "Content-Type": "image/png" }).end();
  });
  [insideUrl, outsideUrl] = [await listen(inside), await listen(outside)];
});
beforeEach(() => {
  hits = [];
});
afterAll(async () => {
  for (const server of [inside, outside]) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** One address in the ways there are to write it, and others that only this machine or its network reaches. */
function insides(): string[] {
  const { port } = new URL(insideUrl);
  return [
    insideUrl,
    `http://localhost:${port}`,
    `http://127.1:${port}`,
    `http://2130706433:${port}`,
    `http://0x7f000001:${port}`,
    `http://017700000001:${port}`,
    `http://0:${port}`,
    `http://[::1]:${port}`,
    `http://[::ffff:127.0.0.1]:${port}`,
    `http://[::ffff:7f00:1]:${port}`,
    `http://127.0.0.1.:${port}`,
    `http://①②⑦.0.0.1:${port}`,
    `http://cdn.discordapp.com@127.0.0.1:${port}`,
    `http://127.0.0.1:${port}/#https://cdn.discordapp.com/`,
    `https://127.0.0.1:${port}`,
    "http://169.254.169.254/latest/meta-data/",
    "http://[fe80::1]/",
    "http://10.0.0.1/",
    "http://metadata.google.internal/",
    "file:///etc/passwd",
    "ftp://127.0.0.1/",
    "gopher://127.0.0.1:70/",
    "data:image/png;base64,AAAA",
    "blob:nodedata:x",
    "//127.0.0.1/",
    "",
    "https://cdn.discordapp.com.evil.example/x",
    "https://evil.example/cdn.discordapp.com",
    "https://cdn.discordapp.com:8443@evil.example/",
    "https://slack.com.evil.example/",
    "https://evilslack.com/",
    "https://i.scdn.co.evil.example/image/x",
    "https://user:password@i.scdn.co/image/x",
    "http://i.scdn.co/image/x",
    "https://i.scdn.co:444/image/x",
  ];
}
const signal = () => AbortSignal.timeout(5_000);

describe("an address that somebody else names leads nowhere inside", () => {
  it("for covers that are drawn into pictures", async () => {
    const art = createArtFetch({
      origins: ["https://i.scdn.co", outsideUrl],
      clock: createFakeClock(),
      log: silentLog,
    });
    for (const url of insides()) expect(await art(`${url}`, signal()), url).toBeUndefined();
    for (const status of [301, 302, 303, 307, 308])
      expect(await art(`${outsideUrl}/${status}`, signal())).toBeUndefined();
    expect(hits).toEqual([]);
  });

  it("for files that were posted on Discord", async () => {
    for (const ref of insides())
      await expect(fetchAttachment({ ref }, signal(), "https://discord.com/api"), ref).rejects.toMatchObject({
        code: "NotFound",
      });
    await expect(fetchAttachment({ ref: `${outsideUrl}/302` }, signal(), `${outsideUrl}/api`)).rejects.toMatchObject({
      code: "Unavailable",
    });
    expect(hits).toEqual([]);
  });

  it("for what Slack says to answer at, or to fetch with the bot's token", () => {
    for (const url of insides()) expect(belongs(url, "https://slack.com/api"), url).toBe(false);
    for (const url of ["https://hooks.slack.com/x", "https://files.slack.com/x", "https://slack.com/x"])
      expect(belongs(url, "https://slack.com/api")).toBe(true);
    expect(belongs("http://hooks.slack.com/x", "https://slack.com/api")).toBe(false);
    expect(belongs("https://hooks.slack.com@evil.example/", "https://slack.com/api")).toBe(false);
  });

  it("for pictures that Discord is to fetch, or we for it", () => {
    for (const url of insides().filter((each) => /127|local|internal|\[|169|10\.0|:0|2130|0x|0177/.test(each)))
      expect(isOpenWeb(url), url).toBe(false);
    for (const url of [
      "http://127.0.0.1:8765/pictures/mpd/../../x",
      "http://127.0.0.1:8765@evil.example/pictures/mpd/x",
      "http://127.0.0.1:8765/pictures/mpd/x/y",
      "http://127.0.0.1:87650/pictures/mpd/x",
    ])
      expect(readPictureUrl("http://127.0.0.1:8765", url)?.id ?? "..", url).toMatch(/^\.\.$/);
  });
});

describe("the way out to services", () => {
  const wire = createWire();
  afterAll(() => wire.close());
  const call = (path: string, baseUrl = outsideUrl) =>
    wire.send(
      {
        service: "x",
        budget: "x",
        group: "x",
        lane: "command",
        method: "GET",
        baseUrl,
        path,
        headers: { Authorization: "Bearer secret" },
        answer: "json",
      } as unknown as Parameters<typeof wire.send>[0],
      signal(),
      3_000,
    );

  it("follows no redirect, and so takes no token anywhere else", async () => {
    for (const status of [301, 302, 303, 307, 308])
      expect(await call(`/${status}`)).toMatchObject({ got: "answer", status });
    expect(hits).toEqual([]);
  });

  it("takes a path for a path", async () => {
    for (const path of ["//127.0.0.1/x", "https://evil.example/", "@evil.example/", "\\\\evil.example\\x", ""])
      await expect(call(path), path).rejects.toThrow(TypeError);
    // What would climb out of its route is a fault of ours and goes nowhere.
    for (const path of ["/v1/tracks/..", "/1/user/../listens", "/1/user/%2e%2e/listens", "/1/user/./x", "/a/%2E./b"])
      await expect(call(path, insideUrl), path).rejects.toThrow(TypeError);
    expect(hits).toEqual([]);
  });

  it("takes two dots for a name that nobody has at a diary", async () => {
    const { listenBrainz, brainz, call: how, settle } = await openDiaries();
    for (const name of [".", ".."])
      await expect(settle(listenBrainz.find(name, how())), name).rejects.toMatchObject({ code: "NotFound" });
    expect(brainz.seen.requests).toEqual([]);
  });

  it("heeds no proxy of the environment", async () => {
    const before = { ...process.env };
    Object.assign(process.env, { http_proxy: insideUrl, HTTP_PROXY: insideUrl, all_proxy: insideUrl });
    try {
      expect(await call("/204")).toMatchObject({ got: "answer", status: 204 });
      expect(hits).toEqual([]);
    } finally {
      process.env = before;
    }
  });
});

describe("addresses in the settings", () => {
  it("are of the web alone", () => {
    const names = [
      "PUBLIC_URL",
      "LISTENBRAINZ_API_URL",
      "LASTFM_API_URL",
      "SPOTIFY_API_URL",
      "SPOTIFY_ACCOUNTS_URL",
      "DISCORD_API_URL",
      "SLACK_API_URL",
      "TELEGRAM_API_ROOT",
    ] as const;
    for (const name of names)
      for (const value of [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "ftp://x",
        "unix:/run/docker.sock",
        "evil.example",
        "//evil.example",
      ])
        expect(settingsSchema.shape[name].safeParse(value).success, `${name}=${value}`).toBe(false);
    expect(settingsSchema.shape.PUBLIC_URL.safeParse("http://evil.example").success).toBe(false);
  });
});
