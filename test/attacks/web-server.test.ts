import { readdirSync, readFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import type { Listener } from "../../src/web/listeners.ts";
import { root } from "../house/source.ts";
import { type Answer, ask, createSite, type Site } from "../unit/web/site.ts";
import { openProgram, raw, request, statuses } from "./door.ts";

let program: Awaited<ReturnType<typeof openProgram>>;
beforeAll(async () => {
  program = await openProgram({ PUBLIC_URL: "https://segue.example" });
}, 60_000);
afterAll(async () => {
  expect(program?.faults()).toEqual([]);
  await program?.close();
});

const token = "A".repeat(43);
const page = { Accept: "text/html" };

/** Every address there is, and what leads nowhere: method, path, and as what it is asked for. */
const walk: [method: string, path: string, headers?: Record<string, string>][] = [
  ["GET", "/", page],
  ["GET", "/healthz"],
  ["GET", "/readyz"],
  ["GET", "/metrics"],
  ["GET", `/link/${token}`, page],
  ["HEAD", `/link/${token}`, page],
  ["POST", `/link/${token}`, page],
  ["GET", "/v1/spotify/auth/callback", page],
  ["GET", "/v1/spotify/auth/login", page],
  ["GET", `/history/import/${token}`, page],
  ["POST", `/history/import/${token}`, page],
  ["POST", `/history/import/${token}/answer`, page],
  ["GET", `/history/export/${token}`, page],
  ["POST", `/history/export/${token}`, page],
  ["GET", "/pictures/spotify/nothing"],
  ["GET", "/chat/assets/chat.js"],
  ["GET", "/chat/assets/none"],
  ["POST", "/chat/session"],
  ["POST", "/chat/messages"],
  ["GET", "/chat/events"],
  ["GET", "/nothing", page],
  ["GET", "/nothing"],
  ["GET", "/%00%ff", page],
  ["DELETE", "/healthz"],
  ["TRACE", "/healthz"],
  ["GET", `/link/${"A".repeat(5_000)}`, page],
];

describe("what every answer says to a browser", () => {
  const asked = (method: string, path: string, headers = {}): Promise<Answer> =>
    ask(program.port, path, { method, headers });

  it("walks every route that the sources know", () => {
    const sources = [
      ...readdirSync(join(root, "src/web")).map((name) => `src/web/${name}`),
      "adapters/web/transport.ts",
    ].filter((path) => path.endsWith(".ts"));
    const routes = sources.flatMap((path) =>
      [
        ...readFileSync(join(root, path), "utf8").matchAll(
          /\bapp\.(?:get|post|put|patch|delete|route)\b[^"`]*["`]((?:\/|\$\{PATH\})[^"`]*)["`]/g,
        ),
      ].map(([, route = ""]) => route),
    );
    expect(routes.length).toBeGreaterThan(12);
    const walked = (route: string) => {
      const pattern = new RegExp(`^${route.replace(/\$\{PATH\}/, "/pictures/").replace(/:\w+/g, "[^/]+")}$`);
      return walk.some(([, path]) => pattern.test(path));
    };
    expect(routes.filter((route) => !walked(route))).toEqual([]);
  });

  it.each(walk)("%s %.60s", async (...[method, path, headers]) => {
    const answer = await asked(method, path, headers);
    expect(answer.status).toBeLessThan(500);
    const policy = String(answer.headers["content-security-policy"]);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe-|\*(?!$|;| )[^:]/);
    expect(answer.headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
    });
    expect(answer.headers).not.toHaveProperty("x-powered-by");
    expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
    if (/text\/html|json/.test(String(answer.headers["content-type"])))
      expect(answer.headers["cache-control"]).toBe("no-store");
  });

  it("keeps its figures from whoever comes by the public name", async () => {
    expect((await ask(program.port, "/metrics")).status).toBe(200);
    expect((await ask(program.port, "/metrics", { headers: { Host: "segue.example" } })).status).toBe(404);
    const here = await createSite({
      publicUrl: "http://127.0.0.1:8765",
      metrics: async () => ({ contentType: "text/plain", body: "a 1\n" }),
    });
    expect((await ask(here.port, "/metrics")).status).toBe(200);
    await here.close();
  });
});

describe("names and headers that are not what they seem", () => {
  const status = async (...lines: string[]) =>
    statuses(await raw(program.port, request(...(lines as [string]), "Connection: close")));
  const chat = (...headers: string[]) => status("GET / HTTP/1.1", ...headers);
  const healthz = (...headers: string[]) => status("GET /healthz HTTP/1.1", ...headers);

  it("answer to no name of somebody else (DNS rebinding), however it is written", async () => {
    for (const host of [
      "evil.example",
      "evil.example:8765",
      "127.0.0.1.evil.example",
      "127.0.0.1@evil.example",
      "evil.example#127.0.0.1",
      "localhost.evil.example",
      "segue.example.evil.example",
      "127-0-0-1.evil.example",
      "[::ffff:198.51.100.7]",
      "198.51.100.7",
      "0",
      "127.0.0.1:99999",
      "localhost,evil.example",
      "",
    ])
      expect(await healthz(`Host: ${host}`), host).toEqual([
        host === "" || /[#@,]/.test(host) ? expect.any(Number) : 421,
      ]);
    for (const host of ["evil.example#127.0.0.1", "127.0.0.1@evil.example", "localhost,evil.example", ""])
      expect(await healthz(`Host: ${host}`), host).not.toEqual([200]);
  });

  it("know their own in any case, with any port", async () => {
    for (const host of ["LocalHost", "127.0.0.1:1", "[::1]", "SEGUE.example", "Segue.Example:443"])
      expect(await healthz(`Host: ${host}`), host).toEqual([200]);
  });

  it("take one Host, not two", async () => {
    expect(await healthz("Host: 127.0.0.1", "Host: evil.example")).toEqual([400]);
    expect(await healthz("Host: evil.example", "Host: 127.0.0.1")).toEqual([400]);
    expect(await status("GET http://127.0.0.1/healthz HTTP/1.1", "Host: 127.0.0.1")).toEqual([400]);
    expect(await status("GET //127.0.0.1/healthz HTTP/1.1", "Host: 127.0.0.1")).toEqual([404]);
  });

  it("believe nobody who forwards for others unless they were named", async () => {
    const here = "Host: 127.0.0.1";
    expect(await chat(here)).toEqual([200]);
    for (const header of [
      "X-Forwarded-For: 127.0.0.1",
      "X-Forwarded-For: ",
      "Forwarded: for=127.0.0.1",
      "X-Real-IP: 127.0.0.1",
      "Via: 1.1 proxy",
      "CF-Connecting-IP: 127.0.0.1",
      "X-Forwarded-Host: 127.0.0.1",
      "X-Forwarded-Proto: https",
    ])
      expect(await chat(here, header), header).toEqual([403]);
    // A reverse proxy that was told nothing but where to go: our own name as Host, no word of whom it serves, and HTTP/1.0.
    expect(await status("GET / HTTP/1.0", here)).toEqual([403]);
    expect(await chat("Host: evil.example", "X-Forwarded-Host: 127.0.0.1")).toEqual([421]);
  });
});

describe("requests that two servers would read differently", () => {
  const host = "Host: 127.0.0.1";
  const post = "POST /chat/messages HTTP/1.1";
  const hidden = request("GET /healthz HTTP/1.1", host);

  it.each([
    ["two lengths", request(post, host, "Content-Length: 0", `Content-Length: ${hidden.length}`) + hidden],
    ["two lengths in one", request(post, host, `Content-Length: 0, ${hidden.length}`) + hidden],
    [
      "a length and chunks",
      `${request(post, host, `Content-Length: ${hidden.length + 5}`, "Transfer-Encoding: chunked")}0\r\n\r\n${hidden}`,
    ],
    ["chunks by another name", `${request(post, host, "Transfer-Encoding: xchunked")}0\r\n\r\n${hidden}`],
    ["chunks among others", `${request(post, host, "Transfer-Encoding: chunked, identity")}0\r\n\r\n${hidden}`],
    ["a signed length", request(post, host, "Content-Length: +0") + hidden],
    ["a length of minus one", request(post, host, "Content-Length: -1") + hidden],
    [
      "a chunk with a length that is none",
      `${request(post, host, "Transfer-Encoding: chunked")}0x5\r\nhello\r\n0\r\n\r\n${hidden}`,
    ],
    ["a space before the colon", request(post, host, "Content-Length : 0") + hidden],
    ["a folded header", request(post, host, "X-One: a\r\n Transfer-Encoding: chunked") + hidden],
    ["bare line feeds", request(post, host).replaceAll("\r\n", "\n") + hidden],
    ["a NUL in a header", request(post, host, "X-One: a\u0000b") + hidden],
  ])("%s: refused, and nothing behind it is read", async (_name, bytes) => {
    const heard = await raw(program.port, bytes);
    expect(statuses(heard)).toEqual([400]);
    expect(heard.closed).toBe(true);
  });

  it("is no proxy and changes to no other protocol", async () => {
    expect(
      statuses(await raw(program.port, request("CONNECT 198.51.100.7:25 HTTP/1.1", "Host: 198.51.100.7:25"))),
    ).not.toContain(200);
    const upgraded = await raw(
      program.port,
      request(
        "GET /healthz HTTP/1.1",
        host,
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Version: 13",
      ),
      { withinMs: 500 },
    );
    expect(statuses(upgraded)).not.toContain(101);
    expect(statuses(await raw(program.port, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))).toEqual([400]);
  });
});

describe("too much of it", () => {
  const host = "Host: 127.0.0.1";
  it.each([
    ["an address", request(`GET /${"a".repeat(20_000)} HTTP/1.1`, host), 431],
    ["a header", request("GET /healthz HTTP/1.1", host, `X-Long: ${"a".repeat(20_000)}`), 431],
    ["cookies", request(`GET /link/${token} HTTP/1.1`, host, `Cookie: ${"a=b; ".repeat(4_000)}`), 431],
    ["headers", request("GET /healthz HTTP/1.1", host, ...Array.from({ length: 2_500 }, (_, at) => `X${at}: 1`)), 431],
    [
      "a form",
      `${request(`POST /link/${token} HTTP/1.1`, host, "Content-Type: application/x-www-form-urlencoded", "Content-Length: 20000000")}csrf=`,
      413,
    ],
    [
      "a message",
      `${request("POST /chat/messages HTTP/1.1", host, "Content-Type: application/json", "Content-Length: 20000000")}{`,
      413,
    ],
    [
      "a message in chunks",
      `${request("POST /chat/messages HTTP/1.1", host, "Content-Type: application/json", "Transfer-Encoding: chunked")}${`4000\r\n${"a".repeat(16_384)}\r\n`.repeat(8)}`,
      413,
    ],
    [
      "the answer to a page of files",
      `${request(`POST /history/import/${token}/answer HTTP/1.1`, host, "Content-Type: application/x-www-form-urlencoded", "Content-Length: 20000000")}csrf=`,
      413,
    ],
  ])("%s", async (_name, bytes, status) => {
    const heard = await raw(program.port, bytes);
    expect(statuses(heard)).toEqual([status]);
    expect(heard.closed).toBe(true);
  });
});

describe("paths that lead out", () => {
  it.each([
    "/../../etc/passwd",
    "/chat/assets/../../package.json",
    "/chat/assets/..%2f..%2fadapter.ts",
    "/chat/assets/..%5c..%5cadapter.ts",
    "/chat/assets/%2e%2e/adapter.ts",
    "/chat/assets/chat.js%00.css",
    "/pictures/segue/..%2f..%2f..%2fencryption-keys",
    "/pictures/..%2f..%2fencryption-keys/x",
    "/pictures/__proto__/constructor",
    "/pictures/constructor/name",
    "/pictures/segue/%00",
    "/link/..%2f..%2fencryption-keys",
    "/history/import/..%2f..%2fsegue.db",
    "/history/export/%2e%2e%2fsegue.db",
  ])("%s", async (path) => {
    const answer = await raw(program.port, request(`GET ${path} HTTP/1.1`, "Host: 127.0.0.1", "Connection: close"));
    expect(statuses(answer)[0]).toBeOneOf([204, 400, 404]);
    expect(answer.text).not.toMatch(/root:x|from "\.|SQLite format/);
  });
});

describe("clients that hold on", () => {
  let site: Site | undefined;
  afterEach(async () => {
    await site?.close();
    site = undefined;
  });
  const slowClientMs = 250;
  const open = async () => {
    site = await createSite({
      clock: systemClock,
      slowClientMs,
      pagesPerMinute: 10_000,
      files: noFiles,
      listeners: [hook],
    });
    return site.port;
  };
  const noFiles = { find: async () => undefined } as unknown as NonNullable<Parameters<typeof createSite>[0]>["files"];
  /** A part that reads the whole body before it answers, as one that checks signatures must. */
  const hook: Listener = {
    paths: ["/hook"],
    handle: (request, response) => void request.on("end", () => response.end()).resume(),
  };
  const form = "Content-Type: application/x-www-form-urlencoded";
  const host = "Host: 127.0.0.1";

  it.each([
    ["say nothing", []],
    ["never end their headers", ["GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"]],
    [
      "send a header every now and then",
      Array.from({ length: 60 }, (_, at) => (at === 0 ? "GET /healthz HTTP/1.1\r\n" : `X${at}: 1\r\n`)),
    ],
    ["never send their form", [request(`POST /link/${token} HTTP/1.1`, host, form, "Content-Length: 1000")]],
    [
      "send their form letter by letter",
      [request(`POST /link/${token} HTTP/1.1`, host, form, "Content-Length: 1000"), ..."a".repeat(60)],
    ],
    [
      "send a form where files are expected",
      [request(`POST /history/import/${token} HTTP/1.1`, host, form, "Content-Length: 1000"), ..."a".repeat(60)],
    ],
    [
      "send an answer where files are expected",
      [request(`POST /history/import/${token}/answer HTTP/1.1`, host, form, "Content-Length: 1000"), ..."a".repeat(60)],
    ],
    [
      "send JSON in chunks where files are expected",
      [
        request(
          `POST /history/import/${token} HTTP/1.1`,
          host,
          "Content-Type: application/json",
          "Transfer-Encoding: chunked",
        ),
        ...Array.from({ length: 60 }, () => "1\r\na\r\n"),
      ],
    ],
    [
      "send the body of a hook letter by letter",
      [request("POST /hook HTTP/1.1", host, "Content-Length: 1000"), ..."a".repeat(60)],
    ],
    [
      "bring a file that nobody asked for",
      [
        request(
          `POST /history/import/${token} HTTP/1.1`,
          host,
          "Content-Type: multipart/form-data; boundary=b",
          "Content-Length: 1000000",
        ),
        ..."a".repeat(60),
      ],
    ],
  ])("%s", async (_name, parts) => {
    const port = await open();
    const heard = await raw(port, parts, { withinMs: 2_500, pauseMs: 50 });
    expect(heard.closed).toBe(true);
    expect(statuses(heard)).not.toContain(200);
    expect((await ask(port, "/healthz")).status).toBe(200);
  });

  it("ask for much and read none of it", async () => {
    const bytes = new Uint8Array(32 * 1024 * 1024);
    site = await createSite({
      clock: systemClock,
      slowClientMs: 50,
      pictures: async () => ({ mediaType: "image/png", bytes }),
    });
    const socket = net.connect({ port: site.port, host: "127.0.0.1" });
    socket.on("error", () => undefined);
    socket.write(request("GET /pictures/any/1 HTTP/1.1", host));
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    let read = 0;
    socket.on("data", (chunk: Buffer) => {
      read += chunk.length;
    });
    await expect.poll(() => socket.closed, { timeout: 5_000 }).toBe(true);
    expect(read).toBeLessThan(bytes.length);
  });

  it("cannot take all connections from one address", async () => {
    site = await createSite({ clock: systemClock, connectionsPerAddress: 20, pagesPerMinute: 10_000 });
    const { port } = site;
    // From another address than the one that is called; this machine itself calls from the same.
    const sockets = Array.from({ length: 40 }, () =>
      net.connect({ port, host: "127.0.0.1", localAddress: "127.0.0.2" }),
    );
    for (const socket of sockets) socket.on("error", () => undefined);
    await expect.poll(() => sockets.filter(({ closed }) => closed).length, { timeout: 5_000 }).toBe(20);
    expect((await ask(port, "/healthz")).status).toBe(200);
    const others = await raw(port, request("GET /healthz HTTP/1.1", "Host: 127.0.0.1", "Connection: close"), {
      from: "127.0.0.3",
    });
    expect(statuses(others)).toEqual([200]);
    for (const socket of sockets) socket.destroy();
    // What they gave back is theirs again.
    const again = () =>
      raw(port, request("GET /healthz HTTP/1.1", "Host: 127.0.0.1", "Connection: close"), { from: "127.0.0.2" });
    await expect.poll(async () => statuses(await again())).toEqual([200]);
  });
});
