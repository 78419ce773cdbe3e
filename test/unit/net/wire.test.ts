import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { call, failure, ok, openNet, reset, type Service, silence, startService, status } from "./service.ts";

let service: Service;
let net: Awaited<ReturnType<typeof openNet>>;
beforeEach(async () => {
  service = await startService(ok);
  net = await openNet();
});
afterEach(async () => {
  await net.close();
  await service.close();
});
const soon = (ms: number) => Date.now() + ms;

describe("a request", () => {
  it("carries path, query, headers and body as they were given", async () => {
    await net.http.request(
      call(service.url, {
        method: "POST",
        path: "/things/a%2Fb",
        query: { q: "a&b=c ü", limit: 10, on: true, none: undefined },
        headers: { Authorization: "Bearer t" },
        json: { uris: ["x"] },
      }),
    );
    const [seen] = service.seen;
    expect(seen).toMatchObject({
      method: "POST",
      url: "/v1/things/a%2Fb?q=a%26b%3Dc+%C3%BC&limit=10&on=true",
      body: '{"uris":["x"]}',
    });
    expect(seen?.headers).toMatchObject({
      authorization: "Bearer t",
      "content-type": "application/json",
      "content-length": "14",
    });
  });

  it("sends forms as forms", async () => {
    await net.http.request(
      call(service.url, { method: "POST", form: { grant_type: "refresh_token", refresh_token: "a b+c" } }),
    );
    expect(service.seen[0]?.body).toBe("grant_type=refresh_token&refresh_token=a+b%2Bc");
    expect(service.seen[0]?.headers["content-type"]).toBe("application/x-www-form-urlencoded");
  });

  it.each(["PUT", "POST"] as const)("says that a %s without a body has none", async (method) => {
    await net.http.request(call(service.url, { method }));
    expect(service.seen[0]?.headers["content-length"]).toBe("0");
    expect(service.seen[0]?.headers["transfer-encoding"]).toBeUndefined();
  });

  it("uses no proxy of the environment and stays on its host", async () => {
    const proxy = await startService(ok);
    process.env.HTTP_PROXY = proxy.url;
    process.env.http_proxy = proxy.url;
    try {
      await net.http.request(call(service.url));
    } finally {
      delete process.env.HTTP_PROXY;
      delete process.env.http_proxy;
    }
    await expect(net.http.request(call(service.url, { path: "http://evil.example/x" }))).rejects.toThrow(TypeError);
    await expect(net.http.request(call(service.url, { path: "//evil.example/x" }))).rejects.toThrow(TypeError);
    expect(service.seen).toHaveLength(1);
    expect(proxy.seen).toHaveLength(0);
    await proxy.close();
  });

  it("does not follow a redirect with its token", async () => {
    const elsewhere = await startService(ok);
    service.answer(status(302, "", { Location: elsewhere.url }));
    const error = await failure(net.http.request(call(service.url, { headers: { Authorization: "Bearer t" } })));
    expect(error).toMatchObject({ code: "Unavailable", details: { why: "status", status: 302 } });
    expect(elsewhere.seen).toHaveLength(0);
    expect(service.seen).toHaveLength(1);
    await elsewhere.close();
  });

  it("keeps its connection", async () => {
    const ports = new Set<number | undefined>();
    service.answer((request, response, seen) => {
      ports.add(request.socket.remotePort);
      ok(request, response, seen);
    });
    for (let index = 0; index < 5; index++) await net.http.request(call(service.url));
    expect(ports.size).toBe(1);
  });
});

describe("an answer", () => {
  it.each([
    [200, '{"a":1}', { status: 200, json: { a: 1 }, text: '{"a":1}' }],
    [200, "AADqW5ORKl7PBU", { status: 200, text: "AADqW5ORKl7PBU" }],
    [202, "", { status: 202, text: "" }],
    [204, "", { status: 204, text: "" }],
    [
      403,
      "User not registered in the Developer Dashboard",
      { status: 403, text: "User not registered in the Developer Dashboard" },
    ],
    [404, '{"error":{"reason":"NO_ACTIVE_DEVICE"}}', { status: 404, json: { error: { reason: "NO_ACTIVE_DEVICE" } } }],
    [401, "null", { status: 401, json: null }],
  ] as const)("of %i with %j is the caller's to interpret", async (code, body, expected) => {
    service.answer(status(code, body));
    expect(await net.http.request(call(service.url, { method: "PUT", repeat: false }))).toMatchObject(expected);
  });

  it("is unpacked, and has no way to plant a prototype", async () => {
    service.answer((_request, response) => {
      response.writeHead(200, { "Content-Encoding": "gzip" });
      response.end(gzipSync('{"a":{"__proto__":{"admin":true},"b":1}}'));
    });
    const { json } = await net.http.request(call(service.url));
    expect(json).toEqual({ a: { b: 1 } });
    expect(Object.hasOwn((json as { a: object }).a, "__proto__")).toBe(false);
  });

  it("in HTML where JSON was asked is no answer, and is asked for again", async () => {
    service.answer(status(200, "<html>We are down</html>"), ok);
    expect(await net.http.request(call(service.url, { answer: "json" }))).toMatchObject({ json: { fine: true } });
    service.answer(status(200, '{"cut": "of'));
    expect(await failure(net.http.request(call(service.url, { answer: "json", deadlineAt: soon(300) })))).toMatchObject(
      {
        code: "Unavailable",
        details: { service: "Service", why: "malformed" },
      },
    );
  });

  it("of a write that is unreadable leaves open what happened only where it was to be read", async () => {
    service.answer(status(200, "<html>"));
    const write = { method: "POST", repeat: false } as const;
    expect(await net.http.request(call(service.url, write))).toMatchObject({ status: 200, text: "<html>" });
    expect(
      await failure(net.http.request(call(service.url, { ...write, answer: "json", reason: "add" }))),
    ).toMatchObject({
      code: "Unconfirmed",
      details: { action: "add" },
    });
    expect(service.seen).toHaveLength(2);
  });

  it("is not read beyond its bound", async () => {
    let written = 0;
    service.answer((_request, response) => {
      response.writeHead(200);
      const more = () => {
        if (response.destroyed || written > 500_000_000) return;
        written += 65_536;
        if (response.write(Buffer.alloc(65_536, 0x20))) setImmediate(more);
        else response.once("drain", more);
      };
      more();
    });
    const error = await failure(net.http.request(call(service.url, { deadlineAt: soon(1500), maxBytes: 1_000_000 })));
    expect(error).toMatchObject({ code: "Unavailable", details: { why: "malformed" } });
    expect(written).toBeLessThan(60_000_000);
  });

  it("is not unpacked beyond its bound", async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, 0x20));
    service.answer((_request, response) => {
      response.writeHead(200, { "Content-Encoding": "gzip" });
      response.end(bomb);
    });
    const error = await failure(net.http.request(call(service.url, { deadlineAt: soon(800) })));
    expect(error).toMatchObject({ code: "Unavailable", details: { why: "malformed" } });
  });
});

describe("a fault", () => {
  const write = { method: "PUT", repeat: false, reason: "play" } as const;

  it("before anything was sent lets even a write be tried again, and says Unavailable", async () => {
    await service.close();
    const error = await failure(net.http.request(call(service.url, write)));
    expect(error).toMatchObject({
      code: "Unavailable",
      details: { why: "connection" },
      cause: { code: "ECONNREFUSED" },
    });
    expect(net.reports.map((report) => report.attempt)).toEqual([1, 2, 3]);
    service = await startService(ok);
  });

  it("after a write was sent is Unconfirmed and never repeated", async () => {
    for (const handler of [reset, status(502, "Bad gateway"), silence]) {
      service.answer(handler);
      const before = service.seen.length;
      const error = await failure(net.http.request(call(service.url, { ...write, deadlineAt: soon(300) })));
      expect(error).toMatchObject({ code: "Unconfirmed", details: { action: "play" } });
      expect(service.seen.length - before).toBe(1);
    }
  });

  it("in the body of a write's success changes nothing about the success", async () => {
    service.answer((request, response) => {
      response.writeHead(200, { "Content-Length": "100" });
      response.write("half");
      setTimeout(() => request.socket.destroy(), 20);
    });
    expect(await net.http.request(call(service.url, write))).toMatchObject({ status: 200 });
  });

  it.each([
    ["reset", reset],
    ["500", status(500)],
    ["502", status(502, "<html>")],
    ["503", status(503)],
    [
      "a body that breaks off",
      (
        request: { socket: { destroy(): void } },
        response: { writeHead(...a: unknown[]): void; write(t: string): void },
      ) => {
        response.writeHead(200, { "Content-Length": "100" });
        response.write('{"half":');
        setTimeout(() => request.socket.destroy(), 10);
      },
    ],
  ] as [string, typeof ok][])("of a read (%s) is tried again", async (_name, handler) => {
    service.answer(handler, handler, ok);
    expect(await net.http.request(call(service.url))).toMatchObject({ status: 200, json: { fine: true } });
    expect(service.seen).toHaveLength(3);
  });

  it("that lasts ends with what it was", async () => {
    service.answer(status(503));
    expect(await failure(net.http.request(call(service.url)))).toMatchObject({
      code: "Unavailable",
      details: { service: "Service", why: "status", status: 503 },
    });
    expect(service.seen).toHaveLength(3);
  });

  it("of silence ends at the deadline", async () => {
    service.answer(silence);
    const from = performance.now();
    const error = await failure(net.http.request(call(service.url, { deadlineAt: soon(250) })));
    expect(error).toMatchObject({ code: "Unavailable", details: { why: "timeout" } });
    expect(performance.now() - from).toBeLessThan(600);
  });

  it("of a body that trickles ends at the deadline, though the socket is never idle", async () => {
    service.answer((_request, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write(" "), 20);
      response.once("close", () => clearInterval(timer));
    });
    const from = performance.now();
    expect(await failure(net.http.request(call(service.url, { deadlineAt: soon(300) })))).toMatchObject({
      code: "Unavailable",
      details: { why: "timeout" },
    });
    expect(performance.now() - from).toBeLessThan(700);
  });

  it("of a server that speaks no HTTP is a fault like another", async () => {
    const server = createServer((socket) => socket.end("220 mail.example ESMTP\r\n"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await failure(net.http.request(call(url, { deadlineAt: soon(200) })))).toMatchObject({
      code: "Unavailable",
    });
    server.close();
  });
});

describe("giving up", () => {
  it("ends the call with the caller's own reason, at once", async () => {
    service.answer(silence);
    const controller = new AbortController();
    const reason = new Error("changed my mind");
    const pending = failure(net.http.request(call(service.url, { signal: controller.signal })));
    setTimeout(() => controller.abort(reason), 50);
    expect(await pending).toBe(reason);
    expect(await failure(net.http.request(call(service.url, { signal: controller.signal })))).toBe(reason);
    expect(service.seen).toHaveLength(1);
  });

  it("without a reason is an error of ours all the same, on the wire and while it waits for room", async () => {
    service.answer(silence);
    const narrow = net.open({ limits: () => ({ windowCalls: 1, windowMs: 30_000 }) });
    const asked = (signal: AbortSignal) => failure(narrow.request(call(service.url, { signal, lane: "now_playing" })));
    const controller = new AbortController();
    const sent = asked(controller.signal);
    await expect.poll(() => service.seen.length).toBe(1);
    const waiting = asked(controller.signal);
    controller.abort();
    const ours = { code: "Unavailable", details: { service: "Service", why: "offline" } };
    expect(await sent).toMatchObject(ours);
    expect(await waiting).toMatchObject(ours);
    expect(await asked(controller.signal)).toMatchObject(ours);
  });

  it("on a write under way leaves open what happened", async () => {
    service.answer(silence);
    const controller = new AbortController();
    const pending = failure(
      net.http.request(call(service.url, { method: "PUT", repeat: false, signal: controller.signal })),
    );
    setTimeout(() => controller.abort(), 50);
    expect(await pending).toMatchObject({ code: "Unconfirmed" });
  });

  it("of the program ends everything", async () => {
    service.answer(silence);
    const read = failure(net.http.request(call(service.url)));
    const write = failure(net.http.request(call(service.url, { method: "PUT", repeat: false })));
    setTimeout(() => void net.http.close(), 50);
    expect(await read).toMatchObject({ code: "Unavailable" });
    expect(await write).toMatchObject({ code: "Unconfirmed" });
    expect(await failure(net.http.request(call(service.url)))).toMatchObject({
      code: "Unavailable",
      details: { why: "offline" },
    });
  });
});

describe("what is said about a call", () => {
  it("never holds a header, a token, a query or a body", async () => {
    const secrets = ["s3cret-token", "s3cret-key", "s3cret-form", "s3cret-json", "s3cret-path", "s3cret-answer"];
    const planted = {
      path: "/s3cret-path",
      headers: { Authorization: "Bearer s3cret-token" },
      query: { api_key: "s3cret-key" },
    };
    const said: unknown[] = [];
    const ways = [
      reset,
      status(500, "s3cret-answer"),
      status(302, "", { Location: "http://127.0.0.1/s3cret-answer" }),
      status(200, "<s3cret-answer>"),
      status(429, "s3cret-answer", { "Retry-After": "2" }),
    ];
    for (const [index, way] of ways.entries()) {
      for (const body of [{ form: { refresh_token: "s3cret-form" } }, { json: { code: "s3cret-json" } }, {}]) {
        service.answer(way);
        const change = {
          ...planted,
          ...body,
          answer: "json" as const,
          deadlineAt: soon(150),
          group: `g${index}`,
          budget: `b${index}${Object.keys(body)}`,
        };
        const method = "form" in body || "json" in body ? "POST" : "GET";
        said.push(await failure(net.http.request(call(service.url, { ...change, method, repeat: false }))));
      }
    }
    said.push(await failure(net.http.request(call("http://127.0.0.1:1", { ...planted, deadlineAt: soon(100) }))));
    const bad = call(service.url, { headers: { Authorization: "Bearer s3cret-token\r\nX: y" } });
    said.push(await failure(net.http.request(bad)));
    expect(said).toHaveLength(17);
    const everything = said.map((error) => {
      const whole = error as Error & { cause?: Error };
      return JSON.stringify([
        whole,
        whole.message,
        whole.stack,
        whole.cause,
        whole.cause?.message,
        whole.cause?.stack,
        Object.entries(whole.cause ?? {}),
      ]);
    });
    for (const secret of secrets) {
      expect(everything.filter((text) => text.includes(secret))).toEqual([]);
      expect(net.lines.filter((line) => line.includes(secret))).toEqual([]);
      expect(net.reports.filter((each) => JSON.stringify(each).includes(secret))).toEqual([]);
    }
    expect(net.lines.length).toBeGreaterThan(10);
  });
});
