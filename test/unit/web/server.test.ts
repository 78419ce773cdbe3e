import { once } from "node:events";
import type http from "node:http";
import net from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Listener } from "../../../src/web/listeners.ts";
import type { PartStanding } from "../../../src/web/probes.ts";
import { createWebServer, type WebServer, type WebServerOptions } from "../../../src/web/server.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { capturedLog } from "../../support/log.ts";
import { callbackPath } from "../accounts/tunes.ts";
import { ada } from "../accounts/world.ts";
import { ask, createSite, csrf, locales, type Site, title } from "./site.ts";

const clock = createFakeClock();
const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.stop()));
});

async function serve(
  options: Partial<WebServerOptions> = {},
): Promise<{ port: number; server: WebServer; lines: string[] }> {
  const { log, lines } = capturedLog();
  const nobody = () => Promise.resolve({ kind: "failed", failure: "unknown" } as const);
  const server = createWebServer({
    host: "127.0.0.1",
    port: 0,
    clock,
    log,
    linkFlow: { look: nobody, begin: nobody, comeBack: nobody },
    callbacks: [],
    readiness: () => ({}),
    locales,
    ...options,
  });
  const { port } = await server.start();
  open.push(server);
  return { port, server, lines };
}

async function site(...options: Parameters<typeof createSite>): Promise<Site> {
  const made = await createSite(...options);
  open.push({ stop: made.close });
  return made;
}

describe("probes", () => {
  it("say that the process lives, and whether each part works", async () => {
    const parts: Record<string, PartStanding> = { store: { ready: true }, "web chat": { ready: true } };
    const { port } = await serve({ readiness: () => parts, publicUrl: "https://segue.example" });
    expect(await ask(port, "/healthz")).toMatchObject({ status: 200, body: '{"status":"ok"}' });
    expect(await ask(port, "/readyz")).toMatchObject({
      status: 200,
      body: '{"status":"ready","parts":{"store":true,"web chat":true}}',
    });
    parts.diary = { ready: false, optional: true, why: "it does not answer" };
    const without = await ask(port, "/readyz");
    expect(without.status).toBe(200);
    expect(JSON.parse(without.body)).toEqual({
      status: "ready",
      parts: { store: true, "web chat": true, diary: false },
      why: { diary: "it does not answer" },
    });
    delete parts.diary;
    parts["web chat"] = { ready: false, why: "nobody listens" };
    const down = await ask(port, "/readyz");
    expect(down.status).toBe(503);
    expect(JSON.parse(down.body)).toEqual({
      status: "not_ready",
      parts: { store: true, "web chat": false },
      why: { "web chat": "nobody listens" },
    });
    const fromOutside = await ask(port, "/readyz", { headers: { host: "segue.example" } });
    expect(fromOutside.status).toBe(503);
    expect(fromOutside.body).not.toContain("nobody listens");
    expect((await ask(port, "/healthz")).status).toBe(200);
  });

  it("take a part that throws, or never answers, for down", async () => {
    const broken = await serve({
      readiness: () => {
        throw new Error("broken");
      },
    });
    const refused = await ask(broken.port, "/readyz");
    expect(refused.status).toBe(503);
    expect(JSON.parse(refused.body).why).toEqual({ answer: "it could not be told: see the log" });
    const silent = await serve({ readiness: () => new Promise(() => {}) });
    const late = await clock.until(ask(silent.port, "/readyz"), { realMs: 20 });
    expect(late.status).toBe(503);
    expect(JSON.parse(late.body).why).toEqual({ answer: "none within 2 s" });
  });

  it("give the metrics there are, and nothing where there are none", async () => {
    const { port } = await serve({
      metrics: async () => ({ contentType: "text/plain; version=0.0.4", body: "a 1\n" }),
    });
    expect(await ask(port, "/metrics")).toMatchObject({
      status: 200,
      body: "a 1\n",
      headers: { "content-type": "text/plain; version=0.0.4" },
    });
    expect((await ask((await serve()).port, "/metrics")).status).toBe(404);
  });
});

describe("headers", () => {
  it("let a page do nothing but show itself and lead to the provider", async () => {
    const { world, browser } = await site();
    const page = await browser().get((await world.invite(ada, { local: true })).url);
    expect(page.headers["content-security-policy"]).toBe(
      "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' https://accounts.tunes.example; frame-ancestors 'none'; base-uri 'none'",
    );
    expect(page.headers).toMatchObject({
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "cross-origin-opener-policy": "same-origin",
      "content-type": "text/html; charset=utf-8",
    });
    expect(page.body).not.toMatch(/<script|style=|onload|onclick|https?:\/\//);
  });

  it("are on every answer, errors and mounted parts included", async () => {
    const listener: Listener = { paths: ["/hook"], handle: (_request, response) => response.end("mine") };
    const { port } = await serve({ listeners: [listener] });
    for (const path of ["/nothing", "/hook", "/healthz", `/link/${"A".repeat(43)}`]) {
      expect((await ask(port, path)).headers).toMatchObject({
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
      });
    }
    const lost = await ask(port, "/nothing", { headers: { Accept: "text/html" } });
    expect(lost.headers["content-security-policy"]).toContain("form-action 'self';");
  });

  it("let style sheet and icon be kept for ever, under the name of their content", async () => {
    const { port } = await serve();
    const page = await ask(port, "/nothing", { headers: { Accept: "text/html" } });
    const paths = [...page.body.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path]) => path ?? "");
    expect(new Set(paths).size).toBe(2);
    for (const path of paths) {
      const asset = await ask(port, path);
      expect(asset.status).toBe(200);
      expect(asset.headers["cache-control"]).toContain("immutable");
      expect(asset.headers["content-type"]).toMatch(/text\/css|image\/svg\+xml/);
    }
  });
});

describe("which server a request means", () => {
  const status = async (port: number, host: string, headers: Record<string, string> = {}) =>
    (await ask(port, "/healthz", { headers: { Host: host, ...headers } })).status;

  it("is judged by the Host header, against DNS rebinding", async () => {
    const { port } = await serve({ publicUrl: "https://segue.example" });
    for (const host of [
      `127.0.0.1:${port}`,
      "127.0.0.1",
      `[::1]:${port}`,
      "localhost",
      `LOCALHOST:${port}`,
      "segue.example",
      "segue.example:443",
    ]) {
      expect(await status(port, host), host).toBe(200);
    }
    const others = [
      "evil.example",
      `evil.example:${port}`,
      "127.0.0.1.evil.example",
      "segue.example.evil.example",
      "192.168.1.5",
      "a b",
      "@localhost",
      "localhost/",
      "127.0.0.1#",
    ];
    for (const host of others) expect(await status(port, host), host).toBe(421);
  });

  it("holds for mounted parts as well, before they see anything", async () => {
    let seen = 0;
    const listener: Listener = {
      paths: ["/"],
      handle(_request, response) {
        seen += 1;
        response.end();
      },
    };
    const { port } = await serve({ listeners: [listener] });
    expect((await ask(port, "/", { headers: { Host: "evil.example" } })).status).toBe(421);
    expect(seen).toBe(0);
    expect((await ask(port, "/")).status).toBe(200);
    expect(seen).toBe(1);
  });

  it("takes any plain address where it listens on all of them", async () => {
    const { port } = await serve({ host: "0.0.0.0" });
    expect(await status(port, "192.168.1.5:8765")).toBe(200);
    expect(await status(port, "evil.example")).toBe(421);
  });

  it("believes X-Forwarded-Host of a trusted proxy alone", async () => {
    const trusting = await serve({ publicUrl: "https://segue.example", trustedProxies: "127.0.0.0/8" });
    expect(await status(trusting.port, "inside:80", { "X-Forwarded-Host": "segue.example" })).toBe(200);
    expect(await status(trusting.port, "127.0.0.1", { "X-Forwarded-Host": "evil.example" })).toBe(421);
    const wary = await serve({ publicUrl: "https://segue.example" });
    expect(await status(wary.port, "inside:80", { "X-Forwarded-Host": "segue.example" })).toBe(421);
  });

  it("must be said: a request without a name is refused", async () => {
    const { port } = await serve();
    const socket = net.connect(port, "127.0.0.1");
    socket.write("GET /healthz HTTP/1.0\r\n\r\n");
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(String(answer)).toContain("421");
    socket.destroy();
  });

  it("is never a proxy", async () => {
    const { port } = await serve();
    expect((await ask(port, "http://127.0.0.1/healthz")).status).toBe(400);
    expect((await ask(port, "*", { method: "OPTIONS" })).status).toBe(400);
  });
});

describe("https in front", () => {
  it("makes the cookie one that no other host can set", async () => {
    const { world, browser } = await site(
      { publicUrl: "https://segue.example", trustedProxies: "127.0.0.1" },
      { publicUrl: "https://segue.example" },
    );
    world.tunes.linking.redirectUri = `https://segue.example${callbackPath}`;
    const { url, mode } = await world.invite(ada);
    expect(mode).toBe("page");
    expect(url).toMatch(/^https:\/\/segue\.example\/link\//);
    const phone = browser();
    const page = await phone.get(url);
    expect(page.headers["set-cookie"]?.[0]).toMatch(
      /^__Host-segue-link-[0-9a-f]{8}=[\w-]{43}; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    const sent = await phone.submit(url, { csrf: csrf(page) });
    expect(title(await phone.get(world.tunes.consent(String(sent.headers.location))))).toBe("One more step");
  });

  it("is needed for a page: a public address without it, or a way back elsewhere, means pasting", async () => {
    const modes: string[] = [];
    for (const [publicUrl, redirect] of [
      ["https://segue.example", `https://elsewhere.example${callbackPath}`],
      ["http://segue.example", `http://segue.example${callbackPath}`],
      ["https://segue.example", `http://127.0.0.1:8765${callbackPath}`],
    ] as const) {
      const { world } = await site({}, { publicUrl });
      world.tunes.linking.redirectUri = redirect;
      modes.push((await world.invite(ada)).mode);
    }
    expect(modes).toEqual(["paste", "paste", "paste"]);
  });
});

describe("limits", () => {
  it("on link pages count per address, and say when again", async () => {
    const { port, browser } = await site({ pagesPerMinute: 3 });
    const path = `/link/${"A".repeat(43)}`;
    for (let count = 0; count < 3; count++) expect((await browser().get(path)).status).toBe(404);
    const limited = await browser().get(path);
    expect(limited.status).toBe(429);
    expect(title(limited)).toBe("Too fast");
    expect(Number(limited.headers["retry-after"])).toBeGreaterThan(0);
    expect((await ask(port, "/healthz")).status).toBe(200);
  });

  it("cannot be escaped by a made-up X-Forwarded-For, and tell people behind one proxy apart", async () => {
    const path = `/link/${"A".repeat(43)}`;
    const from = async (port: number, address: string) =>
      (await ask(port, path, { headers: { "X-Forwarded-For": address, Accept: "text/html" } })).status;
    const wary = await site({ pagesPerMinute: 2 });
    expect([
      await from(wary.port, "198.51.100.1"),
      await from(wary.port, "198.51.100.2"),
      await from(wary.port, "198.51.100.3"),
    ]).toEqual([404, 404, 429]);

    const trusting = await site({ pagesPerMinute: 2, trustedProxies: "127.0.0.1, 10.0.0.0/8" });
    for (const address of ["198.51.100.1", "198.51.100.2"]) {
      expect([
        await from(trusting.port, address),
        await from(trusting.port, `6.6.6.6, ${address}, 10.1.2.3`),
        await from(trusting.port, address),
      ]).toEqual([404, 404, 429]);
    }
    for (const three of [
      ["2001:db8:1:2::1", "2001:db8:1:2:ffff::2", "2001:db8:1:2:3:4:5:6", "2001:db8:1:3::1"],
      // With the port they come from, as some proxies write it.
      ["198.51.100.3:1", "198.51.100.3:2", "198.51.100.3", "198.51.100.4:1"],
      ["[2001:db8:1:4::1]:1", "[2001:db8:1:4::2]:65535", "[2001:db8:1:4::3]", "[2001:db8:1:5::1]:1"],
    ]) {
      const statuses: number[] = [];
      for (const address of three) statuses.push(await from(trusting.port, address));
      expect(statuses, three.join()).toEqual([404, 404, 429, 404]);
    }
  });

  it("refuse a body that is too large, and one of another kind", async () => {
    const { port, browser } = await site();
    const path = `/link/${"A".repeat(43)}`;
    expect((await browser().submit(path, { csrf: "x".repeat(20_000) })).status).toBe(413);
    expect(
      (await ask(port, path, { method: "POST", headers: { "Content-Type": "text/xml" }, body: "<a/>" })).status,
    ).toBe(415);
    const form = { "Content-Type": "application/x-www-form-urlencoded" };
    expect((await ask(port, path, { method: "POST", headers: form, body: "%%%&__proto__=1&csrf[]=1" })).status).toBe(
      404,
    );
  });

  it("hang up on a client that never ends its request", async () => {
    const { port } = await serve({ slowClientMs: 300 });
    const socket = net.connect(port, "127.0.0.1");
    socket.write("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ");
    const started = performance.now();
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(String(answer)).toContain("408");
    expect(performance.now() - started).toBeLessThan(5_000);
    socket.destroy();
  });
});

describe("mounted parts", () => {
  it("get their paths and nothing else, with the body unread", async () => {
    const seen: string[] = [];
    const mount = (name: string, paths: string[]): Listener => ({
      paths,
      handle(request, response) {
        let body = "";
        request.on("data", (chunk) => {
          body += chunk;
        });
        request.on("end", () => {
          seen.push(`${name} ${request.url} ${body}`);
          response.end(name);
        });
      },
    });
    const { port } = await serve({ listeners: [mount("chat", ["/", "/chat/"]), mount("hook", ["/hook"])] });
    const signed = '{"a": 1 , "b":"\\u00e9"}';
    await ask(port, "/hook?x=1", { method: "POST", headers: { "Content-Type": "application/json" }, body: signed });
    expect((await ask(port, "/")).body).toBe("chat");
    expect((await ask(port, "/chat/messages")).body).toBe("chat");
    expect(seen).toEqual([`hook /hook?x=1 ${signed}`, "chat / ", "chat /chat/messages "]);
    for (const path of ["/chat", "/chatter", "/hook/more", "/hooks", "//chat/", "/healthz"]) {
      expect(["chat", "hook"]).not.toContain((await ask(port, path)).body);
    }
  });
});

describe("what cannot be served", () => {
  it("is a page for people and JSON for programs, with nothing of the inside in it", async () => {
    const fault = () => Promise.reject(new Error("secret inside"));
    const { port, lines } = await serve({ linkFlow: { look: fault, begin: fault, comeBack: fault } });
    const path = `/link/${"A".repeat(43)}`;
    const page = await ask(port, path, { headers: { Accept: "text/html" } });
    expect(page.status).toBe(500);
    expect(title(page)).toBe("Something went wrong");
    const json = await ask(port, path);
    expect(json.status).toBe(500);
    expect(JSON.parse(json.body)).toMatchObject({ error: { code: "internal" } });
    for (const { body } of [page, json]) expect(body).not.toContain("inside");
    expect(lines.join()).toContain("secret inside");
    expect(lines.join()).not.toContain("A".repeat(43));
    expect(title(await ask(port, "/link/%00%ff", { headers: { Accept: "text/html" } }))).toBe("That did not work");
    expect(title(await ask(port, `/link/${"A".repeat(5_000)}`, { headers: { Accept: "text/html" } }))).toBe(
      "That did not work",
    );
    expect(title(await ask(port, "/..%2f..%2fetc/passwd", { headers: { Accept: "text/html" } }))).toBe(
      "There is nothing here",
    );
  });

  it("never writes an address with a token or a code into the log", async () => {
    const { port, lines } = await serve({ callbacks: [{ provider: "tunes", providerName: "Tunes", callbackPath }] });
    await ask(port, `${callbackPath}?code=PLANTED-CODE&state=PLANTED-STATE`, {
      headers: { Referer: "https://x/PLANTED" },
    });
    await ask(port, "/link/PLANTED-TOKEN");
    await ask(port, "/nothing/PLANTED?x=PLANTED");
    expect(lines.filter((line) => line.includes('"route"')).length).toBe(3);
    expect(lines.join()).not.toContain("PLANTED");
  });
});

describe("start and stop", () => {
  it("say in one line what to do about a port that is taken", async () => {
    const { port } = await serve();
    const error: unknown = await serve({ port }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: "WebError", code: "port_taken" });
    expect(String(error)).toBe(
      `WebError: Port ${port} on 127.0.0.1 is taken by another program. Stop that one, or set PORT to a free number.`,
    );
  });

  it("refuse an address that is not this machine's, and proxies that are none", async () => {
    await expect(serve({ host: "203.0.113.7" })).rejects.toMatchObject({ code: "no_such_address" });
    for (const trustedProxies of ["nginx", "10.0.0.0/33", "10.0.0.0/", "300.1.1.1"]) {
      await expect(serve({ trustedProxies })).rejects.toMatchObject({ code: "bad_proxies" });
    }
  });

  it("let an answer in hand end, and cut what never ends", async () => {
    const held: http.ServerResponse[] = [];
    const listener: Listener = {
      paths: ["/slow", "/stream"],
      handle(request, response) {
        held.push(response);
        if (request.url === "/stream") response.write("one\n");
      },
    };
    const { port, server } = await serve({ listeners: [listener] });
    const slow = ask(port, "/slow");
    const stream = ask(port, "/stream").catch(() => "cut");
    while (held.length < 2) await new Promise((resolve) => setImmediate(resolve));
    const stopping = server.stop(3_000);
    held.find((response) => !response.headersSent)?.end("done");
    expect((await slow).body).toBe("done");
    await clock.until(stopping, { realMs: 20 });
    expect(await stream).toBe("cut");
    await expect(ask(port, "/healthz")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});
